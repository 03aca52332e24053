//! What is to be trained: architectures, data sets, seeds, and the settings of every run.

use std::path::PathBuf;

use anyhow::{Context, bail};
use processive_models::{Architecture, ArchitectureConfig, sha256};
use processive_train::{Dataset, FitSettings};
use serde::Serialize;
use toml::Value;

use super::CompareArgs;
use super::datasets::NamedData;
use super::entrants::{Entrant, entrants, fingerprint, join, reference, require_distinct};
use crate::labelled::{Need, Splits};
use crate::numbers::counted;
use crate::settings::Settings;

/// Residual blocks of a dilated-cnn when --layers does not say: with the default settings they reach 142 bp, where the
/// default of 2 reaches 46 bp, less than the cnn beside it.
const DILATED_BLOCKS: i64 = 4;

/// A data set that has been read.
#[derive(Clone, Debug)]
pub(super) struct DataSet {
    /// Its name.
    pub(super) name: String,
    /// Its examples.
    pub(super) splits: Splits,
    /// The settings of every fit on it, but for seed and learning rate.
    pub(super) fit: FitSettings,
    /// A digest of its examples.
    digest: String,
}

/// Everything that is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) entrants: Vec<Entrant>,
    pub(super) seeds: Vec<u64>,
    pub(super) reference: String,
    pub(super) matched_parameters: Option<usize>,
    /// The learning rates that are tried; empty when there is one only.
    pub(super) rates: Vec<f64>,
    pub(super) sets: Vec<DataSet>,
    /// Where trained models are kept, when they are.
    pub(super) models: Option<PathBuf>,
    fit: FitSettings,
    examples: Option<u64>,
    named: Vec<NamedData>,
}

impl Plan {
    /// Checks the options; nothing is read yet but settings files.
    pub(super) fn new(args: &CompareArgs) -> anyhow::Result<Self> {
        let settings = join(&args.settings)?;
        let comparison = &args.comparison;
        let entrants = entrants(&args.arch, comparison.parameters, 1, |arch| {
            architecture(arch, &settings)
        })?;
        require_distinct("--seeds", &comparison.seeds)?;
        let fit = settings.fit()?;
        let rates = rates(&args.tune_learning_rate, &fit)?;
        Ok(Self {
            reference: reference(comparison.reference.as_deref(), &entrants, "bag-cnn")?,
            entrants,
            seeds: comparison.seeds.clone(),
            matched_parameters: comparison.parameters.map(std::num::NonZeroUsize::get),
            rates,
            sets: Vec::new(),
            models: args.keep_models.then(|| comparison.output.join("models")),
            fit,
            examples: args.examples.map(std::num::NonZeroU64::get),
            named: args.data.all()?,
        })
    }

    /// Reads the data sets.
    pub(super) fn read_data(&mut self) -> anyhow::Result<()> {
        for NamedData { name, data } in &self.named {
            let read = || -> anyhow::Result<Splits> {
                log::info!("data set {name}");
                let splits = data.read(Need::Training)?;
                splits.train.require_both_classes("training")?;
                splits.valid.require_both_classes("validation")?;
                if splits.test.is_empty() {
                    bail!("there are no test examples: name them with --test");
                }
                splits.test.require_both_classes("test")?;
                Ok(splits)
            };
            let splits = read().with_context(|| format!("data set {name}"))?;
            let train = splits.train.len() as u64;
            // To the nearest whole number of epochs.
            let epochs = self.examples.map_or(self.fit.epochs, |examples| {
                ((examples + train / 2) / train).max(1) as usize
            });
            let digest = digest(&splits);
            self.sets.push(DataSet {
                name: name.clone(),
                splits,
                // Every run has the whole budget, however its validation score goes.
                fit: FitSettings {
                    epochs,
                    patience: epochs,
                    ..self.fit.clone()
                },
                digest,
            });
        }
        Ok(())
    }

    /// The name under which a run is kept. The learning rate is `None` for the first seed when rates are tried.
    pub(super) fn run_fingerprint(&self, set: &DataSet, entrant: &Entrant, seed: u64, rate: Option<f64>) -> String {
        let fit = FitSettings {
            seed,
            learning_rate: rate.unwrap_or(set.fit.learning_rate),
            ..set.fit.clone()
        };
        let tried: &[f64] = if rate.is_none() { &self.rates } else { &[] };
        fingerprint(&("run", &set.name, &set.digest, &entrant.config, &fit, tried))
    }

    /// What was trained, in words.
    pub(super) fn counts(&self) -> String {
        format!(
            "{}, {}, {}",
            counted(self.entrants.len() as u64, "architecture"),
            counted(self.sets.len() as u64, "data set"),
            counted(self.seeds.len() as u64, "seed")
        )
    }
}

impl DataSet {
    /// The name under which something about its baselines is kept.
    pub(super) fn fingerprint(&self, more: &impl Serialize) -> String {
        fingerprint(&("baselines", &self.name, &self.digest, more))
    }
}

fn architecture(arch: Architecture, settings: &Settings) -> anyhow::Result<ArchitectureConfig> {
    let mut own = settings.of(arch);
    if arch == Architecture::DilatedCnn && !own.architecture.contains_key("layers") {
        own.architecture
            .insert("layers".to_owned(), Value::Integer(DILATED_BLOCKS));
    }
    own.architecture()
}

/// The learning rates to choose from, each of which has to be one that a fit takes.
fn rates(rates: &[f64], fit: &FitSettings) -> anyhow::Result<Vec<f64>> {
    for &learning_rate in rates {
        let fit = FitSettings {
            learning_rate,
            ..fit.clone()
        };
        fit.validate().context("--tune-learning-rate")?;
    }
    require_distinct("--tune-learning-rate", rates.iter().map(|rate| rate.to_bits()))?;
    Ok(rates.to_vec())
}

/// A digest of the examples and of how they are read.
fn digest(splits: &Splits) -> String {
    let mut bytes = format!("{} {:?}", splits.window, splits.bin).into_bytes();
    let parts: [&Dataset; 3] = [&splits.train, &splits.valid, &splits.test];
    for (dataset, mark) in parts.into_iter().zip([b't', b'v', b'j']) {
        bytes.push(mark);
        for example in dataset.examples() {
            bytes.push(5 + u8::from(example.label));
            bytes.extend(&example.codes);
        }
    }
    sha256(&bytes)
}
