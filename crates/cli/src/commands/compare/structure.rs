//! `processive compare structure`: several architectures on the same protein chains with the same budget.

mod outcome;
mod plan;
mod run;
mod test_sets;

use std::num::NonZeroU64;

use clap::Args;
use processive_core::Reduction;

use self::outcome::outcome;
use self::plan::Plan;
use self::run::run_all;
use super::folder::{open_folder, refuse_taken, write_tables};
use super::journal::Journal;
use super::options::ComparisonArgs;
use crate::chains::{ChainDataArgs, NamedTable};
use crate::session::{Session, print_on_stdout};
use crate::settings::SharedSettingArgs;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive compare structure --chains chains.tsv --test new=new.tsv --arch gru,gru-reverse,bigru --epochs 2 -o states
  processive compare structure --chains chains.tsv --test new=new.tsv --parameters 30000 --residues 2000 -o matched";

/// Options of `processive compare structure`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CompareStructureArgs {
    #[command(flatten)]
    comparison: ComparisonArgs,
    /// The architectures, separated by commas, named as --arch of `train structure` names them
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "lstm,lstm-reverse,bilstm,bigru,birnn,dilated-cnn,cnn"
    )]
    arch: Vec<String>,
    /// Training residues that every network sees, repeats counted, to the nearest number of epochs (at least 1)
    #[arg(long, value_name = "N", conflicts_with = "epochs")]
    residues: Option<NonZeroU64>,
    #[command(flatten)]
    data: ChainDataArgs,
    /// Chains to test on, a table as --chains takes it. May be repeated; default: the chains of the split 'test'
    #[arg(long = "test", value_name = "NAME=FILE", help_heading = "Labelled chains")]
    tests: Vec<NamedTable>,
    /// Which of eight states are helix and strand: ghi-eb, gh-eb, h-e
    #[arg(long, value_name = "RULE", default_value_t, help_heading = "Network and fit")]
    reduction: Reduction,
    /// What the loss of the eight states weighs beside that of the three
    #[arg(long, value_name = "WEIGHT", default_value_t = 1.0, help_heading = "Network and fit")]
    q8_weight: f64,
    #[command(flatten)]
    settings: SharedSettingArgs,
}

/// Trains every architecture with every seed and measures it on every test set.
pub(crate) fn run(args: &CompareStructureArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let comparison = &args.comparison;
    let (output, resume) = (&comparison.output, comparison.jobs.resume);
    let jobs = comparison.jobs.jobs(session.threads)?;
    refuse_taken(output, comparison.force, resume)?;
    let plan = Plan::new(args)?;
    open_folder(output, resume)?;
    let journal = Journal::open(&output.join("runs.jsonl"))?;
    run_all(&plan, &journal, jobs, comparison.progress, session)?;
    let table = outcome(&plan, &journal, jobs)?;
    write_tables(output, &table, session)?;
    print_on_stdout(&table.to_text())?;
    session.finish(&plan.counts());
    Ok(ExitStatus::Success)
}
