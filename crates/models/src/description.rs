//! What a model file says about itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use processive_core::{Alphabet, Metric};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::ArchitectureConfig;
use crate::error::ModelError;
use crate::file::hexadecimal;

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
    /// What the outputs mean: `tfbs`.
    pub task: String,
    /// The letters that it reads.
    pub alphabet: Alphabet,
    /// The name of every output, in order; scan columns are named by them.
    pub classes: Vec<String>,
    /// The network.
    pub architecture: ArchitectureConfig,
    /// How many networks of that architecture the file holds; their probabilities are averaged.
    pub members: usize,
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
    /// The probability from which a sequence is called bound: best MCC on the validation data.
    pub threshold: f64,
    /// A logit `x` becomes the probability `σ(slope · x + offset)`, fitted on the validation data.
    pub calibration: Calibration,
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

/// Platt's calibration: `p = σ(slope · logit + offset)`.
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
    pub valid_auprc: Vec<f64>,
    /// Every setting of the run, as the program resolved it.
    #[serde(default)]
    pub settings: serde_json::Value,
}
