//! Chains of codes with the states of their residues.

use processive_core::{Alphabet, LabelledChain, Reduction, State3, State8};
use processive_encode::encode;

use super::StructureScores;
use crate::error::TrainError;

/// The number of states that a network tells apart.
pub(super) const STATES: usize = State8::ALL.len();

/// One chain of codes; all lists have an entry per residue.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Codes: 0 to 19, 20 for unknown.
    pub codes: Vec<u8>,
    /// The observed states of three.
    pub three: Vec<State3>,
    /// The observed states of eight, when they are known.
    pub eight: Option<Vec<State8>>,
    /// Whether a residue counts.
    pub scored: Vec<bool>,
    /// What a teacher holds of every residue: the probabilities of its eight states, `[residues, 8]`.
    pub taught: Option<Vec<f32>>,
}

/// Labelled chains of codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChainSet {
    chains: Vec<Chain>,
    reduction: Reduction,
}

impl ChainSet {
    /// Encodes labelled chains; `reduction` says which of eight states are helix and strand.
    pub fn from_labelled<'a>(chains: impl IntoIterator<Item = &'a LabelledChain>, reduction: Reduction) -> Self {
        let encoded = |chain: &LabelledChain| Chain {
            codes: encode(Alphabet::Protein, &chain.sequence),
            three: chain.labels.three(reduction),
            eight: chain.labels.eight().map(<[State8]>::to_vec),
            scored: chain.scored.clone(),
            taught: None,
        };
        Self {
            chains: chains.into_iter().map(encoded).collect(),
            reduction,
        }
    }

    /// The chains as `teacher` sees them: it gives the probabilities of the eight states of every residue of every
    /// chain, `[residues, 8]` each, in the order of the chains.
    ///
    /// # Panics
    /// When it leaves out a chain or a residue.
    #[must_use]
    pub fn taught_by(mut self, teacher: impl FnOnce(&[Chain]) -> Vec<Vec<f32>>) -> Self {
        let taught = teacher(&self.chains);
        assert_eq!(taught.len(), self.chains.len(), "probabilities of every chain");
        for (chain, taught) in self.chains.iter_mut().zip(taught) {
            assert_eq!(taught.len(), chain.codes.len() * STATES, "eight of every residue");
            chain.taught = Some(taught);
        }
        self
    }

    /// The chains.
    pub fn chains(&self) -> &[Chain] {
        &self.chains
    }

    /// Which of eight states are helix and strand.
    pub fn reduction(&self) -> Reduction {
        self.reduction
    }

    /// The number of chains.
    pub fn len(&self) -> usize {
        self.chains.len()
    }

    /// Whether there is no chain.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// The number of residues of every chain.
    pub fn lengths(&self) -> Vec<usize> {
        self.chains.iter().map(|chain| chain.codes.len()).collect()
    }

    /// The number of residues that count.
    pub fn scored_residues(&self) -> usize {
        let flags = self.chains.iter().flat_map(|chain| &chain.scored);
        flags.filter(|&&scored| scored).count()
    }

    /// Checks that there is something to learn from; `what` names the chains.
    pub(super) fn require_scored(&self, what: &str) -> Result<(), TrainError> {
        if let Some(index) = self.chains.iter().position(|chain| chain.codes.is_empty()) {
            return Err(TrainError::EmptyExample {
                what: what.to_owned(),
                index: index + 1,
            });
        }
        if self.scored_residues() == 0 {
            return Err(TrainError::NoExamples {
                what: format!("{what} residues that are scored, so no"),
            });
        }
        Ok(())
    }

    /// Judges logits of every chain, `[residues, 8]` each.
    ///
    /// # Errors
    /// A logit that is no finite number.
    pub(super) fn score(&self, logits: &[Vec<f32>]) -> Result<StructureScores, f64> {
        if let Some(&logit) = logits.iter().flatten().find(|logit| !logit.is_finite()) {
            return Err(f64::from(logit));
        }
        let mut counts = Counts::default();
        for (chain, logits) in self.chains.iter().zip(logits) {
            for (residue, logits) in logits.chunks_exact(STATES).enumerate() {
                if chain.scored[residue] {
                    let eight = chain.eight.as_ref().map(|states| states[residue]);
                    counts.add(logits, chain.three[residue], eight, self.reduction);
                }
            }
        }
        let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
        Ok(StructureScores {
            valid_q3: share(counts.right3, counts.residues),
            valid_q8: (counts.with8 > 0).then(|| share(counts.right8, counts.with8)),
            valid_nll: counts.nll / counts.residues.max(1) as f64,
        })
    }
}

