//! Proteins on their way to the model, probabilities on their way back.

use processive_core::{Alphabet, Reduction, State8};
use processive_encode::{PaddedBatch, encode};
use processive_report::FoldChain;

use super::scorer::{ResidueScorer, STATES};

/// A protein without the stop sign at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Protein {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) sequence: Vec<u8>,
}

/// The probabilities of a protein's residues.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Labels {
    three: Vec<[f32; 3]>,
    eight: Vec<[f32; STATES]>,
}

impl Protein {
    /// The protein with its labels, as the writers take it.
    pub(super) fn labelled<'a>(&'a self, labels: &'a Labels) -> FoldChain<'a> {
        FoldChain {
            id: &self.id,
            description: &self.description,
            sequence: &self.sequence,
            three: &labels.three,
            eight: &labels.eight,
        }
    }
}

/// Labels proteins together.
pub(super) fn label(proteins: &[&Protein], scorer: &dyn ResidueScorer) -> Vec<Labels> {
    let codes: Vec<Vec<u8>> = proteins
        .iter()
        .map(|protein| encode(Alphabet::Protein, &protein.sequence))
        .collect();
    let rows: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    let batch = PaddedBatch::of(Alphabet::Protein, &rows).expect("there are proteins, and they have residues");
    let probabilities = scorer.score(&batch);
    let row = batch.width() * STATES;
    assert_eq!(probabilities.len(), proteins.len() * row, "eight numbers per residue");
    let labels_of = |(row, &length): (&[f32], &usize)| {
        let (eight, _) = row[..length * STATES].as_chunks::<STATES>();
        Labels {
            three: eight.iter().map(|eight| reduce(scorer.reduction(), eight)).collect(),
            eight: eight.to_vec(),
        }
    };
    probabilities
        .chunks_exact(row)
        .zip(batch.lengths())
        .map(labels_of)
        .collect()
}

/// The probabilities of helix, strand and coil: sums in code order, in `f64`.
fn reduce(rule: Reduction, eight: &[f32; STATES]) -> [f32; 3] {
    let mut three = [0.0f64; 3];
    for (state, &probability) in State8::ALL.into_iter().zip(eight) {
        three[rule.reduce(state) as usize] += f64::from(probability);
    }
    three.map(|sum| sum as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_states_are_sums_by_the_rule() {
        // In units of 1/64, so that sums are exact.
        let eight = [32.0, 4.0, 8.0, 2.0, 1.0, 15.0, 1.0, 1.0].map(|p: f32| p / 64.0);
        for (rule, sums) in [
            (Reduction::GhiEb, [35.0, 12.0, 17.0]),
            (Reduction::GhEb, [34.0, 12.0, 18.0]),
            (Reduction::HE, [32.0, 8.0, 24.0]),
        ] {
            let found = reduce(rule, &eight).map(|p| (p * 64.0).to_bits());
            assert_eq!(found, sums.map(f32::to_bits), "{rule}");
        }
    }
}
