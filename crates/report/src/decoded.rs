//! Rows of a Parquet table as they are read back.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int32Type, Int64Type, UInt8Type, UInt16Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::Field;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use crate::inspect::open_parquet;
use crate::{ReportError, SCALE_KEY};

/// Opens a Parquet file that has these columns, among others.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`], [`ReportError::Parquet`], or
/// [`ReportError::NoColumn`] with the list of columns.
pub(crate) fn open_rows(path: &Path, columns: &[&str]) -> Result<ParquetRecordBatchReaderBuilder<File>, ReportError> {
    let file = open_parquet(path)?;
    let rows = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|source| ReportError::decode(path, source))?;
    let fields = rows.schema().fields();
    let is_there = |name: &str| fields.iter().any(|field| field.name() == name);
    match columns.iter().find(|name| !is_there(name)) {
        None => Ok(rows),
        Some(missing) => Err(ReportError::NoColumn {
            path: path.to_path_buf(),
            name: (*missing).to_owned(),
            known: fields.iter().map(|field| field.name().clone()).collect(),
        }),
    }
}

/// Decodes a file some thousand rows at a time, and yields what is made of them one by one.
pub(crate) struct Batches<T> {
    rows: ParquetRecordBatchReader,
    path: PathBuf,
    made: vec::IntoIter<T>,
}

impl<T> Batches<T> {
    /// Rows that are decoded at a time.
    const ROWS: usize = 8192;

    pub(crate) fn new(path: &Path, rows: ParquetRecordBatchReaderBuilder<File>) -> Result<Self, ReportError> {
        let rows = rows.with_batch_size(Self::ROWS).build();
        Ok(Self {
            rows: rows.map_err(|source| ReportError::decode(path, source))?,
            path: path.to_path_buf(),
            made: Vec::new().into_iter(),
        })
    }

