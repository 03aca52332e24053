//! What a scan writes, format by format.

use flate2::read::GzDecoder;
use std::io::Read;

use processive_report::{inspect_parquet, read_scan};

use crate::fixture::Cli;
use crate::sample::{BIN, fasta, genome, model, save_tiny_model, tiny_model};
use crate::table::{Row, assert_same, by_definition, read_rows, read_tsv};

/// A folder with a genome and a model, and the scan of one by the other as TSV.
fn scanned() -> (Cli, Vec<Row>) {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli.succeed(&["scan", "genome.fa", "--model", "tiny.safetensors", "-o", "all.tsv"]);
    let (names, rows) = read_tsv(&cli.read_text("all.tsv"));
    assert_eq!(names, ["chrom", "start", "end", "tiny", "tiny_plus", "tiny_minus"]);
    (cli, rows)
}

fn scan(cli: &Cli, output: &str, more: &[&str]) {
    let outcome = cli.succeed(
        &[
            &["scan", "genome.fa", "--model", "tiny.safetensors", "-o", output],
            more,
        ]
        .concat(),
    );
    assert_eq!(outcome.stdout, "");
}

#[test]
fn rows_are_the_probabilities_of_the_windows_around_bins() {
    let (cli, rows) = scanned();
    assert_same(&rows, &by_definition(&tiny_model(), &genome(), BIN));
    assert!(rows.iter().any(|row| row.scores[0] > 0.6) && rows.iter().any(|row| row.scores[0] < 0.4));

    scan(&cli, "seven.tsv", &["--bin", "7", "--batch-size", "3"]);
    assert_same(
        &read_tsv(&cli.read_text("seven.tsv")).1,
        &by_definition(&tiny_model(), &genome(), 7),
    );
}

