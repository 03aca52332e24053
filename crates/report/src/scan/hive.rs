//! Scans as a folder with a Parquet file per contig.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::parquet_table::{ChromColumn, ParquetTable};
use crate::columns::CHROM;
use crate::parquet_file::replace_pairs;
use crate::table_folder::TableFolder;
use crate::{AtomicFile, Provenance, QUANTIZE_KEY, ReportError, ScanOptions, ScanRows, ScanSchema, ScanWriter};

/// Names the contig of a part in its footer, where no reader decodes it.
const PARTITION_KEY: &str = "processive.partition.chrom";

/// What Hive calls the part of rows without a value: the name of a part without rows, too.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Longer values stand in the footer of the first part only: a list of a hundred thousand contigs in each of a hundred
/// thousand footers would take more than the rows.
const LONGEST_VALUE: usize = 16 * 1024;

/// One file per contig, one row group in memory; the contig stands in the folder's name and not in the file.
///
/// A contig's file is closed when the contig ends, so that a genome of a hundred thousand contigs needs one open file.
/// What is known at the end of the scan only goes into the footers then.
pub(super) struct HiveTable {
    folder: TableFolder,
    schema: ScanSchema,
    options: ScanOptions,
    largest_error: f64,
    open: Option<(String, Box<ParquetTable>)>,
    parts: Vec<(PathBuf, String)>,
}

impl HiveTable {
    pub(super) fn create(path: &Path, schema: &ScanSchema, options: &ScanOptions) -> Result<Self, ReportError> {
        Ok(Self {
            folder: TableFolder::create(path, CHROM.name, options.overwrite)?,
            schema: schema.clone(),
            options: options.clone(),
            largest_error: 0.0,
            open: None,
            parts: Vec::new(),
        })
    }

    /// Begins the file of a contig.
    fn begin(&mut self, chrom: &str, value: &str) -> Result<(), ReportError> {
        let path = self.folder.part(value)?;
        let file = AtomicFile::create_within(&path)?;
        let table = ParquetTable::create(file, &self.schema, &self.options, ChromColumn::Absent)?;
        self.open = Some((chrom.to_owned(), Box::new(table)));
        self.parts.push((path, chrom.to_owned()));
        Ok(())
    }

    /// Completes the open file but for its provenance.
    fn end(&mut self) -> Result<(), ReportError> {
        match self.open.take() {
            Some((_, table)) => {
                self.largest_error = self.largest_error.max(table.largest_error().unwrap_or(0.0));
                table.finish(&Provenance::new())
            }
            None => Ok(()),
        }
    }
}

impl ScanWriter for HiveTable {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.open.as_ref().is_none_or(|(chrom, _)| chrom != rows.chrom) {
            self.end()?;
            self.begin(rows.chrom, &encoded(rows.chrom))?;
        }
        match &mut self.open {
            Some((_, table)) => table.write(rows),
            None => unreachable!("the file of the contig has been begun"),
        }
    }

    fn largest_error(&self) -> Option<f64> {
        let open = self.open.as_ref().and_then(|(_, table)| table.largest_error());
        let largest = self.largest_error.max(open.unwrap_or(0.0));
        self.options.quantize.map(|_| largest)
    }

    fn finish(mut self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        if self.parts.is_empty() {
            self.begin("", NO_VALUE)?;
        }
        self.end()?;
        let mut pairs = provenance.with_coordinates();
        if let Some(quantize) = self.options.quantize {
            pairs.set(QUANTIZE_KEY, quantize.note(self.largest_error));
        }
        for (path, chrom) in &self.parts {
            pairs.set(PARTITION_KEY, chrom);
            replace_pairs(path, &pairs)?;
            pairs.retain(|_, value| value.len() <= LONGEST_VALUE);
        }
        self.folder.commit()
    }
}

/// A contig's name as a folder can hold it: every byte but letters, digits, `-`, `.`, `_` and `~` as `%` and two
/// hexadecimal digits (RFC 3986), which readers of such folders turn back.
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("text takes every write");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_hold_no_byte_with_a_meaning() {
        for (name, expected) in [
            ("chr1", "chr1"),
            ("KI270-1.2_random~", "KI270-1.2_random~"),
            ("HLA-A*01:01", "HLA-A%2A01%3A01"),
            ("gi|7|ref", "gi%7C7%7Cref"),
            ("a/b=c%d", "a%2Fb%3Dc%25d"),
            ("..", ".."),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(encoded(name), expected);
        }
    }
}
