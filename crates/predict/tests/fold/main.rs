//! The fold engine with a scorer whose answers are known.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed; clippy takes only #[test] functions for tests"
)]
#![allow(clippy::format_collect, reason = "small texts, made in the plainest way")]

mod failures;
mod flow;
mod footer;
mod letters;
mod toy;
