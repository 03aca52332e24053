//! Proteins, one record in memory at a time.

use std::{
    collections::HashSet,
    io::BufRead,
    path::{Path, PathBuf},
};

use super::stream::skip_to_header;
use crate::{
    IngestError, Place,
    error::excerpt,
    open::{self, Reader},
};

/// A protein of a FASTA file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProteinRecord {
    /// The header up to its first blank, exactly.
    pub id: String,
    /// The rest of the header, without blanks at its ends.
    pub description: String,
    /// The letters as the file has them, in either case; line ends and blanks are left out.
    pub sequence: Vec<u8>,
    /// The 1-based line of the header.
    pub line: u64,
}

/// Reads a FASTA file of proteins record by record.
///
/// Plain text, gzip and bgzip; sequences of any length. Every visible ASCII character but a digit, `>` and `;` is a
/// letter of a sequence: X, U, O, B, Z, J, `*`, `-`, `.` and lower case stay as they are, so that positions are
/// those of the file. CRLF, blank lines, blanks in and behind lines and a missing last newline are fine. Ids may
/// repeat unless [`unique`](Self::unique) forbids it.
///
/// # Errors
/// An item is an error, and the last one, when the file goes wrong there:
/// - [`IngestError::Empty`], [`IngestError::NotFasta`] for a file that is no FASTA;
/// - [`IngestError::MissingName`], [`IngestError::NotText`], [`IngestError::DuplicateName`] for a header;
/// - [`IngestError::MissingSequence`] for a record without a letter;
/// - [`IngestError::InvalidLetter`] for a digit, a control character or a byte beyond ASCII;
/// - [`IngestError::Truncated`], [`IngestError::Read`].
pub struct ProteinFasta {
    path: PathBuf,
    reader: Reader,
    /// The line in hand: when a record begins, its header.
    buffer: Vec<u8>,
    /// The number of the line in hand.
    line: u64,
    /// Whether digits are letters, as in masks.
    digits: bool,
    /// The ids so far; `None` when they may repeat.
    ids: Option<HashSet<String>>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unread,
    AtHeader,
    Ended,
}

impl ProteinFasta {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// As [`open`](crate::open).
    pub fn open(path: &Path) -> Result<Self, IngestError> {
        Ok(Self {
            path: path.to_owned(),
            reader: open::open(path)?,
            buffer: Vec::new(),
            line: 0,
            digits: false,
            ids: None,
            state: State::Unread,
        })
    }

    /// Takes digits for letters: a mask is a sequence of 0 and 1.
    #[must_use]
    pub(crate) fn with_digits(mut self) -> Self {
        self.digits = true;
        self
    }

    /// Makes an id that occurs a second time an error.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.ids = Some(HashSet::new());
        self
    }

    fn read_record(&mut self) -> Result<Option<ProteinRecord>, IngestError> {
        if self.state == State::Unread {
            self.line = skip_to_header(&mut self.reader, &self.path)?.lines;
            self.state = State::AtHeader;
            self.read_line()?;
        }
        if self.state == State::Ended {
            return Ok(None);
        }
        let place = self.place();
        let (id, description) = parse_header(&self.buffer, &place)?;
        let mut sequence = Vec::new();
        while self.read_line()? && self.buffer[0] != b'>' {
            self.append_letters(&id, &mut sequence)?;
        }
        if sequence.is_empty() {
            return Err(IngestError::MissingSequence { place, record: id });
        }
        if let Some(ids) = &mut self.ids
            && !ids.insert(id.clone())
        {
            return Err(IngestError::DuplicateName { place, record: id });
        }
        Ok(Some(ProteinRecord {
            id,
            description,
            sequence,
            line: place.line,
        }))
    }

    /// Takes the next line into the buffer; false at the end of the file.
    fn read_line(&mut self) -> Result<bool, IngestError> {
        self.buffer.clear();
        let count = self
            .reader
            .read_until(b'\n', &mut self.buffer)
            .map_err(|source| IngestError::from_read(&self.path, source))?;
        self.line += 1;
        if count == 0 {
            self.state = State::Ended;
        }
        Ok(count > 0)
    }

    /// Appends the letters of the line in hand.
    fn append_letters(&self, id: &str, sequence: &mut Vec<u8>) -> Result<(), IngestError> {
        let is_letter = |byte: u8| is_residue(byte) || (self.digits && byte.is_ascii_digit());
        let line = self.buffer.trim_ascii();
        if line.iter().all(|&byte| is_letter(byte)) {
            sequence.extend_from_slice(line);
            return Ok(());
        }
        for &byte in line {
            if is_letter(byte) {
                sequence.push(byte);
            } else if !matches!(byte, b' ' | b'\t') {
                return Err(IngestError::InvalidLetter {
                    place: self.place(),
                    within: format!("record '{id}'"),
                    byte,
                });
            }
        }
        Ok(())
    }

    fn place(&self) -> Place {
        Place::new(&self.path, self.line)
    }
}

impl Iterator for ProteinFasta {
    type Item = Result<ProteinRecord, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.read_record();
        if record.is_err() {
            self.state = State::Ended;
        }
        record.transpose()
    }
}

/// Whether a byte can be a residue: `>` inside a line is a lost line end, and `;` begins a comment in old files.
pub(crate) fn is_residue(byte: u8) -> bool {
    byte.is_ascii_graphic() && !byte.is_ascii_digit() && !matches!(byte, b'>' | b';')
}

/// Parts a header line into id and description.
fn parse_header(line: &[u8], place: &Place) -> Result<(String, String), IngestError> {
    let header = line.strip_prefix(b">").unwrap_or(line);
    let end = header.iter().position(u8::is_ascii_whitespace).unwrap_or(header.len());
    let (id, rest) = header.split_at(end);
    if id.is_empty() {
        return Err(IngestError::MissingName { place: place.clone() });
    }
    let id = std::str::from_utf8(id).map_err(|_| IngestError::NotText {
        place: place.clone(),
        bytes: excerpt(id),
    })?;
    Ok((id.to_owned(), String::from_utf8_lossy(rest.trim_ascii()).into_owned()))
}
