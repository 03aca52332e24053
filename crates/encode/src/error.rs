//! What can go wrong between a record and its numbers.

use thiserror::Error;

/// Why records cannot be turned into numbers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A batch without sequences.
    #[error("a batch needs at least one sequence")]
    EmptyBatch,
    /// A sequence without letters: it has no position that a network could read.
    #[error("sequence {index} of the batch (counted from 0) has no letters")]
    EmptySequence {
        /// The 0-based place of the sequence in the batch.
        index: usize,
    },
    /// A text that names no rule for negatives.
    #[error("no rule for negatives is called '{text}'; there are gc-matched, flank, shuffle and background")]
    UnknownNegativeRule {
        /// The text.
        text: String,
    },
}
