//! The words that every processive crate shares.
//!
//! Nothing here reads a file (only unfinished ones are removed) or does arithmetic on tensors: these are the nouns (a base's code, a
//! contig, a region, a peak, a motif, a labelled example, a chain and its structure) with the rules that keep them valid.
//! Coordinates are 0-based and half-open everywhere; [`Region`] is the only coordinate type that
//! crosses a public function, and the 1-based text form `chr1:101-200` exists only in
//! [`Region::parse`] and [`Region`]'s `Display`.

pub mod alphabet;
mod contig;
mod example;
mod metric;
mod motif;
mod region;
mod structure;
mod unfinished;

pub use alphabet::Alphabet;
pub use contig::Contig;
pub use example::{LabelledExample, SequenceRecord};
pub use metric::{Metric, OperatingPoint};
pub use motif::{Motif, MotifError};
pub use region::{Peak, Region, RegionError, Strand};
pub use structure::{ChainRow, LabelledChain, Reduction, State3, State8, StructureLabels};
pub use unfinished::{NoOutputs, Unfinished, remove_unfinished};
