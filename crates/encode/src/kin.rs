//! Which protein chains are kin: for keeping test chains, and whatever resembles them, out of training.
//!
//! A network that has seen a relative of a test chain knows part of the answer. [`KinIndex`] finds the relatives of
//! a chain among many as BLAST does, in three steps of falling speed: shared words of three or four residues, their
//! ungapped extensions, and a gapped alignment in a band around the best of these. [`duplicates`] finds the same protein
//! under several names, [`clusters`] groups kin, and [`validation_clusters`] draws whole groups.
//!
//! # Limits
//! A relative is found when a common word lies in an ungapped stretch that stands out: nearly always above
//! 35 % identity, often at 25 %, seldom below. Folds that agree without similar sequences are not seen. Circular permutations and repeats
//! count by their best part only.

mod align;
mod carry;
mod clusters;
mod duplicates;
mod extend;
mod merge;
mod prepare;
mod scores;
mod search;
mod tags;
mod words;

pub use align::Alignment;
pub use carry::with_states_of_copy;
pub use clusters::{clusters, validation_clusters};
pub use duplicates::{contained_share, duplicates};
pub use extend::SharedStretch;
pub use prepare::{DropReason, DroppedChain, PrepareSettings, Prepared, ProtectedChain, prepare_chains};
pub use search::{Kin, KinIndex, KinSearch, KinSettings};
