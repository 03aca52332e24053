//! The fold engine: proteins through a model, residue by residue, in the order of their file.
//!
//! A reader thread fills windows of whole proteins, of about [`FoldRequest::look_ahead`] residues each. Within a window
//! proteins of similar length share a batch, so that little of it is padding. The rayon pool labels the batches; the
//! calling thread waits for a window and hands its proteins to the writer in the order in which they came.
//!
//! # Memory
//! Three windows of letters and probabilities, and one batch in work per thread. A protein is never cut: one that is
//! longer than a window or a batch has its own.
//!
//! # The stop sign
//! A `*` that ends a sequence is the translated stop codon and no residue: it is counted and has no row, and the
//! network reads the protein as it does without it. A `*` elsewhere is an unknown letter.

mod digest;
mod dna;
mod engine;
mod letters;
mod progress;
mod provenance;
mod reader;
mod request;
mod scorer;
mod summary;
mod window;

pub use engine::fold;
pub use letters::LetterCounts;
pub use progress::{FoldNotice, FoldProgress};
pub use provenance::keys;
pub use request::FoldRequest;
pub use scorer::ResidueScorer;
pub use summary::FoldSummary;
