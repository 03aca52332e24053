//! Fitting a network.

use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use processive_models::{Input, Mode, Network, values_of};
use serde::{Deserialize, Serialize};

use crate::average::{WeightAverage, weights};
use crate::checkpoint::{Checkpoint, RunState};
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::gradients::clip;
use crate::loss::{LabelWeights, cross_entropy};
use crate::metrics::{auprc, auroc};
use crate::sampler::{Purpose, augmented_batch, stream, training_batches};
use crate::score::logits;
use crate::settings::FitSettings;

/// What one epoch gave: a line of the metrics log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The mean training loss of its steps.
    pub loss: f64,
    /// The validation AUROC.
    pub valid_auroc: f64,
    /// The validation AUPRC.
    pub valid_auprc: f64,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// The mean global gradient norm before clipping.
    pub gradient_norm: f64,
    /// Training examples per second.
    pub examples_per_second: f64,
    /// Seconds since the run (or its resumption) began.
    pub elapsed_seconds: f64,
    /// Seconds until the last epoch ends, if none is skipped.
    pub eta_seconds: f64,
    /// Whether this epoch's weights are the best so far.
    pub best: bool,
}

/// Who wants to know how a run goes.
pub trait Observer {
    /// A step ended: so many of the epoch's examples have been seen.
    fn step(&mut self, epoch: usize, seen: usize, of: usize, loss: f64);

    /// An epoch ended.
    fn epoch(&mut self, record: &EpochRecord);
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn step(&mut self, _: usize, _: usize, _: usize, _: f64) {}

    fn epoch(&mut self, _: &EpochRecord) {}
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The network with the weights of the best epoch, without gradients.
    pub network: Network,
    /// The best epoch, from 1.
    pub best_epoch: usize,
    /// Its validation AUPRC.
    pub valid_auprc: f64,
    /// The logits of the validation examples, both strands averaged.
    pub valid_logits: Vec<f32>,
    /// Every epoch's record.
    pub history: Vec<EpochRecord>,
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
    observer: &mut dyn Observer,
) -> Result<Option<Fitted>, TrainError> {
    settings.validate()?;
    train.require_both_classes("training")?;
    valid.require_both_classes("validation")?;
    refuse_empty(train, "training")?;
    refuse_empty(valid, "validation")?;
    let mut run = Run::start(network, settings, train, valid, checkpoint.as_ref())?;
    let begin = Instant::now();
    let first = run.state.epochs_done;
    while !run.is_over() {
        let epoch_begin = Instant::now();
        let means = run.epoch(observer)?;
        let seconds = epoch_begin.elapsed().as_secs_f64();
        let elapsed = begin.elapsed().as_secs_f64();
        let done = run.state.epochs_done + 1;
        let per_epoch = elapsed / (done - first) as f64;
        let record = run.judge(means, train.len() as f64 / seconds, elapsed, per_epoch)?;
        observer.epoch(&record);
        run.state.history.push(record);
        run.state.epochs_done = done;
        if let Some(rule) = &checkpoint {
            run.checkpoint().write(rule.path)?;
            if rule.stop_after.is_some_and(|epochs| done - first >= epochs) && !run.is_over() {
                return Ok(None);
            }
        }
    }
    Ok(Some(run.finish()))
}

/// Where a run's state is kept, and whether to go on from it.
#[derive(Clone, Copy, Debug)]
pub struct CheckpointRule<'a> {
    /// The file.
    pub path: &'a Path,
    /// Whether to continue the run that the file holds.
    pub resume: bool,
    /// A digest of the data and the network's settings: a checkpoint of another run is refused.
    pub fingerprint: &'a str,
    /// Pause after so many epochs of this call.
    pub stop_after: Option<usize>,
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

/// Sums over the steps of an epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Means {
    loss: f64,
    gradient_norm: f64,
    learning_rate: f64,
}

/// A run between two epochs.
struct Run<'a> {
    settings: &'a FitSettings,
    train: &'a Dataset,
    valid: &'a Dataset,
    lengths: Vec<usize>,
    weights: LabelWeights,
    network: Network,
    optimiser: ModuleOptimizer,
    average: WeightAverage,
    best: Vec<Vec<f32>>,
    state: RunState,
}

impl<'a> Run<'a> {
    fn start(
        network: Network,
        settings: &'a FitSettings,
        train: &'a Dataset,
        valid: &'a Dataset,
        checkpoint: Option<&CheckpointRule<'_>>,
    ) -> Result<Self, TrainError> {
        let optimiser = AdamWConfig::new()
            .with_weight_decay(settings.weight_decay as f32)
            .with_epsilon(1e-8)
            .init();
        let fingerprint = checkpoint.map_or("", |rule| rule.fingerprint);
        let mut run = Self {
            settings,
            train,
            valid,
            lengths: train.examples().iter().map(|example| example.codes.len()).collect(),
            weights: LabelWeights::new(settings.class_weights, train.len(), train.positives()),
            average: WeightAverage::new(&network, settings.average_decay),
            best: weights(&network),
            state: RunState::new(settings.clone(), fingerprint),
            network,
            optimiser,
        };
        if let Some(rule) = checkpoint.filter(|rule| rule.resume) {
            let stored = Checkpoint::read(rule.path)?;
            stored.require_same_run(&run.state, rule.path)?;
            run.network = stored.network(run.network, rule.path)?;
            run.optimiser = stored.optimiser(run.optimiser, rule.path)?;
            run.average = WeightAverage::resume(settings.average_decay, stored.state.steps, stored.average);
            run.best = stored.best;
            run.state = stored.state;
        }
        Ok(run)
    }

