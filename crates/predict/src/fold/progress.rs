//! How far a fold has come, and what its reader has noticed.

use std::fmt;

use crate::NoProgress;

/// Receives the progress of a fold, on the thread that called it.
pub trait FoldProgress {
    /// Some more residues are labelled.
    fn advance(&self, residues: u64);

    /// Something should be known before the end.
    fn notice(&self, notice: &FoldNotice);
}

impl FoldProgress for NoProgress {
    fn advance(&self, _residues: u64) {}

    fn notice(&self, _notice: &FoldNotice) {}
}

/// What may be wrong with the proteins; each is noticed once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoldNotice {
    /// The letters are those of nucleotides.
    LooksLikeDna,
    /// An id occurs a second time.
    RepeatedId(String),
}

impl fmt::Display for FoldNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LooksLikeDna => f.write_str(
                "more than 95 % of the letters are A, C, G, T, U and N: this looks like DNA or RNA, which is read as amino \
                 acids here; translate it first",
            ),
            Self::RepeatedId(id) => write!(
                f,
                "the name {id} occurs a second time; its proteins are told apart by their order only"
            ),
        }
    }
}
