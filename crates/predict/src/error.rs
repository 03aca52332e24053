//! What can go wrong in a scan or a fold.

use processive_core::{Alphabet, RegionError};
use processive_encode::EncodeError;
use processive_ingest::IngestError;
use processive_report::ReportError;
use thiserror::Error;

use crate::resume::ResumeError;
use crate::shards::ShardError;

/// Why a genome could not be scanned, or proteins not be folded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PredictError {
    /// The genome could not be read.
    #[error(transparent)]
    Read(#[from] IngestError),
    /// The rows could not be written.
    #[error(transparent)]
    Write(#[from] ReportError),
    /// A region does not lie in the genome.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The parts of a scan do not make a whole.
    #[error(transparent)]
    Shards(#[from] ShardError),
    /// A scan that was begun cannot go on.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The motifs could not be scored.
    #[error(transparent)]
    Motifs(#[from] EncodeError),
    /// The model does not read DNA.
    #[error(
        "model {model} reads {alphabet}, and a genome is scanned with a dna model; `processive fold` is for proteins"
    )]
    NotADnaModel {
        /// The model's name.
        model: String,
        /// What it reads.
        alphabet: Alphabet,
    },
    /// The model does not label residues.
    #[error(
        "model {model} is a {task} model and reads {alphabet}; proteins are folded with a structure model, as \
         `processive train structure` makes it"
    )]
    NotAStructureModel {
        /// The model's name.
        model: String,
        /// What it is for.
        task: String,
        /// What it reads.
        alphabet: Alphabet,
    },
    /// A residue is unknown to the network, and must not be.
    #[error("residue {position} of {protein} is '{letter}', which is no amino acid (--strict)")]
    UnknownLetter {
        /// The protein.
        protein: String,
        /// The 1-based residue number.
        position: u64,
        /// The letter.
        letter: char,
    },
    /// The proteins are DNA or RNA, and must not be.
    #[error(
        "more than 95 % of the letters are A, C, G, T, U and N: this looks like DNA or RNA (--strict); translate it first"
    )]
    LooksLikeDna,
    /// The model has no window, no bin or no class.
    #[error(
        "model {model} has a window of {window} bases, bins of {bin} and {classes} classes; a scan needs one of each"
    )]
    EmptyModel {
        /// The model's name.
        model: String,
        /// Its window in bases.
        window: usize,
        /// Its default bin in bases.
        bin: usize,
        /// The number of its classes.
        classes: usize,
    },
    /// Only recurrent models have states to carry.
    #[error("model {model} is not a recurrent network over windows: it has no states to stream (--mode, --halo)")]
    NotRecurrent {
        /// The model's name.
        model: String,
    },
    /// Bins do not begin where the model's steps begin.
    #[error(
        "model {model} computes a state every {unit} bases, and bins of {bin} do not begin there: --bin {} can be \
         streamed, or --mode window reads every window alone",
        bin.next_multiple_of(*unit)
    )]
    StreamBin {
        /// The model's name.
        model: String,
        /// The width of a bin in bases.
        bin: usize,
        /// Bases per step.
        unit: usize,
    },
    /// A model's states depend on everything that it has read.
    #[error(
        "model {model} does not forget (its leading Lyapunov exponent is {exponent:.2e} per base): its states depend on \
         all of the sequence before them, so that tiles cannot stand for it; --mode window reads every window alone"
    )]
    DoesNotForget {
        /// The model's name.
        model: String,
        /// Its leading exponent in nats per base.
        exponent: f64,
    },
    /// It is not known how much context a model needs.
    #[error(
        "model {model} has no measured halo: `processive halo` measures it, --halo BP sets it, or --mode window reads \
         every window alone"
    )]
    NoHalo {
        /// The model's name.
        model: String,
    },
    /// Nothing of a model would be computed in bytes.
    #[error(
        "model {model} is a {arch}, of which nothing would be computed in int8: that is for a cnn with whole edges and for \
         recurrent models that are streamed (--mode stream; `processive halo` measures the halo for it). Leave \
         --precision-compute out"
    )]
    NoBytes {
        /// The model's name.
        model: String,
        /// Its architecture.
        arch: String,
    },
    /// Models that are to scan together have bins of their own.
    #[error(
        "the models have different bins ({}); --bin chooses one for all of them",
        list_of_bins(bins)
    )]
    BinsDiffer {
        /// Name and bin of every model, in bases.
        bins: Vec<(String, usize)>,
    },
    /// The genome file holds protein.
    #[error("record {contig} looks like protein ('{beginning}...'), and a scan reads dna")]
    NotDna {
        /// The record.
        contig: String,
        /// Its first letters.
        beginning: String,
    },
}

fn list_of_bins(bins: &[(String, usize)]) -> String {
    let texts: Vec<String> = bins.iter().map(|(model, bin)| format!("{model} {bin} bp")).collect();
    texts.join(", ")
}

/// Why a stage of the engine ended early.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The stage itself failed.
    Failed(PredictError),
    /// Another stage failed and will say why.
    Stopped,
}

impl<E: Into<PredictError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
