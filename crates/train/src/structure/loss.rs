//! The loss of chains: three states, eight where they are known, and what a teacher holds.

use burn::tensor::{Device, Tensor, TensorData};
use processive_core::{Reduction, State3, State8};
use serde::{Deserialize, Serialize};

use super::chains::{Chain, STATES};

/// What stands below every logit.
const FAR_BELOW: f32 = -1e9;

/// What the parts of the loss weigh.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StructureLoss {
    /// The eight states beside the three, whose loss weighs 1.
    pub q8_weight: f64,
    /// The teacher's probabilities beside the observed states of a taught chain, from 0 (not asked) to below 1.
    pub teacher_weight: f64,
}

impl Default for StructureLoss {
    fn default() -> Self {
        Self {
            q8_weight: 1.0,
            teacher_weight: 0.0,
        }
    }
}

/// What the residues of a batch should be.
///
/// Every residue has the set of the states of eight that its state of three allows, and the one that it is, where that
/// is known. Residues that are not scored, and the places past a chain's end, weigh nothing.
pub(super) struct Targets {
    /// `[batch · width, 8]`: 0 for a state that is in the residue's class of three, far below it elsewhere.
    three: Vec<f32>,
    /// `[batch · width, 8]`: 0 for the residue's state of eight, far below it elsewhere.
    eight: Vec<f32>,
    /// `[batch · width]`
    weight3: Vec<f32>,
    /// `[batch · width]`
    weight8: Vec<f32>,
    /// What the teacher holds.
    taught: Option<Taught>,
}

/// A teacher's probabilities, each with its weight in the loss.
struct Taught {
    /// For each state of three the sum of its states of eight: `[batch · width]` each.
    three: [Vec<f32>; 3],
    /// `[batch · width, 8]`
    eight: Vec<f32>,
    rule: Reduction,
}

impl Targets {
    /// Lays out the targets of chains in rows of `width` residues.
    pub(super) fn new(chains: &[&Chain], width: usize, rule: Reduction, weights: StructureLoss) -> Self {
        let rows = chains.len() * width;
        let scored: usize = chains
            .iter()
            .map(|chain| chain.scored.iter().filter(|&&scored| scored).count())
            .sum();
        let share = 1.0 / scored.max(1) as f32;
        let mut targets = Self {
            three: vec![0.0; rows * STATES],
            eight: vec![0.0; rows * STATES],
            weight3: vec![0.0; rows],
            weight8: vec![0.0; rows],
            taught: None,
        };
        for (row, chain) in chains.iter().enumerate() {
            for residue in (0..chain.codes.len()).filter(|&residue| chain.scored[residue]) {
                targets.lay(row * width + residue, chain, residue, rule, share, weights);
            }
        }
        targets
    }

    /// Lays one residue at its place; `share` is its weight among all.
    fn lay(
        &mut self,
        place: usize,
        chain: &Chain,
        residue: usize,
        rule: Reduction,
        share: f32,
        weights: StructureLoss,
    ) {
        let (q8_weight, teacher) = (weights.q8_weight as f32, weights.teacher_weight as f32);
        let states = place * STATES..(place + 1) * STATES;
        let mut observed = share;
        if let Some(taught) = chain.taught.as_ref().filter(|_| teacher > 0.0) {
            observed -= share * teacher;
            let rows = self.weight3.len();
            let taught = &taught[residue * STATES..(residue + 1) * STATES];
            self.taught
                .get_or_insert_with(|| Taught::new(rows, rule))
                .lay(place, taught, share * teacher, q8_weight);
        }
        let allowed = |state: State8| rule.reduce(state) == chain.three[residue];
        exclude(&mut self.three[states.clone()], allowed);
        self.weight3[place] = observed;
        if let Some(eight) = &chain.eight {
            exclude(&mut self.eight[states], |state| state == eight[residue]);
            self.weight8[place] = observed * q8_weight;
        }
    }

    /// The mean loss of the scored residues.
    ///
    /// # Shapes
    /// - `logits`: `[batch · width, 8]`
    pub(super) fn loss(self, logits: &Tensor<2>) -> Tensor<1> {
        let device = logits.device();
        let rows = self.weight3.len();
        let table = |values: Vec<f32>, columns: usize| table(values, [rows, columns], &device);
        let all = log_sum_exp(logits.clone());
        let miss = |mask: Vec<f32>| all.clone() - log_sum_exp(logits.clone() + table(mask, STATES));
        let mut loss = (miss(self.three) * table(self.weight3, 1)).sum();
        if self.weight8.iter().any(|&weight| weight != 0.0) {
            loss = loss + (miss(self.eight) * table(self.weight8, 1)).sum();
        }
        match self.taught {
            None => loss,
            Some(taught) => loss + taught.loss(logits, &all),
        }
    }
}

impl Taught {
    fn new(rows: usize, rule: Reduction) -> Self {
        Self {
            three: std::array::from_fn(|_| vec![0.0; rows]),
            eight: vec![0.0; rows * STATES],
            rule,
        }
    }

    fn lay(&mut self, place: usize, taught: &[f32], weight: f32, q8_weight: f32) {
        for (index, (state, &p)) in State8::ALL.into_iter().zip(taught).enumerate() {
            self.three[self.rule.reduce(state) as usize][place] += weight * p;
            self.eight[place * STATES + index] = weight * q8_weight * p;
        }
    }

