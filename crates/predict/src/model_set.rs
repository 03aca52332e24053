//! Several models as one: they read a genome once, and their columns stand side by side.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;

use processive_core::Alphabet;
use processive_encode::PaddedBatch;
use processive_models::{Compute, Model, ModelDescription};

use crate::scorer::tile_scorer;
use crate::{ModelIdentity, PredictError, ScanRequest, StreamScorer, Tile, TileScorer, WindowScorer};

/// Models that score the same bins.
///
/// Every model reads a window of its own width around the centre of a bin; the set's window is the widest. A score is that of
/// the model alone.
pub struct ModelSet<'a> {
    members: Vec<Member<'a>>,
    bin: NonZeroUsize,
    window: usize,
}

/// How recurrent models read a genome; convolutional ones give a window the same score in either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanMode {
    /// Every window alone, from a zero state.
    Window,
    /// The genome as one sequence, in tiles.
    Stream,
}

impl fmt::Display for ScanMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Window => "window",
            Self::Stream => "stream",
        })
    }
}

/// How a model reads its windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelReading {
    /// The model's name.
    pub name: String,
    /// The width of its windows in bases.
    pub window: usize,
    /// Bases of context on both sides of what it streams; nothing when it reads every window alone.
    pub halo: Option<usize>,
    /// The numbers that it multiplies.
    pub compute: Compute,
}

impl ModelReading {
    /// The mode that it reads in.
    pub fn mode(&self) -> ScanMode {
        match self.halo {
            Some(_) => ScanMode::Stream,
            None => ScanMode::Window,
        }
    }
}

/// A model in its mode.
#[derive(Clone, Copy)]
enum Member<'a> {
    Windows(&'a Model),
    Stream(StreamScorer<'a>),
}

impl<'a> Member<'a> {
    fn model(self) -> &'a Model {
        match self {
            Self::Windows(model) => model,
            Self::Stream(stream) => stream.model(),
        }
    }

    fn scorer(&self) -> &dyn WindowScorer {
        match self {
            Self::Windows(model) => *model,
            Self::Stream(stream) => stream,
        }
    }

    /// Refuses a model of which nothing would be computed in the numbers that were asked for.
    fn check_compute(self) -> Result<(), PredictError> {
        match self {
            Self::Windows(model) if model.compute() == Compute::Int8 && model.tiles().is_none() => {
                let ModelDescription { name, architecture, .. } = model.description();
                Err(PredictError::NoBytes {
                    model: name.clone(),
                    arch: architecture.arch.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    fn halo(self) -> Option<usize> {
        match self {
            Self::Windows(_) => None,
            Self::Stream(stream) => Some(stream.halo()),
        }
    }
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
        Ok(Self::of_members(
            models.iter().map(|&model| Member::Windows(model)).collect(),
            bin,
        ))
    }

    fn of_members(members: Vec<Member<'a>>, bin: NonZeroUsize) -> Self {
        let windows = members.iter().map(|member| member.scorer().window());
        Self {
            window: windows.max().unwrap_or_default(),
            members,
            bin,
        }
    }

    /// Has the recurrent models read in this mode, with a halo that may be given. Without a mode, those are streamed that can be
    /// and whose halo is known.
    ///
    /// # Errors
    /// Those of [`StreamScorer::new`] when models are to be streamed that cannot be, or a halo is given;
    /// [`PredictError::NoBytes`] for a model that is to [multiply bytes](Compute::Int8) and has no layer that does so in its mode.
    pub fn in_mode(self, mode: Option<ScanMode>, halo: Option<usize>) -> Result<Self, PredictError> {
        let bin = self.bin;
        let in_mode = |member: &Member<'a>| {
            let model = member.model();
            let stream = || StreamScorer::new(model, bin.get(), halo).map(Member::Stream);
            match mode {
                Some(ScanMode::Window) => Ok(Member::Windows(model)),
                _ if model.stream().is_none() => Ok(Member::Windows(model)),
                Some(ScanMode::Stream) => stream(),
                None if halo.is_some() => stream(),
                None => Ok(stream().unwrap_or(Member::Windows(model))),
            }
        };
        let members: Result<Vec<Member<'a>>, PredictError> = self.members.iter().map(in_mode).collect();
        let set = Self::of_members(members?, bin);
        set.members.iter().try_for_each(|member| member.check_compute())?;
        match set.members.iter().find(|_| halo.is_some()) {
            Some(first) if set.members.iter().all(|member| member.halo().is_none()) => {
                Err(PredictError::NotRecurrent {
                    model: first.model().description().name.clone(),
                })
            }
            _ => Ok(set),
        }
    }

    /// The width of a bin in bases.
    pub fn bin(&self) -> NonZeroUsize {
        self.bin
    }

    /// The names of all classes, model by model; one that several models have is preceded by the model's name.
    pub fn classes(&self) -> Vec<String> {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for class in self.models().flat_map(|model| &model.description().classes) {
            *times.entry(class).or_default() += 1;
        }
        let of_model = |model: &'a Model| {
            let ModelDescription { name, classes, .. } = model.description();
            classes.iter().map(move |class| (name, class))
        };
        let all = self.models().flat_map(of_model);
        all.map(|(name, class)| match times[class.as_str()] {
            1 => class.clone(),
            _ => format!("{name}_{class}"),
        })
        .collect()
    }

    /// The model that a class belongs to, by the class's place in [`classes`](Self::classes).
    pub fn model_of(&self, class: usize) -> Option<&'a Model> {
        let mut owners = self
            .models()
            .flat_map(|model| model.description().classes.iter().map(move |_| model));
        owners.nth(class)
    }

    /// What footers say about the models.
    pub fn identity(&self) -> ModelIdentity {
        let list = |of: fn(&Model) -> &str| -> String {
            let texts: Vec<&str> = self.models().map(of).collect();
            texts.join(", ")
        };
        ModelIdentity {
            name: list(|model| &model.description().name),
            digest: list(Model::digest),
        }
    }

    /// How every model reads its windows.
    pub fn readings(&self) -> Vec<ModelReading> {
        let reading = |member: &Member<'a>| ModelReading {
            name: member.model().description().name.clone(),
            window: member.scorer().read_out(),
            halo: member.halo(),
            compute: member.model().compute(),
        };
        self.members.iter().map(reading).collect()
    }

    fn models(&self) -> impl Iterator<Item = &'a Model> {
        self.members.iter().map(|member| member.model())
    }

    /// Where a member's window lies in the set's: both are centred on the bin, and halves are rounded down.
    fn place(&self, scorer: &dyn WindowScorer, reading: Reading) -> Range<usize> {
        let width = scorer.window();
        let start = self.window / 2 - width / 2;
        let start = match reading {
            Reading::AsWritten => start,
            Reading::ReverseComplement => self.window - start - width,
        };
        start..start + width
    }

    /// The scores of windows, model by model, put side by side.
    fn side_by_side(&self, windows: usize, score: impl FnMut(&dyn WindowScorer) -> Vec<f32>) -> Vec<f32> {
        let members = || self.members.iter().map(Member::scorer);
        let mut scores: Vec<Vec<f32>> = members().map(score).collect();
        if scores.len() == 1 {
            return scores.remove(0);
        }
        let classes: Vec<usize> = members().map(WindowScorer::classes).collect();
        let mut joined = Vec::with_capacity(windows * classes.iter().sum::<usize>());
        for window in 0..windows {
            for (scores, &classes) in scores.iter().zip(&classes) {
                joined.extend_from_slice(&scores[window * classes..][..classes]);
            }
        }
        joined
    }

    fn score_windows(&self, batch: &PaddedBatch, reading: Reading) -> Vec<f32> {
        self.side_by_side(batch.len(), |scorer| {
            let place = self.place(scorer, reading);
            scorer.score(&parts(batch, &place))
        })
    }

    fn score_tiles_read<'t>(&self, tiles: &[Tile<'t>], step: usize, reading: Reading) -> Vec<f32> {
        let windows = tiles.iter().map(|tile| tile.windows).sum();
        self.side_by_side(windows, |scorer| {
            let Range { start, end } = self.place(scorer, reading);
            let part = |tile: &Tile<'t>| Tile {
                codes: &tile.codes[start..(tile.windows - 1) * step + end],
                ..*tile
            };
            let parts: Vec<Tile<'_>> = tiles.iter().map(part).collect();
            match tile_scorer(scorer, step) {
                Some(of_tiles) => of_tiles.score_tiles(&parts, step),
                None => score_alone(scorer, &parts, step),
            }
        })
    }
}

