//! `processive compare tfbs`: several architectures on the same data with the same budget.

mod datasets;
mod folder;
mod journal;
mod outcome;
mod plan;
mod progress;
mod run;
mod scan_speed;

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::Args;
use processive_train::bootstrap::BootstrapSettings;

use self::datasets::DataSetArgs;
use self::folder::{open_folder, refuse_taken, write_tables};
use self::journal::Journal;
use self::outcome::{Measured, outcome};
use self::plan::Plan;
use self::run::run_all;
use self::scan_speed::scan_speeds;
use crate::judge::motifs_of;
use crate::options::{ForceOption, JobOptions, ProgressOption};
use crate::session::{Session, print_on_stdout};
use crate::settings::SharedSettingArgs;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive compare tfbs --train train.csv --valid valid.csv --test test.csv --parameters 20000 --epochs 2 -o table
  processive compare tfbs --datasets sets.toml --arch cnn,bigru --examples 200 --tune-learning-rate 0.002,0.01 -o sets";

/// Options of `processive compare tfbs`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CompareArgs {
    /// The folder of the tables: comparison.md, .html, .parquet, .tsv; and of runs.jsonl, one line per finished run
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// The architectures, separated by commas, named as --arch of `train tfbs` names them
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "bag-cnn,cnn,dilated-cnn,bigru,bilstm,cnn-bilstm"
    )]
    arch: Vec<String>,
    /// The seeds: every architecture is trained once with each
    #[arg(long, value_name = "SEEDS", value_delimiter = ',', default_value = "1,101,201")]
    seeds: Vec<u64>,
    /// Bring every network to this many parameters, within 10 %: filters of bag-cnn and dilated-cnn, channels of cnn, and
    /// hidden units of recurrent networks are chosen for it
    #[arg(long, value_name = "N")]
    parameters: Option<NonZeroUsize>,
    /// Training examples that every network sees, repeats counted, to the nearest number of epochs (at least 1)
    #[arg(long, value_name = "N", conflicts_with = "epochs")]
    examples: Option<NonZeroU64>,
    /// Choose the learning rate of every architecture and data set on the validation examples, with the first seed and
    /// the whole budget for each of these rates
    #[arg(long, value_name = "RATES", value_delimiter = ',', conflicts_with = "learning_rate")]
    tune_learning_rate: Vec<f64>,
    /// The architecture that the others are held against; default: bag-cnn if it takes part, else the first
    #[arg(long, value_name = "NAME")]
    reference: Option<String>,
    #[command(flatten)]
    data: DataSetArgs,
    #[command(flatten)]
    settings: SharedSettingArgs,
    /// Motifs for the best-PWM baseline
    #[arg(long, value_name = "MEME", help_heading = "Tables")]
    motifs: Option<PathBuf>,
    /// Resamples of the bootstrap behind the 95 % intervals
    #[arg(long, value_name = "N", default_value_t = 1000, help_heading = "Tables")]
    resamples: usize,
    /// Write every trained model to DIR/models
    #[arg(long, help_heading = "Tables")]
    keep_models: bool,
    #[command(flatten)]
    force: ForceOption,
    #[command(flatten)]
    jobs: JobOptions,
    #[command(flatten)]
    progress: ProgressOption,
}

/// Trains and measures every architecture on every data set.
pub(crate) fn run(args: &CompareArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let jobs = args.jobs.jobs(session.threads)?;
    refuse_taken(&args.output, args.force, args.jobs.resume)?;
    let mut plan = Plan::new(args)?;
    let motifs = args.motifs.as_deref().map(motifs_of).transpose()?;
    plan.read_data()?;
    let bootstrap = BootstrapSettings {
        resamples: args.resamples,
        ..BootstrapSettings::default()
    };
    open_folder(&args.output, args.jobs.resume)?;
    let journal = Journal::open(&args.output.join("runs.jsonl"))?;
    run_all(
        &plan,
        &journal,
        motifs.as_deref(),
        &bootstrap,
        jobs,
        args.progress,
        session,
    )?;
    let measured = Measured {
        speeds: scan_speeds(&plan, &journal, &args.output, session)?,
        motifs: motifs.as_deref(),
        bootstrap,
        jobs,
    };
    let comparison = outcome(&plan, &journal, &measured)?;
    write_tables(&args.output, &comparison, session)?;
    print_on_stdout(&comparison.to_text())?;
    session.finish(&plan.counts());
    Ok(ExitStatus::Success)
}
