//! What a scan writes, opened by the readers that people have: `tests/peers/read_outputs.py`.

use std::fs;
use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::Command;

use crate::fixture::{Cli, Outcome};
use crate::sample::{bases, fasta, save_tiny_model};

const READERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/read_outputs.py");

/// The Python that `PROCESSIVE_READERS_PYTHON` names; without it the tests here skip themselves, saying so.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("PROCESSIVE_READERS_PYTHON").map(PathBuf::from);
    if python.is_none() {
        say(
            "SKIPPED: PROCESSIVE_READERS_PYTHON names no Python with polars, duckdb, pyarrow, pyBigWig; no output is opened\n",
        );
    }
    python
}

/// Speaks past the test harness, which hides what a passing test prints.
fn say(text: &str) {
    stderr().write_all(text.as_bytes()).unwrap();
}

/// A folder with a scan in every format. One contig is unknown letters only, one has a name with letters that paths and
/// URLs give a meaning.
fn scanned() -> Cli {
    let cli = Cli::new();
    let gaps = format!("{}{}{}", bases(3000, 1), "N".repeat(700), bases(1503, 2));
    let contigs = [
        ("chr2", gaps),
        ("HLA-A*01:01/x=1%", bases(95, 3)),
        ("gap", "N".repeat(60)),
        ("chr10", bases(40, 4)),
    ];
    cli.write("genome.fa", fasta(&contigs));
    save_tiny_model(&cli.path("tiny.safetensors"));
    for (output, more) in [
        ("all.tsv", &[][..]),
        ("all.tsv.gz", &[]),
        ("all.parquet", &[]),
        ("all", &["--partition-by", "chrom"]),
        ("u8.parquet", &["--quantize", "u8"]),
        ("u16.parquet", &["--quantize", "u16"]),
        ("all.bedgraph", &[]),
        ("all.bw", &[]),
        ("calls.bed", &["--threshold", "0.5"]),
        ("calls.narrowPeak", &["--threshold", "0.5"]),
    ] {
        let args = ["scan", "genome.fa", "--model", "tiny.safetensors", "-q", "-o", output];
        cli.succeed(&[&args[..], more].concat());
    }
    cli
}

#[test]
fn every_format_opens_in_the_readers_that_are_installed() {
    let Some(python) = python() else { return };
    let cli = scanned();
    let read = || Outcome::of(Command::new(&python).args(["-B", READERS]).arg(cli.folder()));
    let outcome = read().succeeded();
    say(&outcome.stdout);
    assert!(outcome.stdout.contains("calls.narrowPeak"), "{outcome:#?}");

    // The script does find differences: another scan under the name of this one.
    for (from, to) in [("u8.parquet", "all.parquet"), ("calls.narrowPeak", "calls.bed")] {
        let right = cli.read(to);
        fs::copy(cli.path(from), cli.path(to)).unwrap();
        let outcome = read();
        if to == "calls.bed" || !outcome.stdout.contains("SKIPPED: polars") {
            assert_eq!(outcome.code, Some(1), "{outcome:#?}");
            assert!(outcome.stderr.contains(to), "{outcome:#?}");
        }
        cli.write(to, right);
    }
}
