//! Fitting, schedules, metrics, statistics and baselines.
//!
//! [`fit()`] trains a network on labelled sequences and keeps the epoch with the best validation AUPRC,
//! [`fit_structure`] one on protein chains and keeps that with the best Q3;
//! [`metrics`] and [`bootstrap`] judge scores; [`baselines`] are the trivial methods that every network must
//! beat. Every random choice comes from an explicit seed.

mod average;
pub mod baselines;
mod binding;
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
mod structure;

pub use binding::{BindingScores, fit};
pub use dataset::{Dataset, Example};
pub use error::TrainError;
pub use fit::{CheckpointRule, EpochRecord, Fitted, Observer, Scores, Unobserved};
pub use score::{logits, score_in_batches};
pub use settings::{ClassWeights, FitSettings, Precision, Schedule};
pub use structure::{
    Chain, ChainSet, StructureLoss, StructureScores, best_slope, ensemble_nll, fit_structure, structure_logits,
};
