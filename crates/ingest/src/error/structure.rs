//! What can be wrong with files of protein structure.

use std::path::PathBuf;

use thiserror::Error;

use super::{
    ChainError, Place,
    place::{listed, shown},
};

/// Why chains with known structure could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StructureError {
    /// A file breaks the grammar of mmCIF.
    #[error("{place}: {problem}, found '{found}'")]
    InvalidCif {
        /// Where.
        place: Place,
        /// What should stand there.
        problem: &'static str,
        /// What stands there.
        found: String,
    },
    /// A file is not in DSSP's own format.
    #[error(
        "{place}: not a DSSP file: residues follow a line '  #  RESIDUE AA STRUCTURE' and have fixed columns, found '{}'",
        .found.escape_ascii()
    )]
    NotDssp {
        /// Where.
        place: Place,
        /// What stands there.
        found: Vec<u8>,
    },
    /// An mmCIF file has no secondary structure by DSSP.
    #[error(
        "{} has no DSSP records: annotate it with mkdssp 4 (mkdssp in.cif out.cif)",
        shown(path)
    )]
    NoDsspRecords {
        /// The file.
        path: PathBuf,
    },
    /// A table has no column of a kind that is needed.
    #[error("{} has no column of {kind}; its columns are: {}", shown(path), listed(found))]
    NoColumnOf {
        /// The table.
        path: PathBuf,
        /// The kind, with the names that it may have.
        kind: &'static str,
        /// The columns of the table.
        found: Vec<String>,
    },
    /// The residues, states and mask of a chain do not fit each other.
    #[error("{place}: chain '{chain}' cannot be read")]
    InvalidChain {
        /// Where.
        place: Place,
        /// The chain's id.
        chain: String,
        /// What is wrong.
        #[source]
        source: ChainError,
    },
    /// A record of one file has no partner in another.
    #[error("{} has no record '{record}', which {} has", shown(path), shown(other))]
    MissingRecord {
        /// The file that lacks it.
        path: PathBuf,
        /// The id.
        record: String,
        /// The file that has it.
        other: PathBuf,
    },
    /// No record has the fields that were asked for.
    #[error(
        "{}: no record has {filters} in its header; fields there are: {}",
        shown(path),
        listed(found)
    )]
    NothingSelected {
        /// The file.
        path: PathBuf,
        /// The fields that were asked for.
        filters: String,
        /// The fields that occur.
        found: Vec<String>,
    },
    /// A file of predictions breaks its format.
    #[error("{place}: {problem}, found '{found}'")]
    InvalidPrediction {
        /// Where.
        place: Place,
        /// What should stand there.
        problem: &'static str,
        /// What stands there.
        found: String,
    },
}
