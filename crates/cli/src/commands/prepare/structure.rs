//! `processive prepare structure`: a table of chains to train on, without those like test chains and without copies.

mod inputs;
mod summary;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueHint};
use processive_core::{ChainRow, Reduction};
use processive_encode::kin::{DroppedChain, PrepareSettings, prepare_chains};
use processive_report::{ChainFormat, ChainWriter, DropRow, DropWriter, Provenance};

use self::inputs::{Inputs, Rename};
use self::summary::Summary;
use crate::chains::ChainDataArgs;
use crate::numbers::{counted, grouped};
use crate::options::ForceOption;
use crate::session::Session;
use crate::status::ExitStatus;

/// Options of `processive prepare structure`.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct PrepareStructureArgs {
    #[command(flatten)]
    data: ChainDataArgs,
    /// Test chains that nothing in training may resemble: tables of chains as --chains takes them, or FASTA
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    protect: Vec<PathBuf>,
    /// Call a source by another name; a source is called like its file without the ending, unless a table names it
    #[arg(long, value_name = "SOURCE=NAME", num_args = 1..)]
    rename: Vec<Rename>,
    /// The share of the scored residues that goes to validation, as whole clusters of similar chains
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    valid_share: f64,
    /// Seed of the draw of validation clusters
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Keep the chains that come in the split 'valid' for validation, draw no others, and leave out their kin: a table grows,
    /// and what was trained on it stays comparable
    #[arg(long, conflicts_with_all = ["valid_share", "seed"])]
    keep_valid: bool,
    /// Which of eight states are helix and strand: ghi-eb, gh-eb, h-e
    #[arg(long, value_name = "RULE", default_value_t)]
    reduction: Reduction,
    /// Keep chains that come in the split 'test' in the table; they are protected either way
    #[arg(long)]
    keep_test: bool,
    /// Where to write the table: .tsv, .tsv.gz or .parquet
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// Where to write which chains were left out, why, and what they were measured against: TSV
    #[arg(long, value_name = "TSV", value_hint = ValueHint::FilePath)]
    report: Option<PathBuf>,
    #[command(flatten)]
    force: ForceOption,
}

const EXAMPLES: &str = "Examples:
  processive prepare structure --chains chains.tsv --protect CB513.csv -o prepared.tsv --report drops.tsv
  processive prepare structure --chains chains.tsv --protect proteins.fa --valid-share 0.2 -o prepared.parquet";

/// Makes the table.
pub(crate) fn run(args: &PrepareStructureArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    if !(args.valid_share > 0.0 && args.valid_share < 1.0) {
        bail!(
            "--valid-share cannot be {}; allowed: more than 0 and less than 1",
            args.valid_share
        );
    }
    let overwrite = args.force.overwrite();
    let format = ChainFormat::from_path(&args.output)?;
    let writer = ChainWriter::create(&args.output, format, overwrite)?;
    let report = args.report.as_deref().map(|path| DropWriter::create(path, overwrite));
    let report = report.transpose()?;

    let Inputs { rows, protected, test } = Inputs::read(&args.data, &args.protect, &args.rename)?;
    if args.keep_valid && rows.iter().all(|row| row.split != "valid") {
        bail!("--keep-valid: no chain comes in the split 'valid'");
    }
    let mut summary = Summary::new(&rows, &test, protected.len());
    let settings = PrepareSettings {
        rule: args.reduction,
        valid_share: args.valid_share,
        keep_valid: args.keep_valid,
        seed: args.seed,
        ..PrepareSettings::default()
    };
    log::info!(
        "comparing {} with {} and with each other",
        counted(rows.len() as u64, "chain"),
        counted(protected.len() as u64, "protected chain")
    );
    let prepared = prepare_chains(rows, &protected, &settings);
    summary.add(&prepared);
    let (mut rows, drops) = (prepared.rows, prepared.drops);
    warn_of_empty_splits(&rows)?;
    if args.keep_test {
        rows.extend(test);
    }
    let residues: usize = rows.iter().map(|row| row.chain.scored_residues()).sum();
    writer
        .write(&rows, args.reduction, &provenance(session))
        .with_context(|| format!("writing {}", args.output.display()))?;
    if let Some(report) = report {
        report.write(&drops.iter().map(drop_row).collect::<Vec<_>>())?;
    }
    session.say(&summary.text(&settings, args.keep_test));
    session.finish(&format!(
        "{} with {} scored residues, {} left out",
        counted(rows.len() as u64, "chain"),
        grouped(residues as u64),
        grouped(drops.len() as u64)
    ));
    Ok(ExitStatus::Success)
}

fn warn_of_empty_splits(rows: &[ChainRow]) -> anyhow::Result<()> {
    if rows.is_empty() {
        bail!("no chain is left: every one is like a protected chain");
    }
    for split in ["train", "valid"] {
        if rows.iter().all(|row| row.split != split) {
            log::warn!("no chain is in the split '{split}': no cluster fits the share of --valid-share");
        }
    }
    Ok(())
}

fn drop_row(drop: &DroppedChain) -> DropRow {
    DropRow {
        id: drop.id.clone(),
        source: drop.source.clone(),
        reason: drop.reason.name(),
        with: drop.with_id.clone(),
        with_source: drop.with_source.clone(),
        stretch: drop.stretch.clone(),
        identity: drop.identity,
        cover: drop.cover,
        residues: drop.scored_residues,
    }
}

fn provenance(session: &Session) -> Provenance {
    let mut provenance = Provenance::new();
    provenance
        .set("processive.version", env!("CARGO_PKG_VERSION"))
        .set("processive.command", session.command_line());
    provenance
}
