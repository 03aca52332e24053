//! The commands, one file each: what they take, whom they call, what they say.

pub(crate) mod columns;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod evaluate;
pub(crate) mod fold;
pub(crate) mod gather;
pub(crate) mod halo;
pub(crate) mod inspect;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod prepare;
pub(crate) mod scan;
pub(crate) mod train;
