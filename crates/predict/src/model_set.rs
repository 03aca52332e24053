//! Several models as one: they read a genome once, and their columns stand side by side.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Range;

use processive_core::Alphabet;
use processive_encode::PaddedBatch;
use processive_models::{Model, ModelDescription};

use crate::scorer::tile_scorer;
use crate::{ModelIdentity, PredictError, TileScorer, WindowScorer};

/// Models that score the same bins.
///
/// Every model reads a window of its own width around the centre of a bin; the set's window is the widest. A score is that of
/// the model alone.
pub struct ModelSet<'a> {
    models: Vec<&'a Model>,
    bin: NonZeroUsize,
    window: usize,
}

/// Which way a window is read.
#[derive(Clone, Copy)]
enum Reading {
    AsWritten,
    ReverseComplement,
}

impl<'a> ModelSet<'a> {
    /// Joins models; `bin` is the width of a bin for all of them, their own when not given.
    ///
    /// # Errors
    /// [`PredictError::NotADnaModel`], [`PredictError::EmptyModel`] for a model that cannot scan, or none at all;
    /// [`PredictError::BinsDiffer`] when their own bins are not the same.
    pub fn new(models: &[&'a Model], bin: Option<NonZeroUsize>) -> Result<Self, PredictError> {
        let own: Vec<NonZeroUsize> = models
            .iter()
            .map(|model| own_bin(model))
            .collect::<Result<_, PredictError>>()?;
        let first = *own
            .first()
            .ok_or_else(|| empty(&ModelIdentity::default().name, 0, 0, 0))?;
        let bin = match bin {
            Some(bin) => bin,
            None if own.iter().all(|&bin| bin == first) => first,
            None => {
                let bin_of = |(model, bin): (&&Model, &NonZeroUsize)| (model.description().name.clone(), bin.get());
                let bins = models.iter().zip(&own).map(bin_of).collect();
                return Err(PredictError::BinsDiffer { bins });
            }
        };
        Ok(Self {
            window: models.iter().map(|model| model.window()).max().unwrap_or_default(),
            models: models.to_vec(),
            bin,
        })
    }

    /// The width of a bin in bases.
    pub fn bin(&self) -> NonZeroUsize {
        self.bin
    }

    /// The names of all classes, model by model; one that several models have is preceded by the model's name.
    pub fn classes(&self) -> Vec<String> {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for class in self.models.iter().flat_map(|model| &model.description().classes) {
            *times.entry(class).or_default() += 1;
        }
        let of_model = |model: &&'a Model| {
            let ModelDescription { name, classes, .. } = model.description();
            classes.iter().map(move |class| (name, class))
        };
        let all = self.models.iter().flat_map(of_model);
        all.map(|(name, class)| match times[class.as_str()] {
            1 => class.clone(),
            _ => format!("{name}_{class}"),
        })
        .collect()
    }

