//! `scan --motifs`: the table of hits, from every format of motif file and every form of genome.

use std::fs;
use std::path::Path;

use flate2::read::GzDecoder;
use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::sample::{bases, bgzip, fasta, gzip, save_tiny_model};

/// Counts of A, C, G, T at the positions of two motifs.
const FIRST: [[u32; 4]; 6] = [
    [17, 1, 1, 1],
    [0, 18, 1, 1],
    [2, 1, 16, 1],
    [0, 0, 0, 20],
    [5, 5, 5, 5],
    [1, 1, 17, 1],
];
const SECOND: [[u32; 4]; 5] = [[1, 9, 9, 1], [20, 0, 0, 0], [0, 1, 0, 19], [3, 13, 1, 3], [0, 0, 20, 0]];

const HEADING: &str = "chrom\tstart\tend\tmotif\tname\tstrand\tscore\tp";

fn meme(motifs: &[(&str, &[[u32; 4]])]) -> String {
    let mut text = "MEME version 4\n\nALPHABET= ACGT\n\n".to_owned();
    for (names, counts) in motifs {
        text += &format!(
            "MOTIF {names}\nletter-probability matrix: alength= 4 w= {} nsites= 20\n",
            counts.len()
        );
        for row in *counts {
            text += &row.map(|count| format!("{:.2}", f64::from(count) / 20.0)).join(" ");
            text += "\n";
        }
    }
    text
}

fn jaspar(motifs: &[(&str, &[[u32; 4]])]) -> String {
    let mut text = String::new();
    for (names, counts) in motifs {
        text += &format!(">{names}\n");
        for (base, letter) in "ACGT".chars().enumerate() {
            let row: Vec<String> = counts.iter().map(|column| column[base].to_string()).collect();
            text += &format!("{letter} [ {} ]\n", row.join(" "));
        }
    }
    text
}

fn transfac(motifs: &[(&str, &[[u32; 4]])]) -> String {
    let mut text = String::new();
    for (names, counts) in motifs {
        let (id, name) = names.split_once(' ').unwrap();
        text += &format!("AC {id}\nXX\nNA {name}\nXX\nP0 A C G T\n");
        for (place, row) in counts.iter().enumerate() {
            text += &format!("{:02} {}\n", place + 1, row.map(|count| count.to_string()).join(" "));
        }
        text += "XX\n//\n";
    }
    text
}

fn motifs() -> [(&'static str, &'static [[u32; 4]]); 2] {
    [("M1 first", &FIRST), ("M2 second", &SECOND)]
}

fn genome() -> Vec<(&'static str, String)> {
    let gaps = bases(900, 1).to_lowercase() + &"N".repeat(40) + &bases(700, 2) + "RYK-" + &bases(400, 3);
    vec![
        ("chr1", gaps),
        ("none", "N".repeat(70)),
        ("short", "ACG".to_owned()),
        ("chr2", bases(1500, 4)),
    ]
}

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    cli.write("m.meme", meme(&motifs()));
    cli
}

fn rows(cli: &Cli, genome: &str, motifs: &str, more: &[&str]) -> String {
    let args = ["scan", genome, "--motifs", motifs, "--p", "0.005", "-o", "-"];
    cli.succeed(&[&args[..], more].concat()).stdout
}

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
fn all_formats_of_motifs_and_forms_of_genomes_have_the_same_hits() {
    let cli = folder();
    let expected = rows(&cli, "genome.fa", "m.meme", &[]);
    cli.write("m.jaspar", jaspar(&motifs()));
    cli.write("m.transfac", transfac(&motifs()));
    cli.write("m.txt.gz", gzip(meme(&motifs()).as_bytes()));
    for file in ["m.jaspar", "m.transfac", "m.txt.gz"] {
        assert_eq!(rows(&cli, "genome.fa", file, &[]), expected, "{file}");
    }
    let plain = fasta(&genome());
    cli.write("g.fa.gz", gzip(plain.as_bytes()));
    cli.write("b.fa.gz", bgzip(plain.as_bytes(), 300));
    for file in ["g.fa.gz", "b.fa.gz"] {
        assert_eq!(rows(&cli, file, "m.meme", &[]), expected, "{file}");
    }
    let args = ["scan", "-", "--motifs", "m.meme", "--p", "0.005", "-o", "-"];
    assert_eq!(cli.run_piped(plain.as_bytes(), &args).succeeded().stdout, expected);
    let args = ["scan", "genome.fa", "--motifs", "-", "--p", "0.005", "-o", "-"];
    let piped = cli.run_piped(meme(&motifs()).as_bytes(), &args).succeeded();
    assert_eq!(piped.stdout, expected);
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
fn motifs_with_one_accession_are_told_apart_and_only_chooses_among_them() {
    let cli = folder();
    cli.write("twice.meme", meme(&[("M1 first", &FIRST), ("M1 second", &SECOND)]));
    let args = ["scan", "genome.fa", "--motifs", "twice.meme", "--p", "0.005", "-o", "-"];
    let outcome = cli.succeed(&args);
    assert!(
        outcome.stderr.contains("the first is called M1#2"),
        "{}",
        outcome.stderr
    );
    let expected = rows(&cli, "genome.fa", "m.meme", &[]).replace("M2", "M1#2");
    assert_eq!(outcome.stdout, expected);

    let kept = |id: &str| {
        let lines = expected
            .lines()
            .skip(1)
            .filter(|line| line.contains(&format!("\t{id}\t")));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for (choice, id) in [("m1#2", "M1#2"), ("SECOND", "M1#2"), ("first", "M1")] {
        let text = rows(&cli, "genome.fa", "twice.meme", &["--only", choice]);
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), kept(id), "{choice}");
    }
}

