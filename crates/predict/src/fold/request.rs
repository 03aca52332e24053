//! What to fold, and how.

use std::num::NonZeroUsize;
use std::path::Path;

use processive_core::{Alphabet, State8};
use processive_models::{Compute, Model, STRUCTURE};
use processive_report::FoldStates;

use super::scorer::ResidueScorer;
use crate::{ModelIdentity, PredictError};

/// What to fold, and how.
#[derive(Clone)]
pub struct FoldRequest<'a> {
    /// The proteins: FASTA, plain or compressed; `-` is stdin.
    pub proteins: &'a Path,
    /// The model.
    pub scorer: &'a dyn ResidueScorer,
    /// What the footer says about the model.
    pub model: ModelIdentity,
    /// The numbers that it multiplies, for the footer.
    pub compute: Compute,
    /// The number of residues, padding included, that the model is given at a time.
    pub batch_size: NonZeroUsize,
    /// About how many residues are read ahead, so that proteins of similar length share a batch.
    pub look_ahead: NonZeroUsize,
    /// Whether letters that are unknown to the network, and proteins that look like DNA, are errors.
    pub strict: bool,
    /// How many states the output tells apart, for the footer.
    pub states: FoldStates,
    /// The command line, for the footer.
    pub command: String,
}

impl<'a> FoldRequest<'a> {
    /// Residues per batch, when nothing else is asked for: 12 proteins of 256, whose states stay in a cache.
    pub const BATCH_SIZE: NonZeroUsize = NonZeroUsize::new(3 << 10).expect("not zero");
    /// Residues that are read ahead: some twenty batches, about 200 proteins of a proteome.
    pub const LOOK_AHEAD: NonZeroUsize = NonZeroUsize::new(1 << 16).expect("not zero");

    /// Folds with a model.
    ///
    /// # Errors
    /// [`PredictError::NotAStructureModel`] when the model does not give the residues of proteins the states of DSSP.
    pub fn new(proteins: &'a Path, model: &'a Model) -> Result<Self, PredictError> {
        let description = model.description();
        let states = State8::ALL.map(|state| char::from(state.letter().to_ascii_lowercase()).to_string());
        let fits = description.task == STRUCTURE && description.alphabet == Alphabet::Protein;
        if !fits || description.classes != states {
            return Err(PredictError::NotAStructureModel {
                model: description.name.clone(),
                task: description.task.clone(),
                alphabet: description.alphabet,
            });
        }
        let mut request = Self::with_scorer(proteins, model);
        request.compute = model.residue_compute();
        request.model = ModelIdentity {
            name: description.name.clone(),
            digest: model.digest().to_owned(),
        };
        Ok(request)
    }

    /// Folds with any scorer.
    pub fn with_scorer(proteins: &'a Path, scorer: &'a dyn ResidueScorer) -> Self {
        Self {
            proteins,
            scorer,
            model: ModelIdentity::default(),
            compute: Compute::default(),
            batch_size: Self::BATCH_SIZE,
            look_ahead: Self::LOOK_AHEAD,
            strict: false,
            states: FoldStates::default(),
            command: String::new(),
        }
    }
}
