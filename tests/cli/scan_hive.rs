//! Scans that are folders: a Parquet file for each contig.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::sample::{bases, fasta, genome, save_tiny_model};

const SCAN: [&str; 6] = [
    "scan",
    "genome.fa",
    "--model",
    "tiny.safetensors",
    "--partition-by",
    "chrom",
];

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

/// The files of a table with their bytes.
fn parts(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut parts = BTreeMap::new();
    for value in fs::read_dir(folder).unwrap() {
        let value = value.unwrap();
        let file = value.path().join("part-0.parquet");
        parts.insert(value.file_name().into_string().unwrap(), fs::read(file).unwrap());
    }
    parts
}

#[test]
fn every_contig_with_rows_has_a_file() {
    let cli = folder();
    let (one, two) = (bases(1000, 1), bases(40, 2));
    let contigs = [("chr1", one.as_str()), ("gap", "NNNNNNN"), ("a|b:2", &two)];
    cli.write("genome.fa", fasta(&contigs));
    let outcome = cli.succeed(&[&SCAN[..], &["-o", "out", "-@2"]].concat());
    assert!(
        outcome.stderr.contains("out: 104 bins of 10 bp by tiny"),
        "{outcome:#?}"
    );
    let names: Vec<String> = parts(&cli.path("out")).into_keys().collect();
    assert_eq!(names, ["chrom=a%7Cb%3A2", "chrom=chr1"]);

    let summary = inspect_parquet(&cli.path("out/chrom=a%7Cb%3A2/part-0.parquet")).unwrap();
    assert_eq!(summary.rows, 4);
    let columns: Vec<&str> = summary.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["start", "end", "tiny", "tiny_plus", "tiny_minus"]);
    assert_eq!(summary.key_values["processive.partition.chrom"], "a|b:2");
    assert_eq!(
        summary.key_values["processive.genome.contigs"],
        r#"[["chr1",1000],["gap",7],["a|b:2",40]]"#
    );
}

#[test]
fn the_folder_is_the_same_for_any_number_of_threads() {
    let cli = folder();
    let table = |threads: &str| {
        cli.succeed(&[&SCAN[..], &["-o", "out", "--bin", "3", threads, "--force"]].concat());
        parts(&cli.path("out"))
    };
    let one = table("-@1");
    assert_eq!(one.len(), 3);
    assert!(table("-@2") == one && table("-@5") == one);
}

#[test]
fn inspect_tells_of_all_files_together() {
    let cli = folder();
    cli.succeed(&[&SCAN[..], &["-o", "out"]].concat());
    let text = cli.succeed(&["inspect", "out"]).stdout;
    assert!(text.starts_with("out: Parquet, 3 files, "), "{text}");
    assert!(
        text.contains("196 rows in 3 row groups") && text.contains("processive.command"),
        "{text}"
    );
    assert!(!text.contains("partition.chrom"), "{text}");
    fs::create_dir(cli.path("empty")).unwrap();
    cli.refuse(&["inspect", "empty"], &["empty is a folder without a table"]);
}

#[test]
fn what_cannot_be_such_a_folder_is_refused() {
    let cli = folder();
    cli.write("file", "precious");
    for (output, more, said) in [
        ("-", &[][..], &["--partition-by writes a folder"][..]),
        ("out.tsv", &[], &["folder of Parquet files, not tsv"]),
        (
            "out",
            &["--format", "bedgraph"],
            &["folder of Parquet files, not bedgraph"],
        ),
        ("out", &["--threshold", "0.5"], &["--threshold makes calls"]),
        ("file", &["--force"], &["file is a file"]),
        ("missing/out", &[], &["missing/out"]),
    ] {
        cli.refuse(&[&SCAN[..], &["-o", output], more].concat(), said);
        assert!(!cli.path("out").exists());
    }
    assert_eq!(cli.read_text("file"), "precious");
    let by = [
        "scan",
        "genome.fa",
        "--model",
        "tiny.safetensors",
        "-o",
        "out",
        "--partition-by",
        "start",
    ];
    cli.refuse(&by, &["'start'", "chrom"]);
}

#[test]
fn an_existing_folder_is_replaced_with_force_only_and_never_when_it_holds_other_things() {
    let cli = folder();
    let scan = [&SCAN[..], &["-o", "out"]].concat();
    cli.succeed(&scan);
    cli.refuse(&scan, &["out exists already", "--force"]);
    let force = [&scan[..], &["--force"]].concat();
    cli.succeed(&force);
    cli.write("out/chrom=chr1/notes.txt", "precious");
    cli.refuse(&force, &["out/chrom=chr1/notes.txt", "is not replaced"]);
    assert_eq!(cli.read_text("out/chrom=chr1/notes.txt"), "precious");

    // A scan that fails leaves the old table, and nothing beside it.
    fs::remove_file(cli.path("out/chrom=chr1/notes.txt")).unwrap();
    let before = parts(&cli.path("out"));
    cli.write("genome.fa", ">chr1\nACGT\n>chr1\nACGT\n");
    cli.refuse(&force, &["second time"]);
    assert_eq!(parts(&cli.path("out")), before);
    assert_eq!(fs::read_dir(cli.folder()).unwrap().count(), 3);
}
