//! Folds as FASTA of states.

use super::{FoldChain, FoldStates, FoldWriter};
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// Three lines per protein: its header as it was given, its letters, its states; the lines are not wrapped.
///
/// # Source
/// The form of PDB's `ss.txt` and of S4PRED's `_ss.fas`.
pub(super) struct StatesFasta {
    sink: TextSink,
    states: FoldStates,
}

impl StatesFasta {
    pub(super) fn new(sink: TextSink, states: FoldStates) -> Self {
        Self { sink, states }
    }
}

impl FoldWriter for StatesFasta {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        let header = chain.header();
        let lines = [
            b">",
            header.as_bytes(),
            b"\n",
            chain.sequence,
            b"\n",
            &chain.states(self.states),
            b"\n",
        ];
        self.sink.write_lines(&lines.concat())
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}
