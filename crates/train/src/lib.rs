//! Fitting, schedules, metrics, statistics and baselines.
//!
//! [`fit()`] trains a network on labelled sequences and keeps the epoch with the best validation AUPRC;
//! [`metrics`] and [`bootstrap`] judge scores; [`baselines`] are the trivial methods that every network must
//! beat. Every random choice comes from an explicit seed.

mod average;
pub mod baselines;
pub mod bootstrap;
pub mod calibration;
mod checkpoint;
mod dataset;
mod error;
mod fit;
mod gradients;
mod loss;
pub mod metrics;
mod sampler;
mod schedule;
mod score;
mod settings;

pub use dataset::{Dataset, Example};
pub use error::TrainError;
pub use fit::{CheckpointRule, EpochRecord, Fitted, Observer, Unobserved, fit};
pub use score::score_in_batches;
pub use settings::{ClassWeights, FitSettings, Schedule};
