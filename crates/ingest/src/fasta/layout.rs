//! Measuring where the lines of every contig lie.

use std::{
    collections::HashSet,
    io::BufRead,
    num::{NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
};

use noodles::fasta::fai::Record;

use super::{
    letters::{InvalidByte, LineScanner},
    stream::{parse_name, skip_to_header},
};
use crate::{
    IngestError, Place,
    open::{self, Reader},
};

/// Measures all contigs of a file in one pass, in bounded memory.
///
/// noodles' own indexer does not say which record and line it refuses, and takes any byte for a base.
pub(super) fn measure(path: &Path) -> Result<Vec<Record>, IngestError> {
    let text = open::open_text(path, NonZeroUsize::MIN)?;
    let mut measurer = Measurer {
        path: path.to_owned(),
        reader: text.reader,
        scanner: LineScanner::new(1),
        offset: text.skipped,
    };
    let mut names = HashSet::new();
    let mut records = Vec::new();
    let skipped = skip_to_header(&mut measurer.reader, path)?;
    measurer.offset += skipped.bytes;
    measurer.scanner.line += skipped.lines;
    while let Some(layout) = measurer.measure_contig()? {
        if !names.insert(layout.name.clone()) {
            return Err(IngestError::DuplicateName {
                place: layout.place,
                record: layout.name,
            });
        }
        records.push(layout.into_record()?);
    }
    Ok(records)
}

struct Measurer {
    path: PathBuf,
    reader: Reader,
    scanner: LineScanner,
    /// The offset of the next byte in the decompressed file.
    offset: u64,
}

/// One line: its letters, its bytes with the newline, and whether only a carriage return follows the letters.
#[derive(Default)]
struct Line {
    letters: u64,
    bytes: u64,
    blank: Option<u8>,
}

/// A contig's place in its file.
struct Layout {
    name: String,
    place: Place,
    length: u64,
    position: u64,
    line_letters: u64,
    line_bytes: u64,
    /// Whether a line shorter than the first was met: it must be the last.
    closed: bool,
}

impl Measurer {
    /// Measures the contig whose header comes next.
    fn measure_contig(&mut self) -> Result<Option<Layout>, IngestError> {
        let mut header = Vec::new();
        let count = self
            .reader
            .read_until(b'\n', &mut header)
            .map_err(|source| IngestError::from_read(&self.path, source))?;
        if count == 0 {
            return Ok(None);
        }
        self.offset += count as u64;
        let place = self.place();
        let mut layout = Layout {
            name: parse_name(&header, &place)?,
            place,
            length: 0,
            position: self.offset,
            line_letters: 0,
            line_bytes: 0,
            closed: false,
        };
        self.scanner.end_line();
        while !matches!(self.fill()?.first(), None | Some(b'>')) {
            let (start, place) = (self.offset, self.place());
            let line = self.measure_line(&layout.name)?;
            layout.add(&line, start, place)?;
        }
        Ok(Some(layout))
    }

    fn measure_line(&mut self, record: &str) -> Result<Line, IngestError> {
        let mut line = Line::default();
        loop {
            let buffer = self
                .reader
                .fill_buf()
                .map_err(|source| IngestError::from_read(&self.path, source))?;
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let done = end.is_some() || buffer.is_empty();
            let letters =
                self.scanner
                    .take(part, &mut |_| ())
                    .map_err(|InvalidByte(byte)| IngestError::InvalidLetter {
                        place: Place::new(&self.path, self.scanner.line),
                        within: format!("record '{record}'"),
                        byte,
                    })?;
            let bytes = part.len() + usize::from(end.is_some());
            self.consume(bytes);
            line.letters += letters as u64;
            line.bytes += bytes as u64;
            if done {
                line.blank = self.scanner.end_line();
                return Ok(line);
            }
        }
    }

    fn fill(&mut self) -> Result<&[u8], IngestError> {
        self.reader
            .fill_buf()
            .map_err(|source| IngestError::from_read(&self.path, source))
    }

    fn consume(&mut self, count: usize) {
        self.reader.consume(count);
        self.offset += count as u64;
    }

    fn place(&self) -> Place {
        Place::new(&self.path, self.scanner.line)
    }
}

impl Layout {
    /// Adds a line; all lines of a contig but the last must be alike.
    fn add(&mut self, line: &Line, start: u64, place: Place) -> Result<(), IngestError> {
        if line.letters == 0 {
            self.closed |= self.length > 0;
            return Ok(());
        }
        if self.length == 0 {
            (self.position, self.line_letters, self.line_bytes) = (start, line.letters, line.bytes);
        }
        // Blanks other than one carriage return would be taken for letters by everyone who reads the index.
        let clean = matches!(line.blank, None | Some(b'\r')) && line.bytes <= line.letters + 2;
        if self.closed || !clean || line.letters > self.line_letters {
            return Err(IngestError::UnevenLines {
                place,
                record: self.name.clone(),
            });
        }
        self.closed = line.letters < self.line_letters || line.bytes != self.line_bytes;
        self.length += line.letters;
        Ok(())
    }

    fn into_record(self) -> Result<Record, IngestError> {
        let sizes = (NonZeroU64::new(self.line_letters), NonZeroU64::new(self.line_bytes));
        let (Some(letters), Some(bytes)) = sizes else {
            return Err(IngestError::MissingSequence {
                place: self.place,
                record: self.name,
            });
        };
        Ok(Record::new(self.name, self.length, self.position, letters, bytes))
    }
}
