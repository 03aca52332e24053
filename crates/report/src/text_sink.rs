//! Where text goes.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{AtomicFile, ReportError};

/// Bytes that the compressor is given at a time.
const BLOCK: usize = 64 * 1024;

/// Where text goes: plain, or through gzip with an empty header (no name, no time), so that bytes repeat.
pub(crate) enum TextSink {
    Plain(AtomicFile),
    Gzip(Box<Gzip>),
}

/// Compresses text in blocks of one size: what the compressor makes of a text depends on the pieces in which it gets it.
pub(crate) struct Gzip {
    encoder: GzEncoder<AtomicFile>,
    block: Vec<u8>,
}

impl Gzip {
    fn write(&mut self, mut text: &[u8]) -> io::Result<()> {
        while !text.is_empty() {
            let room = BLOCK - self.block.len();
            let (now, later) = text.split_at(room.min(text.len()));
            self.block.extend_from_slice(now);
            if self.block.len() == BLOCK {
                self.encoder.write_all(&self.block)?;
                self.block.clear();
            }
            text = later;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<AtomicFile> {
        self.encoder.write_all(&self.block)?;
        self.encoder.finish()
    }
}

impl TextSink {
    pub(crate) fn new(file: AtomicFile, gzip: bool) -> Self {
        if gzip {
            Self::Gzip(Box::new(Gzip {
                encoder: GzEncoder::new(file, Compression::default()),
                block: Vec::with_capacity(BLOCK),
            }))
        } else {
            Self::Plain(file)
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Plain(file) => file.path(),
            Self::Gzip(gzip) => gzip.encoder.get_ref().path(),
        }
    }

    /// Appends whole lines.
    pub(crate) fn write_lines(&mut self, lines: &[u8]) -> Result<(), ReportError> {
        let written = match self {
            Self::Plain(file) => file.write_all(lines),
            Self::Gzip(gzip) => gzip.write(lines),
        };
        written.map_err(|source| ReportError::write(self.path(), source))
    }

    /// Completes the file.
    pub(crate) fn commit(self) -> Result<(), ReportError> {
        let path = self.path().to_path_buf();
        match self {
            Self::Plain(file) => file.commit(),
            Self::Gzip(gzip) => {
                let file = gzip.finish().map_err(|source| ReportError::write(&path, source))?;
                file.commit()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::fs;

    use super::*;
    use crate::Overwrite;

    #[test]
    fn the_pieces_of_a_text_do_not_change_a_byte() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let line = |number: u32| {
            format!(
                "chr1\t{}\t{}\t{:.6}\n",
                number * 10,
                number * 10 + 10,
                f64::from(number).sin()
            )
        };
        let text: String = (0..20_000).map(line).collect();
        let mut files = Vec::new();
        for piece in [7, 1000, BLOCK, 100_000, text.len()] {
            let path = folder.path().join(format!("{piece}.gz"));
            let mut sink = TextSink::new(AtomicFile::create(&path, Overwrite::No)?, true);
            for piece in text.as_bytes().chunks(piece) {
                sink.write_lines(piece)?;
            }
            sink.commit()?;
            files.push(fs::read(path)?);
        }
        assert!(files.windows(2).all(|pair| pair[0] == pair[1]));
        Ok(())
    }
}
