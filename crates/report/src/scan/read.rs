//! Reading one score of a Parquet scan back, row by row.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type, UInt8Type, UInt16Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use crate::columns::{CHROM, END, START};
use crate::inspect::open_parquet;
use crate::{ReportError, SCALE_KEY};

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
    let field = builder.schema().field(wanted[3]);
    let scale = field.metadata().get(SCALE_KEY).and_then(|scale| scale.parse().ok());
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
        let chroms = self.column(batch, CHROM.name)?;
        let starts = self.positions(batch, START.name)?;
        let ends = self.positions(batch, END.name)?;
        let scores = self.scores(batch)?;
        let mut rows = Vec::with_capacity(batch.num_rows());
        for (row, (&start, &end)) in starts.iter().zip(&ends).enumerate() {
            let Some(chrom) = text(chroms, row) else {
                return Err(self.wrong_type(chroms, CHROM.name, CHROM.dtype));
            };
            if *self.chrom != *chrom {
                self.chrom = Arc::from(chrom);
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

    /// The scores, codes among them multiplied by their scale.
    fn scores(&self, batch: &RecordBatch) -> Result<Vec<f32>, ReportError> {
        let column = self.column(batch, &self.column)?;
        if let Some(scores) = column.as_primitive_opt::<Float32Type>() {
            return Ok(scores.values().to_vec());
        }
        let codes: Option<Vec<u16>> = if let Some(codes) = column.as_primitive_opt::<UInt8Type>() {
            Some(codes.values().iter().map(|&code| u16::from(code)).collect())
        } else {
            column
                .as_primitive_opt::<UInt16Type>()
                .map(|codes| codes.values().to_vec())
        };
        match (codes, self.scale) {
            (Some(codes), Some(scale)) => Ok(codes.iter().map(|&code| (f64::from(code) * scale) as f32).collect()),
            _ => Err(self.wrong_type(column, &self.column, "float32, or uint8 or uint16 with a scale")),
        }
    }

    fn column<'b>(&self, batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, ReportError> {
        let column = batch
            .column_by_name(name)
            .expect("the column was found when the file was opened");
        if column.null_count() > 0 {
            return Err(self.wrong_type(column, name, "a type without nulls"));
        }
        Ok(column)
    }

    fn positions(&self, batch: &RecordBatch, name: &str) -> Result<Vec<u64>, ReportError> {
        let column = self.column(batch, name)?;
        let values: Option<Vec<u64>> = if let Some(narrow) = column.as_primitive_opt::<Int32Type>() {
            narrow.values().iter().map(|&value| u64::try_from(value).ok()).collect()
        } else if let Some(wide) = column.as_primitive_opt::<Int64Type>() {
            wide.values().iter().map(|&value| u64::try_from(value).ok()).collect()
        } else {
            None
        };
        values.ok_or_else(|| self.wrong_type(column, name, "int32 or int64 from 0"))
    }

    fn wrong_type(&self, column: &ArrayRef, name: &str, expected: &'static str) -> ReportError {
        ReportError::ColumnType {
            path: self.path.clone(),
            name: name.to_owned(),
            found: column.data_type().to_string(),
            expected,
        }
    }
}

/// The text in a row of a dictionary or plain column.
fn text(column: &ArrayRef, row: usize) -> Option<&str> {
    if let Some(plain) = column.as_string_opt::<i32>() {
        return Some(plain.value(row));
    }
    let dictionary = column.as_dictionary_opt::<Int32Type>()?;
    let names = dictionary.values().as_any().downcast_ref::<StringArray>()?;
    Some(names.value(dictionary.key(row)?))
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
