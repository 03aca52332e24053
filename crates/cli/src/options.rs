//! Options that several commands share.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::bail;
use clap::{Args, ValueEnum, ValueHint};
use processive_models::{Compute, Model};
use processive_predict::FoldRequest;
use processive_report::Overwrite;

use crate::workers::Jobs;

/// How a long-running command runs. None of these can change a result.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Running")]
pub(crate) struct RunOptions {
    /// Threads in all, those of the readers included; one per processor when not given.
    #[arg(short = '@', long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Where networks run: auto, cpu, cuda or cuda:N.
    ///
    /// auto takes the best that this build can use. cuda fails when it cannot be used; it never falls back.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: Device,
    /// Say only what went wrong: no log below warnings, no progress, no summary.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Log more; twice for everything. `RUST_LOG` has a say when neither -v nor -q is given.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Append the log to a file, too; -q does not shorten it there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) log_file: Option<PathBuf>,
}

/// Whether long work shows how far it has come.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ProgressOption {
    /// Show no progress: no bar on a terminal, no line every 10 seconds elsewhere.
    #[arg(long, help_heading = "Running")]
    pub(crate) no_progress: bool,
}

/// Whether outputs may be replaced.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ForceOption {
    /// Replace the output when it exists.
    #[arg(long)]
    pub(crate) force: bool,
}

impl ForceOption {
    /// The choice as the writers take it.
    pub(crate) fn overwrite(self) -> Overwrite {
        if self.force { Overwrite::Yes } else { Overwrite::No }
    }
}

/// The numbers that layers multiply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComputePrecision {
    /// Floats of 32 bits
    #[default]
    F32,
    /// A byte for every weight and every value that a layer reads, summed up exactly
    Int8,
}

impl From<ComputePrecision> for Compute {
    fn from(precision: ComputePrecision) -> Self {
        match precision {
            ComputePrecision::F32 => Self::F32,
            ComputePrecision::Int8 => Self::Int8,
        }
    }
}

/// The numbers in which residues are labelled.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ResiduePrecisionOption {
    /// The numbers that recurrent networks multiply when they label residues: int8 moves probabilities by thousandths, and takes a
    /// third of the time on processors with AVX-512 VNNI [default: int8 where all networks of the model are recurrent and the
    /// processor has AVX2, f32 elsewhere].
    #[arg(long, value_enum, value_name = "NUMBERS")]
    pub(crate) precision_compute: Option<ComputePrecision>,
}

impl ResiduePrecisionOption {
    /// The same model, which labels residues in these numbers.
    ///
    /// # Errors
    /// When int8 was asked for, and a network is not recurrent.
    pub(crate) fn of(self, model: Model) -> anyhow::Result<Model> {
        let asked = self.precision_compute.map(Compute::from);
        let model = model.computing(asked.unwrap_or_else(Compute::fast_for_residues));
        if asked == Some(Compute::Int8) && model.residue_compute() == Compute::F32 {
            bail!(
                "model {} is no recurrent network, or not all of its networks are: nothing would be computed in int8. Leave \
                 --precision-compute out",
                model.description().name
            );
        }
        Ok(model)
    }
}

/// How many residues are in work at a time. None of these can change a result.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct LookAheadOptions {
    /// The number of residues, padding included, that the network reads at a time.
    #[arg(
        long = "batch-size",
        value_name = "RESIDUES",
        default_value_t = FoldRequest::BATCH_SIZE,
        help_heading = "Running"
    )]
    pub(crate) batch_residues: NonZeroUsize,
    /// About how many residues are read ahead, so that proteins of similar length share a batch.
    #[arg(long, value_name = "RESIDUES", default_value_t = FoldRequest::LOOK_AHEAD, help_heading = "Running")]
    pub(crate) look_ahead: NonZeroUsize,
}

/// How the runs of a comparison are done. None of these can change a result.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct JobOptions {
    /// Training runs at a time, each with its share of the threads; default: one per thread.
    #[arg(long, value_name = "N", help_heading = "Running")]
    jobs: Option<NonZeroUsize>,
    /// Go on with the comparison in DIR: finished runs with the same data and settings are taken from its runs.jsonl.
    #[arg(long, conflicts_with = "force")]
    pub(crate) resume: bool,
}

impl JobOptions {
    /// The jobs that share `threads` threads.
    pub(crate) fn jobs(self, threads: NonZeroUsize) -> anyhow::Result<Jobs> {
        let at_a_time = self.jobs.unwrap_or(threads);
        if at_a_time > threads {
            bail!("--jobs {at_a_time} needs a thread for each, and there are {threads} (--threads)");
        }
        Ok(Jobs { at_a_time, threads })
    }
}

/// Where networks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Device {
    /// The best that this build can use.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// A CUDA device, by number.
    Cuda(u32),
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let cuda = |number: &str| number.parse().ok().map(Self::Cuda);
        let device = match text {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            other => other.strip_prefix("cuda:").and_then(cuda),
        };
        device.ok_or_else(|| "known are auto, cpu, cuda and cuda:N".to_owned())
    }
}

/// How much is said on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Warnings and errors.
    Quiet,
    /// What is done, and a summary.
    #[default]
    Normal,
    /// Details as well.
    Detailed,
    /// Everything.
    Everything,
}

impl RunOptions {
    /// How much is said on the screen.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Detailed,
            (false, _) => Verbosity::Everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_the_names_of_the_help() {
        for (text, device) in [
            ("auto", Device::Auto),
            ("cpu", Device::Cpu),
            ("cuda", Device::Cuda(0)),
            ("cuda:3", Device::Cuda(3)),
        ] {
            assert_eq!(text.parse(), Ok(device));
        }
        for text in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "CPU"] {
            assert!(text.parse::<Device>().is_err(), "{text}");
        }
    }
}
