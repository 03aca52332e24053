//! `processive gather`

mod hits;
mod scores;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueHint};
use processive_predict::{ShardSet, TableKind};

use crate::numbers::counted;
use crate::options::{ForceOption, ProgressOption};
use crate::scan_table::{SummaryOption, Table, TableOptions, TablePath};
use crate::session::Session;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive gather part-1.parquet part-2.parquet -o ctcf.parquet
  processive gather part-*.parquet --threshold 0.5 -o sites.bed";

/// Options of `processive gather`.
#[derive(Args, Clone, Debug)]
pub(crate) struct GatherArgs {
    /// All parts of a scan (scan --shard), in any order.
    #[arg(value_name = "SHARD", required = true, value_hint = ValueHint::FilePath)]
    shards: Vec<PathBuf>,
    #[command(flatten)]
    path: TablePath,
    #[command(flatten)]
    force: ForceOption,
    #[command(flatten)]
    table: TableOptions,
    /// The model of the scan, when --threshold asks its card and it is not a bundled one.
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    #[command(flatten)]
    summary: SummaryOption,
    #[command(flatten)]
    progress: ProgressOption,
}

/// Writes the rows of all parts as one scan would have.
pub(crate) fn run(args: &GatherArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let table = Table {
        output: &args.path.output,
        force: args.force,
        options: &args.table,
    };
    let format = table.format()?;
    table.check_output()?;
    let set = ShardSet::open(&args.shards).context("cannot gather")?;
    let rows = match set.kind() {
        TableKind::Scores => scores::run(args, &set, &table, format, session)?,
        TableKind::Hits => hits::run(args, &set, &table, format, session)?,
    };
    session.finish(&format!("{}, {rows}", counted(set.count() as u64, "shard")));
    Ok(ExitStatus::Success)
}

/// What was read, before the number of contigs.
fn source(set: &ShardSet) -> String {
    format!("{} of a scan: ", counted(set.count() as u64, "shard"))
}
