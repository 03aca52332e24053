//! What can go wrong between a record and its numbers.

use thiserror::Error;

/// Why records cannot be turned into numbers.
#[derive(Clone, Debug, PartialEq, Error)]
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
    /// Background frequencies that are none.
    #[error(
        "{probabilities:?} are no background: the frequencies of A, C, G and T are at least 0.000001 each and sum to 1"
    )]
    Background {
        /// What was given for A, C, G, T.
        probabilities: [f64; 4],
    },
    /// A background without one of the bases.
    #[error("there is no {base} to count, so it has no frequency: give the background as numbers")]
    MissingBase {
        /// The letter.
        base: char,
    },
    /// A pseudocount that is none.
    #[error("{pseudocount} is no pseudocount: it is a number of sites, 0 or more")]
    Pseudocount {
        /// What was given.
        pseudocount: f64,
    },
    /// A motif with more positions than scores can be summed over.
    #[error("motif {motif} has {positions} positions; at most {longest} can be scanned")]
    MotifTooLong {
        /// The motif.
        motif: String,
        /// The number of its positions.
        positions: usize,
        /// The limit.
        longest: usize,
    },
    /// Scores whose probabilities take too much memory.
    #[error(
        "scores that are reached with a probability of {p} span more than 16,777 bits: take a larger pseudocount or a \
         smaller probability"
    )]
    ScoreRange {
        /// The probability.
        p: f64,
    },
}
