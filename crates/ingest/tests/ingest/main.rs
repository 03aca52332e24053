//! Files in, records or messages out.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests panic to fail and say what they skip; clippy takes only #[test] functions for tests"
)]

mod annotations;
mod chains;
mod compression;
mod fasta;
mod files;
mod indexed;
mod mmcif;
mod motif_files;
mod predictions;
mod proteins;
mod real_chains;
mod real_data;
mod real_predictions;
mod structures;
mod tables;
