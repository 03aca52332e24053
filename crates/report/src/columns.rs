//! What every column of every table means.
//!
//! The writers take their column names from here, so this page and the files cannot disagree.

pub mod chains;
pub mod fold;
pub mod hits;

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDoc {
    /// The name in the file; `<class>` stands for the name of a model's class.
    pub name: &'static str,
    /// The type in a Parquet file.
    pub dtype: &'static str,
    /// The unit; `-` for names and pure numbers.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// One kind of table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableDoc {
    /// The name: the command that writes it, `calls` for a scan with a threshold.
    pub name: &'static str,
    /// What a row is and how rows are sorted.
    pub about: &'static str,
    /// The columns in file order.
    pub columns: &'static [ColumnDoc],
}

/// Ends the name of a forward-strand score.
pub const PLUS_SUFFIX: &str = "_plus";

/// Ends the name of a reverse-strand score.
pub const MINUS_SUFFIX: &str = "_minus";

const fn column(name: &'static str, dtype: &'static str, unit: &'static str, meaning: &'static str) -> ColumnDoc {
    ColumnDoc {
        name,
        dtype,
        unit,
        meaning,
    }
}

/// The contig of an interval.
pub const CHROM: ColumnDoc = column(
    "chrom",
    "dictionary<int32, utf8>",
    "-",
    "contig, named as in the genome file up to the first blank",
);

/// The start of an interval.
pub const START: ColumnDoc = column(
    "start",
    "int32",
    "bp",
    "start of the bin, 0-based; int64 when a contig is longer than 2^31 - 1",
);

/// The end of an interval.
pub const END: ColumnDoc = column(
    "end",
    "int32",
    "bp",
    "end of the bin, excluded (half-open); int64 as for start",
);

/// The columns that place a row of a scan.
pub const SCAN_PLACE: [ColumnDoc; 3] = [CHROM, START, END];

const SCAN: [ColumnDoc; 6] = [
    CHROM,
    START,
    END,
    column(
        "<class>",
        "float32",
        "0-1",
        "score of the class at the bin's centre; with both strands, their mean",
    ),
    column(
        "<class>_plus",
        "float32",
        "0-1",
        "score of the sequence as the file has it (both strands only)",
    ),
    column(
        "<class>_minus",
        "float32",
        "0-1",
        "score of its reverse complement (both strands only)",
    ),
];

const CALLS: [ColumnDoc; 10] = [
    column("chrom", "text", "-", "contig"),
    column("start", "text", "bp", "start of the first bin of the call, 0-based"),
    column("end", "text", "bp", "end of the last bin of the call, excluded"),
    column("name", "text", "-", "the score column that the call was made on"),
    column("score", "text", "0-1000", "round(1000 x the largest score of the call)"),
    column("strand", "text", "-", "always '.': a call has no strand"),
    column(
        "signal",
        "text",
        "0-1",
        "the largest score of the call (narrowPeak only)",
    ),
    column("p_value", "text", "-", "always -1: not computed (narrowPeak only)"),
    column("q_value", "text", "-", "always -1: not computed (narrowPeak only)"),
    column(
        "summit",
        "text",
        "bp",
        "centre of the first bin with the largest score, from start (narrowPeak only)",
    ),
];

/// The columns of an evaluation, in file order.
pub const EVALUATION: [ColumnDoc; 12] = [
    column("task", "utf8", "-", "what is predicted, e.g. tfbs"),
    column(
        "model",
        "utf8",
        "-",
        "name of the model, or of the baseline: gc, kmer_lr, best_pwm; majority, gor17; or two of them, 'b less a'",
    ),
    column(
        "arch",
        "utf8",
        "-",
        "architecture of the model; 'baseline' for a baseline, 'external' for another program, 'difference' for what b has more than a",
    ),
    column("dataset", "utf8", "-", "the labelled data"),
    column(
        "seed",
        "uint64",
        "-",
        "seed of the training run; empty when there is none",
    ),
    column(
        "metric",
        "utf8",
        "-",
        "auroc auprc mcc accuracy f1 brier ece; of structure q3 q8 sov94 sov99 sov_refine recall_h q8_recall_g nll q3_start_0 and others",
    ),
    column("value", "float64", "metric", "the metric on the data set"),
    column(
        "ci_low",
        "float64",
        "metric",
        "lower end of the 95 % bootstrap interval; empty when not computed",
    ),
    column(
        "ci_high",
        "float64",
        "metric",
        "upper end of the 95 % bootstrap interval; empty when not computed",
    ),
    column(
        "n",
        "uint64",
        "examples",
        "number of labelled examples; of structure: scored residues",
    ),
    column(
        "parameters",
        "uint64",
        "-",
        "trainable numbers of the model; empty for a baseline",
    ),
    column(
        "train_seconds",
        "float64",
        "s",
        "wall time of the training; empty when not known",
    ),
];

