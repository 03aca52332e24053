//! A named stretch of a genome.

use serde::{Deserialize, Serialize};

/// A contig of a genome: its name as the FASTA file has it (up to the first blank) and its length in bases.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contig {
    /// The name.
    pub name: String,
    /// The length in bases.
    pub length: u64,
}

impl Contig {
    /// Creates a contig.
    pub fn new(name: impl Into<String>, length: u64) -> Self {
        Self {
            name: name.into(),
            length,
        }
    }
}
