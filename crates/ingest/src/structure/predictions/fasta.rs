//! FASTA of states.

use std::path::Path;

use processive_core::State8;

use super::{PredictedChain, Unread, finish, invalid};
use crate::{IngestError, Place, lines::Lines};

/// A record as it stands in the file.
struct Record {
    place: Place,
    header: String,
    /// The lines of letters.
    lines: Vec<String>,
    /// S4PRED's lines of numbers: coil, helix, strand.
    numbers: Vec<Vec<f32>>,
}

/// Reads FASTA of states, of sequence and states, or PDB's `ss.txt`.
pub(super) fn read(path: &Path) -> Result<Vec<PredictedChain>, IngestError> {
    let records = records(path)?;
    if records.iter().any(|record| record.header.ends_with(":secstr")) {
        return finish(pdb(records)?);
    }
    let mut records = records;
    for record in &mut records {
        record.lines.retain(|line| !line.is_empty());
    }
    // Wrapped states of an even number of lines look like sequence and states: but for the letters.
    let with_sequence = records.iter().all(|record| record.halves().is_some())
        && records
            .iter()
            .any(|record| !record.halves().is_some_and(|(first, _)| is_states(&first)));
    let unread = |record: Record| {
        let id = record.header.split_whitespace().next().unwrap_or_default().to_owned();
        if id.is_empty() {
            return Err(IngestError::MissingName { place: record.place });
        }
        let (sequence, states) = match record.halves() {
            Some((sequence, states)) if with_sequence => (Some(sequence.into_bytes()), states),
            _ => (None, record.lines.concat()),
        };
        let probabilities = record.probabilities(states.len())?;
        if states.is_empty() {
            return Err(IngestError::MissingSequence {
                place: record.place,
                record: id,
            });
        }
        Ok(Unread {
            place: record.place,
            id,
            sequence,
            states: states.into_bytes(),
            probabilities,
        })
    };
    finish(records.into_iter().map(unread).collect::<Result<_, _>>()?)
}

fn records(path: &Path) -> Result<Vec<Record>, IngestError> {
    let mut records: Vec<Record> = Vec::new();
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next_line()? {
        let line = line.trim_start_matches('\u{feff}').to_owned();
        let place = Place::new(path, lines.number());
        if let Some(header) = line.strip_prefix('>') {
            records.push(Record {
                place,
                header: header.trim_end().to_owned(),
                lines: Vec::new(),
                numbers: Vec::new(),
            });
        } else if let Some(record) = records.last_mut() {
            if let Some(numbers) = parse_numbers(&line) {
                record.numbers.push(numbers);
            } else {
                record.lines.push(line);
            }
        }
    }
    Ok(records)
}

/// Reads a line of decimal numbers.
fn parse_numbers(line: &str) -> Option<Vec<f32>> {
    if !line.contains('.') || !line.contains(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    line.split_whitespace().map(|word| word.parse().ok()).collect()
}

impl Record {
    /// The first and the second half of the lines, when they are as long and the second has only states.
    fn halves(&self) -> Option<(String, String)> {
        if self.lines.is_empty() || !self.lines.len().is_multiple_of(2) {
            return None;
        }
        let (first, second) = self.lines.split_at(self.lines.len() / 2);
        let (first, second) = (first.concat(), second.concat());
        (first.len() == second.len() && is_states(&second)).then_some((first, second))
    }

    /// The probabilities of helix, strand and coil, when the record has three lines of them.
    fn probabilities(&self, residues: usize) -> Result<Option<Vec<[f32; 3]>>, IngestError> {
        match self.numbers.as_slice() {
            [] => Ok(None),
            [coil, helix, strand] if [coil, helix, strand].iter().all(|line| line.len() == residues) => {
                let at = |place: usize| [helix[place], strand[place], coil[place]];
                Ok(Some((0..residues).map(at).collect()))
            }
            _ => Err(invalid(
                self.place.clone(),
                "three lines of one number per residue follow the states, or none",
                &self.header,
            )),
        }
    }
}

fn is_states(text: &str) -> bool {
    text.bytes().all(|letter| State8::from_letter(letter).is_some())
}

/// Joins the records of PDB's `ss.txt`: `>101M:A:sequence` and `>101M:A:secstr`, whose blanks are loop.
fn pdb(records: Vec<Record>) -> Result<Vec<Unread>, IngestError> {
    let mut proteins = Vec::new();
    let mut sequence: Option<(String, Vec<String>)> = None;
    for record in records {
        if let Some(id) = record.header.strip_suffix(":sequence") {
            sequence = Some((id.to_owned(), record.lines));
            continue;
        }
        let Some(id) = record.header.strip_suffix(":secstr") else {
            return Err(invalid(
                record.place,
                "headers end in :sequence or in :secstr",
                &record.header,
            ));
        };
        let letters = sequence.take().filter(|(of, _)| of == id).map(|(_, lines)| lines);
        let mut states = record.lines;
        if let Some(letters) = &letters {
            restore_blanks(&mut states, letters);
        }
        proteins.push(Unread {
            place: record.place,
            id: id.to_owned(),
            sequence: letters.map(|lines| lines.concat().into_bytes()),
            states: states.concat().into_bytes(),
            probabilities: None,
        });
    }
    Ok(proteins)
}

/// Makes lines of states as long as those of the letters: blanks at the ends of lines are gone.
fn restore_blanks(states: &mut Vec<String>, letters: &[String]) {
    states.resize(states.len().max(letters.len()), String::new());
    for (states, letters) in states.iter_mut().zip(letters) {
        let missing = letters.len().saturating_sub(states.len());
        states.push_str(&" ".repeat(missing));
    }
}