/// Scores the windows of tiles by themselves, a batch at a time.
fn score_alone(scorer: &dyn WindowScorer, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
    let window = scorer.window();
    let windows = tiles
        .iter()
        .flat_map(|tile| (0..tile.windows).map(|index| &tile.codes[index * step..][..window]));
    let windows: Vec<&[u8]> = windows.collect();
    let batches = windows.chunks(ScanRequest::BATCH_SIZE.get());
    batches
        .flat_map(|batch| scorer.score(&PaddedBatch::new(batch).expect("a tile holds a window")))
        .collect()
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

    fn read_out(&self) -> usize {
        let widths = self.members.iter().map(|member| member.scorer().read_out());
        widths.max().unwrap_or_default()
    }

    fn classes(&self) -> usize {
        self.members.iter().map(|member| member.scorer().classes()).sum()
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.score_windows(batch, Reading::AsWritten)
    }

    fn score_reverse(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.score_windows(batch, Reading::ReverseComplement)
    }

    fn tiles(&self, step: usize) -> Option<&dyn TileScorer> {
        let shares = |member: &Member<'_>| tile_scorer(member.scorer(), step).is_some();
        self.members.iter().any(shares).then_some(self as &dyn TileScorer)
    }
}

impl TileScorer for ModelSet<'_> {
    fn bases(&self) -> usize {
        let bases = |member: &Member<'_>| tile_scorer(member.scorer(), self.bin.get()).map(TileScorer::bases);
        self.members.iter().filter_map(bases).max().unwrap_or_default()
    }

    fn score_tiles(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
        self.score_tiles_read(tiles, step, Reading::AsWritten)
    }

    fn score_tiles_reverse(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
        self.score_tiles_read(tiles, step, Reading::ReverseComplement)
    }
}
