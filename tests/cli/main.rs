//! The whole program: what it writes, what it says, and how it exits.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed; clippy takes only #[test] functions for tests"
)]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "small texts, made in the plainest way"
)]

mod about;
mod compare;
mod compare_refusals;
mod compare_structure;
mod evaluate;
mod evaluate_refusals;
mod evaluate_rivals;
mod evaluate_structure;
mod evaluate_structure_refusals;
mod evaluate_values;
mod examples;
mod fixture;
mod fold_formats;
mod fold_inputs;
mod fold_int8;
mod fold_manners;
mod fold_refusals;
mod fold_sample;
#[cfg(unix)]
mod interrupts;
mod motif_sample;
mod planted;
mod planted_chains;
mod prepare_structure;
mod sample;
#[cfg(unix)]
mod scan_failures;
mod scan_formats;
mod scan_hive;
mod scan_inputs;
mod scan_int8;
mod scan_manners;
mod scan_models;
mod scan_motifs;
mod scan_motifs_inputs;
mod scan_motifs_resume;
mod scan_motifs_shards;
mod scan_parts;
mod scan_readers;
mod scan_refusals;
mod scan_regions;
mod scan_resume;
mod scan_shards;
mod scan_shards_models;
mod scan_stream;
mod scan_threshold;
mod scan_top;
mod table;
mod torch_parity;
mod torch_reader;
mod torch_residues;
mod train;
mod train_again;
mod train_inputs;
mod train_precision;
mod train_refusals;
mod train_settings;
mod train_structure;
mod train_structure_elders;
mod train_structure_refusals;
mod workflows;