#[test]
fn the_background_is_counted_in_the_genome_or_given() {
    let cli = Cli::new();
    let letters = bases(3000, 9).replace("GC", "AA");
    cli.write("genome.fa", fasta(&[("c", &letters)]));
    cli.write("m.meme", meme(&motifs()));
    let share = |base: char| letters.matches(base).count() as f64 / letters.len() as f64;
    let given = ['A', 'C', 'G', 'T'].map(|base| share(base).to_string());
    cli.write(
        "bg.txt",
        "ACGT"
            .chars()
            .zip(&given)
            .map(|(base, share)| format!("{base} {share}\n"))
            .collect::<String>(),
    );
    let expected = rows(&cli, "genome.fa", "m.meme", &["--background", "genome"]);
    for choice in [&given.join(","), "bg.txt"] {
        assert_eq!(rows(&cli, "genome.fa", "m.meme", &["--background", choice]), expected);
    }
    assert_ne!(rows(&cli, "genome.fa", "m.meme", &[]), expected);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let cli = folder();
    save_tiny_model(&cli.path("tiny"));
    cli.write(
        "zero.meme",
        "MEME version 4\nMOTIF Z\nletter-probability matrix: w= 0\n",
    );
    cli.write("cut.jaspar", ">M1 x\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 ]\nT [ 1 2 ]\n");
    let usual = ["scan", "genome.fa", "--motifs", "m.meme", "-o", "x.tsv"];
    let with = |more: &[&'static str]| [&usual[..], more].concat();
    for (args, parts) in [
        (
            with(&["--model", "tiny"]),
            &["--model and --motifs exclude each other"][..],
        ),
        (
            vec!["scan", "genome.fa", "-o", "x.tsv"],
            &["nothing to scan with", "--model", "--motifs"],
        ),
        (with(&["--bin", "5"]), &["--motifs", "--bin"]),
        (with(&["--threshold", "0.5"]), &["--motifs", "--threshold"]),
        (with(&["--resume"]), &["--motifs", "--resume"]),
        (with(&["--p", "0"]), &["--p", "above 0"]),
        (with(&["--only", "M7"]), &["m.meme", "'M7'"]),
        (with(&["--background", "0.5,0.5,0,0"]), &["--background"]),
        (with(&["-r", "chr9"]), &["chr9"]),
        (
            vec!["scan", "genome.fa", "--motifs", "m.meme", "-o", "x.bw"],
            &["bigwig", ".parquet"],
        ),
        (vec!["scan", "-", "--motifs", "-", "-o", "x.tsv"], &["standard input"]),
        (
            vec!["scan", "genome.fa", "--motifs", "zero.meme", "-o", "x.tsv"],
            &["zero.meme, line 3", "width"],
        ),
        (
            vec!["scan", "genome.fa", "--motifs", "cut.jaspar", "-o", "x.tsv"],
            &["cut.jaspar, line 4", "M1"],
        ),
        (
            vec!["scan", "genome.fa", "--motifs", "genome.fa", "-o", "x.tsv"],
            &["genome.fa, line 2"],
        ),
        (
            vec!["scan", "genome.fa", "--motifs", "absent.meme", "-o", "x.tsv"],
            &["absent.meme"],
        ),
        (
            vec!["scan", "genome.fa", "--model", "tiny", "--p", "0.1", "-o", "x.tsv"],
            &["--motifs"],
        ),
    ] {
        cli.refuse(&args, parts);
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
