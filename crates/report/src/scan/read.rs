//! Reading one score of a Parquet scan back, row by row.

use std::path::Path;
use std::sync::Arc;

use parquet::arrow::ProjectionMask;

use crate::ReportError;
use crate::columns::{CHROM, END, START};
use crate::decoded::{Batches, Columns, LastContig, open_rows, scale_of};

/// One row of a scan with one of its scores.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanRow {
    /// The contig; rows of one contig share the text.
    pub chrom: Arc<str>,
    /// The 0-based start.
    pub start: u64,
    /// The end, excluded.
    pub end: u64,
    /// The score; of integer codes, the number that they stand for.
    pub score: f32,
}

/// Yields the rows of a scan in file order, a few thousand in memory at a time.
pub struct ScanReader {
    batches: Batches<ScanRow>,
    rows: ScanRowsOf,
}

/// Opens a Parquet scan to read `chrom`, `start`, `end` and the score named `column`.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`], or
/// [`ReportError::NoColumn`] with the list of columns.
pub fn read_scan(path: &Path, column: &str) -> Result<ScanReader, ReportError> {
    let names = [CHROM.name, START.name, END.name, column];
    let builder = open_rows(path, &names)?;
    let fields = builder.schema().fields();
    let wanted = names.iter().filter_map(|name| fields.find(name));
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.map(|(place, _)| place));
    let rows = ScanRowsOf {
        scale: fields.find(column).and_then(|(_, field)| scale_of(field)),
        column: column.to_owned(),
        contig: LastContig::default(),
    };
    let batches = Batches::new(path, builder.with_projection(mask))?;
    Ok(ScanReader { batches, rows })
}

impl Iterator for ScanReader {
    type Item = Result<ScanRow, ReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next(|columns| self.rows.rows(columns))
    }
}

/// Makes rows of decoded ones.
struct ScanRowsOf {
    column: String,
    /// By what integer codes are multiplied, when the score is stored so.
    scale: Option<f64>,
    contig: LastContig,
}

impl ScanRowsOf {
    fn rows(&mut self, columns: &Columns<'_>) -> Result<Vec<ScanRow>, ReportError> {
        let chroms = columns.texts(CHROM.name)?;
        let starts = columns.positions(START.name)?;
        let ends = columns.positions(END.name)?;
        let scores = columns.scores(&self.column, self.scale)?;
        let place = starts.into_iter().zip(ends).zip(scores);
        let row = |(row, ((start, end), score))| ScanRow {
            chrom: self.contig.shared(chroms.text(row)),
            start,
            end,
            score,
        };
        Ok(place.enumerate().map(row).collect())
    }
}