    fn is_over(&self) -> bool {
        let stale = self.state.epochs_done - self.state.best_epoch;
        self.state.epochs_done >= self.settings.epochs
            || (self.state.epochs_done > 0 && stale >= self.settings.patience)
    }

    fn epoch(&mut self, observer: &mut dyn Observer) -> Result<Means, TrainError> {
        let epoch = self.state.epochs_done;
        let batches = training_batches(&self.lengths, self.settings, epoch);
        let mut augmentation = stream(self.settings.seed, Purpose::Augmentation, epoch);
        let mut dropout = stream(self.settings.seed, Purpose::Dropout, epoch);
        let steps = batches.len();
        let (mut means, mut seen) = (Means::default(), 0);
        for (step, indices) in batches.iter().enumerate() {
            let batch = augmented_batch(self.train, indices, self.settings, &mut augmentation);
            let labels: Vec<bool> = indices
                .iter()
                .map(|&index| self.train.examples()[index].label)
                .collect();
            let output = self
                .network
                .forward(&Input::codes(batch), &mut Mode::Train(&mut dropout));
            let loss = cross_entropy(output, &labels, self.weights);
            let loss_value = f64::from(values_of(loss.clone())[0]);
            if !loss_value.is_finite() {
                return Err(TrainError::Diverged {
                    epoch: epoch + 1,
                    loss: loss_value,
                });
            }
            let mut gradients = GradientsParams::from_grads(loss.backward(), &self.network);
            let norm = clip(&self.network, &mut gradients, self.settings.clip_norm);
            means.learning_rate = self.learning_rate(epoch * steps + step, steps * self.settings.epochs);
            self.network = self
                .optimiser
                .step(means.learning_rate, self.network.clone(), gradients);
            self.average.update(&self.network);
            seen += indices.len();
            means.loss += loss_value / steps as f64;
            means.gradient_norm += norm / steps as f64;
            observer.step(epoch + 1, seen, self.train.len(), loss_value);
        }
        Ok(means)
    }

    fn learning_rate(&self, step: usize, steps: usize) -> f64 {
        self.settings.schedule.rate(self.settings.learning_rate, step, steps)
    }

    /// Validates the averaged weights.
    fn judge(
        &mut self,
        means: Means,
        examples_per_second: f64,
        elapsed: f64,
        per_epoch: f64,
    ) -> Result<EpochRecord, TrainError> {
        let epoch = self.state.epochs_done + 1;
        let scores: Vec<f64> = self
            .validation_logits(self.average.mean().to_vec())
            .into_iter()
            .map(f64::from)
            .collect();
        // The last step of an epoch has no later loss to show what it did.
        if let Some(&loss) = scores.iter().find(|score| !score.is_finite()) {
            return Err(TrainError::Diverged { epoch, loss });
        }
        let labels = self.valid.labels();
        let score = auprc(&scores, &labels).unwrap_or(0.0);
        let best = score > self.state.best_auprc;
        if best {
            self.state.best_auprc = score;
            self.state.best_epoch = epoch;
            self.best = self.average.mean().to_vec();
        }
        Ok(EpochRecord {
            epoch,
            loss: means.loss,
            valid_auroc: auroc(&scores, &labels).unwrap_or(0.5),
            valid_auprc: score,
            learning_rate: means.learning_rate,
            gradient_norm: means.gradient_norm,
            examples_per_second,
            elapsed_seconds: elapsed,
            eta_seconds: per_epoch * (self.settings.epochs - epoch) as f64,
            best,
        })
    }

    fn validation_logits(&self, values: Vec<Vec<f32>>) -> Vec<f32> {
        logits(&self.plain(values), self.valid)
    }

    /// The network with other weights, off the autodiff device.
    fn plain(&self, values: Vec<Vec<f32>>) -> Network {
        self.network.valid().with_weights(values)
    }

    fn checkpoint(&self) -> Checkpoint {
        let mut state = self.state.clone();
        state.steps = self.average.steps();
        Checkpoint::new(
            state,
            &self.network,
            &self.optimiser,
            self.average.mean().to_vec(),
            self.best.clone(),
        )
    }

    fn finish(self) -> Fitted {
        Fitted {
            valid_logits: self.validation_logits(self.best.clone()),
            network: self.plain(self.best.clone()),
            best_epoch: self.state.best_epoch,
            valid_auprc: self.state.best_auprc,
            history: self.state.history,
        }
    }
}
