//! Chains in tables: one row a chain, one symbol per residue in a cell.

use std::path::Path;

use processive_core::{ChainRow, LabelledChain, StructureLabels};

use super::{
    stem,
    symbols::{StateSet, parse_mask, without_blanks},
};
use crate::{
    ChainError, IngestError, Place, StructureError,
    fasta::is_residue,
    rows::{Rows, empty},
};

const ROW: &str = "row of a chain";
const DOMAIN: &str = "cb513_mask symbols";

/// Reads chains from a CSV or TSV table with a header line, one row a chain.
///
/// Columns are known by their names, in either case; others are ignored:
/// - the sequence: `sequence`, `input` or `seq`;
/// - states of eight: `q8`, `dssp8`, `ss8` or `sst8`; of three: `q3`, `dssp3`, `ss3` or `sst3`; or `expected`, which is
///   of three when all of it has only H, E, C, L and -. A row without the eight has the three;
/// - what is scored: `mask`, `disorder` (1 = the residue is resolved) and `cb513_mask`, all of which must be 1;
///   a `cb513_mask` that is 0 everywhere says nothing and is ignored; without such columns all residues are scored;
/// - `id`, `chain_id` or `name`, or `pdb_id` with `chain_code`; else the id is the file's name and the row, from 1:
///   `TS115_1`;
/// - `source`, `split` and `cluster`; the source is else the file's name.
///
/// So these are chain tables: our own (`id source split cluster sequence q3 q8 mask`), NetSurfP's
/// (`input,dssp3,dssp8,disorder,cb513_mask`) and cu-ssp's (`id,len,input,expected`). Symbols may have blanks between
/// them.
///
/// # Errors
/// - [`StructureError::NoColumnOf`] without sequences or states;
/// - [`StructureError::InvalidChain`] with the row when there is not one symbol per residue, a letter is not a state, or a
///   mask symbol is neither 0 nor 1;
/// - [`IngestError::InvalidLetter`], [`IngestError::EmptySequence`], [`IngestError::RaggedRow`] with the line;
/// - [`IngestError::Empty`] without a row, and as [`open`](crate::open).
pub fn read_structure_table(path: &Path) -> Result<Vec<ChainRow>, IngestError> {
    let mut rows = Rows::open(path, ROW)?;
    let columns = Columns::find(&rows, path)?;
    let mut raw = Vec::new();
    while let Some(line) = rows.read()? {
        raw.push(columns.take(&rows, Place::new(path, line), raw.len() + 1)?);
    }
    if raw.is_empty() {
        return Err(empty(path, ROW));
    }
    let either = StateSet::of(raw.iter().filter_map(|row| row.either.as_deref()));
    let domains = raw.iter().any(|row| row.domain.contains(&true));
    if !domains && raw.iter().any(|row| !row.domain.is_empty()) {
        log::warn!("{}: cb513_mask is 0 everywhere: ignored", path.display());
    }
    raw.into_iter().map(|row| row.into_row(either, domains)).collect()
}

/// Where the columns are.
struct Columns {
    stem: String,
    sequence: usize,
    three: Option<usize>,
    eight: Option<usize>,
    either: Option<usize>,
    mask: Option<usize>,
    resolved: Option<usize>,
    domain: Option<usize>,
    id: Option<usize>,
    pdb: Option<(usize, usize)>,
    source: Option<usize>,
    split: Option<usize>,
    cluster: Option<usize>,
}

impl Columns {
    fn find(rows: &Rows, path: &Path) -> Result<Self, IngestError> {
        let missing = |kind| {
            StructureError::NoColumnOf {
                path: path.to_owned(),
                kind,
                found: rows.header().to_vec(),
            }
            .into()
        };
        let columns = Self {
            stem: stem(path),
            sequence: rows
                .find(&["sequence", "input", "seq"])
                .ok_or_else(|| missing("sequences (sequence, input or seq)"))?,
            three: rows.find(&["q3", "dssp3", "ss3", "sst3"]),
            eight: rows.find(&["q8", "dssp8", "ss8", "sst8"]),
            either: rows.find(&["expected"]),
            mask: rows.find(&["mask"]),
            resolved: rows.find(&["disorder"]),
            domain: rows.find(&["cb513_mask"]),
            id: rows.find(&["id", "chain_id", "name"]),
            pdb: rows.find(&["pdb_id"]).zip(rows.find(&["chain_code"])),
            source: rows.find(&["source"]),
            split: rows.find(&["split"]),
            cluster: rows.find(&["cluster"]),
        };
        if columns.three.or(columns.eight).or(columns.either).is_none() {
            return Err(missing(
                "states (q3, q8, dssp3, dssp8, ss3, ss8, sst3, sst8 or expected)",
            ));
        }
        Ok(columns)
    }

