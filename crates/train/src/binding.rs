//! Fitting a network that tells bound sequences from others.

use burn::tensor::Tensor;
use processive_models::{Input, Mode, Network};
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::fit::{CheckpointRule, Fitted, Observer, Scores, Streams, Task, run};
use crate::loss::{LabelWeights, cross_entropy};
use crate::metrics::{auprc, auroc};
use crate::sampler::augmented_batch;
use crate::score::logits;
use crate::settings::FitSettings;

/// How well a network ranks the bound validation examples above the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BindingScores {
    /// The validation AUROC.
    pub valid_auroc: f64,
    /// The validation AUPRC.
    pub valid_auprc: f64,
}

impl Scores for BindingScores {
    fn criterion(&self) -> f64 {
        self.valid_auprc
    }

    fn to_text(&self) -> String {
        format!("AUROC {:.4} AUPRC {:.4}", self.valid_auroc, self.valid_auprc)
    }
}

/// Fits a network: AdamW on the cross-entropy, early stopping on the validation AUPRC.
///
/// `network` lives on an autodiff device. With a `checkpoint` path the state of the run is written there after
/// every epoch; with `resume` a run continues from it, bit for bit as if it had never stopped. Returns nothing
/// when the rule's `stop_after` paused the run.
///
/// # Errors
/// [`TrainError::Setting`], [`TrainError::NoExamples`], [`TrainError::OneClass`], [`TrainError::EmptyExample`],
/// [`TrainError::Diverged`], and the checkpoint errors.
pub fn fit(
    network: Network,
    settings: &FitSettings,
    train: &Dataset,
    valid: &Dataset,
    checkpoint: Option<CheckpointRule<'_>>,
    observer: &mut dyn Observer<BindingScores>,
) -> Result<Option<Fitted<BindingScores>>, TrainError> {
    for (dataset, what) in [(train, "training"), (valid, "validation")] {
        dataset.require_both_classes(what)?;
        refuse_empty(dataset, what)?;
    }
    let task = Binding {
        settings,
        train,
        valid,
        weights: LabelWeights::new(settings.class_weights, train.len(), train.positives()),
    };
    run(network, settings, &task, checkpoint, observer)
}

fn refuse_empty(dataset: &Dataset, what: &str) -> Result<(), TrainError> {
    let empty = dataset.examples().iter().position(|example| example.codes.is_empty());
    empty.map_or(Ok(()), |index| {
        Err(TrainError::EmptyExample {
            what: what.to_owned(),
            index: index + 1,
        })
    })
}

struct Binding<'a> {
    settings: &'a FitSettings,
    train: &'a Dataset,
    valid: &'a Dataset,
    weights: LabelWeights,
}

impl Task for Binding<'_> {
    type Scores = BindingScores;

    fn lengths(&self) -> Vec<usize> {
        let examples = self.train.examples().iter();
        examples.map(|example| example.codes.len()).collect()
    }

    fn loss(&self, network: &Network, indices: &[usize], streams: &mut Streams) -> Tensor<1> {
        let batch = augmented_batch(self.train, indices, self.settings, &mut streams.augmentation);
        let label = |&index: &usize| self.train.examples()[index].label;
        let labels: Vec<bool> = indices.iter().map(label).collect();
        let output = network.forward(&Input::codes(batch), &mut Mode::Train(&mut streams.dropout));
        cross_entropy(output, &labels, self.weights)
    }

    fn judge(&self, network: &Network) -> Result<BindingScores, f64> {
        let scores: Vec<f64> = logits(network, self.valid).into_iter().map(f64::from).collect();
        if let Some(&score) = scores.iter().find(|score| !score.is_finite()) {
            return Err(score);
        }
        let labels = self.valid.labels();
        Ok(BindingScores {
            valid_auroc: auroc(&scores, &labels).unwrap_or(0.5),
            valid_auprc: auprc(&scores, &labels).unwrap_or(0.0),
        })
    }
}
