//! How good predicted secondary structure is: per residue, per segment, as probabilities, and over proteins.
//!
//! A [`StructurePrediction`] of every [`LabelledChain`](processive_core::LabelledChain) becomes a [`ChainTally`];
//! [`evaluate_structure`] makes metrics of the tallies of a set, and [`compare_structure`] the differences of two
//! predictors, both with bootstrap intervals over chains.
//!
//! | name | what | undefined for |
//! |---|---|---|
//! | `q3`, `q8` | share of residues whose state is right, all residues together | no residue |
//! | `q3_per_protein`, `q8_per_protein` | mean over chains of that share | no residue |
//! | `sov94`, `sov99`, `sov_refine` and `.._h` | segment overlap, mean over chains ([`SovDefinition`]) | no chain with the state |
//! | `recall_h`, `precision_h`, `mcc_h` | one state against the rest ([`StateConfusion`]) | a state that is never observed (precision: predicted) |
//! | `macro_f1`, `rk` | all states at once ([`StateConfusion`]) | no residue |
//! | `nll`, `brier`, `ece` | probabilities ([`ProbabilityTally`]) | a predictor without them |
//!
//! The eight states have the same names behind `q8_`.

mod boundary;
mod boundary_metrics;
mod confusion;
mod evaluation;
mod prediction;
mod probability;
mod segments;
mod sov;
mod tally;

pub use boundary::{BOUNDARY_DISTANCES, BoundaryTally, RightOf};
pub use boundary_metrics::{compare_boundaries, evaluate_boundaries};
pub use confusion::StateConfusion;
pub use evaluation::{StructureTotals, compare_structure, evaluate_structure};
pub use prediction::{StructureMetricsError, StructurePrediction};
pub use probability::{ProbabilityTally, ReliabilityBin};
pub use sov::{SovDefinition, SovScore, sov};
pub use tally::{ChainTally, StateTally};
