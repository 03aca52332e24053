//! Scans: one row per scored bin of a genome, streamed contig by contig.

mod bigwig_table;
mod blocks;
mod calls;
mod checked;
mod hive;
mod parquet_table;
mod read;
mod schema;
mod text;

use std::path::Path;

use processive_core::Contig;

pub use blocks::{ScanBlock, ScanBlocks, read_scan_blocks};
pub use read::{ScanReader, ScanRow, read_scan};
pub use schema::ScanSchema;

use crate::rounding::Rounding;
use crate::text_sink::TextSink;
use crate::{AtomicFile, Overwrite, Provenance, Quantize, ReportError, TableFormat};
use bigwig_table::BigWigTable;
use calls::CallsWriter;
use checked::Checked;
use hive::HiveTable;
use parquet_table::{ChromColumn, ParquetTable};
use text::TextTable;

/// How a scan is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanOptions {
    /// Whether an existing output may be replaced.
    pub overwrite: Overwrite,
    /// The length of the longest contig in bases: past `i32::MAX`, `start` and `end` become 64-bit.
    /// 0 when it is not known: 32-bit, and a position that does not fit is an error.
    pub longest_contig: u64,
    /// Decimals to which scores are rounded; `None` keeps them exact. Calls are made on exact scores.
    pub precision: Option<u8>,
    /// The integers that hold the scores of a Parquet file; `None` keeps them as `f32`.
    pub quantize: Option<Quantize>,
    /// Which rows are calls: needed by BED and narrowPeak; a threshold is refused by the others.
    pub calls: Option<Calls>,
    /// The index in [`ScanSchema::scores`] of the one score that bedGraph, bigWig, BED and narrowPeak hold.
    /// `None` is enough when there is only one.
    pub column: Option<usize>,
    /// One file, or a folder of them.
    pub partition: Partition,
}

/// What the lines of BED and narrowPeak are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Calls {
    /// Runs of adjacent bins whose score (an `f32`) is at least this.
    Reaching(f64),
    /// Every row by itself: the writer is given no others.
    EachRow,
}

/// How the rows of a Parquet scan are spread over files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partition {
    /// The output is one file.
    #[default]
    None,
    /// The output is a folder with `chrom=NAME/part-0.parquet` for every contig that has rows, as Hive lays it out;
    /// names are percent-encoded, and the files have no column `chrom`.
    ByContig,
}

impl ScanOptions {
    /// Makes the coordinates wide enough for every one of `contigs`.
    #[must_use]
    pub fn for_contigs(mut self, contigs: &[Contig]) -> Self {
        self.longest_contig = longest_contig(contigs);
        self
    }
}

/// The length of the longest of some contigs.
pub(crate) fn longest_contig(contigs: &[Contig]) -> u64 {
    contigs.iter().map(|contig| contig.length).max().unwrap_or(0)
}

/// Consecutive rows of one contig, one slice per column.
#[derive(Clone, Copy, Debug)]
pub struct ScanRows<'a> {
    /// The contig.
    pub chrom: &'a str,
    /// The 0-based starts of the bins, ascending.
    pub starts: &'a [u64],
    /// The ends of the bins, excluded.
    pub ends: &'a [u64],
    /// The scores: `scores[column][row]`, in the order of [`ScanSchema::scores`].
    pub scores: &'a [Vec<f32>],
}

impl ScanRows<'_> {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }
}

/// Takes the rows of a scan in order and writes them to a file that appears when it is complete.
///
/// A writer that is dropped before [`finish`](Self::finish) leaves nothing behind.
pub trait ScanWriter: Send {
    /// Appends consecutive rows of one contig. The split of rows into calls does not change the file.
    ///
    /// # Errors
    /// A [`ReportError`] when the rows do not fit the table, a score is not finite, a bin does not follow
    /// the one before it, or the file cannot be written.
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError>;

    /// Checks rows that are scored and not written: a score that is not finite is an error all the same.
    ///
    /// # Errors
    /// A [`ReportError`] when the rows do not fit the table or a score is not finite.
    fn check(&self, _rows: &ScanRows<'_>) -> Result<(), ReportError> {
        Ok(())
    }

    /// How far the stored scores are off at most, when they are stored as integers.
    fn largest_error(&self) -> Option<f64> {
        None
    }

