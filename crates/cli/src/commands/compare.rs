//! `processive compare`: several architectures on the same data with the same budget.
//!
//! What binds is compared here, structure in [`structure`].

mod datasets;
mod entrants;
mod folder;
mod journal;
mod options;
mod outcome;
mod plan;
mod progress;
mod run;
mod scan_speed;
pub(crate) mod structure;

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use self::datasets::DataSetArgs;
use self::folder::{open_folder, refuse_taken, write_tables};
use self::journal::Journal;
use self::options::ComparisonArgs;
use self::outcome::{Measured, outcome};
use self::plan::Plan;
use self::run::run_all;
use self::scan_speed::scan_speeds;
use crate::judge::motifs_of;
use crate::memory;
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
    #[command(flatten)]
    comparison: ComparisonArgs,
    /// The architectures, separated by commas, named as --arch of `train tfbs` names them
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "bag-cnn,cnn,dilated-cnn,bigru,bilstm,cnn-bilstm"
    )]
    arch: Vec<String>,
    /// Training examples that every network sees, repeats counted, to the nearest number of epochs (at least 1)
    #[arg(long, value_name = "N", conflicts_with = "epochs")]
    examples: Option<NonZeroU64>,
    /// Choose the learning rate of every architecture and data set on the validation examples, with the first seed and
    /// the whole budget for each of these rates
    #[arg(long, value_name = "RATES", value_delimiter = ',', conflicts_with = "learning_rate")]
    tune_learning_rate: Vec<f64>,
    #[command(flatten)]
    data: DataSetArgs,
    #[command(flatten)]
    settings: SharedSettingArgs,
    /// Motifs for the best-PWM baseline
    #[arg(long, value_name = "MEME", help_heading = "Tables")]
    motifs: Option<PathBuf>,
    /// Write every trained model to DIR/models
    #[arg(long, help_heading = "Tables")]
    keep_models: bool,
}

/// Trains and measures every architecture on every data set.
pub(crate) fn run(args: &CompareArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    memory::keep_freed();
    let comparison = &args.comparison;
    let (output, resume) = (&comparison.output, comparison.jobs.resume);
    let jobs = comparison.jobs.jobs(session.threads)?;
    refuse_taken(output, comparison.force, resume)?;
    let mut plan = Plan::new(args)?;
    let motifs = args.motifs.as_deref().map(motifs_of).transpose()?;
    plan.read_data()?;
    let bootstrap = comparison.bootstrap();
    open_folder(output, resume)?;
    let journal = Journal::open(&output.join("runs.jsonl"))?;
    run_all(
        &plan,
        &journal,
        motifs.as_deref(),
        &bootstrap,
        jobs,
        comparison.progress,
        session,
    )?;
    let measured = Measured {
        speeds: scan_speeds(&plan, &journal, output, session)?,
        motifs: motifs.as_deref(),
        bootstrap,
        jobs,
    };
    let table = outcome(&plan, &journal, &measured)?;
    write_tables(output, &table, session)?;
    print_on_stdout(&table.to_text())?;
    session.finish(&plan.counts());
    Ok(ExitStatus::Success)
}
