//! What a model file says about itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use processive_core::{Alphabet, Metric, OperatingPoint, Reduction};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::ArchitectureConfig;
use crate::error::ModelError;
use crate::file::hexadecimal;
use crate::forgetting::Forgetting;

/// The format of the description; a reader refuses a later one.
pub const FORMAT: u32 = 1;

/// A model's card: everything that is needed to rebuild the network and to judge its answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelDescription {
    /// The format of this description.
    pub format: u32,
    /// A short name, e.g. `ctcf`.
    pub name: String,
    /// One line for `processive models`.
    #[serde(default)]
    pub summary: String,
    /// What the outputs mean: [`TFBS`] or [`STRUCTURE`].
    pub task: String,
    /// The letters that it reads.
    pub alphabet: Alphabet,
    /// The name of every output, in order; scan columns are named by them.
    pub classes: Vec<String>,
    /// The network; the first member's when the members differ.
    pub architecture: ArchitectureConfig,
    /// The network of every member, when they differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_architectures: Vec<ArchitectureConfig>,
    /// How many networks the file holds; their probabilities are averaged.
    pub members: usize,
    /// How the file holds the weights.
    #[serde(default, skip_serializing_if = "Storage::is_single")]
    pub storage: Storage,
    /// The number of trained numbers, over all members.
    pub parameters: usize,
    /// The length of the training windows in bases: what a scan puts around every bin.
    pub window: usize,
    /// The bin of a scan when none is asked for, in bases.
    pub bin: usize,
    /// Bases per step of the features.
    pub stride: usize,
    /// Bases that one step of the features depends on, before the read-out joins a window's steps; absent
    /// when not bounded (recurrent networks).
    pub receptive_field: Option<usize>,
    /// How fast the states of a recurrent model forget, when it was measured: what the halo of a scan follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgetting: Option<Forgetting>,
    /// The probability from which a sequence is called bound: best MCC on the validation data.
    pub threshold: f64,
    /// Precision and recall of other thresholds on the validation data, by rising threshold and precision; none in models
    /// that were made before they were recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operating_points: Vec<OperatingPoint>,
    /// A logit `x` becomes the probability `σ(slope · x + offset)`, fitted on the validation data.
    pub calibration: Calibration,
    /// Which states are helix and strand, for a model of secondary structure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduction: Option<Reduction>,
    /// Where the weights come from.
    pub training: TrainingRecord,
    /// Measured on the test data that [`TrainingRecord::test`] names, both strands averaged.
    #[serde(default)]
    pub metrics: BTreeMap<String, Metric>,
    /// The trivial baselines on the same data: baseline, metric, value.
    #[serde(default)]
    pub baselines: BTreeMap<String, BTreeMap<String, Metric>>,
    /// The version of the program that wrote the file.
    pub program_version: String,
}

/// The task of a model that scores DNA for binding: one class per factor, a logistic function of each logit.
pub const TFBS: &str = "tfbs";

/// The task of a model that gives every residue of a protein one of eight states: a softmax over the logits.
pub const STRUCTURE: &str = "structure";

/// How a file holds weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Storage {
    /// 32 bits each.
    #[default]
    #[serde(rename = "f32")]
    Single,
    /// 16 bits each (IEEE 754 binary16): half the size; the networks compute with the rounded numbers in 32 bits.
    #[serde(rename = "f16")]
    Half,
}

impl Storage {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_single(&self) -> bool {
        *self == Self::Single
    }

    /// Bytes per weight.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half => 2,
        }
    }

    /// The number that comes back from a file.
    pub(crate) fn round(self, value: f32) -> f32 {
        match self {
            Self::Single => value,
            Self::Half => half::f16::from_f32(value).to_f32(),
        }
    }
}

impl ModelDescription {
    /// Describes `members` networks of one architecture that have seen no data.
    ///
    /// The name is the architecture's, windows and bins are one letter, and a class is called at half the probability.
    pub fn untrained(task: &str, classes: Vec<String>, architecture: ArchitectureConfig, members: usize) -> Self {
        Self {
            format: FORMAT,
            name: architecture.arch.to_string(),
            summary: String::new(),
            task: task.to_owned(),
            alphabet: architecture.alphabet,
            members,
            parameters: members * architecture.parameters(classes.len()),
            classes,
            member_architectures: Vec::new(),
            storage: Storage::Single,
            window: 1,
            bin: 1,
            stride: architecture.stride(),
            receptive_field: architecture.receptive_field(),
            forgetting: None,
            threshold: 0.5,
            operating_points: Vec::new(),
            calibration: Calibration::default(),
            reduction: None,
            training: TrainingRecord::default(),
            metrics: BTreeMap::new(),
            baselines: BTreeMap::new(),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            architecture,
        }
    }

    /// The lowest recorded threshold whose calls on the validation data had at least this precision.
    pub fn operating_point(&self, precision: f64) -> Option<OperatingPoint> {
        let mut points = self.operating_points.iter();
        points.find(|point| point.precision >= precision).copied()
    }

    /// The network of a member.
    pub fn member_architecture(&self, member: usize) -> &ArchitectureConfig {
        self.member_architectures.get(member).unwrap_or(&self.architecture)
    }
}

/// Platt's calibration: `p = σ(slope · logit + offset)`; with several classes the slope alone, the inverse of a
/// temperature: `p = softmax(slope · logits)` (Guo et al. 2017).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The slope.
    pub slope: f64,
    /// The offset.
    pub offset: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            slope: 1.0,
            offset: 0.0,
        }
    }
}

/// A file that examples came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSource {
    /// The file's name, without its folder.
    pub file: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

impl DataSource {
    /// Describes a file by its name and the digest of its bytes.
    ///
    /// # Errors
    /// [`ModelError::Io`] when it cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, ModelError> {
        let io = |source| ModelError::Io {
            path: path.to_owned(),
            source,
        };
        let mut digest = Sha256::new();
        let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(io)?);
        loop {
            let block = reader.fill_buf().map_err(io)?;
            if block.is_empty() {
                break;
            }
            digest.update(block);
            let read = block.len();
            reader.consume(read);
        }
        Ok(Self {
            file: path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            sha256: hexadecimal(&digest.finalize()),
        })
    }
}

/// Where a model's weights come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// The files.
    pub sources: Vec<DataSource>,
    /// The data's origin and licence, in words.
    #[serde(default)]
    pub provenance: String,
    /// Training examples, and how many of them are bound.
    pub train: [u64; 2],
    /// Validation examples, and how many of them are bound.
    pub valid: [u64; 2],
    /// The test data of [`ModelDescription::metrics`], in words.
    #[serde(default)]
    pub test: String,
    /// Contigs kept for validation.
    #[serde(default)]
    pub valid_contigs: Vec<String>,
    /// Contigs kept for testing: never seen in training.
    #[serde(default)]
    pub test_contigs: Vec<String>,
    /// The seed of every member.
    pub seeds: Vec<u64>,
    /// The epoch, of every member, whose weights were kept.
    pub epochs: Vec<u64>,
    /// The best validation AUPRC of every member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub valid_auprc: Vec<f64>,
    /// The validation Q3 of every member at its best epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub valid_q3: Vec<f64>,
    /// Examples that were left out because they are kin of test data, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// Every setting of the run, as the program resolved it.
    #[serde(default)]
    pub settings: serde_json::Value,
}
