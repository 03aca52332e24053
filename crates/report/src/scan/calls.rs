//! Scans as calls: runs of adjacent bins that reach a threshold, or single bins, as BED6 or narrowPeak.

use super::Calls;
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError, ScanRows, ScanWriter, TableFormat};

/// One line per call ([`Calls`]).
///
/// A call reaches from the start of its first bin to the end of its last. Its score is
/// `round(1000 · m)`, held to 0-1000, for the largest score `m` of its bins; its name is the score column.
/// narrowPeak adds `m` itself and the offset of the centre of the first bin that has it.
pub(super) struct CallsWriter {
    sink: TextSink,
    kind: Kind,
    name: String,
    column: usize,
    calls: Calls,
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
    pub(super) fn new(sink: TextSink, format: TableFormat, name: String, column: usize, calls: Calls) -> Self {
        let kind = match format {
            TableFormat::NarrowPeak | TableFormat::NarrowPeakGz => Kind::NarrowPeak,
            _ => Kind::Bed,
        };
        Self {
            sink,
            kind,
            name,
            column,
            calls,
            open: None,
        }
    }

    /// Whether a bin belongs to a call.
    fn is_called(&self, score: f32) -> bool {
        match self.calls {
            Calls::Reaching(threshold) => score >= threshold as f32,
            Calls::EachRow => true,
        }
    }

    /// Adds a called bin: to the open call when it goes on with it, else to a new one.
    fn add(&mut self, chrom: &str, start: u64, end: u64, score: f32) -> Result<(), ReportError> {
        let goes_on = self.calls != Calls::EachRow;
        let centre = start + (end - start) / 2;
        match &mut self.open {
            Some(call) if goes_on && call.chrom == chrom && call.end == start => {
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
            if self.is_called(score) {
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
