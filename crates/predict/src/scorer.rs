//! What the engine needs of a model.

use processive_encode::PaddedBatch;
use processive_models::Model;

/// Scores windows of one width. Called from several threads at once.
pub trait WindowScorer: Sync {
    /// The width of a window in bases.
    fn window(&self) -> usize;

    /// The number of scores per window.
    fn classes(&self) -> usize;

    /// Scores a batch as it stands, one strand: `[windows · classes]`, the classes of a window side by side.
    ///
    /// A window's score must not depend on the other windows of the batch.
    fn score(&self, batch: &PaddedBatch) -> Vec<f32>;
}

impl WindowScorer for Model {
    fn window(&self) -> usize {
        self.description().window
    }

    fn classes(&self) -> usize {
        self.description().classes.len()
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.probabilities(batch)
    }
}
