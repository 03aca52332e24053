//! What can go wrong between bytes and records.

mod chain;
mod place;
mod structure;

use std::{
    io,
    path::{Path, PathBuf},
};

use processive_core::{MotifError, RegionError};
use thiserror::Error;

pub use self::chain::ChainError;
pub use self::place::Place;
pub(crate) use self::place::excerpt;
use self::place::{listed, of_motif, shown};
pub use self::structure::StructureError;

/// Why a file could not be read into records.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The operating system or a decompressor failed.
    #[error("cannot read {}", shown(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// Compressed data end too early.
    #[error(
        "{} is truncated: its compressed data end too early; copy or download it again",
        shown(path)
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What the decompressor says.
        #[source]
        source: io::Error,
    },
    /// The file is packed in a way that is not read here.
    #[error(
        "{} is a {format} file, which is not read here; plain text, gzip and bgzip are",
        shown(path)
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The format that its first bytes tell.
        format: &'static str,
    },
    /// Standard input or a pipe was given where a file is read more than once.
    #[error("standard input and pipes can be read only once: give a file to {purpose}")]
    StandardInput {
        /// What the file is needed for.
        purpose: &'static str,
    },
    /// A file holds no record.
    #[error("{} is empty: no {expected} in it", shown(path))]
    Empty {
        /// The file.
        path: PathBuf,
        /// The records that were expected.
        expected: &'static str,
    },
    /// A text is not UTF-8.
    #[error("{place}: '{}' is not UTF-8 text", .bytes.escape_ascii())]
    NotText {
        /// Where.
        place: Place,
        /// The first bytes of the text.
        bytes: Vec<u8>,
    },

    /// A file that should be FASTA does not begin with `>`.
    #[error("{place}: not a FASTA file: it should begin with '>', but begins with '{}'", .found.escape_ascii())]
    NotFasta {
        /// Where.
        place: Place,
        /// The first bytes of the line.
        found: Vec<u8>,
    },
    /// A FASTA header has no name.
    #[error("{place}: no name follows '>'")]
    MissingName {
        /// Where.
        place: Place,
    },
    /// A FASTA record has a header only.
    #[error("{place}: record '{record}' has no sequence")]
    MissingSequence {
        /// The header's line.
        place: Place,
        /// The record.
        record: String,
    },
    /// Two FASTA records, or two lines of an index, have the same name.
    #[error("{place}: name '{record}' occurs a second time; names must be unique")]
    DuplicateName {
        /// The second occurrence.
        place: Place,
        /// The name.
        record: String,
    },
    /// A byte cannot be a letter of a sequence.
    #[error("{place}: byte '{}' cannot be part of a sequence ({within})", .byte.escape_ascii())]
    InvalidLetter {
        /// Where.
        place: Place,
        /// The record or the table column.
        within: String,
        /// The byte.
        byte: u8,
    },
    /// The lines of a record differ in length, so positions cannot be computed, and the file is large.
    #[error(
        "{place}: record '{record}' has lines of different lengths, so regions cannot be looked up in it; wrap its \
         sequences evenly (e.g. seqkit seq -w 60)"
    )]
    UnevenLines {
        /// The first line that breaks the rule.
        place: Place,
        /// The record.
        record: String,
    },
    /// A large file is compressed as one stream.
    #[error(
        "{} is gzip, not bgzip: regions cannot be looked up in it, and it is too large to hold in memory; recompress it: \
         gunzip -c FILE | bgzip > NEW.gz",
        shown(path)
    )]
    NotSeekable {
        /// The file.
        path: PathBuf,
    },
    /// An index does not fit its file.
    #[error("{} does not fit {}: delete it, and it is made anew", shown(index), shown(path))]
    IndexMismatch {
        /// The sequence file.
        path: PathBuf,
        /// The index.
        index: PathBuf,
    },
    /// A region does not lie in the genome.
    #[error(
        "{}: no region {region}: {}", shown(path),
        match length {
            Some(length) => format!("the contig has {length} bases"),
            None => "there is no such contig".to_owned(),
        }
    )]
    OutsideGenome {
        /// The sequence file.
        path: PathBuf,
        /// The region, 1-based and closed.
        region: String,
        /// The contig's length, when it exists.
        length: Option<u64>,
    },

    /// A line has too few columns.
    #[error("{place}: {found} columns, but {expected} are needed")]
    TooFewColumns {
        /// Where.
        place: Place,
        /// How many there are.
        found: usize,
        /// What is needed.
        expected: &'static str,
    },
    /// A column is not a number of the right kind.
    #[error("{place}: {column} '{value}' is not {expected}")]
    InvalidNumber {
        /// Where.
        place: Place,
        /// The column.
        column: &'static str,
        /// The text.
        value: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// A peak ends before it starts.
    #[error("{place}: the peak ends before it starts")]
    ReversedPeak {
        /// Where.
        place: Place,
        /// The coordinates.
        #[source]
        source: RegionError,
    },
    /// A peak covers no base.
    #[error(
        "{place}: the peak covers no base: start and end are both {start} (BED counts from 0 and excludes the end)"
    )]
    EmptyPeak {
        /// Where.
        place: Place,
        /// The coordinate.
        start: u64,
    },
    /// A peak's summit lies outside the peak.
    #[error("{place}: summit offset {summit} lies outside the peak of {length} bases")]
    SummitOutsidePeak {
        /// Where.
        place: Place,
        /// The offset from the peak's start.
        summit: u64,
        /// The peak's length.
        length: u64,
    },
    /// Peaks lie on contigs that the genome does not have.
    #[error(
        "{} of {} contigs that the peaks name are not in the genome ({}); the peaks name: {}; the genome has: {}; \
         when only the names differ, give a two-column file (name in the peaks, name in the genome) with \
         --contig-aliases FILE",
        unknown.len(), in_peaks.len(), listed(unknown), listed(in_peaks), listed(in_genome)
    )]
    UnknownContigs {
        /// The names that the genome lacks, in the order of the peaks.
        unknown: Vec<String>,
        /// All names of the peaks.
        in_peaks: Vec<String>,
        /// All names of the genome.
        in_genome: Vec<String>,
    },
    /// A name has two aliases.
    #[error("{place}: '{name}' is already an alias of '{first}', so it cannot be one of '{second}'")]
    ConflictingAlias {
        /// The second line.
        place: Place,
        /// The name in the peaks.
        name: String,
        /// The first name in the genome.
        first: String,
        /// The second name in the genome.
        second: String,
    },

    /// A table lacks a column.
    #[error(
        "{} has no column '{column}'; its columns are: {}; name another with {option}",
        shown(path),
        listed(found)
    )]
    MissingColumn {
        /// The table.
        path: PathBuf,
        /// The name that was looked for.
        column: String,
        /// The option that names another column.
        option: &'static str,
        /// The columns of the table.
        found: Vec<String>,
    },
    /// A row has more or fewer fields than the header.
    #[error("{place}: {found} fields, but the header has {expected}")]
    RaggedRow {
        /// Where.
        place: Place,
        /// How many fields the row has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// A sequence has no letter.
    #[error("{place}: the sequence is empty")]
    EmptySequence {
        /// Where.
        place: Place,
    },
    /// A label is neither 0 nor 1.
    #[error("{place}: label '{value}' is not 0 or 1")]
    InvalidLabel {
        /// Where.
        place: Place,
        /// The text.
        value: String,
    },

    /// A JSON file does not have the form that is expected.
    #[error(
        "{} is not a folds file ({{\"train\": [..], \"valid\": [..], \"test\": [..]}})",
        shown(path)
    )]
    InvalidFolds {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// A contig is dealt out twice.
    #[error("{}: contig '{contig}' is both in {first} and in {second}", shown(path))]
    ContigInTwoFolds {
        /// The file.
        path: PathBuf,
        /// The contig.
        contig: String,
        /// The first list.
        first: &'static str,
        /// The second list.
        second: &'static str,
    },

    /// A motif file breaks its format.
    #[error("{place}: {problem}, found '{found}'{}", of_motif(motif))]
    InvalidMotifFile {
        /// Where.
        place: Place,
        /// The motif's accession; empty outside a motif.
        motif: String,
        /// What should stand there.
        problem: &'static str,
        /// What stands there.
        found: String,
    },
    /// A file of base frequencies breaks its format.
    #[error("{place}: {problem}, found '{found}'")]
    InvalidBackground {
        /// Where.
        place: Place,
        /// What should stand there.
        problem: &'static str,
        /// What stands there.
        found: String,
    },
    /// A matrix is not a motif.
    #[error("{place}: the matrix is not a motif")]
    InvalidMotif {
        /// The matrix's first line.
        place: Place,
        /// What is wrong.
        #[source]
        source: MotifError,
    },

    /// The structure of proteins cannot be read.
    #[error(transparent)]
    Structure(#[from] StructureError),
}

impl IngestError {
    /// Turns a failed read into an error that names the file and tells truncation from the rest.
    pub(crate) fn from_read(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::UnexpectedEof {
            Self::Truncated { path, source }
        } else {
            Self::Read { path, source }
        }
    }
}
