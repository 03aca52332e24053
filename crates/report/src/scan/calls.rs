//! Scans as calls: runs of adjacent bins that reach a threshold, as BED6 or narrowPeak.

use crate::text_sink::TextSink;
use crate::{Provenance, ReportError, ScanRows, ScanWriter, TableFormat};

/// One line per run of adjacent bins whose score is at least the threshold.
///
/// A call reaches from the start of its first bin to the end of its last. Its score is
/// `round(1000 · m)`, held to 0-1000, for the largest score `m` of its bins; its name is the score column.
/// narrowPeak adds `m` itself and the offset of the centre of the first bin that has it.
pub(super) struct CallsWriter {
    sink: TextSink,
    kind: Kind,
    name: String,
    column: usize,
    threshold: f32,
    open: Option<Call>,
}

enum Kind {
    Bed,
    NarrowPeak,
}

/// A run of bins that may go on.
struct Call {
    chrom: String,
    start: u64,
    end: u64,
    score: f32,
    summit: u64,
}

impl CallsWriter {
    pub(super) fn new(sink: TextSink, format: TableFormat, name: String, column: usize, threshold: f32) -> Self {
        let kind = match format {
            TableFormat::NarrowPeak | TableFormat::NarrowPeakGz => Kind::NarrowPeak,
            _ => Kind::Bed,
        };
        Self {
            sink,
            kind,
            name,
            column,
            threshold,
            open: None,
        }
    }

    /// Adds a bin that reaches the threshold: to the open call when it touches it, else to a new one.
    fn add(&mut self, chrom: &str, start: u64, end: u64, score: f32) -> Result<(), ReportError> {
        let centre = start + (end - start) / 2;
        match &mut self.open {
            Some(call) if call.chrom == chrom && call.end == start => {
                call.end = end;
                if score > call.score {
                    call.score = score;
                    call.summit = centre;
                }
                Ok(())
            }
            _ => {
                self.close()?;
                self.open = Some(Call {
                    chrom: chrom.to_owned(),
                    start,
                    end,
                    score,
                    summit: centre,
                });
                Ok(())
            }
        }
    }

    /// Writes the open call.
    fn close(&mut self) -> Result<(), ReportError> {
        let Some(call) = self.open.take() else { return Ok(()) };
        let thousandths = (f64::from(call.score) * 1000.0).round().clamp(0.0, 1000.0);
        let Call { chrom, start, end, .. } = &call;
        let peak = match self.kind {
            Kind::Bed => String::new(),
            Kind::NarrowPeak => format!("\t{}\t-1\t-1\t{}", call.score, call.summit - start),
        };
        let line = format!("{chrom}\t{start}\t{end}\t{}\t{thousandths}\t.{peak}\n", self.name);
        self.sink.write_lines(line.as_bytes())
    }
}

impl ScanWriter for CallsWriter {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        let scores = &rows.scores[self.column];
        for ((&start, &end), &score) in rows.starts.iter().zip(rows.ends).zip(scores) {
            if score >= self.threshold {
                self.add(rows.chrom, start, end, score)?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.close()?;
        self.sink.commit()
    }
}
