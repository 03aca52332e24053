//! Column chunks that hold one text in every row.
//!
//! The writer of a dictionary column looks the text of every row up. A row group of a large contig has one contig in all rows,
//! and in a scan of every base those look-ups were a tenth of all work: so a chunk that an earlier group had is used again.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};
use bytes::Bytes;
use parquet::column::writer::{ColumnCloseResult, get_column_writer, get_typed_column_writer};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// One text, a number of times, as a file has it.
pub(crate) struct Repeated {
    text: String,
    rows: usize,
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl Repeated {
    /// Encodes a text.
    fn encode(
        text: &str,
        rows: usize,
        column: ColumnDescPtr,
        properties: WriterPropertiesPtr,
    ) -> Result<Self, ParquetError> {
        let mut to = TrackedWrite::new(Vec::new());
        let pages = Box::new(SerializedPageWriter::new(&mut to));
        let mut writer = get_typed_column_writer::<ByteArrayType>(get_column_writer(column, properties, pages));
        writer.write_batch(&vec![ByteArray::from(text); rows], None, None)?;
        let close = writer.close()?;
        Ok(Self {
            text: text.to_owned(),
            rows,
            bytes: to.into_inner()?.into(),
            close,
        })
    }

    /// Writes the chunk as the next column of a row group.
    pub(crate) fn append_to<W: std::io::Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        group.append_column(&self.bytes, self.close.clone())
    }
}

/// The chunk of a column's last row group that held one text in every row.
pub(crate) struct LastRepeated {
    column: ColumnDescPtr,
    properties: WriterPropertiesPtr,
    last: Option<Arc<Repeated>>,
}

impl LastRepeated {
    /// None so far.
    pub(crate) fn new(column: ColumnDescPtr, properties: WriterPropertiesPtr) -> Self {
        Self {
            column,
            properties,
            last: None,
        }
    }

    /// The chunk of these rows, when they hold one text and the column is required.
    pub(crate) fn chunk(&mut self, rows: &ArrayRef) -> Result<Option<Arc<Repeated>>, ParquetError> {
        let text = only_text(rows).filter(|_| self.column.max_def_level() == 0);
        let Some(text) = text else { return Ok(None) };
        let fits = |last: &Arc<Repeated>| last.text == text && last.rows == rows.len();
        if !self.last.as_ref().is_some_and(fits) {
            let (column, properties) = (Arc::clone(&self.column), Arc::clone(&self.properties));
            self.last = Some(Arc::new(Repeated::encode(text, rows.len(), column, properties)?));
        }
        Ok(self.last.clone())
    }
}

/// The text of a dictionary column that has but one.
fn only_text(rows: &ArrayRef) -> Option<&str> {
    let dictionary = rows.as_dictionary_opt::<Int32Type>()?;
    let texts = dictionary.values().as_string_opt::<i32>()?;
    (texts.len() == 1 && dictionary.null_count() == 0 && texts.null_count() == 0).then(|| texts.value(0))
}
