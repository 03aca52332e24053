//! The columns of a table of chains and of what was left out of it.

use super::{ColumnDoc, column};

/// The columns of a table of chains, in file order.
pub const CHAINS: [ColumnDoc; 8] = [
    column("id", "utf8", "-", "chain, named as in its source"),
    column("source", "utf8", "-", "data set that the chain comes from"),
    column(
        "split",
        "utf8",
        "-",
        "what the chain is for: train, valid or test; empty when it is in no split",
    ),
    column(
        "cluster",
        "utf8",
        "-",
        "group of similar chains, named after its first; empty when chains have not been grouped",
    ),
    column(
        "sequence",
        "utf8",
        "-",
        "letters of the residues, exactly as the source has them",
    ),
    column(
        "q3",
        "utf8",
        "-",
        "a letter per residue: H (helix), E (strand) or C (coil); of a residue that is not scored it means nothing",
    ),
    column(
        "q8",
        "utf8",
        "-",
        "a letter per residue: the states of DSSP, H B E G I T S C; empty (null in Parquet) when the source tells three",
    ),
    column(
        "mask",
        "utf8",
        "-",
        "a digit per residue: 1 when it is scored, 0 when its structure is not resolved or not wanted",
    ),
];

/// The columns of the report of what was left out, in file order.
pub const DROPS: [ColumnDoc; 10] = [
    column("id", "text", "-", "chain that was left out"),
    column("source", "text", "-", "data set that it comes from"),
    column(
        "reason",
        "text",
        "-",
        "shared-stretch or similar (to a protected chain), duplicate (of a chain that is kept), carried-over (likewise, and its states of eight went to the kept one)",
    ),
    column("with", "text", "-", "the protected or the kept chain"),
    column("with_source", "text", "-", "data set of that chain"),
    column(
        "stretch_length",
        "text",
        "residues",
        "length of the longest exact stretch that the two share; 0 for copies",
    ),
    column("stretch", "text", "-", "that stretch; empty for copies"),
    column(
        "identity",
        "text",
        "0-1",
        "share of equal residues in the alignment of the two; empty for copies",
    ),
    column(
        "cover",
        "text",
        "0-1",
        "share of the shorter chain that the alignment covers; empty for copies",
    ),
    column(
        "residues",
        "text",
        "residues",
        "scored residues of the chain that was left out",
    ),
];
