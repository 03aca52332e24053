//! Text files line by line, with line numbers.

use std::{
    io::{BufRead, Read},
    path::{Path, PathBuf},
};

use crate::{
    IngestError, Place,
    error::excerpt,
    open::{self, Reader},
};

/// Yields the lines of a text file without their ends.
pub(crate) struct Lines {
    path: PathBuf,
    reader: Reader,
    buffer: Vec<u8>,
    number: u64,
}

impl Lines {
    pub(crate) fn open(path: &Path) -> Result<Self, IngestError> {
        Ok(Self {
            path: path.to_owned(),
            reader: open::open(path)?,
            buffer: Vec::new(),
            number: 0,
        })
    }

    /// Returns the next line, trimmed of blanks at its end.
    pub(crate) fn next_line(&mut self) -> Result<Option<&str>, IngestError> {
        self.buffer.clear();
        let count = self
            .reader
            .read_until(b'\n', &mut self.buffer)
            .map_err(|source| IngestError::from_read(&self.path, source))?;
        if count == 0 {
            return Ok(None);
        }
        self.number += 1;
        let line = self.buffer.trim_ascii_end();
        match std::str::from_utf8(line) {
            Ok(line) => Ok(Some(line)),
            Err(_) => Err(IngestError::NotText {
                place: Place::new(&self.path, self.number),
                bytes: excerpt(line),
            }),
        }
    }

    /// The number of the line that was returned last, 1-based.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

/// Reads a whole file.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, IngestError> {
    let mut bytes = Vec::new();
    open::open(path)?
        .read_to_end(&mut bytes)
        .map_err(|source| IngestError::from_read(path, source))?;
    Ok(bytes)
}
