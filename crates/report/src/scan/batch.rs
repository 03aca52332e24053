//! The columns of decoded rows.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type, UInt8Type, UInt16Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::Field;

use crate::columns::CHROM;
use crate::{ReportError, SCALE_KEY};

/// By what the integer codes of a score are multiplied, when it is stored so.
pub(super) fn scale_of(field: &Field) -> Option<f64> {
    field.metadata().get(SCALE_KEY)?.parse().ok()
}

/// Decoded rows of a scan; the columns that are asked for were found when the file was opened.
pub(super) struct Columns<'a> {
    pub(super) path: &'a Path,
    pub(super) batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    /// The contig of every row.
    pub(super) fn chroms(&self) -> Result<Chroms<'a>, ReportError> {
        let column = self.column(CHROM.name)?;
        if let Some(plain) = column.as_string_opt::<i32>() {
            return Ok(Chroms::Plain(plain));
        }
        let dictionary = column.as_dictionary_opt::<Int32Type>();
        let names = dictionary.and_then(|dictionary| dictionary.values().as_any().downcast_ref::<StringArray>());
        match (dictionary, names) {
            (Some(dictionary), Some(names)) => Ok(Chroms::Dictionary {
                keys: dictionary.keys().values(),
                names,
            }),
            _ => Err(self.wrong_type(column, CHROM.name, CHROM.dtype)),
        }
    }

    /// A column of positions.
    pub(super) fn positions(&self, name: &str) -> Result<Vec<u64>, ReportError> {
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
    pub(super) fn scores(&self, name: &str, scale: Option<f64>) -> Result<Vec<f32>, ReportError> {
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

/// The contigs of rows, as text or as numbers of texts.
pub(super) enum Chroms<'a> {
    Plain(&'a StringArray),
    Dictionary { keys: &'a [i32], names: &'a StringArray },
}

impl<'a> Chroms<'a> {
    /// The contig of a row.
    pub(super) fn name(&self, row: usize) -> &'a str {
        match self {
            Self::Plain(names) => names.value(row),
            Self::Dictionary { keys, names } => names.value(keys[row].cast_unsigned() as usize),
        }
    }

    /// Whether two rows have one contig.
    pub(super) fn are_same(&self, row: usize, other: usize) -> bool {
        match self {
            Self::Dictionary { keys, .. } if keys[row] == keys[other] => true,
            _ => self.name(row) == self.name(other),
        }
    }
}
