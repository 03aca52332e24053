//! The adding problem: can a recurrent layer carry two numbers over a long sequence?
//!
//! A sequence has pairs of a value from `U(0, 1)` and a marker. Two markers are 1, one somewhere in each half; the
//! others are 0. The answer, asked for after the last pair, is the sum of the two marked values. Whoever always says 1
//! has a mean squared error of 1/6 ([`CONSTANT_MSE`]); to do better a layer must keep what it saw up to a whole
//! sequence ago.
//!
//! # Source
//! Hochreiter & Schmidhuber 1997, "Long short-term memory", experiment 4; values and markers as in Arjovsky, Shah &
//! Bengio 2016, "Unitary evolution recurrent neural networks", section 5.2 (the first paper draws values from
//! `U(-1, 1)` and has the first marker among the first ten pairs).

mod examples;
mod network;

use anyhow::{bail, ensure};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use processive_models::layers::Cell;
use processive_models::{RecurrentInit, device, values_of};
use serde::Serialize;

use self::examples::{Examples, Purpose, stream};
use self::network::AddingNet;

/// The mean squared error of the best constant answer: twice the variance of `U(0, 1)`.
pub const CONSTANT_MSE: f64 = 1.0 / 6.0;

/// The mean squared error below which the problem counts as solved.
pub const SOLVED_MSE: f64 = 0.01;

/// The number of examples that are kept for evaluation, the same for every seed.
pub const HELD_OUT: usize = 1024;

/// How to train on the adding problem.
#[derive(Clone, Copy, Debug)]
pub struct AddingSettings {
    /// The cell.
    pub cell: Cell,
    /// How its weights start.
    pub init: RecurrentInit,
    /// The longest lag that a chrono start expects, in steps.
    pub max_lag: usize,
    /// Pairs in a sequence, 2 or more.
    pub length: usize,
    /// Recurrent units.
    pub hidden: usize,
    /// Sequences in a training step; all of them are new.
    pub batch: usize,
    /// Training steps, at most.
    pub steps: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// The largest norm of the gradient of one tensor.
    pub clip_norm: f32,
    /// Training steps between two evaluations.
    pub evaluate_every: usize,
    /// The seed of weights and training examples.
    pub seed: u64,
}

impl AddingSettings {
    /// Settings that solve the problem at 100 pairs, with a longest lag of the whole sequence.
    pub fn new(cell: Cell, init: RecurrentInit, length: usize) -> Self {
        Self {
            cell,
            init,
            max_lag: length,
            length,
            hidden: 32,
            batch: 32,
            steps: 3000,
            learning_rate: 0.01,
            clip_norm: 1.0,
            evaluate_every: 100,
            seed: 1,
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.length >= 2, "a sequence has 2 pairs or more, not {}", self.length);
        for (name, value) in [
            ("hidden", self.hidden),
            ("batch", self.batch),
            ("steps", self.steps),
            ("evaluate-every", self.evaluate_every),
        ] {
            ensure!(value > 0, "{name} is at least 1");
        }
        let finite = self.learning_rate.is_finite() && self.clip_norm.is_finite();
        ensure!(
            finite && self.learning_rate > 0.0 && self.clip_norm > 0.0,
            "the learning rate and the norm of the gradient are above 0"
        );
        Ok(())
    }
}

/// One evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Training steps so far.
    pub step: usize,
    /// The mean squared error on the held-out examples.
    pub mse: f64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The training steps after which an evaluation was first below [`SOLVED_MSE`]; the run ended there.
    pub solved_at: Option<usize>,
    /// The mean squared error of the last evaluation.
    pub mse: f64,
    /// Every evaluation.
    pub curve: Vec<Evaluation>,
}

/// Trains until the problem is solved or the steps are used up: Adam on the mean squared error.
///
/// `watch` sees every evaluation. The same settings give the same outcome, whatever the number of threads.
///
/// # Errors
/// When the settings cannot be, or the loss is no longer a number.
pub fn train(settings: &AddingSettings, mut watch: impl FnMut(Evaluation)) -> anyhow::Result<Outcome> {
    settings.check()?;
    let device = device::cpu_autodiff();
    let mut network = AddingNet::new(settings, &device);
    let mut optimiser = AdamConfig::new()
        .with_grad_clipping(Some(GradientClippingConfig::Norm(settings.clip_norm)))
        .init();
    let mut training = stream(settings.seed, Purpose::Training);
    let held_out = Examples::held_out(settings.length);
    let (mut curve, mut mse) = (Vec::new(), f64::INFINITY);
    for step in 1..=settings.steps {
        let examples = Examples::draw(settings.batch, settings.length, &mut training);
        let error = network.forward(&examples.inputs(&device)) - examples.targets(&device);
        let loss = error.square().mean();
        let value = values_of(loss.clone())[0];
        if !value.is_finite() {
            bail!("the loss became {value} in step {step}: lower the learning rate");
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimiser.step(settings.learning_rate, network, gradients);
        if step % settings.evaluate_every == 0 || step == settings.steps {
            mse = mean_squared_error(&network.valid(), &held_out);
            let evaluation = Evaluation { step, mse };
            watch(evaluation);
            curve.push(evaluation);
            if mse < SOLVED_MSE {
                break;
            }
        }
    }
    let solved = curve.last().filter(|last| last.mse < SOLVED_MSE);
    Ok(Outcome {
        solved_at: solved.map(|last| last.step),
        mse,
        curve,
    })
}

/// The mean squared error of a network's answers, summed in f64 in the order of the examples.
fn mean_squared_error(network: &AddingNet, examples: &Examples) -> f64 {
    let device = device::cpu();
    let squares = examples.chunks(128).map(|chunk| {
        let error = network.forward(&chunk.inputs(&device)) - chunk.targets(&device);
        values_of(error).iter().map(|&e| f64::from(e).powi(2)).sum::<f64>()
    });
    squares.sum::<f64>() / examples.len() as f64
}
