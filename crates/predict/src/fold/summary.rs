//! What a fold has done.

use crate::LetterCounts;

/// What a fold has done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoldSummary {
    /// The number of proteins.
    pub proteins: u64,
    /// The letters of their residues.
    pub letters: LetterCounts,
    /// The number of stop signs at ends, which are no residues.
    pub stops: u64,
    /// The number of proteins whose id an earlier one has.
    pub repeated_ids: u64,
    /// The length of the longest protein in residues.
    pub longest: u64,
    /// The number of residues called helix, strand and coil.
    pub states: [u64; 3],
    /// The digest of the proteins (see [`keys::PROTEINS_DIGEST`](crate::fold::keys::PROTEINS_DIGEST)).
    pub digest: String,
}

impl FoldSummary {
    /// The number of residues.
    pub fn residues(&self) -> u64 {
        self.letters.total()
    }
}