    /// Tells the contigs of the genome, those without rows included, before the file is completed. Only a format that
    /// holds their lengths listens.
    fn set_contigs(&mut self, _contigs: &[Contig]) {}

    /// Completes the file; `provenance` goes to the footer of a Parquet file (text formats have no place for it).
    ///
    /// # Errors
    /// A [`ReportError`] when the file cannot be written or moved to its name.
    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError>;
}

/// Opens the output of a scan; `-` is standard output.
///
/// # Errors
/// Before any work is done: an output that exists and may not be replaced, a folder that takes no file,
/// score columns with unusable names, a missing choice of column or threshold.
pub fn create_scan_writer(
    path: &Path,
    format: TableFormat,
    schema: &ScanSchema,
    options: &ScanOptions,
) -> Result<Box<dyn ScanWriter>, ReportError> {
    schema.validate()?;
    format.check_target(path)?;
    let column = if format.holds_one_score() {
        choose_column(format, schema, options.column)?
    } else {
        0
    };
    check_calls(format, options.calls)?;
    if options.quantize.is_some() && (format != TableFormat::Parquet || options.precision.is_some()) {
        return Err(ReportError::QuantizeUnused);
    }
    if options.partition == Partition::ByContig {
        return create_folder(path, format, schema, options);
    }
    let file = AtomicFile::create(path, options.overwrite)?;
    let rounding = Rounding::new(options.precision);
    let inner: Box<dyn ScanWriter> = match format {
        TableFormat::Parquet => Box::new(ParquetTable::create(file, schema, options, ChromColumn::Present)?),
        TableFormat::Tsv | TableFormat::TsvGz => {
            Box::new(TextTable::tsv(TextSink::new(file, format.is_gzip()), schema, rounding)?)
        }
        TableFormat::BedGraph | TableFormat::BedGraphGz => Box::new(TextTable::bed_graph(
            TextSink::new(file, format.is_gzip()),
            column,
            rounding,
        )),
        TableFormat::BigWig => Box::new(BigWigTable::create(file, column, rounding)?),
        TableFormat::Bed | TableFormat::BedGz | TableFormat::NarrowPeak | TableFormat::NarrowPeakGz => {
            let sink = TextSink::new(file, format.is_gzip());
            Box::new(CallsWriter::new(
                sink,
                format,
                schema.scores[column].clone(),
                column,
                options.calls.unwrap_or(Calls::EachRow),
            ))
        }
    };
    Ok(Box::new(Checked::new(inner, schema.clone())))
}

/// Opens a folder with a file per contig.
fn create_folder(
    path: &Path,
    format: TableFormat,
    schema: &ScanSchema,
    options: &ScanOptions,
) -> Result<Box<dyn ScanWriter>, ReportError> {
    if format != TableFormat::Parquet {
        return Err(ReportError::PartitionFormat { format: format.name() });
    }
    let table = HiveTable::create(path, schema, options)?;
    Ok(Box::new(Checked::new(Box::new(table), schema.clone())))
}

/// Finds the one score that a format holds.
fn choose_column(format: TableFormat, schema: &ScanSchema, choice: Option<usize>) -> Result<usize, ReportError> {
    let count = schema.scores.len();
    match choice {
        Some(column) if column < count => Ok(column),
        None if count == 1 => Ok(0),
        _ => Err(ReportError::ColumnChoice {
            format: format.name(),
            columns: schema.scores.clone(),
        }),
    }
}

/// Checks that calls have a rule, and other tables no threshold.
fn check_calls(format: TableFormat, calls: Option<Calls>) -> Result<(), ReportError> {
    match (format.holds_calls(), calls) {
        (true, None) => Err(ReportError::ThresholdMissing { format: format.name() }),
        (false, Some(Calls::Reaching(_))) => Err(ReportError::ThresholdUnused { format: format.name() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_contig_decides_the_width_of_coordinates() {
        let contigs = [Contig::new("a", 5), Contig::new("b", 1 << 31), Contig::new("c", 7)];
        assert_eq!(ScanOptions::default().for_contigs(&contigs).longest_contig, 1 << 31);
        assert_eq!(ScanOptions::default().for_contigs(&[]).longest_contig, 0);
    }
}
