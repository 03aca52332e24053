//! Scans of parts of a genome.

use crate::fixture::Cli;
use crate::sample::{bgzip, fasta, genome, gzip, save_tiny_model};
use crate::table::{Row, assert_same, read_tsv};

/// A folder with the genome in three forms, and the rows of the whole scan.
fn scanned() -> (Cli, Vec<Row>) {
    let cli = Cli::new();
    let text = fasta(&genome());
    cli.write("genome.fa", &text);
    cli.write("gzip.fa.gz", gzip(text.as_bytes()));
    cli.write("bgzip.fa.gz", bgzip(text.as_bytes(), 250));
    save_tiny_model(&cli.path("tiny.safetensors"));
    let rows = scan(&cli, "genome.fa", &[]);
    (cli, rows)
}

fn scan(cli: &Cli, genome: &str, regions: &[&str]) -> Vec<Row> {
    let args = [&["scan", genome, "--model", "tiny.safetensors", "-o", "-"], regions].concat();
    read_tsv(&cli.succeed(&args).stdout).1
}

/// The rows that share a base with any of `places`, 0-based and half-open.
fn overlapping(rows: &[Row], places: &[(&str, u64, u64)]) -> Vec<Row> {
    let is_wanted = |row: &&Row| {
        places
            .iter()
            .any(|&(chrom, start, end)| row.chrom == chrom && row.start < end && start < row.end)
    };
    rows.iter().filter(is_wanted).cloned().collect()
}

#[test]
fn regions_give_the_rows_of_the_whole_scan_that_overlap_them() {
    let (cli, rows) = scanned();
    cli.write(
        "places.bed",
        "track name=x\nchr2\t5\t6\nchr1\t1000\t1031\nchr1\t1020\t1050\n",
    );
    for (regions, places) in [
        // samtools' text is 1-based and closed.
        (&["-r", "chr1:101-250"][..], &[("chr1", 100, 250)][..]),
        (&["-r", "chr1:1,001-1,010"], &[("chr1", 1000, 1010)]),
        (&["-r", "chr2"], &[("chr2", 0, 700)]),
        (&["--region", "chr1:1200"], &[("chr1", 1199, 1234)]),
        (
            &["-r", "chr3:1-999", "-r", "chr1:11-11"],
            &[("chr1", 10, 11), ("chr3", 0, 17)],
        ),
        (&["-R", "places.bed"], &[("chr1", 1000, 1050), ("chr2", 5, 6)]),
        (
            &["-R", "places.bed", "-r", "chr2:1-9"],
            &[("chr1", 1000, 1050), ("chr2", 0, 9)],
        ),
    ] {
        let expected = overlapping(&rows, places);
        assert!(!expected.is_empty());
        for genome in ["genome.fa", "bgzip.fa.gz", "gzip.fa.gz"] {
            assert_same(&scan(&cli, genome, regions), &expected);
        }
    }
}

#[test]
fn the_summary_says_how_many_regions_were_scanned() {
    let (cli, _) = scanned();
    let args = [
        "scan",
        "genome.fa",
        "--model",
        "tiny.safetensors",
        "-o",
        "part.parquet",
        "-r",
        "chr1:1-20",
        "-r",
        "chr2:1-10",
    ];
    let outcome = cli.succeed(&args);
    assert!(
        outcome.stderr.contains("genome.fa: 2 regions of 3 contigs, 30 bases"),
        "{}",
        outcome.stderr
    );
    let footer = processive_report::inspect_parquet(&cli.path("part.parquet"))
        .unwrap()
        .key_values;
    assert_eq!(footer["processive.extent"], "2 regions");
    assert!(footer["processive.command"].ends_with("--region chr1:1-20 --region chr2:1-10"));
}

#[test]
fn regions_that_are_not_in_the_genome_are_refused() {
    let (cli, _) = scanned();
    cli.write("elsewhere.bed", "chr1\t0\t5\nchr9\t0\t5\n");
    cli.write("beyond.bed", "chr3\t17\t20\n");
    cli.write("broken.bed", "chr1\t0\n");
    for (regions, parts) in [
        (
            &["-r", "chr9:1-5"][..],
            &["chr9:1-5", "the genome has chr1, chr2, chr3"][..],
        ),
        (&["-r", "chr1:2000-2010"], &["chr1:2000-2010", "1234 bases"]),
        (&["-r", "chr1:0-10"], &["chr1:0-10", "1-1234"]),
        (&["-r", "chr1:x-y"], &["chr1:x-y"]),
        (
            &["-R", "elsewhere.bed"],
            &["chr9:1-5", "the genome has chr1, chr2, chr3"],
        ),
        (&["-R", "beyond.bed"], &["chr3", "17 bases"]),
        (&["-R", "broken.bed"], &["broken.bed, line 1", "2 columns"]),
        (&["-R", "missing.bed"], &["missing.bed"]),
    ] {
        for output in ["out.parquet", "out.tsv"] {
            let args = [
                &["scan", "genome.fa", "--model", "tiny.safetensors", "-o", output],
                regions,
            ]
            .concat();
            cli.refuse(&args, parts);
        }
    }
}

#[test]
fn regions_of_standard_input_are_refused() {
    let (cli, _) = scanned();
    let args = [
        "scan",
        "-",
        "--model",
        "tiny.safetensors",
        "-o",
        "out.tsv",
        "-r",
        "chr1",
    ];
    cli.run_on("genome.fa", &args).refused(&["-r and -R", "standard input"]);
    assert!(!cli.path("out.tsv").exists());
}
