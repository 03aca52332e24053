//! `scan --motifs`: the table of hits, by definition, in every format, and of regions.

use std::fs;
use std::path::Path;

use flate2::read::GzDecoder;
use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::motif_sample::{FIRST, HEADING, SECOND, folder, genome, rows};

/// `0.1` sites of background are added to 20.
fn units(count: u32) -> i64 {
    let p = (f64::from(count) + 0.1 * 0.25) / 20.1;
    ((p / 0.25).log2() * 1000.0).round() as i64
}

/// The score of a word, and how often a random word scores at least as high: counted over all words.
fn scored(counts: &[[u32; 4]]) -> Vec<(i64, f64)> {
    let words = 4usize.pow(counts.len() as u32);
    let score = |word: usize| -> i64 {
        let columns = counts.iter().enumerate();
        columns.map(|(at, column)| units(column[word >> (2 * at) & 3])).sum()
    };
    let scores: Vec<i64> = (0..words).map(score).collect();
    let mut sorted = scores.clone();
    sorted.sort_unstable();
    let reached = |score: i64| words - sorted.partition_point(|&other| other < score);
    scores
        .iter()
        .map(|&score| (score, reached(score) as f64 / words as f64))
        .collect()
}

/// Contig, start, end, motif, strand, score in units and p of every hit, with nothing that the program is made of.
fn by_definition(genome: &[(&str, String)], p: f64) -> Vec<(String, usize, usize, &'static str, char, i64, f64)> {
    let tables = [
        ("M1", FIRST.len(), scored(&FIRST)),
        ("M2", SECOND.len(), scored(&SECOND)),
    ];
    let mut hits = Vec::new();
    for (contig, letters) in genome {
        let letters = letters.to_ascii_uppercase();
        for start in 0..letters.len() {
            for (id, width, table) in &tables {
                let Some(window) = letters.get(start..start + width) else {
                    continue;
                };
                let Some(codes) = window
                    .chars()
                    .map(|letter| "ACGT".find(letter))
                    .collect::<Option<Vec<_>>>()
                else {
                    continue;
                };
                let word = |code: &dyn Fn(usize) -> usize| (0..*width).map(|at| code(at) << (2 * at)).sum::<usize>();
                let plus = word(&|at| codes[at]);
                let minus = word(&|at| 3 - codes[width - 1 - at]);
                for (strand, word) in [('+', plus), ('-', minus)] {
                    let (score, reached) = table[word];
                    if reached <= p {
                        hits.push(((*contig).to_owned(), start, start + width, *id, strand, score, reached));
                    }
                }
            }
        }
    }
    hits
}

#[test]
fn hits_are_those_of_all_words_counted_one_by_one() {
    let cli = folder();
    let text = rows(&cli, "genome.fa", "m.meme", &[]);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(HEADING));
    let expected = by_definition(&genome(), 0.005);
    assert!(expected.len() >= 30, "{}", expected.len());
    let names = |id: &str| if id == "M1" { "first" } else { "second" };
    for (chrom, start, end, id, strand, score, p) in &expected {
        let fields: Vec<&str> = lines.next().unwrap().split('\t').collect();
        let place = [chrom.clone(), start.to_string(), end.to_string()];
        assert_eq!(fields[..3], place);
        assert_eq!(fields[3..6], [*id, names(id), &strand.to_string()]);
        let (found, exact): (f64, f64) = (fields[6].parse().unwrap(), fields[7].parse().unwrap());
        assert!((found * 1000.0 - *score as f64).abs() < 0.01, "{fields:?}");
        assert!((exact - p).abs() < 1e-12, "{fields:?} {p}");
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn the_bundled_real_sequence_has_the_hits_of_the_definition() {
    let cli = folder();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/dna/human-chr17.fa");
    let text = fs::read_to_string(&path).unwrap();
    let letters: String = text.lines().skip(1).collect();
    let expected = by_definition(&[("chr17", letters)], 0.001);
    assert!(expected.len() >= 30, "{}", expected.len());
    fs::copy(path, cli.path("real.fa")).unwrap();
    let args = ["scan", "real.fa", "--motifs", "m.meme", "--p", "0.001", "-o", "-"];
    let text = cli.succeed(&args).stdout;
    let found: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| line.split('\t').take(6).collect())
        .collect();
    let name = |id: &str| if id == "M1" { "first" } else { "second" };
    let line = |(chrom, start, end, id, strand, ..): &(String, usize, usize, &'static str, char, i64, f64)| {
        format!("{chrom}{start}{end}{id}{}{strand}", name(id))
    };
    assert_eq!(found, expected.iter().map(line).collect::<Vec<_>>());
}

