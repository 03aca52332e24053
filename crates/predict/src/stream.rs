//! Recurrent models over long stretches instead of window by window.

use processive_encode::PaddedBatch;
use processive_models::streams::StreamRule;
use processive_models::{Model, StreamModel, StreamTile};

use crate::{PredictError, Tile, TileScorer, WindowScorer};

/// A recurrent model that reads the genome as one sequence, in tiles: the states at both ends of a window are those that
/// the sequence around it leaves, not zero.
///
/// A tile begins a halo before its first window and ends a halo behind its last, in which the states become what they
/// would be after all of the sequence, as far as the model [forgets](processive_models::Forgetting). Where the states are
/// begun depends on the place in the contig alone: other batches and regions give the same scores up to rounding.
#[derive(Clone, Copy)]
pub struct StreamScorer<'a> {
    model: &'a Model,
    stream: &'a StreamModel,
    rule: StreamRule,
}

impl<'a> StreamScorer<'a> {
    /// Bases of a tile at least: rows of it that are read side by side, and are long beside their halos.
    const TILE: usize = 1 << 18;

    /// Streams a model with bins of `bin` bases; the halo is the model's own, unless one is given, and is rounded up to whole
    /// steps.
    ///
    /// # Errors
    /// [`PredictError::NotRecurrent`]; [`PredictError::StreamBin`] when bins do not begin where steps begin;
    /// [`PredictError::DoesNotForget`], [`PredictError::NoHalo`].
    pub fn new(model: &'a Model, bin: usize, halo: Option<usize>) -> Result<Self, PredictError> {
        let name = || model.description().name.clone();
        let stream = model
            .stream()
            .ok_or_else(|| PredictError::NotRecurrent { model: name() })?;
        let unit = stream.unit();
        if !bin.is_multiple_of(unit) {
            return Err(PredictError::StreamBin {
                model: name(),
                bin,
                unit,
            });
        }
        let forgetting = model.description().forgetting;
        if let Some(forgetting) = forgetting.filter(|forgetting| forgetting.exponent >= 0.0) {
            return Err(PredictError::DoesNotForget {
                model: name(),
                exponent: forgetting.exponent,
            });
        }
        let halo = halo.or(forgetting.and_then(|forgetting| forgetting.halo));
        let halo = halo.ok_or_else(|| PredictError::NoHalo { model: name() })?;
        Ok(Self {
            model,
            stream,
            rule: stream.rule(bin, halo.next_multiple_of(unit)),
        })
    }

    /// Bases of context on both sides of a window.
    pub fn halo(&self) -> usize {
        self.rule.halo
    }

    /// The model.
    pub fn model(&self) -> &'a Model {
        self.model
    }
}

impl WindowScorer for StreamScorer<'_> {
    fn window(&self) -> usize {
        self.read_out() + 2 * self.rule.margin()
    }

    fn read_out(&self) -> usize {
        self.stream.window()
    }

    fn classes(&self) -> usize {
        self.model.description().classes.len()
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        let alone = batch.sequences().map(|codes| Tile {
            codes,
            windows: 1,
            first: 0,
        });
        self.score_tiles(&alone.collect::<Vec<_>>(), self.rule.step)
    }

    fn tiles(&self, step: usize) -> Option<&dyn TileScorer> {
        (step == self.rule.step).then_some(self as &dyn TileScorer)
    }
}

impl TileScorer for StreamScorer<'_> {
    fn bases(&self) -> usize {
        Self::TILE
    }

    fn score_tiles(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
        assert_eq!(step, self.rule.step, "windows begin where bins do");
        let tiles = tiles
            .iter()
            .map(|&Tile { codes, windows, first }| StreamTile { codes, windows, first });
        self.stream.probabilities(&tiles.collect::<Vec<_>>(), self.rule)
    }
}
