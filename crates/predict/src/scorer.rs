//! What the engine needs of a model.

use processive_encode::PaddedBatch;
use processive_models::{Compute, Model, TileModel};

/// Scores windows of one width. Called from several threads at once.
pub trait WindowScorer: Sync {
    /// The width of a window in bases: what is read for a score.
    fn window(&self) -> usize;

    /// The width of the middle of a window that its score is about; the rest is context.
    fn read_out(&self) -> usize {
        self.window()
    }

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

/// Consecutive windows, the first of which begins with the codes and the last of which ends with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile<'a> {
    /// The codes under the windows.
    pub codes: &'a [u8],
    /// The number of windows, 1 or more.
    pub windows: usize,
    /// The number of the first window, counted along the contig in the direction of the codes: that of its bin, or below 0
    /// for reverse complements.
    pub first: i64,
}

/// Scores overlapping windows for less than each of them costs alone. Called from several threads at once.
pub trait TileScorer: Sync {
    /// The number of bases in a row that are worth a tile, at least.
    fn bases(&self) -> usize {
        // Many times a window, so that few of them are read twice.
        4096
    }

    /// Scores the windows of tiles, which begin every `step` codes, as the tiles stand, one strand: `[windows of all tiles ·
    /// classes]`.
    ///
    /// A window's score is that of [`WindowScorer::score`] up to rounding, or as far as a scorer says that context matters.
    fn score_tiles(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32>;

    /// Scores the windows of reverse complements; see [`WindowScorer::score_reverse`].
    fn score_tiles_reverse(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
        self.score_tiles(tiles, step)
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
        // Also a window that shares nothing is multiplied in the numbers that were asked for.
        match (self.compute(), Model::tiles(self)) {
            (Compute::Int8, Some(tiles)) => tiles.probabilities_alone(batch.sequences()),
            _ => self.probabilities(batch),
        }
    }

    fn tiles(&self, step: usize) -> Option<&dyn TileScorer> {
        let tiles = self.tiles().filter(|tiles| tiles.shares(step));
        tiles.map(|tiles| tiles as &dyn TileScorer)
    }
}

impl TileScorer for TileModel {
    fn score_tiles(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
        let mut scores = Vec::new();
        for tile in tiles {
            scores.append(&mut self.probabilities(tile.codes, tile.windows, step));
        }
        scores
    }
}
