//! What can be wrong with a chain and its states.

use thiserror::Error;

/// Why residues, states and mask do not make a labelled chain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChainError {
    /// There is not one symbol per residue.
    #[error("it has {residues} residues, but {found} {symbols}")]
    Lengths {
        /// What there should be one of for every residue.
        symbols: &'static str,
        /// How many there are.
        found: usize,
        /// The number of residues.
        residues: usize,
    },
    /// A letter is not a state.
    #[error("residue {position}: '{}' is not a state; states are {known}", .letter.escape_ascii())]
    UnknownState {
        /// The residue, counted from 1.
        position: usize,
        /// The letter.
        letter: u8,
        /// The letters that are states.
        known: &'static str,
    },
    /// A mask has another symbol than 0 and 1.
    #[error("residue {position}: '{found}' in the {symbols} is not 0 or 1")]
    InvalidMask {
        /// The residue, counted from 1.
        position: usize,
        /// Which mask.
        symbols: &'static str,
        /// The symbol.
        found: String,
    },
    /// A split has an unknown name.
    #[error("'{found}' is not a split; splits are train, valid and test")]
    UnknownSplit {
        /// The name.
        found: String,
    },
}
