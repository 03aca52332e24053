//! The tables that `scan` and `gather` write: what is in them, and where they go.

mod hits;
mod summary;
mod threshold;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use processive_models::ModelDescription;
use processive_predict::{StrandRule, TopSites};
use processive_report::{
    AtomicFile, Calls, Partition, Quantize, ReportError, ScanOptions, ScanSchema, TableFolder, TableFormat, columns,
};

pub(crate) use self::hits::{ToldOfHits, text_of_hits};
pub(crate) use self::summary::{Told, name_of_output, read, text};
pub(crate) use self::threshold::Threshold;
use crate::options::ForceOption;

/// Where a table goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct TablePath {
    /// The output: .parquet .tsv[.gz] .bw .bedgraph[.gz] .bed[.gz] .narrowPeak[.gz]; - is standard output (tsv).
    #[arg(id = "table", short = 'o', long = "output", value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
}

/// What of a scan's rows a table holds, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct TableOptions {
    /// The format, when the output's name does not tell.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub(crate) format: Option<TableFormat>,
    /// Write a folder with a Parquet file for each contig: OUT/chrom=NAME/part-0.parquet.
    #[arg(long, value_name = "COLUMN", value_enum)]
    pub(crate) partition_by: Option<PartitionBy>,
    /// The smallest probability of a call (bed, narrowpeak): a number, 'model' for the threshold of the model's card, or
    /// precision=0.9 for the lowest one with that precision on the model's validation data.
    #[arg(long, value_name = "P|model|precision=P")]
    pub(crate) threshold: Option<Threshold>,
    /// Write the N best sites only: bins that no better bin is within one window of, ranked by --column, else by the
    /// mean over the classes.
    #[arg(long, value_name = "N", conflicts_with = "threshold")]
    pub(crate) top: Option<NonZeroUsize>,
    /// Round scores to this number of decimals, which makes tables smaller; calls are made on exact scores.
    #[arg(long, value_name = "DECIMALS")]
    pub(crate) precision: Option<u8>,
    /// Store scores as integers (parquet): u8 is off by at most 0.002, u16 by 0.000008; `processive columns scan` tells
    /// how they are read.
    #[arg(long, value_name = "TYPE", value_enum, conflicts_with = "precision")]
    pub(crate) quantize: Option<Codes>,
    /// The score column that bed, narrowpeak, bedgraph and bigwig hold, and that --top ranks by; the first one when the
    /// model has a single class.
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,
}

/// What is said of the rows at the end.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct SummaryOption {
    /// How many of the best sites, or of the motifs with most hits, the summary shows.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) best: usize,
}

/// An output and what it is to hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    pub(crate) output: &'a Path,
    pub(crate) force: ForceOption,
    pub(crate) options: &'a TableOptions,
}

fn format_parser() -> impl TypedValueParser<Value = TableFormat> {
    PossibleValuesParser::new(TableFormat::names()).try_map(|name| name.parse::<TableFormat>())
}

/// The column by which a table is split into files.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PartitionBy {
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
pub(crate) enum Codes {
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

impl Table<'_> {
    /// The format that the options name or imply.
    pub(crate) fn format(&self) -> anyhow::Result<TableFormat> {
        if self.options.partition_by.is_some() {
            return self.format_of_parts();
        }
        let format = match self.options.format {
            Some(format) => format,
            None if self.output == Path::new("-") => TableFormat::Tsv,
            None => {
                TableFormat::from_path(self.output).context("the output's format is not known; --format names it")?
            }
        };
        format.check_target(self.output)?;
        Ok(format)
    }

    /// The format of the files in a folder: Parquet, unless something else is named and has to be refused.
    fn format_of_parts(&self) -> anyhow::Result<TableFormat> {
        if self.output == Path::new("-") {
            bail!("--partition-by writes a folder: give -o a name instead of standard output");
        }
        let named = self.options.format.or_else(|| TableFormat::from_path(self.output).ok());
        match named {
            None | Some(TableFormat::Parquet) => Ok(TableFormat::Parquet),
            Some(format) => Err(ReportError::PartitionFormat { format: format.name() }.into()),
        }
    }

    /// Refuses an output that cannot be made, before long work is done for it.
    pub(crate) fn check_output(&self) -> Result<(), ReportError> {
        let (output, overwrite) = (self.output, self.force.overwrite());
        if self.options.partition_by.is_some() {
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

    /// The place of the one score that the format holds; `None` when it holds all, or when the writer has to complain.
    pub(crate) fn score_column(
        &self,
        format: TableFormat,
        schema: &ScanSchema,
        strand: StrandRule,
    ) -> anyhow::Result<Option<usize>> {
        match &self.options.column {
            Some(name) if !format.holds_one_score() && self.options.top.is_none() => {
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
            None => Ok((schema.scores.len() == strand.columns_per_class()).then_some(0)),
        }
    }

    /// How the rows are written.
    pub(crate) fn scan_options(&self, calls: Option<Calls>, column: Option<usize>, longest_contig: u64) -> ScanOptions {
        ScanOptions {
            overwrite: self.force.overwrite(),
            longest_contig,
            precision: self.options.precision,
            quantize: self.options.quantize.map(Quantize::from),
            calls,
            column,
            partition: self.options.partition_by.map_or(Partition::None, Partition::from),
        }
    }
}

impl TableOptions {
    /// The options that say what becomes of scores, and whether they are given.
    pub(crate) fn for_scores(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("--threshold", self.threshold.is_some()),
            ("--top", self.top.is_some()),
            ("--precision", self.precision.is_some()),
            ("--quantize", self.quantize.is_some()),
            ("--column", self.column.is_some()),
            ("--partition-by", self.partition_by.is_some()),
        ]
    }

    /// What the lines of bed and narrowpeak are, made on a score of this model.
    pub(crate) fn calls(&self, model: &ModelDescription) -> anyhow::Result<Option<Calls>> {
        Ok(match self.threshold {
            Some(threshold) => Some(Calls::Reaching(threshold.of(model)?)),
            None => self.top.map(|_| Calls::EachRow),
        })
    }

    /// The sites that are written instead of every bin.
    pub(crate) fn top_sites(&self, column: Option<usize>) -> Option<TopSites> {
        self.top.map(|limit| TopSites {
            limit: limit.get(),
            column,
        })
    }
}
