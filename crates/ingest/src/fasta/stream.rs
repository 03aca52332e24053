//! One pass over a FASTA file of any size.

use std::{
    collections::HashSet,
    io::{BufRead, Read},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use noodles::fasta::{self, record::Definition};

use super::letters::{InvalidByte, LineScanner, Step};
use crate::{
    IngestError, Place,
    error::excerpt,
    open::{self, Reader},
};

/// Reads a FASTA file contig by contig and each contig block by block, in bounded memory.
///
/// Plain text, gzip and bgzip; upper and lower case, every ASCII letter and `-`, `.`, `*`; CRLF, blank
/// lines, blanks at line ends and a missing last newline are fine. Contig names are unique.
pub struct FastaStream {
    path: PathBuf,
    reader: Reader,
    scanner: LineScanner,
    /// The names so far; `None` when names may repeat.
    names: Option<HashSet<String>>,
    contig: Option<Current>,
    started: bool,
    header: Vec<u8>,
}

/// The contig that is being read.
struct Current {
    name: String,
    /// The header's line.
    line: u64,
    letters: u64,
    ended: bool,
}

impl FastaStream {
    /// Opens a file; `-` is standard input.
    ///
    /// With more than one thread, which are those of the rayon pool, the blocks of a bgzip file are inflated
    /// there ahead of the caller. Other files are read on the caller's thread.
    ///
    /// # Errors
    /// As [`open`](crate::open).
    pub fn open(path: &Path, threads: NonZeroUsize) -> Result<Self, IngestError> {
        Self::with_names(path, threads, Some(HashSet::new()))
    }

    /// Opens a file in which names may repeat.
    pub(super) fn open_repeating(path: &Path) -> Result<Self, IngestError> {
        Self::with_names(path, NonZeroUsize::MIN, None)
    }

    fn with_names(path: &Path, threads: NonZeroUsize, names: Option<HashSet<String>>) -> Result<Self, IngestError> {
        Ok(Self {
            path: path.to_owned(),
            reader: open::open_text(path, threads)?.reader,
            scanner: LineScanner::new(1),
            names,
            contig: None,
            started: false,
            header: Vec::new(),
        })
    }

    /// Goes to the next contig and returns its name: the header up to the first blank.
    ///
    /// What is left of the current contig is skipped (and checked all the same).
    ///
    /// # Errors
    /// - [`IngestError::Empty`], [`IngestError::NotFasta`] for a file that is no FASTA;
    /// - [`IngestError::MissingSequence`] when the contig before had no letter;
    /// - [`IngestError::MissingName`], [`IngestError::DuplicateName`], [`IngestError::NotText`] for the header;
    /// - as [`read_block`](Self::read_block) for what is skipped.
    pub fn next_contig(&mut self) -> Result<Option<String>, IngestError> {
        self.skip_contig()?;
        self.contig = None;
        if !self.started {
            self.started = true;
            self.scanner.line += skip_to_header(&mut self.reader, &self.path)?.lines;
        }
        if self.fill()?.is_empty() {
            return Ok(None);
        }
        let name = self.read_header()?;
        self.contig = Some(Current {
            name: name.clone(),
            line: self.scanner.line,
            letters: 0,
            ended: false,
        });
        self.scanner.end_line();
        Ok(Some(name))
    }

    /// Appends up to `limit` letters of the current contig to `block`, without line ends, and returns how
    /// many; 0 means that the contig has ended (or that there is none, or that `limit` is 0).
    ///
    /// # Errors
    /// - [`IngestError::InvalidLetter`] for a digit, a `>` or a blank inside a line, a control character;
    /// - [`IngestError::MissingSequence`] when the contig ends without a letter;
    /// - [`IngestError::Truncated`], [`IngestError::Read`].
    pub fn read_block(&mut self, block: &mut Vec<u8>, limit: usize) -> Result<usize, IngestError> {
        self.advance(limit, |letters| block.extend_from_slice(letters))
    }

    /// Reads to the end of the current contig and returns its whole length in letters, those of the blocks
    /// read before included.
    ///
    /// # Errors
    /// As [`read_block`](Self::read_block).
    pub fn skip_contig(&mut self) -> Result<u64, IngestError> {
        while self.advance(usize::MAX, |_| ())? > 0 {}
        Ok(self.contig.as_ref().map_or(0, |contig| contig.letters))
    }

    /// The whole header of the current contig, without `>` and blanks at its ends.
    pub(super) fn header(&self) -> &[u8] {
        self.header.strip_prefix(b">").unwrap_or(&self.header).trim_ascii()
    }

    /// Where the header of the current contig stands.
    pub(super) fn place(&self) -> Place {
        let line = self.contig.as_ref().map_or(self.scanner.line, |contig| contig.line);
        Place::new(&self.path, line)
    }

    /// Passes up to `limit` letters of the current contig to `keep`.
    fn advance(&mut self, limit: usize, mut keep: impl FnMut(&[u8])) -> Result<usize, IngestError> {
        let Some(contig) = &mut self.contig else {
            return Ok(0);
        };
        let mut taken = 0;
        while taken < limit && !contig.ended {
            let buffer = self
                .reader
                .fill_buf()
                .map_err(|source| IngestError::from_read(&self.path, source))?;
            let step = match self.scanner.scan(buffer, limit - taken, &mut keep) {
                Ok(step) => step,
                Err(InvalidByte(byte)) => {
                    return Err(IngestError::InvalidLetter {
                        place: Place::new(&self.path, self.scanner.line),
                        within: format!("record '{}'", contig.name),
                        byte,
                    });
                }
            };
            contig.ended = step.ended || buffer.is_empty();
            let Step { consumed, letters, .. } = step;
            self.reader.consume(consumed);
            taken += letters;
            contig.letters += letters as u64;
        }
        if contig.ended && contig.letters == 0 {
            return Err(IngestError::MissingSequence {
                place: Place::new(&self.path, contig.line),
                record: contig.name.clone(),
            });
        }
        Ok(taken)
    }

    /// Reads the header line that comes next and returns its name.
    fn read_header(&mut self) -> Result<String, IngestError> {
        self.header.clear();
        self.reader
            .read_until(b'\n', &mut self.header)
            .map_err(|source| IngestError::from_read(&self.path, source))?;
        let place = Place::new(&self.path, self.scanner.line);
        let name = parse_name(&self.header, &place)?;
        if let Some(names) = &mut self.names
            && !names.insert(name.clone())
        {
            return Err(IngestError::DuplicateName { place, record: name });
        }
        Ok(name)
    }

    fn fill(&mut self) -> Result<&[u8], IngestError> {
        self.reader
            .fill_buf()
            .map_err(|source| IngestError::from_read(&self.path, source))
    }
}

/// Blanks before the first header.
pub(super) struct Skipped {
    pub(super) bytes: u64,
    pub(super) lines: u64,
}

/// Skips blank lines to the first `>` of a file.
pub(super) fn skip_to_header(reader: &mut Reader, path: &Path) -> Result<Skipped, IngestError> {
    let mut skipped = Skipped { bytes: 0, lines: 0 };
    loop {
        let buffer = reader
            .fill_buf()
            .map_err(|source| IngestError::from_read(path, source))?;
        match buffer.first() {
            Some(b'>') => return Ok(skipped),
            Some(byte) if byte.is_ascii_whitespace() => {
                skipped.bytes += 1;
                skipped.lines += u64::from(*byte == b'\n');
                reader.consume(1);
            }
            Some(_) => {
                let place = Place::new(path, skipped.lines + 1);
                let mut line = Vec::new();
                // The buffer may end anywhere; a message needs no more of the line than this.
                let mut start = reader.take(100);
                start
                    .read_until(b'\n', &mut line)
                    .map_err(|source| IngestError::from_read(path, source))?;
                let found = excerpt(line.trim_ascii_end());
                return Err(IngestError::NotFasta { place, found });
            }
            None => {
                return Err(IngestError::Empty {
                    path: path.to_owned(),
                    expected: "FASTA record",
                });
            }
        }
    }
}

/// Returns the name in a header line.
pub(super) fn parse_name(header: &[u8], place: &Place) -> Result<String, IngestError> {
    let mut definition = Definition::default();
    fasta::io::Reader::new(header)
        .read_definition(&mut definition)
        .map_err(|_| IngestError::MissingName { place: place.clone() })?;
    let name: &[u8] = definition.name();
    std::str::from_utf8(name)
        .map(str::to_owned)
        .map_err(|_| IngestError::NotText {
            place: place.clone(),
            bytes: excerpt(name),
        })
}
