//! Fitting a network, whatever its task.

use std::fmt::Debug;
use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use processive_models::{Network, device, values_of};
use rand_chacha::ChaCha8Rng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::average::{WeightAverage, weights};
use crate::checkpoint::{Checkpoint, RunState};
use crate::error::TrainError;
use crate::gradients::clip;
use crate::sampler::{Purpose, stream, training_batches};
use crate::settings::{FitSettings, Precision};

/// What the validation examples say about a network.
pub trait Scores: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// What the kept epoch has most of.
    fn criterion(&self) -> f64;

    /// The scores in words, e.g. `AUROC 0.9871 AUPRC 0.9812`.
    fn to_text(&self) -> String;
}

/// What a network learns: its examples, their loss, and how it is judged.
pub(crate) trait Task {
    /// What the validation examples say.
    type Scores: Scores;

    /// The length of every training example, in letters.
    fn lengths(&self) -> Vec<usize>;

    /// The loss of some training examples.
    fn loss(&self, network: &Network, indices: &[usize], streams: &mut Streams) -> Tensor<1>;

    /// Judges a network without gradients on the validation examples.
    ///
    /// # Errors
    /// A score that is no finite number.
    fn judge(&self, network: &Network) -> Result<Self::Scores, f64>;
}

/// The random streams of an epoch.
#[derive(Debug)]
pub(crate) struct Streams {
    /// What happens to the examples.
    pub(crate) augmentation: ChaCha8Rng,
    /// What is dropped inside the network.
    pub(crate) dropout: ChaCha8Rng,
}

/// What one epoch gave: a line of the metrics log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct EpochRecord<S: Scores> {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The mean training loss of its steps.
    pub loss: f64,
    /// The scores of the validation examples.
    #[serde(flatten)]
    pub valid: S,
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
pub trait Observer<S: Scores> {
    /// A step ended: so many of the epoch's examples have been seen.
    fn step(&mut self, epoch: usize, seen: usize, of: usize, loss: f64);

    /// An epoch ended.
    fn epoch(&mut self, record: &EpochRecord<S>);
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl<S: Scores> Observer<S> for Unobserved {
    fn step(&mut self, _: usize, _: usize, _: usize, _: f64) {}

    fn epoch(&mut self, _: &EpochRecord<S>) {}
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Fitted<S: Scores> {
    /// The network with the weights of the best epoch, without gradients.
    pub network: Network,
    /// The best epoch, from 1.
    pub best_epoch: usize,
    /// Every epoch's record.
    pub history: Vec<EpochRecord<S>>,
}

impl<S: Scores> Fitted<S> {
    /// The validation scores of the best epoch.
    pub fn valid(&self) -> &S {
        &self.history[self.best_epoch - 1].valid
    }
}

/// Fits a network: AdamW on the task's loss, early stopping on the task's criterion.
///
/// `network` lives on an autodiff device. With a `checkpoint` path the state of the run is written there after
/// every epoch; with `resume` a run continues from it, bit for bit as if it had never stopped. Returns nothing
/// when the rule's `stop_after` paused the run.
pub(crate) fn run<T: Task>(
    network: Network,
    settings: &FitSettings,
    task: &T,
    checkpoint: Option<CheckpointRule<'_>>,
    observer: &mut dyn Observer<T::Scores>,
) -> Result<Option<Fitted<T::Scores>>, TrainError> {
    settings.validate()?;
    device::train_in_bfloat16(settings.precision_compute == Precision::Bf16);
    let mut run = Run::start(network, settings, task, checkpoint.as_ref())?;
    let begin = Instant::now();
    let first = run.state.epochs_done;
    while !run.is_over() {
        let epoch_begin = Instant::now();
        let means = run.epoch(observer)?;
        let seconds = epoch_begin.elapsed().as_secs_f64();
        let elapsed = begin.elapsed().as_secs_f64();
        let done = run.state.epochs_done + 1;
        let per_epoch = elapsed / (done - first) as f64;
        let record = run.judge(means, run.lengths.len() as f64 / seconds, elapsed, per_epoch)?;
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

/// Sums over the steps of an epoch.
#[derive(Clone, Copy, Debug, Default)]
struct Means {
    loss: f64,
    gradient_norm: f64,
    learning_rate: f64,
}

/// A run between two epochs.
struct Run<'a, T: Task> {
    settings: &'a FitSettings,
    task: &'a T,
    lengths: Vec<usize>,
    network: Network,
    optimiser: ModuleOptimizer,
    average: WeightAverage,
    best: Vec<Vec<f32>>,
    state: RunState<T::Scores>,
}

impl<'a, T: Task> Run<'a, T> {
    fn start(
        network: Network,
        settings: &'a FitSettings,
        task: &'a T,
        checkpoint: Option<&CheckpointRule<'_>>,
    ) -> Result<Self, TrainError> {
        let optimiser = AdamWConfig::new()
            .with_weight_decay(settings.weight_decay as f32)
            .with_epsilon(1e-8)
            .init();
        let fingerprint = checkpoint.map_or("", |rule| rule.fingerprint);
        let mut run = Self {
            settings,
            task,
            lengths: task.lengths(),
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

    fn epoch(&mut self, observer: &mut dyn Observer<T::Scores>) -> Result<Means, TrainError> {
        let epoch = self.state.epochs_done;
        let batches = training_batches(&self.lengths, self.settings, epoch);
        let mut streams = Streams {
            augmentation: stream(self.settings.seed, Purpose::Augmentation, epoch),
            dropout: stream(self.settings.seed, Purpose::Dropout, epoch),
        };
        let steps = batches.len();
        let (mut means, mut seen) = (Means::default(), 0);
        for (step, indices) in batches.iter().enumerate() {
            let loss = self.task.loss(&self.network, indices, &mut streams);
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
            observer.step(epoch + 1, seen, self.lengths.len(), loss_value);
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
    ) -> Result<EpochRecord<T::Scores>, TrainError> {
        let epoch = self.state.epochs_done + 1;
        // The last step of an epoch has no later loss to show what it did.
        let valid = self
            .task
            .judge(&self.plain(self.average.mean().to_vec()))
            .map_err(|loss| TrainError::Diverged { epoch, loss })?;
        let score = valid.criterion();
        let best = score > self.state.best_score;
        if best {
            self.state.best_score = score;
            self.state.best_epoch = epoch;
            self.best = self.average.mean().to_vec();
        }
        Ok(EpochRecord {
            epoch,
            loss: means.loss,
            valid,
            learning_rate: means.learning_rate,
            gradient_norm: means.gradient_norm,
            examples_per_second,
            elapsed_seconds: elapsed,
            eta_seconds: per_epoch * (self.settings.epochs - epoch) as f64,
            best,
        })
    }

    /// The network with other weights, off the autodiff device.
    fn plain(&self, values: Vec<Vec<f32>>) -> Network {
        self.network.valid().with_weights(values)
    }

    fn checkpoint(&self) -> Checkpoint<T::Scores> {
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

    fn finish(self) -> Fitted<T::Scores> {
        Fitted {
            network: self.plain(self.best.clone()),
            best_epoch: self.state.best_epoch,
            history: self.state.history,
        }
    }
}
