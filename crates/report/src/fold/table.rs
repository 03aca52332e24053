//! Folds as TSV.

use std::io::{self, Write};

use super::parquet_table::probability_names;
use super::{FoldChain, FoldStates, FoldWriter, confidence};
use crate::columns::fold::{CONFIDENCE, ID, POSITION, RESIDUE, STATE, STATE8};
use crate::rounding::Rounding;
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// One line per residue below a header line; numbers in the shortest form that reads back as the same `f32`.
pub(super) struct TextTable {
    sink: TextSink,
    states: FoldStates,
    rounding: Rounding,
    lines: Vec<u8>,
}

impl TextTable {
    pub(super) fn create(mut sink: TextSink, states: FoldStates, rounding: Rounding) -> Result<Self, ReportError> {
        let mut names = vec![ID.name, POSITION.name, RESIDUE.name, STATE.name];
        if states == FoldStates::Eight {
            names.push(STATE8.name);
        }
        names.extend(probability_names(states));
        names.push(CONFIDENCE.name);
        sink.write_lines(format!("{}\n", names.join("\t")).as_bytes())?;
        Ok(Self {
            sink,
            states,
            rounding,
            lines: Vec::new(),
        })
    }

    fn format_lines(&mut self, chain: &FoldChain<'_>) -> io::Result<()> {
        let (three, eight) = (chain.states3(), chain.states8());
        let with_eight = self.states == FoldStates::Eight;
        self.lines.clear();
        for (at, &letter) in chain.sequence.iter().enumerate() {
            let [residue, state, of_eight] = [letter, three[at], eight[at]].map(char::from);
            write!(self.lines, "{}\t{}\t{residue}\t{state}", chain.id, at + 1)?;
            if with_eight {
                write!(self.lines, "\t{of_eight}")?;
            }
            let others: &[f32] = if with_eight { &chain.eight[at] } else { &[] };
            for &probability in chain.three[at].iter().chain(others) {
                write!(self.lines, "\t{}", self.rounding.apply(probability))?;
            }
            writeln!(self.lines, "\t{}", confidence(&chain.three[at]))?;
        }
        Ok(())
    }
}

impl FoldWriter for TextTable {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        self.format_lines(chain).expect("a vector takes every write");
        self.sink.write_lines(&self.lines)
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}
