//! The scan engine against its definition, with scorers simple enough to compute by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod definition;
mod failures;
mod files;
mod flow;
mod footer;
#[path = "../genomes/mod.rs"]
mod genomes;
mod regions;
mod resume;
mod shards;
mod streams;
mod top;
mod toy;
mod values;
