//! What a table of many files says about itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ParquetSummary, inspect_parquet};
use crate::ReportError;
use crate::table_folder::is_part;

/// Reads the footers of all files `COLUMN=VALUE/part-N.parquet` of a folder.
///
/// Rows, row groups and bytes are sums; the columns are those of the first file in the order of names, and pairs are
/// those that no two files contradict.
///
/// # Errors
/// Those of [`inspect_parquet`]; [`ReportError::NoParts`] when there is no such file.
pub fn inspect_folder(path: &Path) -> Result<ParquetSummary, ReportError> {
    let mut summary: Option<ParquetSummary> = None;
    for part in parts(path)? {
        let part = inspect_parquet(&part)?;
        match &mut summary {
            None => summary = Some(part),
            Some(summary) => summary.add(&part),
        }
    }
    summary.ok_or_else(|| ReportError::NoParts {
        path: path.to_path_buf(),
    })
}

/// The files of a table in the order of their names.
fn parts(path: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>, ReportError> {
        let read = |source| ReportError::read(folder, source);
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(read)? {
            paths.push(entry.map_err(read)?.path());
        }
        paths.sort();
        Ok(paths)
    };
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut parts = Vec::new();
    for value in entries(path)? {
        if name(&value).contains('=') && value.is_dir() {
            parts.extend(entries(&value)?.into_iter().filter(|file| is_part(&name(file))));
        }
    }
    Ok(parts)
}

impl ParquetSummary {
    /// Adds another file of the same table.
    fn add(&mut self, part: &Self) {
        self.files += part.files;
        self.rows += part.rows;
        self.row_groups += part.row_groups;
        self.bytes += part.bytes;
        for (column, more) in self.columns.iter_mut().zip(&part.columns) {
            column.bytes += more.bytes;
        }
        self.key_values
            .retain(|key, value| part.key_values.get(key).is_none_or(|other| other == value));
    }
}