#[test]
fn every_format_holds_the_same_rows_and_no_thread_changes_a_byte() {
    let cli = folder();
    let expected = rows(&cli, "genome.fa", "m.meme", &[]);
    for output in ["a.parquet", "a.tsv", "a.tsv.gz", "a.bed"] {
        let bytes = |threads: &str| {
            let args = [
                "scan",
                "genome.fa",
                "--motifs",
                "m.meme",
                "--p",
                "0.005",
                "--force",
                threads,
            ];
            cli.succeed(&[&args[..], &["-o", output]].concat());
            cli.read(output)
        };
        let one = bytes("-@1");
        assert!(bytes("-@2") == one && bytes("-@5") == one, "{output}");
    }
    assert_eq!(cli.read_text("a.tsv"), expected);
    let packed = cli.read("a.tsv.gz");
    assert_eq!(std::io::read_to_string(GzDecoder::new(&packed[..])).unwrap(), expected);
    let bed: Vec<String> = expected.lines().skip(1).map(bed_line).collect();
    assert_eq!(cli.read_text("a.bed").lines().collect::<Vec<_>>(), bed);

    let footer = inspect_parquet(&cli.path("a.parquet")).unwrap();
    assert_eq!(footer.rows, bed.len() as u64);
    let keys = &footer.key_values;
    assert_eq!(keys["processive.p"], "0.005");
    assert_eq!(keys["processive.granularity"], "0.001");
    assert_eq!(
        keys["processive.background"],
        r#"{"A":0.25,"C":0.25,"G":0.25,"T":0.25,"source":"uniform"}"#
    );
    assert!(keys["processive.command"].starts_with("processive scan genome.fa --motifs m.meme"));
    assert!(keys["processive.motifs"].contains(r#""id":"M2""#));
    assert!(
        cli.succeed(&["inspect", "a.parquet"])
            .stdout
            .contains("processive.motifs")
    );
}

fn bed_line(row: &str) -> String {
    let fields: Vec<&str> = row.split('\t').collect();
    let shade = (-100.0 * fields[7].parse::<f64>().unwrap().log10()).round();
    let (place, strand) = (fields[..3].join("\t"), fields[5]);
    format!("{place}\t{}\t{shade}\t{strand}", fields[3])
}

#[test]
fn regions_give_the_hits_that_overlap_them() {
    let cli = folder();
    let all = rows(&cli, "genome.fa", "m.meme", &[]);
    cli.write("places.bed", "chr2\t100\t400\nchr1\t0\t300\n");
    for (options, places) in [
        (&["-r", "chr1:101-600"][..], &[("chr1", 100, 600)][..]),
        (&["-R", "places.bed"], &[("chr1", 0, 300), ("chr2", 100, 400)]),
        (&["-r", "chr2"], &[("chr2", 0, 1500)]),
        (&["-r", "short", "-r", "none"], &[]),
    ] {
        let overlaps = |line: &&str| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [start, end] = [1, 2].map(|at: usize| fields[at].parse::<u64>().unwrap());
            let is_in = |&(chrom, from, to): &(&str, u64, u64)| fields[0] == chrom && start < to && from < end;
            places.iter().any(is_in)
        };
        let expected: Vec<&str> = all.lines().skip(1).filter(overlaps).collect();
        assert_eq!(expected.is_empty(), places.is_empty());
        let found = rows(&cli, "genome.fa", "m.meme", options);
        assert_eq!(found.lines().skip(1).collect::<Vec<_>>(), expected, "{options:?}");
    }
}

#[test]
fn the_columns_are_explained() {
    let cli = Cli::new();
    let text = cli.succeed(&["columns", "hits"]).stdout;
    for name in HEADING.split('\t') {
        let is_line = |line: &str| line.split_ascii_whitespace().next() == Some(name);
        assert!(text.lines().any(is_line), "{name} in {text}");
    }
}