/// The columns of a comparison, in file order: those of an evaluation, `arch` naming a baseline, too.
pub const COMPARISON: [ColumnDoc; 12] = {
    let mut columns = EVALUATION;
    columns[1].meaning = "name of the network or of the baseline, as in arch";
    columns[2].meaning = "architecture of the network, or name of the baseline: gc, kmer_lr, best_pwm";
    columns[4].meaning = "seed of the training run; empty for a baseline";
    columns[6].meaning = "the metric on the test examples of the data set";
    columns[9].meaning = "number of test examples";
    columns[11].meaning = "wall time of the training, several at a time with --jobs; empty for a baseline";
    columns
};

const TABLES: [TableDoc; 10] = [
    TableDoc {
        name: "scan",
        about: "one row per scored bin, sorted by contig as in the genome file, then start (Parquet, TSV; bedGraph holds chrom, start, end and one score, without a header; bigWig the same). With --quantize scores are uint8 or uint16: value = code x scale; the scale is 1/255 or 1/65535, and stands as processive.scale in the metadata of the Arrow field and in processive.quantize in the footer",
        columns: &SCAN,
    },
    TableDoc {
        name: "calls",
        about: "scan --threshold: one row per run of adjacent bins that reach the threshold; scan --top: one row per site, a bin that no better bin is near (BED6: the first six columns; narrowPeak: all; no header)",
        columns: &CALLS,
    },
    TableDoc {
        name: "evaluate",
        about: "one row per model, data set, seed and metric (Parquet, TSV, CSV)",
        columns: &EVALUATION,
    },
    TableDoc {
        name: "compare",
        about: "one row per data set, network, seed and metric, then the baselines of the data set (comparison.parquet, comparison.tsv)",
        columns: &COMPARISON,
    },
    TableDoc {
        name: "fold",
        about: "one row per residue, proteins in the order of the sequence file, residues by position (Parquet, TSV; JSON lines: one object per protein, these names)",
        columns: &fold::FOLD,
    },
    TableDoc {
        name: "segments",
        about: "fold to a .segments.tsv file: one row per run of residues in one state, in the order of the residues (TSV; GFF3 holds the same, 1-based and closed)",
        columns: &fold::SEGMENTS,
    },
    TableDoc {
        name: "chains",
        about: "prepare structure: one row per labelled chain, in the order of the sources (Parquet, TSV); train, evaluate and compare read it",
        columns: &chains::CHAINS,
    },
    TableDoc {
        name: "drops",
        about: "prepare structure --report: one row per chain that was left out, first those like protected ones, then copies (TSV)",
        columns: &chains::DROPS,
    },
    TableDoc {
        name: "hits",
        about: "scan --motifs: one row per hit, sorted by contig as in the genome file, then start, then motif as in the motif file, then strand, + first (Parquet, TSV)",
        columns: &hits::HITS,
    },
    TableDoc {
        name: "hits-bed",
        about: "scan --motifs to a .bed file: the same rows as BED6, without a header",
        columns: &hits::HITS_BED,
    },
];

/// The documentation of every table that the program writes.
pub fn tables() -> &'static [TableDoc] {
    &TABLES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_those_that_other_programs_rely_on() {
        let names = |columns: &[ColumnDoc]| columns.iter().map(|column| column.name).collect::<Vec<_>>().join(" ");
        assert_eq!(names(&SCAN), "chrom start end <class> <class>_plus <class>_minus");
        assert_eq!(
            names(&EVALUATION),
            "task model arch dataset seed metric value ci_low ci_high n parameters train_seconds"
        );
    }

    #[test]
    fn a_comparison_has_the_columns_of_an_evaluation() {
        let shape = |columns: &[ColumnDoc]| columns.iter().map(|c| (c.name, c.dtype, c.unit)).collect::<Vec<_>>();
        assert_eq!(shape(&COMPARISON), shape(&EVALUATION));
    }

    #[test]
    fn every_column_is_explained_once() {
        for table in tables() {
            let names: BTreeSet<_> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
            assert!(
                table
                    .columns
                    .iter()
                    .all(|column| !column.meaning.is_empty() && !column.unit.is_empty())
            );
        }
    }

    #[test]
    fn strand_suffixes_are_those_of_the_table() {
        assert_eq!(SCAN[4].name, format!("<class>{PLUS_SUFFIX}"));
        assert_eq!(SCAN[5].name, format!("<class>{MINUS_SUFFIX}"));
    }
}
