//! What can go wrong between a table and its file.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use polars::prelude::PolarsError;
use thiserror::Error;

/// Why a table could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The output exists and may not be replaced.
    #[error("{} exists already; --force replaces it", path.display())]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// The output's name belongs to a folder.
    #[error("{} is a folder, not a file", path.display())]
    IsFolder {
        /// The output.
        path: PathBuf,
    },
    /// The output of a table of many files exists and may not be replaced.
    #[error("the folder {} exists already; --force replaces it", path.display())]
    FolderExists {
        /// The output.
        path: PathBuf,
    },
    /// The folder that the output would replace holds other things, too.
    #[error(
        "the folder {} holds {}, which is no part of a table split by {column}: it is not replaced, --force or not",
        path.display(),
        entry.display()
    )]
    ForeignFolder {
        /// The output.
        path: PathBuf,
        /// What it holds.
        entry: PathBuf,
        /// The column by which the table is split.
        column: String,
    },
    /// A table of many files needs a folder.
    #[error("{} is a file, and a table of many files needs a folder", path.display())]
    NotAFolder {
        /// The output.
        path: PathBuf,
    },
    /// Only Parquet is split into files.
    #[error("--partition-by writes a folder of Parquet files, not {format}")]
    PartitionFormat {
        /// The format's name.
        format: &'static str,
    },
    /// The format is read out of order, which a stream does not allow.
    #[error("{format} is not written to standard output: give -o a file name")]
    NotAStream {
        /// The format's name.
        format: &'static str,
    },
    /// Integer codes were asked of a format that has none, or beside decimals.
    #[error("--quantize stores scores as integers, which only parquet does, and then without --precision")]
    QuantizeUnused,
    /// A score that has no code.
    #[error(
        "the score {column} at {chrom}:{start} (0-based) is {value}, not a probability: --quantize has no code for it"
    )]
    NotAProbability {
        /// The contig.
        chrom: String,
        /// The 0-based start of the bin.
        start: u64,
        /// The score column.
        column: String,
        /// The score.
        value: f32,
    },
    /// No file can be made in the output's folder.
    #[error("cannot create {} in the folder {}", path.display(), folder.display())]
    Folder {
        /// The output.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Writing failed; a closed pipe is `io::ErrorKind::BrokenPipe` in the source.
    #[error("cannot write {}", path.display())]
    Write {
        /// The output.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Reading failed.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A name or an ending that stands for no format.
    #[error("'{name}' names no output format; known are {known}")]
    UnknownFormat {
        /// The file name or format name.
        name: String,
        /// The names and endings that are known.
        known: String,
    },
    /// A score column's name cannot be used.
    #[error("'{name}' cannot name a score column: {reason}")]
    ColumnName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The format holds one score and the table has several, or the chosen one does not exist.
    #[error("{format} holds one score per row; choose one of the columns {}", columns.join(", "))]
    ColumnChoice {
        /// The format's name.
        format: &'static str,
        /// The score columns there are.
        columns: Vec<String>,
    },
    /// Calls were asked for without a threshold.
    #[error(
        "{format} holds calls, which need a threshold: give --threshold or --top, or name a .parquet, .tsv, .bw or \
         .bedgraph file"
    )]
    ThresholdMissing {
        /// The format's name.
        format: &'static str,
    },
    /// A threshold was given for a table of all bins.
    #[error("--threshold makes calls, and {format} holds every bin: name a .bed or .narrowPeak file")]
    ThresholdUnused {
        /// The format's name.
        format: &'static str,
    },
    /// The columns of a block of rows have different lengths, or there are too few or too many of them.
    #[error("rows of {chrom} do not fit the table: {detail}")]
    Shape {
        /// The contig.
        chrom: String,
        /// What does not fit.
        detail: String,
    },
    /// A score is not a finite number: the model broke its promise.
    #[error("the score {column} at {chrom}:{start} (0-based) is {value}, not a finite number")]
    NotFinite {
        /// The contig.
        chrom: String,
        /// The 0-based start of the bin.
        start: u64,
        /// The score column.
        column: String,
        /// The score.
        value: f32,
    },
    /// Rows came in the wrong order.
    #[error("the bin at {chrom}:{start} (0-based) is empty or does not follow the bin before it")]
    Unsorted {
        /// The contig.
        chrom: String,
        /// The 0-based start of the bin.
        start: u64,
    },
    /// Hits came in the wrong order.
    #[error("the hit at {chrom}:{start} (0-based) is empty or does not follow the hit before it")]
    UnsortedHits {
        /// The contig.
        chrom: String,
        /// The 0-based start of the hit.
        start: u64,
    },
    /// A table of hits names a motif, or a strand, that it cannot have.
    #[error("{} has a foreign hit at {chrom}:{start} (0-based): {detail}", path.display())]
    ForeignHit {
        /// The table.
        path: PathBuf,
        /// The contig.
        chrom: String,
        /// The 0-based start of the hit.
        start: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// Hits were asked for in a format that has no place for them.
    #[error("{format} {reason}: name a .parquet, .tsv or .bed file for the hits of motifs")]
    NotForHits {
        /// The format's name.
        format: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A motif's name cannot stand in a table.
    #[error("'{}' cannot name a motif: it is empty or holds a tab or a line end", name.escape_debug())]
    MotifName {
        /// The name.
        name: String,
    },
    /// A position does not fit the integers that the table was opened with.
    #[error("position {position} of {chrom} exceeds the longest contig that the table was opened for")]
    Position {
        /// The contig.
        chrom: String,
        /// The 0-based position.
        position: u64,
    },
    /// A position does not fit the integers of bigWig.
    #[error("bigWig holds contigs of up to 4,294,967,295 bases, and {chrom} has a position {position}")]
    BigWigPosition {
        /// The contig.
        chrom: String,
        /// The 0-based position.
        position: u64,
    },
    /// Eight states were asked of a format of three.
    #[error(
        "{format} holds helix, strand and coil only; name a .parquet, .tsv, .jsonl, .fasta, .gff3 or .segments.tsv file \
         for --states 8"
    )]
    StatesChoice {
        /// The format's name.
        format: &'static str,
    },
    /// The parts of a protein do not fit together.
    #[error("protein '{id}' does not fit the table: {detail}")]
    ChainShape {
        /// The protein.
        id: String,
        /// What does not fit.
        detail: String,
    },
    /// A probability is not a finite number: the model broke its promise.
    #[error("the probability {column} of residue {position} of {id} is {value}, not a finite number")]
    ProbabilityNotFinite {
        /// The protein.
        id: String,
        /// The 1-based residue number.
        position: u64,
        /// The column.
        column: &'static str,
        /// The value.
        value: f32,
    },
    /// A metric is not a finite number.
    #[error("the metric {metric} of {model} is not a finite number")]
    MetricNotFinite {
        /// The model or baseline.
        model: String,
        /// The metric.
        metric: String,
    },
    /// The Parquet encoder or decoder failed.
    #[error("cannot encode or decode the Parquet file {}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: ParquetError,
    },
    /// The frame could not be made or written.
    #[error("cannot make the table {}", path.display())]
    Frame {
        /// The file.
        path: PathBuf,
        /// What polars said.
        #[source]
        source: PolarsError,
    },
    /// The report could not be written as JSON.
    #[error("cannot write the table as JSON")]
    Json {
        /// What the serialiser said.
        #[source]
        source: serde_json::Error,
    },
    /// The file does not begin as a Parquet file does.
    #[error("{} is not a Parquet file: it does not begin with PAR1", path.display())]
    NotParquet {
        /// The file.
        path: PathBuf,
    },
    /// The folder is no table.
    #[error("{} is a folder without a table: it has no COLUMN=VALUE/part-N.parquet", path.display())]
    NoParts {
        /// The folder.
        path: PathBuf,
    },
    /// The file begins as a Parquet file and has no end.
    #[error("{} is cut short: it begins as a Parquet file and does not end as one ({bytes} bytes)", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// A column is not there.
    #[error("{} has no column '{name}'; its columns are {}", path.display(), known.join(", "))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        name: String,
        /// The columns there are.
        known: Vec<String>,
    },
    /// A column has another type than a scan's.
    #[error("column '{name}' of {} has the type {found}, not {expected}", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        name: String,
        /// The type it has.
        found: String,
        /// The type a scan has.
        expected: &'static str,
    },
}

impl ReportError {
    /// Wraps a failed write.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_path_buf(),
            source,
        }
    }

    /// Wraps a failed read.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_path_buf(),
            source,
        }
    }

    /// Wraps what the Parquet encoder says; a failed write below it stays an I/O error.
    pub(crate) fn encode(path: &Path, source: ParquetError) -> Self {
        let path = path.to_path_buf();
        match source {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(source) => Self::Write { path, source: *source },
                Err(inner) => Self::Parquet {
                    path,
                    source: ParquetError::External(inner),
                },
            },
            source => Self::Parquet { path, source },
        }
    }

    /// Wraps what the Parquet decoder says.
    pub(crate) fn decode(path: &Path, source: ParquetError) -> Self {
        Self::Parquet {
            path: path.to_path_buf(),
            source,
        }
    }

    /// Whether the reader of a pipe has gone, which ends a program without an error.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}
