//! What the Parquet files that are streamed have in common.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataBuilder, ParquetMetaDataReader, ParquetMetaDataWriter,
};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use crate::row_groups::{Chunk, RowGroups};
use crate::{AtomicFile, CREATED_BY, Provenance, ReportError};

/// Rows in a row group: a query for a region reads one group, and 122,880 is the size that `DuckDB` writes.
pub(crate) const ROW_GROUP_ROWS: usize = 122_880;

/// On three exact scores of a 4.6 Mb genome, level 3 is 0.2 % (bins of 24 bp) to 1.5 % (1 bp) smaller, and a file of every base
/// takes a fifth more time to write.
const ZSTD_LEVEL: i32 = 1;

/// The key under which Arrow keeps its schema; nobody else may use it.
const ARROW_SCHEMA_KEY: &str = "ARROW:schema";

/// A Parquet file that is written row group by row group; the rayon pool encodes them.
pub(crate) struct ParquetFile {
    writer: SerializedFileWriter<AtomicFile>,
    groups: RowGroups,
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
        let (writer, factory) = ArrowWriter::try_new(file, schema, Some(properties))
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(|source| ReportError::encode(&path, source))?;
        let groups = RowGroups::new(factory, writer.schema_descr(), writer.properties());
        Ok(Self { writer, groups, path })
    }

    /// Has rows encoded as one row group, and writes those groups that are due. What goes wrong with a group may be told
    /// by a later call.
    pub(crate) fn write_group(&mut self, rows: RecordBatch) -> Result<(), ReportError> {
        let write = || {
            self.groups.begin(rows)?;
            match self.groups.next_due() {
                Some(chunks) => append(&mut self.writer, chunks?),
                None => Ok(()),
            }
        };
        write().map_err(|source| ReportError::encode(&self.path, source))
    }

    /// Wraps what Arrow says about columns that do not fit together.
    pub(crate) fn arrow(&self, error: ArrowError) -> ReportError {
        ReportError::encode(&self.path, ParquetError::from(error))
    }

    /// Completes the file with the footer's pairs.
    pub(crate) fn finish(self, provenance: &Provenance) -> Result<(), ReportError> {
        let Self {
            mut writer,
            mut groups,
            path,
        } = self;
        for pair in pairs_of(provenance) {
            writer.append_key_value_metadata(pair);
        }
        let complete = || {
            while let Some(chunks) = groups.next() {
                append(&mut writer, chunks?)?;
            }
            writer.into_inner()
        };
        let file = complete().map_err(|source| ReportError::encode(&path, source))?;
        file.commit()
    }
}

/// Writes an encoded row group.
fn append(writer: &mut SerializedFileWriter<AtomicFile>, chunks: Vec<Chunk>) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for chunk in chunks {
        chunk.append_to(&mut group)?;
    }
    group.close().map(drop)
}

/// The footer's pairs, without the one that belongs to Arrow.
fn pairs_of(provenance: &Provenance) -> impl Iterator<Item = KeyValue> {
    let pairs = provenance.iter().filter(|(key, _)| *key != ARROW_SCHEMA_KEY);
    pairs.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()))
}

/// Gives a finished file other pairs: only the footer is written anew.
pub(crate) fn replace_pairs(path: &Path, provenance: &Provenance) -> Result<(), ReportError> {
    let write = |source| ReportError::write(path, source);
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(write)?;
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&file);
    let metadata = metadata.map_err(|source| ReportError::decode(path, source))?;
    let mut footer = Vec::new();
    ParquetMetaDataWriter::new(&mut footer, &with_pairs(&metadata, provenance))
        .finish()
        .map_err(|source| ReportError::encode(path, source))?;
    let mut replace = || -> io::Result<()> {
        // The end of a file: the length of the footer in four bytes, then the mark.
        let end = file.seek(SeekFrom::End(-8))?;
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let start = end - u64::from(u32::from_le_bytes(length));
        file.set_len(start)?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(&footer)?;
        file.sync_all()
    };
    replace().map_err(write)
}

