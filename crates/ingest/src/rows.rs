//! Tables with a header line: CSV, TSV, and semicolons between fields.

use std::{
    io::{self, BufRead, Chain, Cursor, Read},
    path::Path,
};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use crate::{
    IngestError, Place,
    error::excerpt,
    open::{self, Reader},
};

/// The rows below a header.
pub(crate) struct Rows<'a> {
    path: &'a Path,
    header: Vec<String>,
    header_line: u64,
    reader: csv::Reader<Chain<Reader, Cursor<&'static [u8]>>>,
    pub(crate) row: ByteRecord,
}

impl<'a> Rows<'a> {
    /// Reads the header; `expected` says what a row is, should there be none.
    pub(crate) fn open(path: &'a Path, expected: &'static str) -> Result<Self, IngestError> {
        Self::below(path, expected, |_| false)
    }

    /// Reads the header below lines that begin with `#`.
    pub(crate) fn open_below_comments(path: &'a Path, expected: &'static str) -> Result<Self, IngestError> {
        Self::below(path, expected, |line| line.starts_with(b"#"))
    }

    fn below(path: &'a Path, expected: &'static str, is_comment: fn(&[u8]) -> bool) -> Result<Self, IngestError> {
        let mut reader = open::open(path)?;
        let (first, header_line) = first_line(&mut reader, path, expected, is_comment)?;
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
    pub(crate) fn column(&self, name: &str, option: &'static str) -> Result<usize, IngestError> {
        let found = self.header.iter().position(|column| column == name.trim());
        found.ok_or_else(|| IngestError::MissingColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            option,
            found: self.header.clone(),
        })
    }

    /// Returns the index of the first column that has one of these names, in either case.
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        let place = |name: &&str| self.header.iter().position(|column| column.eq_ignore_ascii_case(name));
        names.iter().find_map(place)
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the next row that is not blank and returns its line.
    pub(crate) fn read(&mut self) -> Result<Option<u64>, IngestError> {
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

/// Returns the first line that is neither blank nor a comment and its number.
fn first_line(
    reader: &mut Reader,
    path: &Path,
    expected: &'static str,
    is_comment: fn(&[u8]) -> bool,
) -> Result<(Vec<u8>, u64), IngestError> {
    let mut line = Vec::new();
    let mut number = 0;
    while line.trim_ascii().is_empty() || is_comment(&line) {
        line.clear();
        number += 1;
        let count = reader
            .read_until(b'\n', &mut line)
            .map_err(|source| IngestError::from_read(path, source))?;
        if count == 0 {
            return Err(empty(path, expected));
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

/// The error for a table without rows.
pub(crate) fn empty(path: &Path, expected: &'static str) -> IngestError {
    IngestError::Empty {
        path: path.to_owned(),
        expected,
    }
}
