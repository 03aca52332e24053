//! What a scan writes, and where.

use std::path::Path;

use anyhow::{Context, bail};
use clap::ValueEnum;
use processive_models::ModelDescription;
use processive_report::{
    AtomicFile, Calls, Partition, Quantize, ReportError, ScanSchema, TableFolder, TableFormat, columns,
};

use super::{ScanArgs, Strands};

/// The column by which a table is split into files.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PartitionBy {
    /// The contig
    Chrom,
}

impl From<PartitionBy> for Partition {
    fn from(by: PartitionBy) -> Self {
        match by {
            PartitionBy::Chrom => Self::ByContig,
        }
    }
}

/// The integers that hold scores.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Codes {
    /// 0 to 255
    U8,
    /// 0 to 65535
    U16,
}

impl From<Codes> for Quantize {
    fn from(codes: Codes) -> Self {
        match codes {
            Codes::U8 => Self::U8,
            Codes::U16 => Self::U16,
        }
    }
}

/// The format that the options name or imply.
pub(super) fn output_format(args: &ScanArgs) -> anyhow::Result<TableFormat> {
    if args.partition_by.is_some() {
        return format_of_parts(args);
    }
    let format = match args.format {
        Some(format) => format,
        None if args.output == Path::new("-") => TableFormat::Tsv,
        None => TableFormat::from_path(&args.output).context("the output's format is not known; --format names it")?,
    };
    format.check_target(&args.output)?;
    Ok(format)
}

/// The format of the files in a folder: Parquet, unless something else is named and has to be refused.
fn format_of_parts(args: &ScanArgs) -> anyhow::Result<TableFormat> {
    if args.output == Path::new("-") {
        bail!("--partition-by writes a folder: give -o a name instead of standard output");
    }
    let named = args.format.or_else(|| TableFormat::from_path(&args.output).ok());
    match named {
        None | Some(TableFormat::Parquet) => Ok(TableFormat::Parquet),
        Some(format) => Err(ReportError::PartitionFormat { format: format.name() }.into()),
    }
}

/// Refuses an output that cannot be made, before a genome's index is made for it.
pub(super) fn check_output(args: &ScanArgs) -> Result<(), ReportError> {
    let (output, overwrite) = (&args.output, args.force.overwrite());
    if args.partition_by.is_some() {
        drop(TableFolder::create(output, columns::CHROM.name, overwrite)?);
        return Ok(());
    }
    // Devices and pipes are opened once only: opening and closing one ends what reads from it.
    let is_plain = output
        .metadata()
        .map_or(true, |found| found.is_file() || found.is_dir());
    if output != Path::new("-") && is_plain {
        drop(AtomicFile::create(output, overwrite)?);
    }
    Ok(())
}

/// What the lines of bed and narrowpeak are.
pub(super) fn calls(args: &ScanArgs, model: &ModelDescription) -> anyhow::Result<Option<Calls>> {
    Ok(match args.threshold {
        Some(threshold) => Some(Calls::Reaching(threshold.of(model)?)),
        None => args.top.map(|_| Calls::EachRow),
    })
}

/// The place of the one score that the format holds; `None` when it holds all, or when the writer has to complain.
pub(super) fn score_column(args: &ScanArgs, format: TableFormat, schema: &ScanSchema) -> anyhow::Result<Option<usize>> {
    match &args.column {
        Some(name) if !format.holds_one_score() && args.top.is_none() => {
            bail!(
                "--column {name} chooses the one score of bed, narrowpeak, bedgraph and bigwig; {format} holds all of them"
            )
        }
        Some(name) => match schema.scores.iter().position(|score| score == name) {
            Some(column) => Ok(Some(column)),
            None => bail!(
                "no score column is called '{name}'; there are {}",
                schema.scores.join(", ")
            ),
        },
        None => {
            let strands = if matches!(args.strand, Strands::Both) { 3 } else { 1 };
            Ok((schema.scores.len() == strands).then_some(0))
        }
    }
}
