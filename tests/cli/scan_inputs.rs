//! Genomes in every form that is accepted.

use std::fs;
use std::path::Path;

use crate::fixture::Cli;
use crate::sample::{BIN, bases, bgzip, fasta, genome, gzip, save_tiny_model, tiny_model};
use crate::table::{assert_same, by_definition, read_tsv};

const SCAN: [&str; 5] = ["--model", "tiny.safetensors", "-o", "-", "-q"];

fn folder() -> Cli {
    let cli = Cli::new();
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

fn scan(cli: &Cli, genome: &str) -> String {
    let outcome = cli.succeed(&[&["scan", genome], &SCAN[..]].concat());
    assert_eq!(outcome.stderr, "");
    outcome.stdout
}

#[test]
fn the_same_letters_give_the_same_rows_however_they_are_stored() {
    let cli = folder();
    let plain = fasta(&genome());
    cli.write("plain.fa", &plain);
    let expected = scan(&cli, "plain.fa");
    let lower: String = plain.lines().map(|line| if line.starts_with('>') { line.to_owned() } else { line.to_lowercase() } + "\n").collect();
    let unwrapped: String = genome()
        .iter()
        .map(|(name, letters)| format!(">{name}\n{letters}\n"))
        .collect();
    let uracil: String = plain.lines().map(|line| if line.starts_with('>') { line.to_owned() } else { line.replace('T', "U") } + "\n").collect();
    for (name, content) in [
        ("lower.fa", lower.into_bytes()),
        ("rna.fa", uracil.into_bytes()),
        ("unwrapped.fa", unwrapped.into_bytes()),
        ("crlf.fa", plain.replace('\n', "\r\n").into_bytes()),
        ("no_last_newline.fa", plain.trim_end().as_bytes().to_vec()),
        ("byte_order_mark.fa", [b"\xef\xbb\xbf", plain.as_bytes()].concat()),
        ("gzip.fa.gz", gzip(plain.as_bytes())),
        (
            "members.fa.gz",
            [gzip(&plain.as_bytes()[..500]), gzip(&plain.as_bytes()[500..])].concat(),
        ),
        ("bgzip.fa.gz", bgzip(plain.as_bytes(), 300)),
        ("misnamed.txt", bgzip(plain.as_bytes(), 1000)),
    ] {
        cli.write(name, content);
        assert_eq!(scan(&cli, name), expected, "{name}");
    }
}

#[test]
fn threads_that_inflate_change_no_byte_and_no_message() {
    let cli = folder();
    let whole = bgzip(fasta(&genome()).as_bytes(), 60);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x10;
    for (name, content, code) in [
        ("whole.fa.gz", &whole[..], 0),
        ("damaged.fa.gz", &damaged, 2),
        ("cut.fa.gz", &whole[..whole.len() / 2], 2),
        ("endless.fa.gz", &whole[..whole.len() - 28], 2),
    ] {
        cli.write(name, content);
        let outcome = |threads| {
            let outcome = cli.run(&[&["scan", name, threads], &SCAN[..]].concat());
            // How far a failed scan came is a matter of time.
            let rows = (code == 0).then_some(outcome.stdout);
            (outcome.code, rows, outcome.stderr)
        };
        let alone = outcome("-@1");
        assert_eq!(alone.0, Some(code), "{name}: {}", alone.2);
        assert!(code == 0 || alone.2.contains(name), "{}", alone.2);
        assert_eq!(outcome("-@2"), alone, "{name}");
        assert_eq!(outcome("-@4"), alone, "{name}");
    }
}

#[test]
fn standard_input_is_read_as_a_file_or_a_pipe_plain_or_compressed() {
    let cli = folder();
    let plain = fasta(&genome());
    cli.write("plain.fa", &plain);
    let expected = scan(&cli, "plain.fa");
    let args = [&["scan", "-"], &SCAN[..]].concat();
    assert_eq!(cli.run_on("plain.fa", &args).succeeded().stdout, expected);
    for content in [
        plain.as_bytes().to_vec(),
        gzip(plain.as_bytes()),
        bgzip(plain.as_bytes(), 400),
    ] {
        assert_eq!(cli.run_piped(&content, &args).succeeded().stdout, expected);
    }
}

#[test]
fn bins_without_a_known_base_have_no_row_and_unknown_letters_are_counted() {
    let cli = folder();
    let letters = format!(
        "{}{}{}RYK-{}",
        bases(100, 5),
        "N".repeat(47),
        bases(33, 6),
        "n".repeat(60)
    );
    let contigs = [
        ("gaps", letters.as_str()),
        ("nothing", "NNNNNNNNNNNNN"),
        ("end", "ACGT"),
    ];
    cli.write("gaps.fa", fasta(&contigs));
    let outcome = cli.succeed(&["scan", "gaps.fa", "--model", "tiny.safetensors", "-o", "-"]);
    let (_, rows) = read_tsv(&outcome.stdout);
    assert_same(&rows, &by_definition(&tiny_model(), &contigs, BIN));
    // 25 + 2 + 1 bins, of which 4 in the first gap (100-147), 7 in the second (180-244) and 2 in `nothing` are empty.
    assert_eq!(rows.len(), 28 - 13);
    for said in [
        "gaps.fa: 3 contigs, 261 bases (137 A C G T, 120 N, 4 other letters)",
        "standard output: 15 bins of 10 bp by tiny; 13 bins without a known base left out",
    ] {
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
}

#[test]
fn the_bundled_sequence_of_chromosome_17_is_scanned() {
    let cli = folder();
    let genome = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/dna/human-chr17.fa");
    fs::copy(genome, cli.path("chr17.fa")).unwrap();
    let outcome = cli.succeed(&["scan", "chr17.fa", "--model", "tiny.safetensors", "-o", "chr17.parquet"]);
    // data/SOURCES.md: 40,000 bases, one contig, no N.
    assert!(
        outcome
            .stderr
            .contains("1 contig, 40,000 bases (40,000 A C G T, 0 N, 0 other letters)")
    );
    let rows = processive_report::inspect_parquet(&cli.path("chr17.parquet"))
        .unwrap()
        .rows;
    assert_eq!(rows, 4000);
}
