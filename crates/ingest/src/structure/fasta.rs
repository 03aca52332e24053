//! Sequences, states and masks in FASTA files of their own, joined by id.

use std::{collections::HashMap, path::Path};

use processive_core::{ChainRow, LabelledChain};

use super::{
    filter::{FieldFilter, fields, nothing_selected, passes, split},
    stem,
    symbols::{StateSet, parse_mask},
};
use crate::{IngestError, Place, ProteinFasta, ProteinRecord, StructureError};

/// Reads chains from a FASTA file of sequences, one of states and, when there is one, one of masks (1 = scored).
///
/// The order is that of the states. Only chains whose headers, of states or of sequence, have the fields of
/// `filters` are kept; `split` is what their fields `SET` and `VALIDATION` say, as FLIP writes them, and `source` the
/// name of the file of states. The states are three when the whole file has only H, E, C, L and -, else eight. A sequence without states is left out, and how many were is logged.
///
/// # Errors
/// - [`StructureError::InvalidChain`] with the record when there is not one state or mask symbol per residue, a letter
///   is not a state, or a mask symbol is neither 0 nor 1;
/// - [`StructureError::MissingRecord`] when states have no sequence or no mask;
/// - [`StructureError::NothingSelected`] when no record has the fields;
/// - [`IngestError::DuplicateName`] and as [`ProteinFasta`].
pub fn read_structure_fasta(
    sequences: &Path,
    labels: &Path,
    mask: Option<&Path>,
    filters: &[FieldFilter],
) -> Result<Vec<ChainRow>, IngestError> {
    let states: Vec<ProteinRecord> = ProteinFasta::open(labels)?.unique().collect::<Result<_, _>>()?;
    let set = StateSet::of(states.iter().map(|record| record.sequence.as_slice()));
    let mut residues = Records::read(sequences, ProteinFasta::open(sequences)?)?;
    let mut masks = match mask {
        Some(path) => Some(Records::read(path, ProteinFasta::open(path)?.with_digits())?),
        None => None,
    };
    let mut rows = Vec::new();
    let mut descriptions = Vec::new();
    for record in states {
        let chain = residues.take(&record.id, labels)?;
        descriptions.push(format!("{} {}", record.description, chain.description));
        let fields: Vec<(&str, &str)> = fields(&descriptions[descriptions.len() - 1]).collect();
        if !passes(&fields, filters) {
            continue;
        }
        let place = Place::new(labels, record.line);
        let parsed = set.parse(&record.sequence, chain.sequence.len());
        let states = parsed.map_err(|source| invalid(place, &record.id, source))?;
        let scored = match &mut masks {
            Some(masks) => masks.take_mask(&record.id, labels, chain.sequence.len())?,
            None => vec![true; chain.sequence.len()],
        };
        rows.push(ChainRow {
            split: split(&fields).to_owned(),
            source: stem(labels),
            cluster: String::new(),
            chain: LabelledChain {
                id: record.id,
                sequence: chain.sequence,
                labels: states,
                scored,
            },
        });
    }
    if rows.is_empty() {
        return Err(nothing_selected(
            labels,
            filters,
            descriptions.iter().map(String::as_str),
        ));
    }
    residues.report_rest(labels);
    Ok(rows)
}

/// The records of a file by id.
struct Records<'a> {
    path: &'a Path,
    by_id: HashMap<String, ProteinRecord>,
}

impl<'a> Records<'a> {
    fn read(path: &'a Path, reader: ProteinFasta) -> Result<Self, IngestError> {
        let by_id = reader
            .unique()
            .map(|record| record.map(|record| (record.id.clone(), record)))
            .collect::<Result<_, _>>()?;
        Ok(Self { path, by_id })
    }

    /// Takes the record that `other` names.
    fn take(&mut self, id: &str, other: &Path) -> Result<ProteinRecord, IngestError> {
        self.by_id.remove(id).ok_or_else(|| {
            StructureError::MissingRecord {
                path: self.path.to_owned(),
                record: id.to_owned(),
                other: other.to_owned(),
            }
            .into()
        })
    }

    fn take_mask(&mut self, id: &str, other: &Path, residues: usize) -> Result<Vec<bool>, IngestError> {
        let mask = self.take(id, other)?;
        let bits = parse_mask(&mask.sequence, residues, "mask symbols");
        bits.map_err(|source| invalid(Place::new(self.path, mask.line), id, source))
    }

    fn report_rest(&self, labels: &Path) {
        if !self.by_id.is_empty() {
            log::warn!(
                "{} sequences of {} have no states in {}: left out",
                self.by_id.len(),
                self.path.display(),
                labels.display()
            );
        }
    }
}

fn invalid(place: Place, chain: &str, source: crate::ChainError) -> IngestError {
    StructureError::InvalidChain {
        place,
        chain: chain.to_owned(),
        source,
    }
    .into()
}
