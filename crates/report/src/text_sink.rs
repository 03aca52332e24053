//! Where text goes.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{AtomicFile, ReportError};

/// Where text goes: plain, or through gzip with an empty header (no name, no time), so that bytes repeat.
pub(crate) enum TextSink {
    Plain(AtomicFile),
    Gzip(Box<GzEncoder<AtomicFile>>),
}

impl TextSink {
    pub(crate) fn new(file: AtomicFile, gzip: bool) -> Self {
        if gzip {
            Self::Gzip(Box::new(GzEncoder::new(file, Compression::default())))
        } else {
            Self::Plain(file)
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Plain(file) => file.path(),
            Self::Gzip(encoder) => encoder.get_ref().path(),
        }
    }

    /// Appends whole lines.
    pub(crate) fn write_lines(&mut self, lines: &[u8]) -> Result<(), ReportError> {
        let written = match self {
            Self::Plain(file) => file.write_all(lines),
            Self::Gzip(encoder) => encoder.write_all(lines),
        };
        written.map_err(|source| ReportError::write(self.path(), source))
    }

    /// Completes the file.
    pub(crate) fn commit(self) -> Result<(), ReportError> {
        let path = self.path().to_path_buf();
        match self {
            Self::Plain(file) => file.commit(),
            Self::Gzip(encoder) => {
                let file = encoder.finish().map_err(|source| ReportError::write(&path, source))?;
                file.commit()
            }
        }
    }
}
