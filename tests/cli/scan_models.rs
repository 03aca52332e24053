//! Several models in one scan.

use std::fs;
use std::path::Path;

use processive_models::{ArchitectureConfig, Model, Network, device};
use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::sample::{bases, description, fasta};
use crate::table::{Row, assert_same, read_tsv};

/// Saves a model with random weights and a window and a bin of its own.
fn save(cli: &Cli, name: &str, arch: &str, (window, bin): (usize, usize), classes: &[&str]) {
    let mut config = ArchitectureConfig::new(arch.parse().unwrap());
    (config.filters, config.kernel, config.hidden, config.dense) = (4, 5, 3, 0);
    let network = Network::init(&config, classes.len(), 7 + window as u64, &device::cpu()).unwrap();
    let mut description = description(&config, classes, "dna");
    (description.window, description.bin, description.threshold) = (window, bin, 0.001 * window as f64);
    name.clone_into(&mut description.name);
    Model::new(description, vec![network])
        .save(&cli.path(&format!("{name}.safetensors")))
        .unwrap();
}

/// Windows that are odd and even, wider and narrower than a bin; networks that share work between windows and one that reads
/// each for itself.
const MODELS: [(&str, &str, usize, &[&str]); 4] = [
    ("even", "bag-cnn", 30, &["a", "b"]),
    ("odd", "bag-cnn", 61, &["c"]),
    ("narrow", "cnn", 7, &["d"]),
    ("letters", "gru", 32, &["e"]),
];

fn folder() -> Cli {
    let cli = Cli::new();
    let gaps = format!("{}{}{}", bases(911, 1), "N".repeat(83), bases(400, 2));
    cli.write(
        "genome.fa",
        fasta(&[("x", gaps), ("y", bases(23, 3)), ("z", bases(700, 4))]),
    );
    for (name, arch, window, classes) in MODELS {
        save(&cli, name, arch, (window, 10), classes);
    }
    cli
}

fn scan(names: &[&str], more: &[&str]) -> Vec<String> {
    let models = names
        .iter()
        .flat_map(|name| ["--model".to_owned(), format!("{name}.safetensors")]);
    let scan = ["scan", "genome.fa"].map(str::to_owned);
    scan.into_iter()
        .chain(models)
        .chain(more.iter().map(|&word| word.to_owned()))
        .collect()
}