#[test]
fn parquet_holds_what_tsv_holds_and_says_how_it_was_made() -> Result<(), Box<dyn std::error::Error>> {
    let (cli, rows) = scanned();
    scan(&cli, "all.parquet", &["-@2", "-v"]);
    for (index, column) in ["tiny", "tiny_plus", "tiny_minus"].iter().enumerate() {
        let found: Vec<_> = read_scan(&cli.path("all.parquet"), column)?.collect::<Result<_, _>>()?;
        assert_eq!(found.len(), rows.len());
        for (found, row) in found.iter().zip(&rows) {
            let expected = (row.chrom.as_str(), row.start, row.end, row.scores[index].to_bits());
            assert_eq!((&*found.chrom, found.start, found.end, found.score.to_bits()), expected);
        }
    }
    let footer = inspect_parquet(&cli.path("all.parquet"))?.key_values;
    let command = "processive scan genome.fa --model tiny.safetensors";
    assert_eq!(footer["processive.command"], command);
    assert_eq!(footer["processive.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(footer["processive.model.digest"], tiny_model().digest());
    assert_eq!(footer["bio.coordinate_system_zero_based"], "true");
    Ok(())
}

#[test]
fn bedgraph_holds_one_column() {
    let (cli, rows) = scanned();
    for (more, index) in [(&[][..], 0), (&["--column", "tiny_minus"], 2)] {
        scan(&cli, "one.bedgraph", &[more, &["--force"]].concat());
        let one = |row: &Row| Row {
            scores: vec![row.scores[index]],
            ..row.clone()
        };
        assert_eq!(
            read_rows(&cli.read_text("one.bedgraph")),
            rows.iter().map(one).collect::<Vec<_>>()
        );
    }
}

#[test]
fn bigwig_is_binary_with_the_lengths_of_all_contigs() {
    let (cli, rows) = scanned();
    scan(&cli, "one.bw", &[]);
    let bytes = cli.read("one.bw");
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    // Kent et al. 2010: the mark, and the bases with a value where the header's eighth field points.
    assert_eq!(bytes[..4], 0x888F_FC26_u32.to_le_bytes());
    let bases: u64 = rows.iter().map(|row| row.end - row.start).sum();
    assert_eq!(number(number(44)) as u64, bases);
    for (name, letters) in genome() {
        let key = bytes.windows(4).position(|key| key == name.as_bytes()).unwrap();
        assert_eq!(
            bytes[key + 8..key + 12],
            u32::try_from(letters.len()).unwrap().to_le_bytes()
        );
    }
}

#[test]
fn bed_holds_runs_of_bins_that_reach_the_threshold() {
    let (cli, rows) = scanned();
    scan(&cli, "calls.bed", &["--threshold", "0.5"]);
    let mut calls: Vec<(String, u64, u64, f32)> = Vec::new();
    for row in rows.iter().filter(|row| row.scores[0] >= 0.5) {
        match calls.last_mut() {
            Some((chrom, _, end, best)) if *chrom == row.chrom && *end == row.start => {
                (*end, *best) = (row.end, best.max(row.scores[0]));
            }
            _ => calls.push((row.chrom.clone(), row.start, row.end, row.scores[0])),
        }
    }
    let line = |(chrom, start, end, best): &(String, u64, u64, f32)| {
        format!(
            "{chrom}\t{start}\t{end}\ttiny\t{}\t.\n",
            (f64::from(*best) * 1000.0).round()
        )
    };
    assert!(calls.len() > 3, "{calls:?}");
    assert_eq!(cli.read_text("calls.bed"), calls.iter().map(line).collect::<String>());

    scan(&cli, "calls.narrowPeak", &["--threshold", "0.5"]);
    let peaks = cli.read_text("calls.narrowPeak");
    assert!(peaks.lines().all(|line| line.split('\t').count() == 10));
    assert_eq!(peaks.lines().count(), calls.len());
}

#[test]
fn standard_output_takes_tsv_unless_a_format_is_named() {
    let (cli, rows) = scanned();
    let scan = ["scan", "genome.fa", "--model", "tiny.safetensors", "-o", "-"];
    assert_eq!(cli.succeed(&scan).stdout, cli.read_text("all.tsv"));
    let outcome = cli.succeed(&[&scan[..], &["--format", "bedgraph"]].concat());
    assert_eq!(read_rows(&outcome.stdout).len(), rows.len());
}

#[test]
fn a_named_format_wins_over_the_name_of_the_file() {
    let (cli, _) = scanned();
    scan(&cli, "scan.txt", &["--format", "tsv"]);
    assert_eq!(cli.read("scan.txt"), cli.read("all.tsv"));
    scan(&cli, "all.tsv.gz", &[]);
    let mut unpacked = Vec::new();
    GzDecoder::new(&cli.read("all.tsv.gz")[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, cli.read("all.tsv"));
}

#[test]
fn scores_are_rounded_to_the_decimals_that_are_asked_for() {
    let (cli, rows) = scanned();
    scan(&cli, "rounded.tsv", &["--precision", "2"]);
    let text = cli.read_text("rounded.tsv");
    let (_, rounded) = read_tsv(&text);
    for (rounded, exact) in rounded
        .iter()
        .flat_map(|row| &row.scores)
        .zip(rows.iter().flat_map(|row| &row.scores))
    {
        assert!((rounded - exact).abs() < 0.005_001, "{exact} became {rounded}");
    }
    let decimals = |field: &str| field.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    assert!(
        text.lines()
            .skip(1)
            .flat_map(|line| line.split('\t').skip(3))
            .all(|score| decimals(score) <= 2)
    );
}

#[test]
fn quantized_scores_are_integers_that_say_how_they_are_read() {
    let (cli, rows) = scanned();
    for (codes, highest) in [("u8", 255.0), ("u16", 65_535.0)] {
        let args = [
            "scan",
            "genome.fa",
            "--model",
            "tiny.safetensors",
            "-o",
            "codes.parquet",
            "--force",
            "--quantize",
            codes,
        ];
        let outcome = cli.succeed(&args);
        assert!(outcome.stderr.contains("the largest error is "), "{outcome:#?}");
        let found = read_scan(&cli.path("codes.parquet"), "tiny").unwrap();
        for (found, row) in found.zip(&rows) {
            let (found, exact) = (f64::from(found.unwrap().score), f64::from(row.scores[0]));
            // Half a step, and the rounding of a number below 1 to f32.
            assert!(
                (found - exact).abs() <= 0.5 / highest + 1e-7,
                "{codes}: {exact} became {found}"
            );
        }
        let text = cli.succeed(&["inspect", "codes.parquet"]).stdout;
        assert!(
            text.contains("processive.quantize") && text.contains("code x scale"),
            "{text}"
        );
        assert!(text.contains(&codes.replace('u', "uint")), "{text}");
    }
}

#[test]
fn one_strand_is_the_plus_column_of_both() {
    let (cli, rows) = scanned();
    scan(&cli, "plus.tsv", &["--strand", "plus"]);
    let (names, plus) = read_tsv(&cli.read_text("plus.tsv"));
    assert_eq!(names, ["chrom", "start", "end", "tiny"]);
    let expected = rows.iter().map(|row| Row {
        scores: vec![row.scores[1]],
        ..row.clone()
    });
    assert_same(&plus, &expected.collect::<Vec<_>>());
}

#[test]
fn a_model_with_two_classes_has_columns_for_both_and_needs_a_choice_for_bedgraph() {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    model(&["a", "b"], "dna").save(&cli.path("two.safetensors")).unwrap();
    let scan = |more: &[&'static str]| [&["scan", "genome.fa", "--model", "two.safetensors"], more].concat();
    let outcome = cli.succeed(&scan(&["-o", "-"]));
    assert!(
        outcome
            .stdout
            .starts_with("chrom\tstart\tend\ta\ta_plus\ta_minus\tb\tb_plus\tb_minus\n")
    );
    cli.refuse(
        &scan(&["-o", "b.bedgraph"]),
        &["choose one of the columns a, a_plus, a_minus, b, b_plus, b_minus"],
    );
    cli.refuse(
        &scan(&["-o", "b.bw"]),
        &["bigwig holds one score per row; choose one of the columns a, a_plus"],
    );
    cli.succeed(&scan(&["-o", "b.bedgraph", "--column", "b"]));
    cli.succeed(&scan(&["-o", "b.bw", "--column", "b"]));
    cli.succeed(&scan(&["-o", "minus.bigWig", "--column", "b_minus"]));
    assert_ne!(cli.read("b.bw"), cli.read("minus.bigWig"));
    let (_, rows) = read_tsv(&outcome.stdout);
    let found: Vec<f32> = read_rows(&cli.read_text("b.bedgraph"))
        .iter()
        .map(|row| row.scores[0])
        .collect();
    assert_eq!(found, rows.iter().map(|row| row.scores[3]).collect::<Vec<_>>());
}
