//! Scans as text: TSV with a header line, and bedGraph.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Rounding;
use crate::columns::SCAN_PLACE;
use crate::{AtomicFile, Provenance, ReportError, ScanRows, ScanSchema, ScanWriter};

/// Where text goes: plain, or through gzip with an empty header (no name, no time), so that bytes repeat.
pub(super) enum TextSink {
    Plain(AtomicFile),
    Gzip(Box<GzEncoder<AtomicFile>>),
}

impl TextSink {
    pub(super) fn new(file: AtomicFile, gzip: bool) -> Self {
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
    pub(super) fn write_lines(&mut self, lines: &[u8]) -> Result<(), ReportError> {
        let written = match self {
            Self::Plain(file) => file.write_all(lines),
            Self::Gzip(encoder) => encoder.write_all(lines),
        };
        written.map_err(|source| ReportError::write(self.path(), source))
    }

    /// Completes the file.
    pub(super) fn commit(self) -> Result<(), ReportError> {
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

/// Which scores a line holds.
enum Scores {
    All,
    One(usize),
}

/// One line per bin: contig, start, end, scores; numbers in the shortest form that reads back as the same `f32`.
pub(super) struct TextTable {
    sink: TextSink,
    scores: Scores,
    rounding: Rounding,
    lines: Vec<u8>,
}

impl TextTable {
    /// A table with a header line and all scores.
    pub(super) fn tsv(mut sink: TextSink, schema: &ScanSchema, rounding: Rounding) -> Result<Self, ReportError> {
        let place = SCAN_PLACE.iter().map(|column| column.name);
        let names: Vec<&str> = place.chain(schema.scores.iter().map(String::as_str)).collect();
        sink.write_lines(format!("{}\n", names.join("\t")).as_bytes())?;
        Ok(Self::new(sink, Scores::All, rounding))
    }

    /// A bedGraph: no header, one score.
    pub(super) fn bed_graph(sink: TextSink, column: usize, rounding: Rounding) -> Self {
        Self::new(sink, Scores::One(column), rounding)
    }

    fn new(sink: TextSink, scores: Scores, rounding: Rounding) -> Self {
        Self {
            sink,
            scores,
            rounding,
            lines: Vec::new(),
        }
    }

    fn format_lines(&mut self, rows: &ScanRows<'_>) -> io::Result<()> {
        let scores = match self.scores {
            Scores::All => rows.scores,
            Scores::One(column) => &rows.scores[column..=column],
        };
        self.lines.clear();
        for (row, (start, end)) in rows.starts.iter().zip(rows.ends).enumerate() {
            write!(self.lines, "{}\t{start}\t{end}", rows.chrom)?;
            for column in scores {
                write!(self.lines, "\t{}", self.rounding.apply(column[row]))?;
            }
            self.lines.push(b'\n');
        }
        Ok(())
    }
}

impl ScanWriter for TextTable {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        self.format_lines(rows).expect("a vector takes every write");
        self.sink.write_lines(&self.lines)
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}
