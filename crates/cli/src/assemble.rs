//! From fitted networks to a model: calibration, threshold, card.

use std::collections::BTreeMap;

use processive_core::Metric;
use processive_core::alphabet::UNKNOWN;
use processive_models::{ArchitectureConfig, Calibration, Model, ModelDescription, Network, TFBS, TrainingRecord};
use processive_train::calibration::Platt;
use processive_train::metrics::{best_mcc_threshold, operating_points};
use processive_train::{BindingScores, Dataset, FitSettings, Fitted, logits};

use crate::judge::probabilities;
use crate::labelled::Splits;

/// What is said about a model and cannot be measured.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// The model's name.
    pub(crate) name: String,
    /// The name of its output.
    pub(crate) class: String,
    /// One line about it.
    pub(crate) summary: String,
    /// The origin and licence of its data.
    pub(crate) provenance: String,
    /// The bin of scans; the data's bin, else a quarter of the window, when not given.
    pub(crate) bin: Option<usize>,
}

/// Metrics by name.
type Metrics = BTreeMap<String, Metric>;

/// The metrics of baselines, by the baseline's name.
type Baselines = BTreeMap<String, Metrics>;

/// Describes a network that has seen no data, for windows of `window` bases.
pub(crate) fn describe(architecture: ArchitectureConfig, window: usize) -> ModelDescription {
    ModelDescription {
        window,
        bin: (window / 4).max(1),
        ..ModelDescription::untrained(TFBS, vec!["bound".to_owned()], architecture, 1)
    }
}

/// Joins the members, calibrates on the validation examples and chooses the threshold there.
pub(crate) fn assemble(
    card: Card,
    architecture: ArchitectureConfig,
    settings: &FitSettings,
    splits: &Splits,
    members: &[Fitted<BindingScores>],
) -> Model {
    let networks: Vec<Network> = members.iter().map(|member| member.network.clone()).collect();
    let counts = |dataset: &Dataset| [dataset.len() as u64, dataset.positives() as u64];
    let untrained = describe(architecture, splits.window);
    let description = ModelDescription {
        classes: vec![card.class],
        name: card.name,
        summary: card.summary,
        members: members.len(),
        parameters: networks.iter().map(Network::parameters).sum(),
        bin: card.bin.or(splits.bin).unwrap_or(untrained.bin),
        calibration: calibrate(splits, members),
        training: TrainingRecord {
            sources: splits.sources.clone(),
            provenance: card.provenance,
            train: counts(&splits.train),
            valid: counts(&splits.valid),
            test: String::new(),
            valid_contigs: splits.valid_contigs.clone(),
            test_contigs: splits.test_contigs.clone(),
            seeds: (0..members.len() as u64).map(|member| settings.seed + member).collect(),
            epochs: members.iter().map(|member| member.best_epoch as u64).collect(),
            valid_auprc: members.iter().map(|member| member.valid().valid_auprc).collect(),
            valid_q3: Vec::new(),
            dropped: Vec::new(),
            settings: serde_json::to_value(settings).expect("settings are plain data"),
        },
        ..untrained
    };
    let mut model = Model::new(description, networks);
    let valid = probabilities(&model, &splits.valid);
    let labels = splits.valid.labels();
    if let Some(threshold) = best_mcc_threshold(&valid, &labels) {
        let mut description = model.description().clone();
        description.threshold = threshold;
        description.operating_points = operating_points(&valid, &labels);
        model = Model::new(description, model.networks().to_vec());
    }
    model
}

/// One calibration for all members, fitted on the logits of all of them.
fn calibrate(splits: &Splits, members: &[Fitted<BindingScores>]) -> Calibration {
    let logits: Vec<f64> = members
        .iter()
        .flat_map(|member| logits(&member.network, &splits.valid))
        .map(f64::from)
        .collect();
    let labels = splits.valid.labels().repeat(members.len());
    // A slope below 0 would turn the network's ranking round: one that ranks worse than chance is left as it is.
    let platt = Platt::fit(&logits, &labels).filter(|platt| platt.slope > 0.0);
    platt.map_or_else(Calibration::default, |platt| Calibration {
        slope: platt.slope,
        offset: platt.offset,
    })
}

/// Bases on which a model's memory is measured, at most.
const MEASURED: usize = 1_000_000;

/// The model with the halo of its scans on its card, when it is recurrent, measured along its validation and training
/// windows.
pub(crate) fn with_forgetting(model: Model, splits: &Splits) -> Model {
    let windows = splits.valid.examples().iter().chain(splits.train.examples());
    let codes = windows
        .flat_map(|example| &example.codes)
        .filter(|&&code| code != UNKNOWN);
    let codes: Vec<u8> = codes.copied().take(MEASURED).collect();
    match model.measure_forgetting(&codes, 0) {
        Ok(None) => model,
        Ok(forgetting) => {
            let mut description = model.description().clone();
            description.forgetting = forgetting;
            Model::new(description, model.networks().to_vec())
        }
        Err(error) => {
            log::warn!("the halo of scans is not measured: {error}; `processive halo` measures it on a genome");
            model
        }
    }
}

/// The model with its test metrics on its card.
pub(crate) fn with_test_metrics(model: &Model, splits: &Splits, metrics: Metrics, baselines: Baselines) -> Model {
    let mut description = model.description().clone();
    description.training.test = format!("{} examples, {} bound", splits.test.len(), splits.test.positives());
    (description.metrics, description.baselines) = (metrics, baselines);
    Model::new(description, model.networks().to_vec())
}
