//! Tables with one row per protein.

use std::path::Path;

use super::{PredictedChain, Unread, finish};
use crate::{
    IngestError, Place, StructureError,
    rows::{Rows, empty},
    structure::{stem, symbols::without_blanks},
};

const ROW: &str = "row of a protein";

/// The names of columns of states; the ones of three states first, which are read when there are both.
const STATES: [&str; 8] = [
    "q3",
    "ss3",
    "states",
    "predicted",
    "prediction",
    "expected",
    "q8",
    "ss8",
];

/// Reads a table with one row per protein.
pub(super) fn read(path: &Path) -> Result<Vec<PredictedChain>, IngestError> {
    let mut rows = Rows::open_below_comments(path, ROW)?;
    let Some(states) = rows.find(&STATES) else {
        return Err(StructureError::NoColumnOf {
            path: path.to_owned(),
            kind: "predicted states (states, predicted, prediction, expected, q3, q8, ss3 or ss8)",
            found: rows.header().to_vec(),
        }
        .into());
    };
    let eight = rows.find(&["q8", "ss8"]).filter(|column| *column != states);
    let sequence = rows.find(&["sequence", "input", "seq"]);
    let id = rows.find(&["id", "name", "chain_id"]);
    let (mut proteins, mut with_eight) = (Vec::new(), Vec::new());
    while let Some(line) = rows.read()? {
        let number = proteins.len() + 1;
        let id = id.map(|column| String::from_utf8_lossy(rows.row[column].trim_ascii()).into_owned());
        let unread = |column: usize| Unread {
            place: Place::new(path, line),
            id: id.clone().unwrap_or_else(|| format!("{}_{number}", stem(path))),
            sequence: sequence.map(|column| without_blanks(&rows.row[column])),
            states: without_blanks(&rows.row[column]),
            probabilities: None,
        };
        proteins.push(unread(states));
        with_eight.extend(eight.map(unread));
    }
    if proteins.is_empty() {
        return Err(empty(path, ROW));
    }
    let mut chains = finish(proteins)?;
    for (chain, eight) in chains.iter_mut().zip(finish(with_eight)?) {
        chain.states8 = eight.states.eight().map(<[_]>::to_vec);
    }
    Ok(chains)
}
