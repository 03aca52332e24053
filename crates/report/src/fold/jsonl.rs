//! Folds as JSON lines.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::parquet_table::probability_names;
use super::{FoldChain, FoldStates, FoldWriter, confidence};
use crate::columns::fold::{CONFIDENCE, ID, STATE, STATE8};
use crate::rounding::Rounding;
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// One object per protein and line: `id`, `description`, `length`, `sequence`, a letter or digit per residue in
/// `state`, `state8` and `confidence`, and a list for every probability.
pub(super) struct JsonLines {
    sink: TextSink,
    states: FoldStates,
    rounding: Rounding,
}

impl JsonLines {
    pub(super) fn new(sink: TextSink, states: FoldStates, rounding: Rounding) -> Self {
        Self { sink, states, rounding }
    }
}

/// A protein as a JSON object.
struct Line<'a> {
    chain: &'a FoldChain<'a>,
    states: FoldStates,
    rounding: Rounding,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let chain = self.chain;
        let text = |letters: &[u8]| String::from_utf8_lossy(letters).into_owned();
        let digits: Vec<u8> = chain.three.iter().map(|p| b'0' + confidence(p)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(ID.name, chain.id)?;
        map.serialize_entry("description", chain.description)?;
        map.serialize_entry("length", &chain.len())?;
        map.serialize_entry("sequence", &text(chain.sequence))?;
        map.serialize_entry(STATE.name, &text(&chain.states3()))?;
        if self.states == FoldStates::Eight {
            map.serialize_entry(STATE8.name, &text(&chain.states8()))?;
        }
        map.serialize_entry(CONFIDENCE.name, &text(&digits))?;
        for (column, name) in probability_names(self.states).enumerate() {
            let of_residue = |at: usize| match column.checked_sub(3) {
                None => chain.three[at][column],
                Some(state) => chain.eight[at][state],
            };
            let list: Vec<f32> = (0..chain.len()).map(|at| self.rounding.apply(of_residue(at))).collect();
            map.serialize_entry(name, &list)?;
        }
        map.end()
    }
}

impl FoldWriter for JsonLines {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        let (states, rounding) = (self.states, self.rounding);
        let line = Line {
            chain,
            states,
            rounding,
        };
        let mut text = serde_json::to_vec(&line).map_err(|source| ReportError::Json { source })?;
        text.push(b'\n');
        self.sink.write_lines(&text)
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}
