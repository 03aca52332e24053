//! Scans as text: TSV with a header line, and bedGraph.

use std::io::{self, Write};

use crate::columns::SCAN_PLACE;
use crate::rounding::Rounding;
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError, ScanRows, ScanSchema, ScanWriter};

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
