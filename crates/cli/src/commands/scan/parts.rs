//! Scans in parts.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use processive_predict::resume::Parted;
use processive_predict::{Progress, Resume, ResumedScan, Shard};
use processive_report::{ReportError, TableFormat};

use crate::input::name_of;
use crate::interrupt;
use crate::numbers::counted;
use crate::scan_table::Table;
use crate::session::Session;

/// Which part of the genome is scanned, and what a run leaves for another. None of these can change a row.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Parts")]
pub(crate) struct PartOptions {
    /// Scan the I-th of N parts of the genome, for `processive gather`.
    ///
    /// The parts have equally many bins, or bases in which hits of motifs begin; contigs may be split, and rows are those of the
    /// whole scan. What the table is to hold (--threshold, --top, --precision and so on) is said to gather.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Keep finished parts beside the output, in .OUT.parts, until it is complete; go on with those of an earlier run.
    ///
    /// Parts of another genome, model, motif file or command are refused. The output is the same, byte for byte, as that of one run.
    #[arg(long, conflicts_with = "shard")]
    pub(crate) resume: bool,
    /// With --resume: how many bases a part has.
    #[arg(long, value_name = "BP", default_value = "20000000", requires = "resume")]
    pub(crate) part_size: NonZeroU64,
}

impl PartOptions {
    /// Whether the genome is read by its index.
    pub(super) fn need_index(&self) -> bool {
        self.shard.is_some() || self.resume
    }

    /// About how many of the bases are scanned.
    pub(super) fn share_of(&self, bases: u64) -> u64 {
        self.shard.map_or(bases, |shard| bases / u64::from(shard.count()))
    }

    /// Refuses a table that holds less than a part has to.
    pub(super) fn check(&self, table: &Table<'_>, format: TableFormat) -> anyhow::Result<()> {
        if self.resume {
            return check_resume(table.output);
        }
        let Some(shard) = self.shard else { return Ok(()) };
        if format != TableFormat::Parquet {
            bail!("--shard {shard} writes parquet, from which gather makes {format}: name a .parquet file");
        }
        let given = table.options.for_scores();
        if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
            bail!("--shard {shard} keeps every score as it is: give {option} to gather");
        }
        Ok(())
    }
}

/// Refuses an output that has no place beside it.
fn check_resume(output: &Path) -> anyhow::Result<()> {
    let is_plain = output
        .metadata()
        .map_or(true, |found| found.is_file() || found.is_dir());
    if output == Path::new("-") || !is_plain || output.file_name().is_none() {
        bail!("--resume keeps parts beside the output: give -o the name of a file");
    }
    Ok(())
}

/// The folder of an output's parts.
fn folder_of_parts(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!(".{name}.parts"))
}

/// Tells of parts that nobody asked for.
pub(super) fn say_of_parts(args: &PartOptions, output: &Path) {
    let folder = folder_of_parts(output);
    if !args.resume && folder.is_dir() {
        log::warn!(
            "{} holds parts of a scan that was interrupted, which --resume goes on with",
            folder.display()
        );
    }
}

/// Scans part by part, beginning with those that are missing.
pub(super) fn scan_in_parts<S: Parted>(
    args: &PartOptions,
    scan: &S,
    table: &Table<'_>,
    open: impl Fn() -> Result<S::Writer, ReportError>,
    session: &Session,
    progress: &dyn Progress,
) -> anyhow::Result<S::Summary> {
    // What the writer has to complain of is heard now, and not at the end.
    drop(open()?);
    let folder = folder_of_parts(table.output);
    let resume = Resume {
        folder: &folder,
        part_size: args.part_size,
        command_of_rows: session.command_of_rows(),
    };
    let begun = ResumedScan::begin(scan, resume).context("cannot go on")?;
    interrupt::advise(format!(
        "finished parts are kept in {}, and the same command goes on with them",
        folder.display()
    ));
    let (finished, count) = (begun.finished(), counted(begun.count() as u64, "part"));
    if finished > 0 {
        log::info!("going on: {finished} of {count} are in {}", folder.display());
    }
    begun
        .finish(open, progress)
        .with_context(|| format!("cannot scan {}; --resume goes on from here", name_of(scan.genome())))
}