    /// Takes the cells of the row in hand, which is the `number`th, from 1.
    fn take(&self, rows: &Rows, place: Place, number: usize) -> Result<RawRow, IngestError> {
        let cell = |column: Option<usize>| {
            column
                .map(|column| rows.row[column].to_vec())
                .filter(|cell| !cell.trim_ascii().is_empty())
        };
        let text = |column| cell(column).map(|cell| String::from_utf8_lossy(cell.trim_ascii()).into_owned());
        let id = match self.pdb {
            Some((entry, chain)) if self.id.is_none() => text(Some(entry)).map(|entry| match text(Some(chain)) {
                Some(chain) => format!("{entry}-{chain}"),
                None => entry,
            }),
            _ => text(self.id),
        };
        let sequence = without_blanks(&rows.row[self.sequence]);
        check_sequence(&sequence, &rows.header()[self.sequence], &place)?;
        let mut row = RawRow {
            id: id.unwrap_or_else(|| format!("{}_{number}", self.stem)),
            three: cell(self.three),
            eight: cell(self.eight),
            either: cell(self.either),
            scored: vec![true; sequence.len()],
            domain: Vec::new(),
            source: text(self.source).unwrap_or_else(|| self.stem.clone()),
            split: text(self.split).unwrap_or_default(),
            cluster: text(self.cluster).unwrap_or_default(),
            sequence,
            place,
        };
        let masks = [(self.mask, "mask symbols"), (self.resolved, "disorder symbols")];
        for (column, symbols) in masks
            .into_iter()
            .filter_map(|(column, symbols)| Some((column?, symbols)))
        {
            let mask = row.parse_mask(&rows.row[column], symbols)?;
            row.scored.iter_mut().zip(mask).for_each(|(scored, bit)| *scored &= bit);
        }
        if let Some(column) = self.domain {
            row.domain = row.parse_mask(&rows.row[column], DOMAIN)?;
        }
        Ok(row)
    }
}

/// A row whose states are not read yet.
struct RawRow {
    place: Place,
    id: String,
    sequence: Vec<u8>,
    three: Option<Vec<u8>>,
    eight: Option<Vec<u8>>,
    either: Option<Vec<u8>>,
    scored: Vec<bool>,
    /// The `cb513_mask`; empty without that column.
    domain: Vec<bool>,
    source: String,
    split: String,
    cluster: String,
}

impl RawRow {
    fn parse_mask(&self, cell: &[u8], symbols: &'static str) -> Result<Vec<bool>, IngestError> {
        parse_mask(cell, self.sequence.len(), symbols).map_err(|source| self.invalid(source))
    }

    fn into_row(mut self, either: StateSet, domains: bool) -> Result<ChainRow, IngestError> {
        let labels = self.parse_states(either).map_err(|source| self.invalid(source))?;
        let split = canonical_split(&self.split).map_err(|source| self.invalid(source))?;
        if domains {
            self.scored
                .iter_mut()
                .zip(&self.domain)
                .for_each(|(scored, bit)| *scored &= bit);
        }
        Ok(ChainRow {
            chain: LabelledChain {
                id: self.id,
                sequence: self.sequence,
                labels,
                scored: self.scored,
            },
            source: self.source,
            split: split.to_owned(),
            cluster: self.cluster,
        })
    }

    /// Reads every cell of states, and returns the richest.
    fn parse_states(&self, either: StateSet) -> Result<StructureLabels, ChainError> {
        let cells = [
            (&self.three, StateSet::Three),
            (&self.either, either),
            (&self.eight, StateSet::Eight),
        ];
        let mut richest = None;
        for (cell, set) in cells {
            if let Some(cell) = cell {
                richest = Some(set.parse(cell, self.sequence.len())?);
            }
        }
        richest.ok_or(ChainError::Lengths {
            symbols: "states",
            found: 0,
            residues: self.sequence.len(),
        })
    }

    fn invalid(&self, source: ChainError) -> IngestError {
        StructureError::InvalidChain {
            place: self.place.clone(),
            chain: self.id.clone(),
            source,
        }
        .into()
    }
}

fn canonical_split(name: &str) -> Result<&'static str, ChainError> {
    match name.to_ascii_lowercase().as_str() {
        "" => Ok(""),
        "train" => Ok("train"),
        "valid" | "validation" | "val" => Ok("valid"),
        "test" => Ok("test"),
        _ => Err(ChainError::UnknownSplit { found: name.to_owned() }),
    }
}

fn check_sequence(letters: &[u8], column: &str, place: &Place) -> Result<(), IngestError> {
    if letters.is_empty() {
        return Err(IngestError::EmptySequence { place: place.clone() });
    }
    match letters.iter().find(|&&letter| !is_residue(letter)) {
        None => Ok(()),
        Some(&byte) => Err(IngestError::InvalidLetter {
            place: place.clone(),
            within: format!("column '{column}'"),
            byte,
        }),
    }
}
