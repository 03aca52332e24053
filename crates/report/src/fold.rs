//! Folds: the secondary structure of every residue, streamed protein by protein.

mod call;
mod checked;
mod fasta;
mod format;
mod gff3;
mod jsonl;
mod parquet_table;
mod psipred;
mod segments;
mod table;

use std::path::Path;

pub use call::{confidence, most_probable3, most_probable8};
pub use format::FoldFormat;

use crate::rounding::Rounding;
use crate::text_sink::TextSink;
use crate::{AtomicFile, Overwrite, Provenance, ReportError};
use checked::Checked;
use fasta::StatesFasta;
use format::FoldLayout;
use gff3::Gff3;
use jsonl::JsonLines;
use parquet_table::ParquetTable;
use psipred::{Psipred, PsipredLayout};
use segments::SegmentTable;
use table::TextTable;

/// How many states a fold tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FoldStates {
    /// Helix, strand, coil.
    #[default]
    Three,
    /// The states of DSSP, beside the three.
    Eight,
}

/// How a fold is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoldOptions {
    /// Whether an existing output may be replaced.
    pub overwrite: Overwrite,
    /// How many states are told apart.
    pub states: FoldStates,
    /// Decimals to which the probabilities in tables are rounded; `None` keeps them exact. States and confidence follow
    /// from exact ones.
    pub precision: Option<u8>,
}

/// A protein and the probabilities of its residues' states.
///
/// # Shapes
/// - `sequence`, `three`, `eight`: one entry per residue
#[derive(Clone, Copy, Debug)]
pub struct FoldChain<'a> {
    /// The identifier, exactly as given.
    pub id: &'a str,
    /// The rest of the header; may be empty.
    pub description: &'a str,
    /// The letters, exactly as given.
    pub sequence: &'a [u8],
    /// The probabilities of [`State3`](processive_core::State3), in code order.
    pub three: &'a [[f32; 3]],
    /// The probabilities of [`State8`](processive_core::State8), in code order.
    pub eight: &'a [[f32; 8]],
}

impl FoldChain<'_> {
    /// The number of residues.
    pub fn len(&self) -> usize {
        self.sequence.len()
    }

    /// Whether there is no residue.
    pub fn is_empty(&self) -> bool {
        self.sequence.is_empty()
    }

    /// The header as it was given, without `>`.
    fn header(&self) -> String {
        match self.description {
            "" => self.id.to_owned(),
            description => format!("{} {description}", self.id),
        }
    }
}

/// Takes the proteins of a fold in order and writes them to a file that appears when it is complete.
///
/// A writer that is dropped before [`finish`](Self::finish) leaves nothing behind.
pub trait FoldWriter: Send {
    /// Appends a protein.
    ///
    /// # Errors
    /// A [`ReportError`] when the protein's parts do not fit together, a probability is not a finite number, or the
    /// file cannot be written.
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError>;

    /// Completes the file; `provenance` goes to the footer of a Parquet file (text formats have no place for it).
    ///
    /// # Errors
    /// A [`ReportError`] when the file cannot be written or moved to its name.
    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError>;
}

/// Opens the output of a fold; `-` is standard output.
///
/// # Errors
/// Before any work is done: an output that exists and may not be replaced, a folder that takes no file, eight states
/// in a format of three.
pub fn create_fold_writer(
    path: &Path,
    format: FoldFormat,
    options: FoldOptions,
) -> Result<Box<dyn FoldWriter>, ReportError> {
    let states = options.states;
    if states == FoldStates::Eight && format.holds_three_states() {
        return Err(ReportError::StatesChoice { format: format.name() });
    }
    let file = AtomicFile::create(path, options.overwrite)?;
    let rounding = Rounding::new(options.precision);
    if format.layout == FoldLayout::Parquet {
        return Ok(Box::new(Checked(ParquetTable::create(file, states, rounding)?)));
    }
    let sink = TextSink::new(file, format.is_gzip());
    Ok(match format.layout {
        FoldLayout::Parquet => unreachable!("it was made above"),
        FoldLayout::Tsv => Box::new(Checked(TextTable::create(sink, states, rounding)?)),
        FoldLayout::Jsonl => Box::new(Checked(JsonLines::new(sink, states, rounding))),
        FoldLayout::Ss2 => Box::new(Checked(Psipred::new(sink, PsipredLayout::Vertical))),
        FoldLayout::Horiz => Box::new(Checked(Psipred::new(sink, PsipredLayout::Horizontal))),
        FoldLayout::Fasta => Box::new(Checked(StatesFasta::new(sink, states))),
        FoldLayout::Segments => Box::new(Checked(SegmentTable::create(sink, states)?)),
        FoldLayout::Gff3 => Box::new(Checked(Gff3::create(sink, states)?)),
    })
}
