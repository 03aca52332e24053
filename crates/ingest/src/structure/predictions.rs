//! What other programs predicted.

mod chains;
mod fasta;
mod psipred;
mod residues;

use std::{
    collections::HashSet,
    fs,
    io::BufRead,
    path::{Path, PathBuf},
};

use processive_core::{State8, StructureLabels};

use super::symbols::StateSet;
use crate::{ChainError, IngestError, Place, StructureError, error::excerpt, open, open::is_regular};

/// The predicted states of one protein.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictedChain {
    /// The identifier, as the file has it; the file's name where the format has none.
    pub id: String,
    /// The letters of the residues, where the format has them.
    pub sequence: Option<Vec<u8>>,
    /// The predicted states: helix, strand and coil where the program tells them, else the eight.
    pub states: StructureLabels,
    /// The eight states of a program that tells both.
    pub states8: Option<Vec<State8>>,
    /// What the program says of helix, strand and coil, for each residue; not all programs make it sum to 1.
    pub probabilities: Option<Vec<[f32; 3]>>,
}

impl PredictedChain {
    /// The eight states, when they are predicted.
    pub fn eight(&self) -> Option<&[State8]> {
        self.states.eight().or(self.states8.as_deref())
    }
}

/// Reads the secondary structure that a program predicted, in any of these forms, told apart by content:
/// - PSIPRED's VFORMAT (`.ss2`) and HFORMAT (`.horiz`), for one protein or more, as PSIPRED, S4PRED and processive write
///   them. The id is the name after `# >`, else the file's name;
/// - FASTA of states, or of sequence and states, on one line each or wrapped, with S4PRED's three lines of
///   probabilities or without; and the form of PDB's `ss.txt`, in which headers end in `:sequence` and `:secstr`;
/// - tables with one row per protein: `id`, `sequence` or `input` (not needed), and the states: `states`, `predicted`,
///   `prediction`, `expected`, `q3`, `q8`, `ss3` or `ss8`;
/// - tables with one row per residue: our own TSV and those of RePROF, NetSurfP and SPOT-1D, by the names of their
///   columns;
/// - a folder of such files: of one kind when there are several (`.ss2` before `.horiz`, FASTA and tables).
///
/// # Errors
/// - [`StructureError::InvalidPrediction`] for what breaks a format, residues that are not numbered from 1 on among it;
/// - [`StructureError::InvalidChain`] for letters that are no states and for unequal lengths;
/// - [`IngestError::DuplicateName`] for a protein that occurs twice;
/// - [`IngestError::StandardInput`], [`IngestError::Empty`], and as tables and [`open`](crate::open).
pub fn read_structure_predictions(path: &Path) -> Result<Vec<PredictedChain>, IngestError> {
    let files = if path.is_dir() {
        files(path)?
    } else {
        vec![path.to_owned()]
    };
    let mut chains: Vec<PredictedChain> = Vec::new();
    let mut ids = HashSet::new();
    for file in files {
        let found = read_file(&file)?;
        if let Some(twice) = found.iter().find(|chain| !ids.insert(chain.id.clone())) {
            return Err(IngestError::DuplicateName {
                place: Place::new(&file, 1),
                record: twice.id.clone(),
            });
        }
        chains.extend(found);
    }
    Ok(chains)
}

fn read_file(path: &Path) -> Result<Vec<PredictedChain>, IngestError> {
    if !is_regular(path).map_err(|source| IngestError::from_read(path, source))? {
        return Err(IngestError::StandardInput {
            purpose: "read predictions from",
        });
    }
    match Form::of(path)? {
        Form::Vertical => psipred::read_vertical(path),
        Form::Horizontal => psipred::read_horizontal(path),
        Form::Fasta => fasta::read(path),
        Form::Residues => residues::read(path),
        Form::Chains => chains::read(path),
    }
}

/// How a file says what is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Vertical,
    Horizontal,
    Fasta,
    /// A table, one row per residue.
    Residues,
    /// A table, one row per protein.
    Chains,
}

