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

    /// Scores a batch of reverse complements. Only a scorer that reads a part of a window which is not its middle has to
    /// know that they are.
    fn score_reverse(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.score(batch)
    }

    /// What scores the windows of a tile at once, when windows `step` bases apart have something in common; `step` is at
    /// most the width of a window.
    fn tiles(&self, step: usize) -> Option<&dyn TileScorer> {
        let _ = step;
        None
    }
}

/// What scores the windows of bins `bin` bases wide at once; windows that have gaps between them have nothing in common.
pub(crate) fn tile_scorer(scorer: &dyn WindowScorer, bin: usize) -> Option<&dyn TileScorer> {
    (bin <= scorer.window()).then(|| scorer.tiles(bin)).flatten()
}

/// Scores overlapping windows for less than each of them costs alone. Called from several threads at once.
pub trait TileScorer: Sync {
    /// Scores `windows` windows that begin every `step` codes of a tile, as the tile stands, one strand: `[windows ·
    /// classes]`. The last window ends with the tile.
    ///
    /// A window's score is that of [`WindowScorer::score`] up to rounding.
    fn score_tile(&self, tile: &[u8], windows: usize, step: usize) -> Vec<f32>;

    /// Scores the windows of a reverse complement; see [`WindowScorer::score_reverse`].
    fn score_tile_reverse(&self, tile: &[u8], windows: usize, step: usize) -> Vec<f32> {
        self.score_tile(tile, windows, step)
    }
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

    fn tiles(&self, step: usize) -> Option<&dyn TileScorer> {
        self.shares_windows(step).then_some(self as &dyn TileScorer)
    }
}

impl TileScorer for Model {
    fn score_tile(&self, tile: &[u8], windows: usize, step: usize) -> Vec<f32> {
        let tile = PaddedBatch::new(&[tile]).expect("a tile holds a window");
        self.window_probabilities(&tile, windows, step)
    }
}