fn run(cli: &Cli, args: &[String]) -> crate::fixture::Outcome {
    cli.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn refuse(cli: &Cli, args: &[String], parts: &[&str]) {
    cli.refuse(&args.iter().map(String::as_str).collect::<Vec<_>>(), parts);
}

fn table(cli: &Cli, names: &[&str], more: &[&str]) -> (Vec<String>, Vec<Row>) {
    read_tsv(
        &run(cli, &scan(names, &[&["-o", "-"], more].concat()))
            .succeeded()
            .stdout,
    )
}

/// The tables of single models beside each other.
fn side_by_side(cli: &Cli, names: &[&str], more: &[&str]) -> (Vec<String>, Vec<Row>) {
    let tables = names.iter().map(|name| table(cli, &[name], more));
    tables
        .reduce(|(mut names, mut rows), (more_names, more_rows)| {
            names.extend_from_slice(&more_names[3..]);
            assert_eq!(rows.len(), more_rows.len());
            for (row, more) in rows.iter_mut().zip(more_rows) {
                row.scores.extend(more.scores);
            }
            (names, rows)
        })
        .unwrap()
}

#[test]
fn columns_are_those_of_single_scans_beside_each_other() {
    let cli = folder();
    let all = MODELS.map(|model| model.0);
    for (names, more) in [
        (&all[..], &[][..]),
        (&["odd", "even"], &["--strand", "plus", "--bin", "3"]),
        (&["narrow", "odd"], &["--bin", "40", "-@2"]),
        (
            &["letters", "narrow", "even"],
            &["-r", "x:301-800", "-r", "z", "--batch-size", "5"],
        ),
        (&["letters", "odd"], &["--bin", "17"]),
    ] {
        let (found, expected) = (table(&cli, names, more), side_by_side(&cli, names, more));
        assert_eq!(found.0, expected.0);
        assert!(found.1.len() > 40);
        assert_same(&found.1, &expected.1);
    }
}

#[test]
fn bundled_models_with_windows_of_100_and_101_bases_scan_together() {
    let cli = Cli::new();
    let chr17 = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/dna/human-chr17.fa");
    fs::copy(chr17, cli.path("chr17.fa")).unwrap();
    let scan = |models: &[&'static str]| {
        let args = [&["scan", "chr17.fa", "-r", "chr17:14001-16000", "-o", "-"], models].concat();
        read_tsv(&cli.succeed(&args).stdout)
    };
    let (names, rows) = scan(&["--model", "ctcf", "--model", "srf"]);
    let of = |model| {
        let (names, rows) = scan(&["--model", model]);
        assert_eq!(names[3], model);
        rows
    };
    let (ctcf, srf) = (of("ctcf"), of("srf"));
    assert_eq!(
        names[3..],
        ["ctcf", "ctcf_plus", "ctcf_minus", "srf", "srf_plus", "srf_minus"]
    );
    let columns = |columns: std::ops::Range<usize>| {
        let part = |row: &Row| Row {
            scores: row.scores[columns.clone()].to_vec(),
            ..row.clone()
        };
        rows.iter().map(part).collect::<Vec<_>>()
    };
    assert_same(&columns(0..3), &ctcf);
    assert_same(&columns(3..6), &srf);
}

#[test]
fn the_footer_names_every_model_and_its_window() {
    let cli = folder();
    let outcome = run(&cli, &scan(&["even", "odd"], &["-o", "two.parquet", "--best", "1"])).succeeded();
    assert!(
        outcome.stderr.contains("two.parquet: 206 bins of 10 bp by even, odd"),
        "{outcome:#?}"
    );
    let footer = inspect_parquet(&cli.path("two.parquet")).unwrap().key_values;
    let digest = |name: &str| {
        let model = Model::read(&cli.path(&format!("{name}.safetensors"))).unwrap();
        model.digest().to_owned()
    };
    assert_eq!(footer["processive.model.name"], "even, odd");
    assert_eq!(
        footer["processive.model.digest"],
        format!("{}, {}", digest("even"), digest("odd"))
    );
    assert_eq!(footer["processive.window"], "61");
    let rule = &footer["processive.rule"];
    for part in [
        "even's probability for the 30 bases that begin at 10 i + 5 - 15",
        "odd's probability for the 61 bases that begin at 10 i + 5 - 30",
    ] {
        assert!(rule.contains(part), "{rule}");
    }
}

#[test]
fn classes_that_several_models_have_are_preceded_by_the_model() {
    let cli = folder();
    save(&cli, "other", "bag-cnn", (20, 10), &["c", "f"]);
    let (names, _) = table(&cli, &["odd", "other"], &["--strand", "plus"]);
    assert_eq!(names[3..], ["odd_c", "other_c", "f"]);
    refuse(
        &cli,
        &scan(&["odd", "odd"], &["-o", "out.tsv"]),
        &["'odd_c'", "another column has the same name"],
    );
}

#[test]
fn a_threshold_of_the_model_is_that_of_the_model_of_the_column() {
    let cli = folder();
    for (column, said) in [
        ("b", "0.0300: that of even"),
        ("c_plus", "0.0610: that of odd"),
        ("e", "0.0320: that of letters"),
    ] {
        let more = ["-o", "-", "--format", "bed", "--threshold", "model", "--column", column];
        let outcome = run(&cli, &scan(&["even", "odd", "letters"], &more)).succeeded();
        assert!(outcome.stderr.contains(said), "{outcome:#?}");
    }
    let more = ["-o", "calls.bed", "--threshold", "model"];
    refuse(
        &cli,
        &scan(&["even", "odd"], &more),
        &["choose one of the columns a, a_plus"],
    );
}

#[test]
fn models_with_different_bins_need_a_choice() {
    let cli = folder();
    save(&cli, "wide", "bag-cnn", (30, 25), &["w"]);
    let parts = ["even 10 bp, wide 25 bp", "--bin"];
    refuse(&cli, &scan(&["even", "wide"], &["-o", "out.tsv"]), &parts);
    let both = table(&cli, &["even", "wide"], &["--bin", "25"]).1;
    assert_same(&both, &side_by_side(&cli, &["even", "wide"], &["--bin", "25"]).1);
    refuse(
        &cli,
        &["scan", "genome.fa", "-o", "out.tsv"].map(str::to_owned),
        &["--model"],
    );
    refuse(
        &cli,
        &scan(&["even", "missing"], &["-o", "out.tsv"]),
        &["missing.safetensors"],
    );
}