    /// The next of the things that `convert` makes of rows.
    pub(crate) fn next(
        &mut self,
        mut convert: impl FnMut(&Columns<'_>) -> Result<Vec<T>, ReportError>,
    ) -> Option<Result<T, ReportError>> {
        loop {
            if let Some(made) = self.made.next() {
                return Some(Ok(made));
            }
            let path = &self.path;
            let made = match self.rows.next()? {
                Ok(batch) => convert(&Columns { path, batch: &batch }),
                Err(error) => Err(ReportError::decode(path, ParquetError::from(error))),
            };
            match made {
                Ok(made) => self.made = made.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The contig of the rows before: rows of one contig share its name.
#[derive(Default)]
pub(crate) struct LastContig(Arc<str>);

impl LastContig {
    /// The name, shared with the rows before when it is theirs.
    pub(crate) fn shared(&mut self, name: &str) -> Arc<str> {
        if *self.0 != *name {
            self.0 = Arc::from(name);
        }
        Arc::clone(&self.0)
    }
}

/// By what the integer codes of a score are multiplied, when it is stored so.
pub(crate) fn scale_of(field: &Field) -> Option<f64> {
    field.metadata().get(SCALE_KEY)?.parse().ok()
}

/// Decoded rows of a table; the columns that are asked for were found when the file was opened.
pub(crate) struct Columns<'a> {
    pub(crate) path: &'a Path,
    pub(crate) batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    /// A column of texts that repeat.
    pub(crate) fn texts(&self, name: &str) -> Result<Texts<'a>, ReportError> {
        let column = self.column(name)?;
        if let Some(plain) = column.as_string_opt::<i32>() {
            return Ok(Texts::Plain(plain));
        }
        let dictionary = column.as_dictionary_opt::<Int32Type>();
        let values = dictionary.and_then(|dictionary| dictionary.values().as_any().downcast_ref::<StringArray>());
        match (dictionary, values) {
            (Some(dictionary), Some(values)) => Ok(Texts::Dictionary {
                keys: dictionary.keys().values(),
                values,
            }),
            _ => Err(self.wrong_type(column, name, "dictionary<int32, utf8>")),
        }
    }

    /// A column of positions.
    pub(crate) fn positions(&self, name: &str) -> Result<Vec<u64>, ReportError> {
        let column = self.column(name)?;
        let values: Option<Vec<u64>> = if let Some(narrow) = column.as_primitive_opt::<Int32Type>() {
            narrow.values().iter().map(|&value| u64::try_from(value).ok()).collect()
        } else if let Some(wide) = column.as_primitive_opt::<Int64Type>() {
            wide.values().iter().map(|&value| u64::try_from(value).ok()).collect()
        } else {
            None
        };
        values.ok_or_else(|| self.wrong_type(column, name, "int32 or int64 from 0"))
    }

    /// A column of scores; codes are multiplied by their scale.
    pub(crate) fn scores(&self, name: &str, scale: Option<f64>) -> Result<Vec<f32>, ReportError> {
        let column = self.column(name)?;
        if let Some(scores) = column.as_primitive_opt::<Float32Type>() {
            return Ok(scores.values().to_vec());
        }
        let codes: Option<Vec<u16>> = if let Some(codes) = column.as_primitive_opt::<UInt8Type>() {
            Some(codes.values().iter().map(|&code| u16::from(code)).collect())
        } else {
            let codes = column.as_primitive_opt::<UInt16Type>();
            codes.map(|codes| codes.values().to_vec())
        };
        match (codes, scale) {
            (Some(codes), Some(scale)) => Ok(codes.iter().map(|&code| (f64::from(code) * scale) as f32).collect()),
            _ => Err(self.wrong_type(column, name, "float32, or uint8 or uint16 with a scale")),
        }
    }

    /// A column of floats of 32 bits.
    pub(crate) fn floats(&self, name: &str) -> Result<&'a [f32], ReportError> {
        self.numbers::<Float32Type>(name, "float32")
    }

    /// A column of floats of 64 bits.
    pub(crate) fn doubles(&self, name: &str) -> Result<&'a [f64], ReportError> {
        self.numbers::<Float64Type>(name, "float64")
    }

    fn numbers<T: ArrowPrimitiveType>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<&'a [T::Native], ReportError> {
        let column = self.column(name)?;
        let numbers = column.as_primitive_opt::<T>().map(|numbers| &numbers.values()[..]);
        numbers.ok_or_else(|| self.wrong_type(column, name, expected))
    }

    fn column(&self, name: &str) -> Result<&'a ArrayRef, ReportError> {
        let column = self
            .batch
            .column_by_name(name)
            .expect("the column was found when the file was opened");
        if column.null_count() > 0 {
            return Err(self.wrong_type(column, name, "a type without nulls"));
        }
        Ok(column)
    }

    fn wrong_type(&self, column: &ArrayRef, name: &str, expected: &'static str) -> ReportError {
        ReportError::ColumnType {
            path: self.path.to_path_buf(),
            name: name.to_owned(),
            found: column.data_type().to_string(),
            expected,
        }
    }
}

/// The texts of rows, as they are or as numbers of texts.
pub(crate) enum Texts<'a> {
    Plain(&'a StringArray),
    Dictionary { keys: &'a [i32], values: &'a StringArray },
}

impl<'a> Texts<'a> {
    /// The text of a row.
    pub(crate) fn text(&self, row: usize) -> &'a str {
        match self {
            Self::Plain(texts) => texts.value(row),
            Self::Dictionary { keys, values } => values.value(keys[row].cast_unsigned() as usize),
        }
    }

    /// The longest runs of rows with the same text.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let rows = match self {
            Self::Plain(texts) => texts.len(),
            Self::Dictionary { keys, .. } => keys.len(),
        };
        let mut from = 0;
        std::iter::from_fn(move || {
            let count = (from..rows).take_while(|&row| self.are_same(row, from)).count();
            from += count;
            (count > 0).then(|| from - count..from)
        })
    }

    fn are_same(&self, row: usize, other: usize) -> bool {
        match self {
            Self::Dictionary { keys, .. } if keys[row] == keys[other] => true,
            _ => self.text(row) == self.text(other),
        }
    }
}
