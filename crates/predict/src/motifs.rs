//! Motifs through a genome: every hit of position weight matrices, in genome order and bounded memory.
//!
//! The stages are those of [`scan`](mod@crate): a reader thread cuts contigs into pieces that overlap by the widest motif, the
//! rayon pool finds the hits of a piece, and the calling thread writes them in order.
//!
//! # Hits
//! A window is a hit of a motif on a strand when its score ([`ScoreMatrix`](processive_encode::ScoreMatrix)) is at least the threshold: the
//! smallest score that a window of independent background bases reaches with a probability of at most `p`
//! ([`ScoreTail`](processive_encode::ScoreTail)). On the minus strand the reverse-complemented motif is scored against the same background and has a
//! threshold of its own. A window with a letter other than A, C, G, T (U) has no score. Hits overlap as they come; a
//! palindromic motif has its hits on both strands.
//!
//! # Regions
//! A hit belongs to a region when it overlaps it, if only by a base.
//!
//! # Shards
//! A shard is a share of the bases on which windows begin, and a hit belongs to the shard in which it begins; the letters behind it are
//! read with it.
//!
//! # Memory
//! The probabilities of every score from the threshold up, one block of letters, and at most `4 · threads` batches of pieces with
//! their hits; batches are the smaller, the more hits there are to expect.

mod batch;
mod cards;
mod engine;
mod plan;
mod prepared;
mod provenance;
mod reader;
mod request;
mod summary;
mod windows;
mod zones;

pub use cards::{MotifCard, MotifCards, StrandCard};
pub use engine::scan_motifs;
pub use prepared::{MotifSet, MotifSettings, ScannedMotif};
pub use provenance::keys;
pub(crate) use provenance::{window_counts, windows_of_json};
pub use request::MotifScanRequest;
pub use summary::{MotifCount, MotifScanSummary};