#[derive(Default)]
struct Counts {
    residues: usize,
    right3: usize,
    with8: usize,
    right8: usize,
    nll: f64,
}

impl Counts {
    fn add(&mut self, logits: &[f32], three: State3, eight: Option<State8>, rule: Reduction) {
        let eights = probabilities(logits);
        let threes = sums(&eights, rule);
        self.residues += 1;
        self.right3 += usize::from(largest(&threes) == three as usize);
        self.nll -= threes[three as usize].max(f64::MIN_POSITIVE).ln();
        if let Some(state) = eight {
            self.with8 += 1;
            self.right8 += usize::from(largest(&eights) == state as usize);
        }
    }
}

/// The softmax of eight logits.
pub(super) fn probabilities(logits: &[f32]) -> [f64; STATES] {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut powers = [0.0; STATES];
    for (power, logit) in powers.iter_mut().zip(logits) {
        *power = f64::from(logit - largest).exp();
    }
    let total: f64 = powers.iter().sum();
    powers.map(|power| power / total)
}

/// The probabilities of helix, strand and coil: sums of those of the states that are one of them.
pub(super) fn sums(eights: &[f64; STATES], rule: Reduction) -> [f64; 3] {
    let mut threes = [0.0; 3];
    for (state, p) in State8::ALL.into_iter().zip(eights) {
        threes[rule.reduce(state) as usize] += p;
    }
    threes
}

/// The first of the largest.
fn largest(values: &[f64]) -> usize {
    let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
    (1..values.len()).fold(0, better)
}

#[cfg(test)]
mod tests {
    use processive_core::StructureLabels;

    use super::*;

    fn chain(sequence: &[u8], labels: StructureLabels, scored: &[bool]) -> LabelledChain {
        LabelledChain {
            id: "x".to_owned(),
            sequence: sequence.to_vec(),
            labels,
            scored: scored.to_vec(),
        }
    }

    #[test]
    fn three_states_are_judged_by_sums_of_eight_and_masked_residues_not_at_all() -> Result<(), f64> {
        let labels = StructureLabels::Eight(vec![State8::G, State8::E, State8::C]);
        let set = ChainSet::from_labelled(&[chain(b"ACD", labels, &[true, true, false])], Reduction::GhiEb);
        // H has .3 and G .3, T .4: the state of eight is T, that of three is helix. The others are far below.
        let near = [0.3f32.ln(), -90.0, -90.0, 0.3f32.ln(), -90.0, 0.4f32.ln(), -90.0, -90.0];
        let scores = set.score(&[[near, near, near].concat()])?;
        assert!((scores.valid_q3 - 0.5).abs() < 1e-9);
        assert_eq!(scores.valid_q8, Some(0.0));
        assert!(
            (scores.valid_nll - f64::midpoint(-(0.6f64.ln()), 90.0)).abs() < 0.51,
            "{scores:?}"
        );
        Ok(())
    }

    #[test]
    fn chains_without_a_scored_residue_teach_nothing() {
        let labels = StructureLabels::Three(vec![State3::H]);
        let set = ChainSet::from_labelled(&[chain(b"A", labels, &[false])], Reduction::GhiEb);
        assert!(
            set.require_scored("training")
                .unwrap_err()
                .to_string()
                .contains("training")
        );
    }
}