    /// The model that a class belongs to, by the class's place in [`classes`](Self::classes).
    pub fn model_of(&self, class: usize) -> Option<&'a Model> {
        let owners = self
            .models
            .iter()
            .flat_map(|model| model.description().classes.iter().map(move |_| *model));
        owners.into_iter().nth(class)
    }

    /// What footers say about the models.
    pub fn identity(&self) -> ModelIdentity {
        let list = |of: fn(&Model) -> &str| -> String {
            let texts: Vec<&str> = self.models.iter().map(|model| of(model)).collect();
            texts.join(", ")
        };
        ModelIdentity {
            name: list(|model| &model.description().name),
            digest: list(Model::digest),
        }
    }

    /// Name and window of every model, in bases.
    pub fn windows(&self) -> Vec<(String, usize)> {
        let window = |model: &&Model| (model.description().name.clone(), model.window());
        self.models.iter().map(window).collect()
    }

    /// Where a model's window lies in the set's: both are centred on the bin, and halves are rounded down.
    fn place(&self, model: &Model, reading: Reading) -> Range<usize> {
        let width = model.window();
        let start = self.window / 2 - width / 2;
        let start = match reading {
            Reading::AsWritten => start,
            Reading::ReverseComplement => self.window - start - width,
        };
        start..start + width
    }

    /// The scores of windows, model by model, put side by side.
    fn side_by_side(&self, windows: usize, score: impl FnMut(&'a Model) -> Vec<f32>) -> Vec<f32> {
        let scores: Vec<Vec<f32>> = self.models.iter().copied().map(score).collect();
        let classes: Vec<usize> = self.models.iter().map(|model| WindowScorer::classes(*model)).collect();
        let mut joined = Vec::with_capacity(windows * classes.iter().sum::<usize>());
        for window in 0..windows {
            for (scores, &classes) in scores.iter().zip(&classes) {
                joined.extend_from_slice(&scores[window * classes..][..classes]);
            }
        }
        joined
    }

    fn score_windows(&self, batch: &PaddedBatch, reading: Reading) -> Vec<f32> {
        self.side_by_side(batch.len(), |model| {
            let place = self.place(model, reading);
            model.score(&parts(batch, &place))
        })
    }

    fn score_tiles(&self, tile: &[u8], windows: usize, step: usize, reading: Reading) -> Vec<f32> {
        self.side_by_side(windows, |model| {
            let Range { start, end } = self.place(model, reading);
            let part = &tile[start..(windows - 1) * step + end];
            if let Some(tiles) = tile_scorer(model, step) {
                return tiles.score_tile(part, windows, step);
            }
            let windows: Vec<&[u8]> = (0..windows).map(|k| &part[k * step..][..end - start]).collect();
            model.score(&PaddedBatch::new(&windows).expect("a tile holds a window"))
        })
    }
}

/// The same part of every window.
fn parts<'b>(batch: &'b PaddedBatch, place: &Range<usize>) -> Cow<'b, PaddedBatch> {
    if place.len() == batch.width() {
        return Cow::Borrowed(batch);
    }
    let windows: Vec<&[u8]> = batch.sequences().map(|window| &window[place.clone()]).collect();
    Cow::Owned(PaddedBatch::new(&windows).expect("there are windows, and a model's holds a base"))
}

/// The bin of a model that can scan.
fn own_bin(model: &Model) -> Result<NonZeroUsize, PredictError> {
    let ModelDescription {
        name,
        alphabet,
        window,
        bin,
        classes,
        ..
    } = model.description();
    if *alphabet != Alphabet::Dna {
        return Err(PredictError::NotADnaModel {
            model: name.clone(),
            alphabet: *alphabet,
        });
    }
    match NonZeroUsize::new(*bin) {
        Some(bin) if *window > 0 && !classes.is_empty() => Ok(bin),
        _ => Err(empty(name, *window, *bin, classes.len())),
    }
}

fn empty(model: &str, window: usize, bin: usize, classes: usize) -> PredictError {
    PredictError::EmptyModel {
        model: model.to_owned(),
        window,
        bin,
        classes,
    }
}

impl WindowScorer for ModelSet<'_> {
    fn window(&self) -> usize {
        self.window
    }

    fn classes(&self) -> usize {
        self.models.iter().map(|model| WindowScorer::classes(*model)).sum()
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.score_windows(batch, Reading::AsWritten)
    }

    fn score_reverse(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.score_windows(batch, Reading::ReverseComplement)
    }

    fn tiles(&self, step: usize) -> Option<&dyn TileScorer> {
        let shares = |model: &&Model| tile_scorer(*model, step).is_some();
        self.models.iter().any(shares).then_some(self as &dyn TileScorer)
    }
}

impl TileScorer for ModelSet<'_> {
    fn score_tile(&self, tile: &[u8], windows: usize, step: usize) -> Vec<f32> {
        self.score_tiles(tile, windows, step, Reading::AsWritten)
    }

    fn score_tile_reverse(&self, tile: &[u8], windows: usize, step: usize) -> Vec<f32> {
        self.score_tiles(tile, windows, step, Reading::ReverseComplement)
    }
}
