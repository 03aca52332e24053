//! From probabilities to states.

use processive_core::{State3, State8};

use super::{FoldChain, FoldStates};

/// The most probable of three states; of equals the first in code order.
pub fn most_probable3(probabilities: &[f32; 3]) -> State3 {
    State3::ALL[largest(probabilities)]
}

/// The most probable of eight states; of equals the first in code order.
pub fn most_probable8(probabilities: &[f32; 8]) -> State8 {
    State8::ALL[largest(probabilities)]
}

/// How sure the most probable state is, as PSIPRED counts it: `min(9, ⌊10 (highest − second)⌋)`.
///
/// # Source
/// PSIPRED 3.5 and 4.0, `psipass2`. S4PRED's digit is another one, `⌊10 · highest⌋`.
pub fn confidence(probabilities: &[f32; 3]) -> u8 {
    let mut sorted = probabilities.map(f64::from);
    sorted.sort_by(|a, b| b.total_cmp(a));
    // f32 rounds 0.9 and 0.1 so that their difference falls short of 0.8, by less than the margin.
    let tenths = 10.0 * (sorted[0] - sorted[1]) + 1e-6;
    (1..=9).filter(|&digit| tenths >= f64::from(digit)).count() as u8
}

fn largest<const N: usize>(probabilities: &[f32; N]) -> usize {
    let mut best = 0;
    for (state, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = state;
        }
    }
    best
}

impl FoldChain<'_> {
    /// The letters of the residues' states of three.
    pub(super) fn states3(&self) -> Vec<u8> {
        self.three.iter().map(|p| most_probable3(p).letter()).collect()
    }

    /// The letters of the residues' states of eight.
    pub(super) fn states8(&self) -> Vec<u8> {
        self.eight.iter().map(|p| most_probable8(p).letter()).collect()
    }

    /// The letters of the residues' states, of as many as are told apart.
    pub(super) fn states(&self, states: FoldStates) -> Vec<u8> {
        match states {
            FoldStates::Three => self.states3(),
            FoldStates::Eight => self.states8(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_is_called() {
        assert_eq!(most_probable3(&[0.25, 0.5, 0.25]), State3::E);
        assert_eq!(most_probable3(&[0.4, 0.2, 0.4]), State3::H);
        assert_eq!(most_probable8(&[0.125; 8]), State8::H);
        let mut eight = [0.0; 8];
        eight[6] = 0.6;
        eight[7] = 0.4;
        assert_eq!(most_probable8(&eight), State8::S);
    }

    #[test]
    fn confidence_is_ten_times_the_lead_rounded_down_and_at_most_nine() {
        for (three, digit) in [
            ([1.0, 0.0, 0.0], 9),
            ([0.05, 0.0, 0.95], 9),
            ([0.1, 0.0, 0.9], 8),
            ([0.6, 0.1, 0.3], 3),
            ([0.359, 0.001, 0.64], 2),
            ([0.5, 0.5, 0.0], 0),
            ([0.3, 0.4, 0.3], 1),
        ] {
            assert_eq!(confidence(&three), digit, "{three:?}");
        }
    }
}
