//! Reading one score of a Parquet scan back, row by row.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::batch::{Columns, scale_of};
use crate::ReportError;
use crate::columns::{CHROM, END, START};
use crate::inspect::open_parquet;

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
    batches: ParquetRecordBatchReader,
    path: PathBuf,
    column: String,
    /// By what integer codes are multiplied, when the score is stored so.
    scale: Option<f64>,
    chrom: Arc<str>,
    rows: vec::IntoIter<ScanRow>,
}

/// Opens a Parquet scan to read `chrom`, `start`, `end` and the score named `column`.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`], or
/// [`ReportError::NoColumn`] with the list of columns.
pub fn read_scan(path: &Path, column: &str) -> Result<ScanReader, ReportError> {
    let file = open_parquet(path)?;
    let decode = |source| ReportError::decode(path, source);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(decode)?;
    let names: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let find = |name: &str| {
        names
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| ReportError::NoColumn {
                path: path.to_path_buf(),
                name: name.to_owned(),
                known: names.clone(),
            })
    };
    let wanted = [find(CHROM.name)?, find(START.name)?, find(END.name)?, find(column)?];
    let scale = scale_of(builder.schema().field(wanted[3]));
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    let batches = builder.with_projection(mask).build().map_err(decode)?;
    Ok(ScanReader {
        batches,
        path: path.to_path_buf(),
        column: column.to_owned(),
        scale,
        chrom: Arc::from(""),
        rows: Vec::new().into_iter(),
    })
}

impl ScanReader {
    fn convert(&mut self, batch: &RecordBatch) -> Result<Vec<ScanRow>, ReportError> {
        let columns = Columns {
            path: &self.path,
            batch,
        };
        let chroms = columns.chroms()?;
        let starts = columns.positions(START.name)?;
        let ends = columns.positions(END.name)?;
        let scores = columns.scores(&self.column, self.scale)?;
        let mut rows = Vec::with_capacity(batch.num_rows());
        for (row, (&start, &end)) in starts.iter().zip(&ends).enumerate() {
            if *self.chrom != *chroms.name(row) {
                self.chrom = Arc::from(chroms.name(row));
            }
            rows.push(ScanRow {
                chrom: Arc::clone(&self.chrom),
                start,
                end,
                score: scores[row],
            });
        }
        Ok(rows)
    }
}

impl Iterator for ScanReader {
    type Item = Result<ScanRow, ReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            let converted = match self.batches.next()? {
                Ok(batch) => self.convert(&batch),
                Err(error) => Err(ReportError::decode(&self.path, ParquetError::from(error))),
            };
            match converted {
                Ok(rows) => self.rows = rows.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
