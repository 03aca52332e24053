//! The whole program: what it writes, what it says, and how it exits.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed; clippy takes only #[test] functions for tests"
)]

mod about;
mod examples;
mod fixture;
mod sample;
mod scan_formats;
mod scan_inputs;
mod scan_manners;
mod scan_refusals;
mod scan_regions;
mod table;
