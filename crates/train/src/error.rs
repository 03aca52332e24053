//! What can go wrong in training.

use std::path::PathBuf;

use processive_models::ModelError;
use thiserror::Error;

/// Why a run cannot start, go on, or be taken up again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting has a value that it cannot have.
    #[error("{name} cannot be {value}; allowed: {allowed}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// There is nothing to learn from.
    #[error("there are no {what} examples")]
    NoExamples {
        /// Which examples.
        what: String,
    },
    /// All examples have one label, so nothing can be told apart.
    #[error("all {n} {what} examples have label {label}; both labels, 0 and 1, are needed")]
    OneClass {
        /// Which examples.
        what: String,
        /// How many there are.
        n: usize,
        /// The label.
        label: u8,
    },
    /// An example has no letter.
    #[error("{what} example {index} (counted from 1) has no letters")]
    EmptyExample {
        /// Which examples.
        what: String,
        /// The 1-based index.
        index: usize,
    },
    /// The loss of a step, or a score of the validation examples, is no longer a finite number.
    #[error("the loss became {loss} in epoch {epoch}; lower --learning-rate or set --clip-norm")]
    Diverged {
        /// The 1-based epoch.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// A checkpoint could not be read or written.
    #[error("checkpoint {path}: {source}")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A checkpoint is cut, corrupt or of another kind.
    #[error("checkpoint {path} cannot be used: {reason}")]
    BadCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint belongs to another run.
    #[error("checkpoint {path} belongs to another run: {difference}; remove it or drop --resume")]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// What differs.
        difference: String,
    },
    /// A network could not be made.
    #[error(transparent)]
    Model(#[from] ModelError),
}
