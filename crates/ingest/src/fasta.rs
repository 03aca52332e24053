//! FASTA: one pass over any size, random access, and whole small files.

mod fai;
mod gzi;
mod indexed;
mod layout;
mod lengths;
mod letters;
mod protein;
mod stored;
mod stream;
mod whole;

pub use indexed::IndexedFasta;
pub use lengths::contig_lengths;
pub(crate) use letters::first_invalid;
pub(crate) use protein::is_residue;
pub use protein::{ProteinFasta, ProteinRecord};
pub use stream::FastaStream;
pub use whole::read_fasta;
pub(crate) use whole::read_headed;
