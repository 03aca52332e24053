//! Sequences, with and without a label.

use crate::Region;

/// A named sequence, its letters as the file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceRecord {
    /// The name: the header up to the first blank.
    pub name: String,
    /// The letters.
    pub sequence: Vec<u8>,
}

/// A sequence and whether it is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledExample {
    /// Where the example comes from, for messages: a record name or `file:line`.
    pub name: String,
    /// The letters, any case, any length from 1.
    pub sequence: Vec<u8>,
    /// Whether the factor binds.
    pub label: bool,
    /// Where the sequence lies in its genome, when that is known.
    pub region: Option<Region>,
}
