//! Tables of sequences with labels.

use std::{
    io::{self, BufRead, Chain, Cursor, Read},
    path::Path,
};

use csv::{ByteRecord, ReaderBuilder, Terminator};
use processive_core::LabelledExample;

use crate::{
    IngestError, Place,
    error::excerpt,
    fasta::first_invalid,
    open::{self, Reader},
};

/// The names of the columns that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumns {
    /// The column of sequences.
    pub sequence: String,
    /// The column of labels.
    pub label: String,
}

impl Default for TableColumns {
    fn default() -> Self {
        Self {
            sequence: "sequence".to_owned(),
            label: "label".to_owned(),
        }
    }
}

/// Reads a CSV or TSV file with a header line; the delimiter is the first of tab, comma and semicolon that the
/// header holds.
///
/// Fields may be quoted, blanks around fields and column names are dropped, other columns are ignored. Labels
/// are `0`, `1`, `0.0`, `1.0`, `false`, `true`. An example is named `file:line`.
///
/// # Errors
/// - [`IngestError::MissingColumn`] with the columns that there are;
/// - [`IngestError::RaggedRow`], [`IngestError::InvalidLabel`], [`IngestError::EmptySequence`],
///   [`IngestError::InvalidLetter`] with the line;
/// - [`IngestError::Empty`] without a row;
/// - [`IngestError::NotText`] for the header and as [`open`](crate::open).
pub fn read_sequence_table(path: &Path, columns: &TableColumns) -> Result<Vec<LabelledExample>, IngestError> {
    let mut rows = Rows::open(path)?;
    let sequence = rows.column(&columns.sequence, "--sequence-column")?;
    let label = rows.column(&columns.label, "--label-column")?;
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut examples = Vec::new();
    while let Some(line) = rows.read()? {
        let place = || Place::new(path, line);
        let letters = rows.row[sequence].trim_ascii();
        check_sequence(letters, &columns.sequence, place)?;
        examples.push(LabelledExample {
            name: format!("{file}:{line}"),
            sequence: letters.to_vec(),
            label: parse_label(rows.row[label].trim_ascii(), place)?,
            region: None,
        });
    }
    if examples.is_empty() {
        return Err(empty(path));
    }
    Ok(examples)
}

/// The rows below a header.
struct Rows<'a> {
    path: &'a Path,
    header: Vec<String>,
    header_line: u64,
    reader: csv::Reader<Chain<Reader, Cursor<&'static [u8]>>>,
    row: ByteRecord,
}

impl<'a> Rows<'a> {
    fn open(path: &'a Path) -> Result<Self, IngestError> {
        let mut reader = open::open(path)?;
        let (first, header_line) = first_line(&mut reader, path)?;
        let delimiter = delimiter(&first);
        let header = parse_header(&first, delimiter).ok_or_else(|| IngestError::NotText {
            place: Place::new(path, header_line),
            bytes: excerpt(first.trim_ascii()),
        })?;
        // Only \n ends a row, and one is added to the last: so the lines that are done with can be counted
        // exactly, in files with CRLF and blank lines too. The \r is trimmed with other blanks.
        let mut builder = ReaderBuilder::new();
        builder
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'));
        Ok(Self {
            path,
            header,
            header_line,
            reader: builder.from_reader(reader.chain(Cursor::new(&b"\n"[..]))),
            row: ByteRecord::new(),
        })
    }

    /// Returns the index of a column.
    fn column(&self, name: &str, option: &'static str) -> Result<usize, IngestError> {
        let found = self.header.iter().position(|column| column == name.trim());
        found.ok_or_else(|| IngestError::MissingColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            option,
            found: self.header.clone(),
        })
    }

    /// Reads the next row that is not blank and returns its line.
    fn read(&mut self) -> Result<Option<u64>, IngestError> {
        while self
            .reader
            .read_byte_record(&mut self.row)
            .map_err(|error| self.fail(error))?
        {
            if self.row.len() == 1 && self.row[0].trim_ascii().is_empty() {
                continue;
            }
            let within = self.row.as_slice().split(|&byte| byte == b'\n').count() as u64 - 1;
            let line = self.header_line + self.reader.position().line() - 1 - within;
            if self.row.len() == self.header.len() {
                return Ok(Some(line));
            }
            return Err(IngestError::RaggedRow {
                place: Place::new(self.path, line),
                found: self.row.len(),
                expected: self.header.len(),
            });
        }
        Ok(None)
    }

    fn fail(&self, error: csv::Error) -> IngestError {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
        };
        IngestError::from_read(self.path, source)
    }
}

/// Returns the first line that is not blank and its number.
fn first_line(reader: &mut Reader, path: &Path) -> Result<(Vec<u8>, u64), IngestError> {
    let mut line = Vec::new();
    let mut number = 0;
    while line.trim_ascii().is_empty() {
        line.clear();
        number += 1;
        let count = reader
            .read_until(b'\n', &mut line)
            .map_err(|source| IngestError::from_read(path, source))?;
        if count == 0 {
            return Err(empty(path));
        }
    }
    Ok((line, number))
}

fn delimiter(header: &[u8]) -> u8 {
    let candidates = [b'\t', b',', b';'];
    candidates
        .into_iter()
        .find(|candidate| header.contains(candidate))
        .unwrap_or(b',')
}

/// Splits a header line; `None` when it is not UTF-8.
fn parse_header(line: &[u8], delimiter: u8) -> Option<Vec<String>> {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false);
    let record = builder.from_reader(line).into_records().next()?.ok()?;
    Some(record.iter().map(|name| name.trim().to_owned()).collect())
}

fn check_sequence(letters: &[u8], column: &str, place: impl Fn() -> Place) -> Result<(), IngestError> {
    if letters.is_empty() {
        return Err(IngestError::EmptySequence { place: place() });
    }
    match first_invalid(letters) {
        None => Ok(()),
        Some(byte) => Err(IngestError::InvalidLetter {
            place: place(),
            within: format!("column '{column}'"),
            byte,
        }),
    }
}

fn parse_label(text: &[u8], place: impl Fn() -> Place) -> Result<bool, IngestError> {
    match text.to_ascii_lowercase().as_slice() {
        b"0" | b"0.0" | b"false" => Ok(false),
        b"1" | b"1.0" | b"true" => Ok(true),
        _ => Err(IngestError::InvalidLabel {
            place: place(),
            value: String::from_utf8_lossy(text).into_owned(),
        }),
    }
}

fn empty(path: &Path) -> IngestError {
    IngestError::Empty {
        path: path.to_owned(),
        expected: "row of sequences and labels",
    }
}
