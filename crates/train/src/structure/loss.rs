//! The loss of chains: three states and, where they are known, eight.

use burn::tensor::{Device, Tensor, TensorData};
use processive_core::{Reduction, State8};

use super::chains::{Chain, STATES};

/// What stands below every logit.
const FAR_BELOW: f32 = -1e9;

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
}

impl Targets {
    /// Lays out the targets of chains in rows of `width` residues.
    pub(super) fn new(chains: &[&Chain], width: usize, rule: Reduction, q8_weight: f32) -> Self {
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
        };
        for (row, chain) in chains.iter().enumerate() {
            for residue in (0..chain.codes.len()).filter(|&residue| chain.scored[residue]) {
                let place = row * width + residue;
                let states = place * STATES..(place + 1) * STATES;
                let allowed = |state: State8| rule.reduce(state) == chain.three[residue];
                exclude(&mut targets.three[states.clone()], allowed);
                targets.weight3[place] = share;
                if let Some(eight) = &chain.eight {
                    exclude(&mut targets.eight[states], |state| state == eight[residue]);
                    targets.weight8[place] = share * q8_weight;
                }
            }
        }
        targets
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
        let weighted3 = miss(self.three) * table(self.weight3, 1);
        if self.weight8.iter().all(|&weight| weight == 0.0) {
            return weighted3.sum();
        }
        let weighted8 = miss(self.eight) * table(self.weight8, 1);
        weighted3.sum() + weighted8.sum()
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

    fn loss(chains: &[&Chain], width: usize, q8_weight: f32) -> f64 {
        let rows = chains.len() * width;
        let logits = Tensor::<2>::from_data(TensorData::new(LOGITS[..rows * 8].to_vec(), [rows, 8]), &device::cpu());
        let targets = Targets::new(chains, width, Reduction::GhiEb, q8_weight);
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
    fn what_is_not_scored_and_what_lies_past_the_end_weighs_nothing() {
        let mut masked = chain(None);
        masked.scored[1] = false;
        let found = loss(&[&masked], 3, 1.0);
        assert!((found - miss(0, &HELIX)).abs() < 1e-5, "{found}");
    }
}
