//! Scans: one row per scored bin of a genome, streamed contig by contig.

mod calls;
mod checked;
mod parquet_table;
mod read;
mod schema;
mod text;

use std::path::Path;

use processive_core::Contig;

pub use read::{ScanReader, ScanRow, read_scan};
pub use schema::ScanSchema;

use crate::{AtomicFile, Overwrite, Provenance, ReportError, TableFormat};
use calls::CallsWriter;
use checked::Checked;
use parquet_table::ParquetTable;
use text::{TextSink, TextTable};

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
    /// The smallest score (compared as `f32`) that makes a call: needed by BED and narrowPeak, refused by the others.
    pub threshold: Option<f64>,
    /// The index in [`ScanSchema::scores`] of the one score that bedGraph, BED and narrowPeak hold.
    /// `None` is enough when there is only one.
    pub column: Option<usize>,
}

impl ScanOptions {
    /// Makes the coordinates wide enough for every one of `contigs`.
    #[must_use]
    pub fn for_contigs(mut self, contigs: &[Contig]) -> Self {
        self.longest_contig = contigs.iter().map(|contig| contig.length).max().unwrap_or(0);
        self
    }
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
    let column = if format.holds_one_score() {
        choose_column(format, schema, options.column)?
    } else {
        0
    };
    let threshold = check_threshold(format, options.threshold)?;
    let file = AtomicFile::create(path, options.overwrite)?;
    let rounding = Rounding::new(options.precision);
    let inner: Box<dyn ScanWriter> = match format {
        TableFormat::Parquet => Box::new(ParquetTable::create(file, schema, options.longest_contig, rounding)?),
        TableFormat::Tsv | TableFormat::TsvGz => {
            Box::new(TextTable::tsv(TextSink::new(file, format.is_gzip()), schema, rounding)?)
        }
        TableFormat::BedGraph | TableFormat::BedGraphGz => Box::new(TextTable::bed_graph(
            TextSink::new(file, format.is_gzip()),
            column,
            rounding,
        )),
        TableFormat::Bed | TableFormat::BedGz | TableFormat::NarrowPeak | TableFormat::NarrowPeakGz => {
            let sink = TextSink::new(file, format.is_gzip());
            Box::new(CallsWriter::new(
                sink,
                format,
                schema.scores[column].clone(),
                column,
                threshold,
            ))
        }
    };
    Ok(Box::new(Checked::new(inner, schema.clone())))
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

/// Checks that calls have a threshold and other tables have none; the value matters for calls only.
fn check_threshold(format: TableFormat, threshold: Option<f64>) -> Result<f32, ReportError> {
    match (format.holds_calls(), threshold) {
        (true, None) => Err(ReportError::ThresholdMissing { format: format.name() }),
        (false, Some(_)) => Err(ReportError::ThresholdUnused { format: format.name() }),
        (_, threshold) => Ok(threshold.unwrap_or_default() as f32),
    }
}

/// Rounds scores to a number of decimals, or leaves them exact.
#[derive(Clone, Copy, Debug)]
struct Rounding {
    decimals: Option<u8>,
}

/// From this number of decimals on, rounding changes no `f32` between 0.5 and 1.
const EXACT_DECIMALS: u8 = 9;

/// Up to this number of decimals, probabilities take at most 10,001 values.
const DICTIONARY_DECIMALS: u8 = 4;

impl Rounding {
    fn new(precision: Option<u8>) -> Self {
        Self {
            decimals: precision.filter(|&decimals| decimals < EXACT_DECIMALS),
        }
    }

    /// Whether probabilities take so few values that a dictionary of them is small.
    fn leaves_few_values(self) -> bool {
        self.decimals.is_some_and(|decimals| decimals <= DICTIONARY_DECIMALS)
    }

    fn apply(self, score: f32) -> f32 {
        let Some(decimals) = self.decimals else { return score };
        let scale = 10f64.powi(i32::from(decimals));
        ((f64::from(score) * scale).round() / scale) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_the_nearest_decimal_and_many_decimals_change_nothing() {
        let check = |decimals, score: f32, rounded: f32| {
            let found = Rounding::new(decimals).apply(score);
            assert_eq!(
                found.to_bits(),
                rounded.to_bits(),
                "{score} to {decimals:?} decimals is {found}"
            );
        };
        check(Some(4), 0.123_44, 0.1234);
        check(Some(4), 0.123_46, 0.1235);
        check(Some(0), 0.5, 1.0);
        check(Some(2), 0.999, 1.0);
        for score in [0.123_456_79, f32::MIN_POSITIVE, 1.0 - f32::EPSILON / 2.0] {
            check(None, score, score);
            check(Some(u8::MAX), score, score);
        }
    }

    #[test]
    fn the_longest_contig_decides_the_width_of_coordinates() {
        let contigs = [Contig::new("a", 5), Contig::new("b", 1 << 31), Contig::new("c", 7)];
        assert_eq!(ScanOptions::default().for_contigs(&contigs).longest_contig, 1 << 31);
        assert_eq!(ScanOptions::default().for_contigs(&[]).longest_contig, 0);
    }
}
