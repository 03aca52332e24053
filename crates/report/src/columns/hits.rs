//! The columns of a scan with motifs.

use super::{CHROM, ColumnDoc, column};

/// The first base of a hit.
pub const START: ColumnDoc = column(
    "start",
    "int32",
    "bp",
    "first base of the hit, 0-based; int64 when a contig is longer than 2^31 - 1",
);

/// The base after the last of a hit.
pub const END: ColumnDoc = column(
    "end",
    "int32",
    "bp",
    "base after the last of the hit (half-open): start + the motif's width; int64 as for start",
);

/// The motif of a hit.
pub const MOTIF: ColumnDoc = column(
    "motif",
    "dictionary<int32, utf8>",
    "-",
    "accession of the motif, as in the motif file; the second X of a file is X#2",
);

/// The other name of the motif.
pub const NAME: ColumnDoc = column(
    "name",
    "dictionary<int32, utf8>",
    "-",
    "other name of the motif, e.g. of the factor; the accession again when the file gives none",
);

/// The strand on which the motif reads.
pub const STRAND: ColumnDoc = column(
    "strand",
    "dictionary<int32, utf8>",
    "-",
    "'+' when the letters of the file match the motif, '-' when their reverse complement does",
);

/// The score of a hit.
pub const SCORE: ColumnDoc = column(
    "score",
    "float32",
    "bits",
    "log2(p / background) summed over the motif, each position rounded to 1/1000",
);

/// The probability of a score.
pub const P: ColumnDoc = column(
    "p",
    "float64",
    "0-1",
    "exact probability that a random window (independent bases of the background) scores at least as high with this motif on this strand",
);

/// The columns of a table of hits, in file order.
pub const HITS: [ColumnDoc; 8] = [CHROM, START, END, MOTIF, NAME, STRAND, SCORE, P];

/// The columns of hits as BED6, in file order.
pub const HITS_BED: [ColumnDoc; 6] = [
    column("chrom", "text", "-", "contig"),
    column("start", "text", "bp", "first base of the hit, 0-based"),
    column("end", "text", "bp", "base after the last of the hit"),
    column("name", "text", "-", "accession of the motif"),
    column(
        "score",
        "text",
        "0-1000",
        "round(-100 log10 p), at most 1000: 400 at p = 0.0001, 1000 from p = 1e-10 on",
    ),
    column("strand", "text", "-", "'+' or '-'"),
];
