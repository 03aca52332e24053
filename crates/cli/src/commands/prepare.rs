//! `processive prepare`: from data as they are found to tables to train on.

pub(crate) mod structure;
