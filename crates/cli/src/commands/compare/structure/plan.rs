//! What is to be trained on chains: architectures, seeds, and the settings of every run.

use std::path::PathBuf;

use anyhow::bail;
use processive_core::{ChainRow, Reduction, State8};
use processive_models::{DataSource, sha256};
use processive_train::FitSettings;

use super::super::entrants::{Entrant, entrants, fingerprint, join, reference, require_distinct};
use super::CompareStructureArgs;
use super::test_sets::TestSet;
use crate::chain_splits::ChainSplits;
use crate::numbers::counted;

/// Everything that is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) entrants: Vec<Entrant>,
    pub(super) seeds: Vec<u64>,
    pub(super) reference: String,
    pub(super) matched_parameters: Option<usize>,
    pub(super) splits: ChainSplits,
    /// The training chains, as baselines read them.
    pub(super) train: Vec<ChainRow>,
    pub(super) tests: Vec<TestSet>,
    pub(super) reduction: Reduction,
    pub(super) q8_weight: f64,
    /// The settings of every fit, but for the seed.
    pub(super) fit: FitSettings,
    /// Where the models lie.
    pub(super) models: PathBuf,
    /// The files of training and validation chains.
    pub(super) sources: Vec<DataSource>,
    /// How intervals are made.
    pub(super) bootstrap: processive_train::bootstrap::BootstrapSettings,
    /// A digest of the training and validation chains.
    digest: String,
}

impl Plan {
    /// Checks the options and reads the chains.
    pub(super) fn new(args: &CompareStructureArgs) -> anyhow::Result<Self> {
        let comparison = &args.comparison;
        let settings = join(&args.settings)?;
        let classes = State8::ALL.len();
        let mut entrants = entrants(&args.arch, comparison.parameters, classes, |arch| {
            settings.of(arch).architecture_for_residues()
        })?;
        require_distinct("--seeds", &comparison.seeds)?;
        let fit = settings.fit_for_residues()?;
        if !(args.q8_weight >= 0.0 && args.q8_weight.is_finite()) {
            bail!("--q8-weight cannot be {}; allowed: 0 or more", args.q8_weight);
        }
        let reference = reference(comparison.reference.as_deref(), &entrants, "bilstm")?;
        let rows = args.data.read()?;
        let splits = ChainSplits::of(&rows, args.reduction)?;
        if splits.train.is_empty() {
            bail!("no chain is in the split 'train'");
        }
        splits.report();
        for entrant in &mut entrants {
            entrant.config = entrant.config.clone().for_window(splits.longest());
        }
        // To the nearest whole number of epochs.
        let once = residues(&splits);
        let epochs = args.residues.map_or(fit.epochs, |residues| {
            ((residues.get() + once / 2) / once).max(1) as usize
        });
        Ok(Self {
            entrants,
            seeds: comparison.seeds.clone(),
            reference,
            matched_parameters: comparison.parameters.map(std::num::NonZeroUsize::get),
            tests: TestSet::all(&args.tests, &rows)?,
            digest: sha256(&splits.bytes()),
            splits,
            train: rows
                .into_iter()
                .filter(|row| ["train", ""].contains(&row.split.as_str()))
                .collect(),
            reduction: args.reduction,
            q8_weight: args.q8_weight,
            // Every run has the whole budget, however its validation score goes.
            fit: FitSettings {
                epochs,
                patience: epochs,
                ..fit
            },
            models: comparison.output.join("models"),
            sources: args.data.sources()?,
            bootstrap: comparison.bootstrap(),
        })
    }

    /// The residues of the training chains.
    pub(super) fn residues(&self) -> u64 {
        residues(&self.splits)
    }

    /// Every network with every seed, the network changing last.
    pub(super) fn runs(&self) -> Vec<Run<'_>> {
        let seeds = |entrant| self.seeds.iter().map(move |&seed| Run { entrant, seed });
        self.entrants.iter().flat_map(seeds).collect()
    }

    /// The settings of a run's fit.
    pub(super) fn fit_of(&self, run: Run<'_>) -> FitSettings {
        FitSettings {
            seed: run.seed,
            ..self.fit.clone()
        }
    }

    /// The name under which a run is kept. The test sets have no part in it.
    pub(super) fn fingerprint(&self, run: Run<'_>) -> String {
        let Self {
            digest,
            reduction,
            q8_weight,
            ..
        } = self;
        fingerprint(&(
            "structure",
            digest,
            reduction,
            q8_weight,
            &run.entrant.config,
            &self.fit_of(run),
        ))
    }

    /// The file of a run's model.
    pub(super) fn model_of(&self, run: Run<'_>) -> PathBuf {
        self.models
            .join(format!("{}-{}.safetensors", run.entrant.name, run.seed))
    }

    /// What was trained, in words.
    pub(super) fn counts(&self) -> String {
        format!(
            "{}, {}, {}",
            counted(self.entrants.len() as u64, "architecture"),
            counted(self.seeds.len() as u64, "seed"),
            counted(self.tests.len() as u64, "test set")
        )
    }
}

/// A network to be trained with a seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) entrant: &'a Entrant,
    pub(super) seed: u64,
}

impl Run<'_> {
    /// The run's name.
    pub(super) fn name(&self) -> String {
        format!("{} seed {}", self.entrant.name, self.seed)
    }
}

fn residues(splits: &ChainSplits) -> u64 {
    splits.train.lengths().iter().map(|&length| length as u64).sum()
}
