//! Options of every comparison.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use processive_train::bootstrap::BootstrapSettings;

use crate::options::{ForceOption, JobOptions, ProgressOption};

/// Options of every comparison.
#[derive(Args, Clone, Debug)]
pub(super) struct ComparisonArgs {
    /// The folder of the tables: comparison.md, .html, .parquet, .tsv; and of runs.jsonl, one line per finished run
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: PathBuf,
    /// The seeds: every architecture is trained once with each
    #[arg(long, value_name = "SEEDS", value_delimiter = ',', default_value = "1,101,201")]
    pub(super) seeds: Vec<u64>,
    /// Bring every network to this many parameters, within 10 %: filters of bag-cnn and dilated-cnn, channels of cnn, and
    /// hidden units of recurrent networks are chosen for it
    #[arg(long, value_name = "N")]
    pub(super) parameters: Option<NonZeroUsize>,
    /// The architecture that the others are held against; default: bag-cnn (structure: bilstm) if it takes
    /// part, else the first
    #[arg(long, value_name = "NAME")]
    pub(super) reference: Option<String>,
    /// Resamples of the bootstrap behind the 95 % intervals
    #[arg(long, value_name = "N", default_value_t = 1000, help_heading = "Tables")]
    pub(super) resamples: usize,
    #[command(flatten)]
    pub(super) force: ForceOption,
    #[command(flatten)]
    pub(super) jobs: JobOptions,
    #[command(flatten)]
    pub(super) progress: ProgressOption,
}

impl ComparisonArgs {
    /// How intervals are made.
    pub(super) fn bootstrap(&self) -> BootstrapSettings {
        BootstrapSettings {
            resamples: self.resamples,
            ..BootstrapSettings::default()
        }
    }
}
