//! The settings of a training run.

use std::str::FromStr;

use processive_models::device;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;

/// How the learning rate changes over the steps of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Rises from a 25th of the rate over the first 30 % of the steps, then falls to nothing along a cosine.
    #[default]
    OneCycle,
    /// Falls from the rate to nothing along a cosine.
    Cosine,
    /// Stays.
    Constant,
}

impl FromStr for Schedule {
    type Err = TrainError;

    fn from_str(name: &str) -> Result<Self, TrainError> {
        match name {
            "one-cycle" => Ok(Self::OneCycle),
            "cosine" => Ok(Self::Cosine),
            "constant" => Ok(Self::Constant),
            _ => Err(TrainError::Setting {
                name: "schedule",
                value: name.to_owned(),
                allowed: "one-cycle, cosine, constant",
            }),
        }
    }
}

/// How much an example of each class weighs in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// Every example weighs 1.
    #[default]
    Equal,
    /// Both classes weigh the same in sum: `n / (2 · n_class)` an example.
    Balanced,
}

/// The numbers that the passes of training multiply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Floats of 32 bits.
    #[default]
    F32,
    /// Floats rounded to the 16 bits of bfloat16 where matrices are multiplied in recurrent layers and in the gradients of
    /// convolutions; sums, states, gates, gradients and weights keep 32 bits, and validation does not round.
    ///
    /// # Source
    /// Kalamkar et al. 2019, arXiv:1905.12322.
    Bf16,
}

impl Precision {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_f32(&self) -> bool {
        *self == Self::F32
    }
}

/// Everything that a run depends on beside its data, its network and its seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FitSettings {
    /// Passes over the training data, at most.
    pub epochs: usize,
    /// Examples per step.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Decoupled weight decay (AdamW).
    pub weight_decay: f64,
    /// Gradients with a larger global norm are scaled down to it; 0 leaves them.
    pub clip_norm: f64,
    /// Epochs without a better validation AUPRC before the run stops.
    pub patience: usize,
    /// How classes weigh.
    pub class_weights: ClassWeights,
    /// The share of training examples that are shown as their reverse complement.
    pub reverse_complement: f64,
    /// Training examples are shifted by up to this many bases to either side.
    pub jitter: usize,
    /// The share of letters of a training example that are hidden.
    pub letter_dropout: f64,
    /// The decay per step of the running mean of the weights, which is what is validated and kept; 0 keeps
    /// the weights themselves.
    pub average_decay: f64,
    /// The numbers that are multiplied.
    #[serde(skip_serializing_if = "Precision::is_f32")]
    pub precision_compute: Precision,
    /// The seed of the order, the augmentation and the dropout.
    pub seed: u64,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self {
            epochs: 20,
            batch_size: 64,
            learning_rate: 2e-3,
            schedule: Schedule::OneCycle,
            weight_decay: 0.01,
            clip_norm: 1.0,
            patience: 6,
            class_weights: ClassWeights::Equal,
            reverse_complement: 0.5,
            jitter: 0,
            letter_dropout: 0.0,
            average_decay: 0.99,
            precision_compute: Precision::F32,
            seed: 1,
        }
    }
}

impl FitSettings {
    /// The defaults for a network that labels residues: a protein has no other strand, a batch of chains holds many
    /// examples, and the running mean of the weights spans a larger part of an epoch.
    pub fn for_residues() -> Self {
        Self {
            batch_size: 32,
            learning_rate: 1e-3,
            reverse_complement: 0.0,
            average_decay: 0.999,
            ..Self::default()
        }
    }

    /// Checks that a run can be made with these settings.
    ///
    /// # Errors
    /// [`TrainError::Setting`] names the first that cannot be.
    pub fn validate(&self) -> Result<(), TrainError> {
        let share = |value: f64| (0.0..1.0).contains(&value);
        let checks = [
            ("epochs", self.epochs.to_string(), self.epochs > 0, "1 or more"),
            (
                "batch-size",
                self.batch_size.to_string(),
                self.batch_size > 0,
                "1 or more",
            ),
            (
                "learning-rate",
                self.learning_rate.to_string(),
                self.learning_rate > 0.0 && self.learning_rate.is_finite(),
                "above 0",
            ),
            (
                "weight-decay",
                self.weight_decay.to_string(),
                share(self.weight_decay),
                "0 to below 1",
            ),
            (
                "clip-norm",
                self.clip_norm.to_string(),
                self.clip_norm >= 0.0,
                "0 or more",
            ),
            (
                "reverse-complement",
                self.reverse_complement.to_string(),
                (0.0..=1.0).contains(&self.reverse_complement),
                "0 to 1",
            ),
            (
                "letter-dropout",
                self.letter_dropout.to_string(),
                share(self.letter_dropout),
                "0 to below 1",
            ),
            (
                "average-decay",
                self.average_decay.to_string(),
                share(self.average_decay),
                "0 to below 1",
            ),
            (
                "precision-compute",
                "bf16".to_owned(),
                self.precision_compute.is_f32() || device::has_bfloat16(),
                "f32 on this computer (bf16 takes a processor with AMX, as Intel's Xeons since 2023, and Linux)",
            ),
        ];
        for (name, value, valid, allowed) in checks {
            if !valid {
                return Err(TrainError::Setting { name, value, allowed });
            }
        }
        Ok(())
    }
}
