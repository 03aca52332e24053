//! Hits as BED6.

use std::io::{self, Write};

use super::{HitMotif, HitRows, HitWriter};
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// One line per hit, named after its motif, with a score of `round(-100 log10 p)`, at most 1000.
pub(super) struct BedLines {
    sink: TextSink,
    motifs: Vec<HitMotif>,
    lines: Vec<u8>,
}

impl BedLines {
    pub(super) fn new(sink: TextSink, motifs: Vec<HitMotif>) -> Self {
        Self {
            sink,
            motifs,
            lines: Vec::new(),
        }
    }

    fn format_lines(&mut self, rows: &HitRows<'_>) -> io::Result<()> {
        self.lines.clear();
        for hit in rows.hits {
            let motif = &self.motifs[hit.motif as usize].id;
            let (start, end, strand) = (hit.start, hit.end, hit.strand);
            writeln!(
                self.lines,
                "{}\t{start}\t{end}\t{motif}\t{}\t{strand}",
                rows.chrom,
                shade(hit.p)
            )?;
        }
        Ok(())
    }
}

/// The score of BED: 400 at p = 0.0001, 1000 from p = 1e-10 on.
fn shade(p: f64) -> u16 {
    const DARKEST: u16 = 1000;
    // The cast saturates: p = 0 has an infinite exponent.
    let exponent = (100.0 * p.log10()).round() as i16;
    exponent.unsigned_abs().min(DARKEST)
}

impl HitWriter for BedLines {
    fn write(&mut self, rows: &HitRows<'_>) -> Result<(), ReportError> {
        self.format_lines(rows).expect("a vector takes every write");
        self.sink.write_lines(&self.lines)
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_are_hundredfold_exponents_up_to_1000() {
        for (p, expected) in [
            (1.0, 0),
            (1e-4, 400),
            (3e-5, 452),
            (1e-10, 1000),
            (1e-30, 1000),
            (0.0, 1000),
        ] {
            assert_eq!(shade(p), expected, "{p}");
        }
    }
}
