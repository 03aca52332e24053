//! Tables with one row per residue.

use std::path::Path;

use processive_core::{State3, State8, StructureLabels};

use super::{PredictedChain, invalid, invalid_chain};
use crate::{
    ChainError, IngestError, Place, StructureError,
    rows::{Rows, empty},
    structure::{
        stem,
        symbols::{EIGHT, THREE},
    },
};

const ROW: &str = "row of a residue";

/// Names of columns: our own, and those of RePROF, NetSurfP-3 and SPOT-1D.
const POSITION: &[&str] = &["position", "no", "n"];
const RESIDUE: &[&str] = &["residue", "aa"];
const STATE: &[&str] = &["state", "q3", "ss3", "phel"];
const STATE8: &[&str] = &["state8", "q8", "ss8"];

/// Columns of the probabilities of helix, strand and coil, and what certainty is in them.
const PROBABILITIES: &[([&str; 3], f32)] = &[
    (["p_helix", "p_strand", "p_coil"], 1.0),
    (["p[q3_H]", "p[q3_E]", "p[q3_C]"], 1.0),
    (["pH", "pE", "pL"], 100.0),
];

/// Whether a table has one row per residue.
pub(super) fn is_header(path: &Path) -> Result<bool, IngestError> {
    let rows = Rows::open_below_comments(path, ROW)?;
    Ok(rows.find(POSITION).or(rows.find(RESIDUE)).is_some())
}

/// Reads a table with one row per residue; a table without ids is of one protein, named after the file.
pub(super) fn read(path: &Path) -> Result<Vec<PredictedChain>, IngestError> {
    let mut rows = Rows::open_below_comments(path, ROW)?;
    let columns = Columns::find(&rows, path)?;
    let mut chains: Vec<PredictedChain> = Vec::new();
    while let Some(line) = rows.read()? {
        let place = Place::new(path, line);
        let id = columns.id.map(|column| text(&rows, column));
        let id = id.map_or_else(|| stem(path), |id| id.strip_prefix('>').unwrap_or(&id).to_owned());
        if chains.last().is_none_or(|chain| chain.id != id) {
            chains.push(columns.start(id));
        }
        if let Some(chain) = chains.last_mut() {
            columns.push(chain, &rows, &place)?;
        }
    }
    if chains.is_empty() {
        return Err(empty(path, ROW));
    }
    Ok(chains)
}

fn text(rows: &Rows, column: usize) -> String {
    String::from_utf8_lossy(rows.row[column].trim_ascii()).into_owned()
}

/// Where the columns are.
struct Columns {
    id: Option<usize>,
    position: Option<usize>,
    residue: Option<usize>,
    three: Option<usize>,
    eight: Option<usize>,
    /// Helix, strand and coil, and what certainty is.
    probabilities: Option<([usize; 3], f32)>,
}

impl Columns {
    fn find(rows: &Rows, path: &Path) -> Result<Self, IngestError> {
        let probabilities = PROBABILITIES.iter().find_map(|(names, certain)| {
            let [helix, strand, coil] = names.map(|name| rows.find(&[name]));
            Some(([helix?, strand?, coil?], *certain))
        });
        let columns = Self {
            id: rows.find(&["id"]),
            position: rows.find(POSITION),
            // In a table of residues, `seq` is one of them.
            residue: rows.find(RESIDUE).or(rows.find(&["seq"])),
            three: rows.find(STATE),
            eight: rows.find(STATE8),
            probabilities,
        };
        if columns.three.or(columns.eight).is_none() {
            return Err(StructureError::NoColumnOf {
                path: path.to_owned(),
                kind: "predicted states (state, state8, q3, q8, ss3, ss8 or PHEL)",
                found: rows.header().to_vec(),
            }
            .into());
        }
        Ok(columns)
    }

    /// A chain without residues.
    fn start(&self, id: String) -> PredictedChain {
        PredictedChain {
            id,
            sequence: self.residue.map(|_| Vec::new()),
            states: match self.three {
                Some(_) => StructureLabels::Three(Vec::new()),
                None => StructureLabels::Eight(Vec::new()),
            },
            states8: self.three.and(self.eight).map(|_| Vec::new()),
            probabilities: self.probabilities.map(|_| Vec::new()),
        }
    }

    /// Appends the row in hand.
    fn push(&self, chain: &mut PredictedChain, rows: &Rows, place: &Place) -> Result<(), IngestError> {
        let position = chain.states.len() + 1;
        if let Some(column) = self.position
            && text(rows, column).parse() != Ok(position)
        {
            return Err(invalid(
                place.clone(),
                "the residues of a protein are numbered from 1 on and stand together",
                &text(rows, column),
            ));
        }
        if let (Some(column), Some(sequence)) = (self.residue, &mut chain.sequence) {
            sequence.push(letter(rows, column, place)?);
        }
        let unknown = |letter, known| {
            let source = ChainError::UnknownState {
                position,
                letter,
                known,
            };
            invalid_chain(place.clone(), &chain.id, source)
        };
        if let (Some(column), StructureLabels::Three(states)) = (self.three, &mut chain.states) {
            let letter = letter(rows, column, place)?;
            states.push(State3::from_letter(letter).ok_or_else(|| unknown(letter, THREE))?);
        }
        if let Some(column) = self.eight {
            let letter = letter(rows, column, place)?;
            let state = State8::from_letter(letter).ok_or_else(|| unknown(letter, EIGHT))?;
            match (&mut chain.states8, &mut chain.states) {
                (Some(states), _) | (None, StructureLabels::Eight(states)) => states.push(state),
                (None, StructureLabels::Three(_)) => {}
            }
        }
        if let (Some((columns, certain)), Some(probabilities)) = (self.probabilities, &mut chain.probabilities) {
            let mut of_states = [0.0; 3];
            for (probability, column) in of_states.iter_mut().zip(columns) {
                *probability = number(rows, column, place)? / certain;
            }
            probabilities.push(of_states);
        }
        Ok(())
    }
}

fn letter(rows: &Rows, column: usize, place: &Place) -> Result<u8, IngestError> {
    match rows.row[column].trim_ascii() {
        [letter] => Ok(*letter),
        _ => Err(invalid(
            place.clone(),
            "residues and states are single letters",
            &text(rows, column),
        )),
    }
}

fn number(rows: &Rows, column: usize, place: &Place) -> Result<f32, IngestError> {
    let text = text(rows, column);
    let number = text
        .parse()
        .ok()
        .filter(|number: &f32| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| invalid(place.clone(), "a probability is a number and not negative", &text))
}
