//! Folds as a table of segments.

use std::fmt::Write;

use super::{FoldChain, FoldStates, FoldWriter};
use crate::columns::fold::SEGMENTS;
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// A run of residues in one state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    /// The first residue, from 0.
    pub(super) start: usize,
    /// The residue after the last.
    pub(super) end: usize,
    /// The letter of the state.
    pub(super) state: u8,
    /// The mean probability of the state over the segment.
    pub(super) mean_p: f64,
}

impl Segment {
    /// The number of residues.
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The segments of a protein, in order; they cover it.
pub(super) fn segments(chain: &FoldChain<'_>, states: FoldStates) -> Vec<Segment> {
    // The called state is the most probable one, so its probability is the largest.
    let largest = |p: &[f32]| f64::from(p.iter().copied().fold(0.0, f32::max));
    let called: Vec<f64> = match states {
        FoldStates::Three => chain.three.iter().map(|p| largest(p)).collect(),
        FoldStates::Eight => chain.eight.iter().map(|p| largest(p)).collect(),
    };
    let mut start = 0;
    let letters = chain.states(states);
    let runs = letters.chunk_by(|a, b| a == b);
    runs.map(|run| {
        let end = start + run.len();
        let segment = Segment {
            start,
            end,
            state: run[0],
            mean_p: called[start..end].iter().sum::<f64>() / run.len() as f64,
        };
        start = end;
        segment
    })
    .collect()
}

/// One line per segment below a header line, half-open as BED is.
pub(super) struct SegmentTable {
    sink: TextSink,
    states: FoldStates,
}

impl SegmentTable {
    pub(super) fn create(mut sink: TextSink, states: FoldStates) -> Result<Self, ReportError> {
        let names = SEGMENTS.map(|column| column.name);
        sink.write_lines(format!("{}\n", names.join("\t")).as_bytes())?;
        Ok(Self { sink, states })
    }
}

impl FoldWriter for SegmentTable {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        let mut lines = String::new();
        for segment in segments(chain, self.states) {
            let Segment { start, end, mean_p, .. } = segment;
            let (id, state, length) = (chain.id, char::from(segment.state), segment.len());
            writeln!(lines, "{id}\t{start}\t{end}\t{state}\t{mean_p:.4}\t{length}").expect("a string takes any text");
        }
        self.sink.write_lines(lines.as_bytes())
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}
