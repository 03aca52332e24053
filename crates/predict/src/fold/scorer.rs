//! What the engine needs of a model of structure.

use processive_core::Reduction;
use processive_encode::PaddedBatch;
use processive_models::Model;

/// The number of states whose probabilities a scorer gives: those of [`State8`](processive_core::State8), in code order.
pub(super) const STATES: usize = 8;

/// Labels every residue of proteins. Called from several threads at once.
pub trait ResidueScorer: Sync {
    /// Which of the eight states are helix and strand.
    fn reduction(&self) -> Reduction;

    /// Returns the probabilities of the eight states for every residue.
    ///
    /// A residue's probabilities must not depend on the other proteins of the batch.
    ///
    /// # Shapes
    /// - output: `[batch, width, 8]`, row-major; what lies past the end of a protein is not looked at
    fn score(&self, batch: &PaddedBatch) -> Vec<f32>;
}

impl ResidueScorer for Model {
    fn reduction(&self) -> Reduction {
        self.description().reduction.unwrap_or_default()
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.residue_probabilities(batch)
    }
}