    /// The cross-entropy of the teacher's probabilities and the network's, of three states and of eight.
    ///
    /// # Shapes
    /// - `logits`: `[batch · width, 8]`; `all`: `ln Σ exp` of their rows, `[batch · width, 1]`
    ///
    /// # Source
    /// Hinton et al. 2015, at temperature 1.
    fn loss(self, logits: &Tensor<2>, all: &Tensor<2>) -> Tensor<1> {
        let device = logits.device();
        let rows = self.three[0].len();
        let missed = all.clone() - logits.clone(); // [rows, 8]
        let mut loss = (missed * table(self.eight, [rows, STATES], &device)).sum();
        for (state, weights) in State3::ALL.into_iter().zip(self.three) {
            let mut mask = vec![0.0; STATES];
            exclude(&mut mask, |eight| self.rule.reduce(eight) == state);
            let inside = log_sum_exp(logits.clone() + table(mask, [1, STATES], &device));
            loss = loss + ((all.clone() - inside) * table(weights, [rows, 1], &device)).sum();
        }
        loss
    }
}

fn exclude(mask: &mut [f32], allowed: impl Fn(State8) -> bool) {
    for (value, state) in mask.iter_mut().zip(State8::ALL) {
        *value = if allowed(state) { 0.0 } else { FAR_BELOW };
    }
}

fn table(values: Vec<f32>, shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// `ln Σ exp` of every row, `[rows, 1]`.
fn log_sum_exp(values: Tensor<2>) -> Tensor<2> {
    let largest = values.clone().detach().max_dim(1);
    (values - largest.clone()).exp().sum_dim(1).log() + largest
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use processive_core::State3;
    use processive_models::{device, values_of};

    use super::*;

    const LOGITS: [f32; 24] = [
        1.0, -2.0, 0.5, 0.0, -1.0, 2.0, 0.3, -0.7, 0.2, 0.1, 1.5, -0.4, 0.6, -3.0, 1.1, 0.9, -0.2, 40.0, 0.0, 1.0,
        -60.0, 0.5, 0.25, -1.5,
    ];

    fn chain(eight: Option<Vec<State8>>) -> Chain {
        Chain {
            codes: vec![0, 1],
            three: vec![State3::H, State3::C],
            eight,
            scored: vec![true, true],
            taught: None,
        }
    }

    /// Minus the logarithm of the share of `states` in row `row` of the softmax.
    fn miss(row: usize, states: &[State8]) -> f64 {
        let powers: Vec<f64> = LOGITS[row * 8..(row + 1) * 8]
            .iter()
            .map(|&logit| f64::from(logit).exp())
            .collect();
        let share: f64 = states.iter().map(|&state| powers[state as usize]).sum();
        -(share / powers.iter().sum::<f64>()).ln()
    }

    fn loss(chains: &[&Chain], width: usize, q8_weight: f64) -> f64 {
        weighted_loss(
            chains,
            width,
            StructureLoss {
                q8_weight,
                teacher_weight: 0.25,
            },
        )
    }

    fn weighted_loss(chains: &[&Chain], width: usize, weights: StructureLoss) -> f64 {
        let rows = chains.len() * width;
        let logits = Tensor::<2>::from_data(TensorData::new(LOGITS[..rows * 8].to_vec(), [rows, 8]), &device::cpu());
        let targets = Targets::new(chains, width, Reduction::GhiEb, weights);
        f64::from(values_of(targets.loss(&logits))[0])
    }

    const HELIX: [State8; 3] = [State8::H, State8::G, State8::I];
    const COIL: [State8; 3] = [State8::T, State8::S, State8::C];

    #[test]
    fn a_chain_of_three_states_is_judged_by_sums_of_eight() {
        let expected = f64::midpoint(miss(0, &HELIX), miss(1, &COIL));
        let found = loss(&[&chain(None)], 2, 1.0);
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }

    #[test]
    fn a_state_of_eight_adds_its_own_loss() {
        let eight = vec![State8::G, State8::T];
        let own = miss(0, &[State8::G]) + miss(1, &[State8::T]);
        let expected = (miss(0, &HELIX) + miss(1, &COIL) + 0.5 * own) / 2.0;
        let found = loss(&[&chain(Some(eight))], 2, 0.5);
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }

    #[test]
    fn a_teacher_takes_a_share_of_the_loss_and_is_believed_in_proportion() {
        let sure = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let unsure = [0.0, 0.25, 0.0, 0.0, 0.0, 0.75, 0.0, 0.0]; // B and T
        let taught = Chain {
            taught: Some([sure, unsure].concat()),
            ..chain(None)
        };
        let observed = f64::midpoint(miss(0, &HELIX), miss(1, &COIL));
        let of_three = miss(0, &HELIX) + 0.25 * miss(1, &[State8::E, State8::B]) + 0.75 * miss(1, &COIL);
        let of_eight = miss(0, &[State8::H]) + 0.25 * miss(1, &[State8::B]) + 0.75 * miss(1, &[State8::T]);
        let expected = 0.75 * observed + 0.25 * (of_three + 2.0 * of_eight) / 2.0;
        let found = loss(&[&taught], 2, 2.0);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        let weights = StructureLoss {
            teacher_weight: 0.0,
            ..StructureLoss::default()
        };
        let alone = weighted_loss(&[&taught], 2, weights);
        assert!((alone - observed).abs() < 1e-5, "{alone} {observed}");
    }

    #[test]
    fn what_is_not_scored_and_what_lies_past_the_end_weighs_nothing() {
        let mut masked = chain(None);
        masked.scored[1] = false;
        let found = loss(&[&masked], 3, 1.0);
        assert!((found - miss(0, &HELIX)).abs() < 1e-5, "{found}");
    }
}
