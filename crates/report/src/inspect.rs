//! What a Parquet file says about itself.

mod folder;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use arrow_schema::DataType;
use parquet::arrow::ARROW_SCHEMA_META_KEY;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

pub use folder::inspect_folder;

use crate::ReportError;

/// The footer of a Parquet file in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetSummary {
    /// The number of files: 1, or those of a folder.
    pub files: usize,
    /// The number of rows.
    pub rows: u64,
    /// The number of row groups.
    pub row_groups: usize,
    /// The columns in file order.
    pub columns: Vec<ColumnSummary>,
    /// Provenance and other key-value pairs (the Arrow schema, which repeats the columns, is left out).
    pub key_values: BTreeMap<String, String>,
    /// What the writer calls itself.
    pub created_by: Option<String>,
    /// The size of the file.
    pub bytes: u64,
}

/// One column of a Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSummary {
    /// The name.
    pub name: String,
    /// The Arrow type, e.g. `float32` or `dictionary<int32, utf8>`.
    pub dtype: String,
    /// Whether rows may lack a value.
    pub nullable: bool,
    /// The compression, e.g. `zstd`.
    pub compression: String,
    /// The encodings that occur, in alphabetical order.
    pub encodings: Vec<String>,
    /// The compressed size over all row groups.
    pub bytes: u64,
}

const MAGIC: [u8; 4] = *b"PAR1";

/// Two marks and the length of the footer between them: nothing shorter is a Parquet file.
const SMALLEST_FILE: u64 = 12;

/// Reads the footer of a Parquet file.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`], or
/// [`ReportError::Parquet`] when the footer is damaged.
pub fn inspect_parquet(path: &Path) -> Result<ParquetSummary, ReportError> {
    let file = open_parquet(path)?;
    let bytes = file.metadata().map_err(|source| ReportError::read(path, source))?.len();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|source| ReportError::decode(path, source))?;
    let metadata = builder.metadata();
    let footer = metadata.file_metadata();
    let columns = builder.schema().fields().iter();
    Ok(ParquetSummary {
        files: 1,
        rows: footer.num_rows().unsigned_abs(),
        row_groups: metadata.num_row_groups(),
        columns: columns
            .map(|field| summarise_column(field.name(), field.data_type(), field.is_nullable(), metadata))
            .collect(),
        key_values: key_values(metadata),
        created_by: footer.created_by().map(str::to_owned),
        bytes,
    })
}

/// Opens a file that begins and ends as a Parquet file does.
pub(crate) fn open_parquet(path: &Path) -> Result<File, ReportError> {
    let read = |source| ReportError::read(path, source);
    let mut file = File::open(path).map_err(read)?;
    let metadata = file.metadata().map_err(read)?;
    if metadata.is_dir() {
        let path = path.to_path_buf();
        return Err(ReportError::IsFolder { path });
    }
    let bytes = metadata.len();
    let mut mark = [0; 4];
    if bytes < 4 || file.read_exact(&mut mark).is_err() || mark != MAGIC {
        let path = path.to_path_buf();
        return Err(ReportError::NotParquet { path });
    }
    if bytes >= SMALLEST_FILE {
        file.seek(SeekFrom::End(-4)).map_err(read)?;
        file.read_exact(&mut mark).map_err(read)?;
        if mark == MAGIC {
            file.rewind().map_err(read)?;
            return Ok(file);
        }
    }
    let path = path.to_path_buf();
    Err(ReportError::Truncated { path, bytes })
}

fn key_values(metadata: &ParquetMetaData) -> BTreeMap<String, String> {
    let pairs = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    pairs
        .filter(|pair| pair.key != ARROW_SCHEMA_META_KEY)
        .map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default()))
        .collect()
}

/// Gathers what all row groups say about a column; a nested column is the sum of its leaves.
fn summarise_column(name: &str, dtype: &DataType, nullable: bool, metadata: &ParquetMetaData) -> ColumnSummary {
    let chunks = || {
        metadata
            .row_groups()
            .iter()
            .flat_map(RowGroupMetaData::columns)
            .filter(|chunk| chunk.column_path().parts().first().is_some_and(|root| root == name))
    };
    let encodings: BTreeSet<String> = chunks()
        .flat_map(ColumnChunkMetaData::encodings)
        .map(|e| e.to_string())
        .collect();
    let codec = |chunk: &ColumnChunkMetaData| format!("{:?}", chunk.compression_codec()).to_ascii_lowercase();
    let compressions: BTreeSet<String> = chunks().map(codec).collect();
    ColumnSummary {
        name: name.to_owned(),
        dtype: type_name(dtype),
        nullable,
        compression: compressions.into_iter().collect::<Vec<_>>().join(", "),
        encodings: encodings.into_iter().collect(),
        bytes: chunks().map(|chunk| chunk.compressed_size().unsigned_abs()).sum(),
    }
}

/// Arrow's type in the words of the column tables.
fn type_name(dtype: &DataType) -> String {
    match dtype {
        DataType::Dictionary(key, value) => format!("dictionary<{}, {}>", type_name(key), type_name(value)),
        other => other.to_string().to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::fs;

    use super::*;

    #[test]
    fn files_that_are_not_parquet_or_cut_short_are_told_apart() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("x.parquet");
        for (content, cut) in [
            (&b""[..], false),
            (b"PAR", false),
            (b"chrom\tstart\tend\n", false),
            (b"PAR1", true),
            (b"PAR1PAR1", true),
            (b"PAR1 and then nothing more", true),
        ] {
            fs::write(&path, content)?;
            let error = inspect_parquet(&path).unwrap_err();
            assert_eq!(matches!(error, ReportError::Truncated { .. }), cut, "{error}");
            assert_eq!(matches!(error, ReportError::NotParquet { .. }), !cut, "{error}");
        }
        fs::write(&path, b"PAR1 a footer that is none \xff\xff\xff\x7fPAR1")?;
        assert!(matches!(
            inspect_parquet(&path).unwrap_err(),
            ReportError::Parquet { .. }
        ));
        let missing = inspect_parquet(&folder.path().join("missing")).unwrap_err();
        assert!(matches!(missing, ReportError::Read { .. }), "{missing}");
        assert!(matches!(
            inspect_parquet(folder.path()).unwrap_err(),
            ReportError::IsFolder { .. }
        ));
        Ok(())
    }
}