impl Form {
    /// Tells the form by the first lines; comments before them say nothing unless they are PSIPRED's.
    fn of(path: &Path) -> Result<Self, IngestError> {
        let mut reader = open(path)?;
        let mut line = Vec::new();
        loop {
            line.clear();
            let count = reader
                .read_until(b'\n', &mut line)
                .map_err(|source| IngestError::from_read(path, source))?;
            let text = line.trim_ascii();
            if count == 0 {
                return Err(IngestError::Empty {
                    path: path.to_owned(),
                    expected: "prediction",
                });
            } else if text.starts_with(b"# PSIPRED VFORMAT") {
                return Ok(Self::Vertical);
            } else if text.starts_with(b"# PSIPRED HFORMAT") {
                return Ok(Self::Horizontal);
            } else if text.starts_with(b">") {
                return Ok(Self::Fasta);
            } else if !text.is_empty() && !text.starts_with(b"#") {
                break;
            }
        }
        // PSIPRED's first pass (`.ss`) has no line above the residues.
        if psipred::Residue::parse(&String::from_utf8_lossy(&line)).is_some() {
            return Ok(Self::Vertical);
        }
        let by_residue = residues::is_header(path)?;
        Ok(if by_residue { Self::Residues } else { Self::Chains })
    }
}

/// The files of a folder that are read: all those of the first kind of which there are some, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, IngestError> {
    const KINDS: [&[&str]; 4] = [
        &[".ss2"],
        &[".horiz"],
        &[".fas", ".fasta", ".fa", ".ss"],
        &[".tsv", ".csv", ".reprof"],
    ];
    let fail = |source| IngestError::from_read(folder, source);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        paths.push(entry.map_err(fail)?.path());
    }
    paths.sort();
    let is_of = |path: &Path, kind: &[&str]| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        kind.iter().any(|extension| name.ends_with(extension))
    };
    for kind in KINDS {
        let found: Vec<PathBuf> = paths.iter().filter(|path| is_of(path, kind)).cloned().collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Err(IngestError::Empty {
        path: folder.to_owned(),
        expected: ".ss2, .horiz, FASTA, .tsv, .csv or .reprof file",
    })
}

/// A protein whose states are letters yet, because the whole file tells how many states there are.
struct Unread {
    place: Place,
    id: String,
    sequence: Option<Vec<u8>>,
    states: Vec<u8>,
    probabilities: Option<Vec<[f32; 3]>>,
}

/// Reads the states of a file's proteins: of three when no letter is of the eight only.
fn finish(proteins: Vec<Unread>) -> Result<Vec<PredictedChain>, IngestError> {
    let mut ids = HashSet::new();
    if let Some(twice) = proteins.iter().find(|protein| !ids.insert(protein.id.as_str())) {
        return Err(IngestError::DuplicateName {
            place: twice.place.clone(),
            record: twice.id.clone(),
        });
    }
    let set = StateSet::of(proteins.iter().map(|protein| protein.states.as_slice()));
    let read = |protein: Unread| {
        let residues = protein.sequence.as_ref().map_or(protein.states.len(), Vec::len);
        match set.parse(&protein.states, residues) {
            Ok(states) => Ok(PredictedChain {
                id: protein.id,
                sequence: protein.sequence,
                states,
                states8: None,
                probabilities: protein.probabilities,
            }),
            Err(source) => Err(invalid_chain(protein.place, &protein.id, source)),
        }
    };
    proteins.into_iter().map(read).collect()
}

fn invalid_chain(place: Place, chain: &str, source: ChainError) -> IngestError {
    StructureError::InvalidChain {
        place,
        chain: chain.to_owned(),
        source,
    }
    .into()
}

fn invalid(place: Place, problem: &'static str, found: &str) -> IngestError {
    StructureError::InvalidPrediction {
        place,
        problem,
        found: String::from_utf8_lossy(&excerpt(found.as_bytes())).into_owned(),
    }
    .into()
}