/// The same file with other pairs.
fn with_pairs(metadata: &ParquetMetaData, provenance: &Provenance) -> ParquetMetaData {
    let old = metadata.file_metadata();
    let schema = old.key_value_metadata().into_iter().flatten();
    let mut pairs: Vec<KeyValue> = schema.filter(|pair| pair.key == ARROW_SCHEMA_KEY).cloned().collect();
    pairs.extend(pairs_of(provenance));
    let new = FileMetaData::new(
        old.version(),
        old.num_rows(),
        old.created_by().map(str::to_owned),
        Some(pairs),
        old.schema_descr_ptr(),
        old.column_orders().cloned(),
    );
    ParquetMetaDataBuilder::new(new)
        .set_row_groups(metadata.row_groups().to_vec())
        .build()
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

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::fs;
    use std::sync::Arc;

    use arrow_array::{DictionaryArray, Float32Array, Int32Array, StringArray};
    use arrow_schema::{Field, Schema};

    use super::*;
    use crate::Overwrite;

    /// The rows of a group: their number and contigs change, and stay, from one group to the next.
    fn rows(schema: &SchemaRef, group: usize) -> Result<RecordBatch, ArrowError> {
        let contigs: &[&str] = match group {
            0..3 => &["chr1"],
            3 => &["chr1", "chr2"],
            4..6 => &["chr2"],
            _ => &["a contig"],
        };
        // More than one page.
        let count = if group == 5 { 50_000 } else { 30_000 };
        let contig = (0..count).map(|row| (row * contigs.len() / count) as i32);
        let numbers = (0..count).map(|row| (row * row % (17 + group)) as f32);
        let names = (0..count).map(|row| format!("name {}", row * (group + 1) % 23));
        let columns: [Arc<dyn arrow_array::Array>; 3] = [
            Arc::new(DictionaryArray::try_new(
                Int32Array::from_iter_values(contig),
                Arc::new(StringArray::from(contigs.to_vec())),
            )?),
            Arc::new(Float32Array::from_iter_values(numbers)),
            Arc::new(StringArray::from_iter_values(names)),
        ];
        RecordBatch::try_new(Arc::clone(schema), columns.to_vec())
    }

    #[test]
    fn the_pool_encodes_what_arrow_writes_one_by_one() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let fields = vec![
            Field::new("contig", dictionary_of_text(), false),
            Field::new("number", DataType::Float32, false),
            Field::new("name", DataType::Utf8, false),
        ];
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let properties = || {
            properties()
                .set_column_dictionary_enabled(column_path("contig"), true)
                .set_column_dictionary_enabled(column_path("name"), true)
                .build()
        };
        for groups in [0, 1, 2, 3, 9] {
            let mut one_by_one = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties()))?;
            for group in 0..groups {
                one_by_one.write(&rows(&schema, group)?)?;
                one_by_one.flush()?;
            }
            one_by_one.append_key_value_metadata(KeyValue::new("key".to_owned(), "value".to_owned()));
            let expected = one_by_one.into_inner()?;

            let write = |name: &str| -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
                let path = folder.path().join(name);
                let file = AtomicFile::create(&path, Overwrite::No)?;
                let mut file = ParquetFile::create(file, Arc::clone(&schema), properties())?;
                for group in 0..groups {
                    file.write_group(rows(&schema, group)?)?;
                }
                file.finish(&Provenance::from_iter([("key", "value")]))?;
                Ok(fs::read(path)?)
            };
            let outside = write(&format!("outside-{groups}")).map_err(|error| error.to_string())?;
            assert!(outside == expected, "{groups} groups");
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
            let inside = pool
                .install(|| write(&format!("inside-{groups}")))
                .map_err(|error| error.to_string())?;
            assert!(inside == expected, "{groups} groups on the only thread of a pool");
        }
        Ok(())
    }
}
