//! Scans with motifs against the definition: the score of every window of every contig on both strands.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod failures;
mod flow;
mod footer;
#[path = "../genomes/mod.rs"]
mod genomes;
mod hits;
mod regions;
mod resume;
mod shards;
mod shards_refused;
mod toy;
