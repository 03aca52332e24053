//! Hits as tab-separated text with a header line.

use std::io::{self, Write};

use super::{HitMotif, HitRows, HitWriter};
use crate::columns::hits::HITS;
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// One line per hit; numbers in the shortest form that reads back as the same, `p` with an exponent.
pub(super) struct TextTable {
    sink: TextSink,
    motifs: Vec<HitMotif>,
    lines: Vec<u8>,
}

impl TextTable {
    pub(super) fn create(mut sink: TextSink, motifs: Vec<HitMotif>) -> Result<Self, ReportError> {
        let names: Vec<&str> = HITS.iter().map(|column| column.name).collect();
        sink.write_lines(format!("{}\n", names.join("\t")).as_bytes())?;
        Ok(Self {
            sink,
            motifs,
            lines: Vec::new(),
        })
    }

    fn format_lines(&mut self, rows: &HitRows<'_>) -> io::Result<()> {
        self.lines.clear();
        for hit in rows.hits {
            let HitMotif { id, name } = &self.motifs[hit.motif as usize];
            writeln!(
                self.lines,
                "{}\t{}\t{}\t{id}\t{name}\t{}\t{}\t{:e}",
                rows.chrom, hit.start, hit.end, hit.strand, hit.score, hit.p
            )?;
        }
        Ok(())
    }
}

impl HitWriter for TextTable {
    fn write(&mut self, rows: &HitRows<'_>) -> Result<(), ReportError> {
        self.format_lines(rows).expect("a vector takes every write");
        self.sink.write_lines(&self.lines)
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}
