//! What the Parquet files that are streamed have in common.

use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::{AtomicFile, CREATED_BY, Provenance, ReportError};

/// Rows in a row group: a query for a region reads one group, and 122,880 is the size that `DuckDB` writes.
pub(crate) const ROW_GROUP_ROWS: usize = 122_880;

/// On three exact scores of a 4.6 Mb genome, level 9 is 0.3 % (10 bp bins) to 1.9 % (1 bp) smaller.
const ZSTD_LEVEL: i32 = 3;

/// The key under which Arrow keeps its schema; nobody else may use it.
const ARROW_SCHEMA_KEY: &str = "ARROW:schema";

/// A Parquet file that is written row group by row group.
pub(crate) struct ParquetFile {
    writer: ArrowWriter<AtomicFile>,
    path: PathBuf,
}

impl ParquetFile {
    /// Begins a file.
    pub(crate) fn create(
        file: AtomicFile,
        schema: SchemaRef,
        properties: WriterProperties,
    ) -> Result<Self, ReportError> {
        let path = file.path().to_path_buf();
        let writer = ArrowWriter::try_new(file, schema, Some(properties))
            .map_err(|source| ReportError::encode(&path, source))?;
        Ok(Self { writer, path })
    }

    /// Encodes rows as one row group.
    pub(crate) fn write_group(&mut self, rows: &RecordBatch) -> Result<(), ReportError> {
        let written = self.writer.write(rows).and_then(|()| self.writer.flush());
        written.map_err(|source| ReportError::encode(&self.path, source))
    }

    /// Wraps what Arrow says about columns that do not fit together.
    pub(crate) fn arrow(&self, error: ArrowError) -> ReportError {
        ReportError::encode(&self.path, ParquetError::from(error))
    }

    /// Completes the file with the footer's pairs.
    pub(crate) fn finish(self, provenance: &Provenance) -> Result<(), ReportError> {
        let Self { mut writer, path } = self;
        for (key, value) in provenance.iter().filter(|(key, _)| *key != ARROW_SCHEMA_KEY) {
            writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value.to_owned()));
        }
        let file = writer
            .into_inner()
            .map_err(|source| ReportError::encode(&path, source))?;
        file.commit()
    }
}

/// Settings of every file: zstd, statistics, and no dictionaries but those that a table asks for.
pub(crate) fn properties() -> WriterPropertiesBuilder {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).expect("the level is between 1 and 22");
    WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_dictionary_enabled(false)
}

/// The path of a column that is not nested.
pub(crate) fn column_path(name: &str) -> ColumnPath {
    ColumnPath::new(vec![name.to_owned()])
}

/// The type of names that repeat.
pub(crate) fn dictionary_of_text() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}
