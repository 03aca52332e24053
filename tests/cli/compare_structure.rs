//! `compare structure`: its tables, and what they do not depend on.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::fixture::Cli;
use crate::planted_chains::{Labels, chain_folder, chain_table, chains};

/// Networks so small that a run takes no time, and rates at which they learn the planted rule.
const SMALL: [&str; 20] = [
    "--chains",
    "chains.tsv",
    "--hidden",
    "8",
    "--layers",
    "1",
    "--dense",
    "0",
    "--dropout",
    "0",
    "--batch-size",
    "4",
    "--average-decay",
    "0.9",
    "--learning-rate",
    "0.03",
    "--resamples",
    "200",
    "--seeds",
    "1,2",
];

/// A folder with `chains.tsv`, and with `new.tsv` to test on.
fn folder() -> Cli {
    let cli = chain_folder();
    cli.write("new.tsv", chain_table(Labels::Eight, &[("", &chains(20, 9))]));
    cli
}

fn compare<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [
        &["compare", "structure", "--no-progress", "-o", output],
        &SMALL[..],
        more,
    ]
    .concat()
}

/// The rows of `comparison.tsv` by column, without the time of training.
fn rows(cli: &Cli, output: &str) -> Vec<BTreeMap<String, String>> {
    let text = cli.read_text(&format!("{output}/comparison.tsv"));
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let names: Vec<String> = lines.next().unwrap().collect();
    let row = |line| {
        names
            .iter()
            .cloned()
            .zip(line)
            .filter(|(name, _)| name != "train_seconds")
    };
    lines.map(|line| row(line.collect::<Vec<_>>()).collect()).collect()
}

fn value(rows: &[BTreeMap<String, String>], arch: &str, seed: &str, metric: &str) -> f64 {
    let row = rows
        .iter()
        .find(|row| row["arch"] == arch && row["seed"] == seed && row["metric"] == metric);
    row.unwrap_or_else(|| panic!("{arch} {seed} {metric}"))["value"]
        .parse()
        .unwrap()
}

#[test]
fn what_lies_behind_a_residue_is_seen_by_those_who_read_from_the_end() {
    let cli = folder();
    let args = [
        "--test",
        "new=new.tsv",
        "--arch",
        "gru,gru-reverse,bigru",
        "--epochs",
        "24",
    ];
    let outcome = cli.succeed(&compare("out", &[&args[..], &["--reference", "gru"]].concat()));
    let rows = rows(&cli, "out");
    for seed in ["1", "2"] {
        // What has been seen says nothing of the state: no guess is better than the commonest.
        assert!(value(&rows, "gru", seed, "q3") < 0.55, "{}", outcome.stdout);
        for arch in ["gru-reverse", "bigru"] {
            assert!(value(&rows, arch, seed, "q3") > 0.95, "{}", outcome.stdout);
            assert!(value(&rows, arch, seed, "sov99") > 0.9, "{}", outcome.stdout);
            assert!(value(&rows, arch, seed, "nll") < value(&rows, "gru", seed, "nll"));
            for distance in ["q3_start_0", "q3_end_0"] {
                assert!(value(&rows, arch, seed, distance) > 0.9, "{}", outcome.stdout);
            }
        }
    }
    assert!(value(&rows, "majority", "", "q3") < 0.55);
    assert!(value(&rows, "gor17", "", "q3") > 0.8);
    let is_of_the_set = |row: &BTreeMap<String, String>| row["dataset"] == "new" && row["n"] == "20";
    assert!(rows.iter().all(|row| row["task"] == "structure" && is_of_the_set(row)));

    let text = cli.read_text("out/comparison.md");
    let line = text.lines().find(|line| line.starts_with("| bigru |")).unwrap();
    assert!(line.contains("| +0.") && line.contains(r"\* |"), "{line}");
    assert!(
        text.contains("## new: Q3 by the distance from the start of a segment"),
        "{text}"
    );
    assert_eq!(cli.read_text("out/comparison.html").matches("<svg").count(), 2);
    cli.succeed(&["inspect", "out/comparison.parquet"]);
    cli.succeed(&["inspect", "out/models/bigru-2.safetensors"]);
    assert!(
        outcome
            .stdout
            .starts_with("new: 60 training, 12 validation and 20 test chains, ")
    );
}

#[test]
fn a_comparison_that_goes_on_ends_with_the_same_bytes() {
    let cli = folder();
    let args = compare(
        "out",
        &["--test", "new=new.tsv", "--arch", "cnn,gru-reverse", "--epochs", "1"],
    );
    cli.succeed(&args);
    let files = [
        "comparison.html",
        "comparison.md",
        "comparison.parquet",
        "comparison.tsv",
        "runs.jsonl",
    ];
    let bytes = || files.map(|name| cli.read(&format!("out/{name}")));
    let (whole, table) = (bytes(), rows(&cli, "out"));
    let again = [&args[..], &["--resume"]].concat();
    assert!(cli.succeed(&again).code == Some(0) && bytes() == whole);

    // As a power cut leaves it: one run is done, the line of the next is cut short, and a model is another's.
    let journal = cli.read_text("out/runs.jsonl");
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    cli.write("out/runs.jsonl", [lines[0], lines[1], &lines[2][..30]].concat());
    let models = ["cnn-1", "cnn-2", "gru-reverse-1"].map(|name| cli.path(&format!("out/models/{name}.safetensors")));
    fs::copy(&models[0], &models[1]).unwrap();
    cli.succeed(&again);
    assert_eq!(rows(&cli, "out"), table);
    assert!(cli.read_text("out/runs.jsonl").starts_with(lines[0]));

    // More test sets need no more training.
    cli.write("more.tsv", chain_table(Labels::Three, &[("", &chains(5, 8))]));
    let before = cli.read("out/runs.jsonl");
    let more = cli.succeed(&[&again[..], &["--test", "more=more.tsv"]].concat());
    assert!(cli.read("out/runs.jsonl") == before, "{}", more.stderr);
    assert_eq!(rows(&cli, "out")[..table.len()], table);
    assert!(more.stdout.contains("\nmore: 60 training"), "{}", more.stdout);
    // Where the eight states are not known, nothing is said of them.
    let is_of_eight = |row: &BTreeMap<String, String>| row["metric"].starts_with("q8");
    assert!(table.iter().any(is_of_eight));
    assert!(!rows(&cli, "out")[table.len()..].iter().any(is_of_eight));
}

#[test]
fn tables_do_not_depend_on_jobs_and_threads() {
    let cli = folder();
    let args = ["--test", "new=new.tsv", "--arch", "birnn,dilated-cnn", "--epochs", "1"];
    let rows_of = |output: &str, more: &[&str]| {
        cli.succeed(&compare(output, &[&args[..], more].concat()));
        rows(&cli, output)
    };
    let first = rows_of("a", &["-@2", "--jobs", "1"]);
    assert!(rows_of("b", &["-@2", "--jobs", "2"]) == first);
    assert!(rows_of("c", &["-@1"]) == first);
}

#[test]
fn networks_of_one_size_see_the_same_number_of_residues() {
    let cli = folder();
    // 60 chains of 30 to 59 residues, all lengths alike, are 2,670 residues: 7,000 are nearest to three epochs.
    let args = [
        "--parameters",
        "3000",
        "--residues",
        "7000",
        "--arch",
        "lstm,lstm-reverse,bilstm",
    ];
    let outcome = cli.succeed(&compare("out", &args));
    for row in rows(&cli, "out").iter().filter(|row| !row["seed"].is_empty()) {
        let parameters: usize = row["parameters"].parse().unwrap();
        assert!((2700..=3300).contains(&parameters), "{row:?}");
        assert_eq!((row["dataset"].as_str(), row["n"].as_str()), ("test", "5"));
    }
    assert!(
        outcome
            .stdout
            .contains("every run saw 8,010 training residues (3 epochs)"),
        "{}",
        outcome.stdout
    );
    for line in cli.read_text("out/runs.jsonl").lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&record["kind"], &record["epochs"]),
            (&"structure-run".into(), &3.into())
        );
    }
}

#[test]
fn what_cannot_be_compared_is_refused_and_no_folder_made() {
    let cli = folder();
    for split in ["train", "valid"] {
        cli.write(
            &format!("{split}.tsv"),
            chain_table(Labels::Three, &[(split, &chains(4, 1))]),
        );
    }
    cli.write("masked.tsv", "id\tsequence\tq3\tmask\na\tMKV\tHHC\t000\n");
    cli.write("long.tsv", "id\tsequence\tq3\na\tMKV\tHHCC\n");
    let test = ["--test", "new=new.tsv"];
    for (more, parts) in [
        (&["--test", "new.tsv"][..], &["NAME=FILE"][..]),
        (&["--test", "a/b=new.tsv"], &["'a/b'", "letters, digits"]),
        (
            &["--test", "a=new.tsv", "--test", "a=new.tsv"],
            &["two test sets are called 'a'"],
        ),
        (&["--test", "a=missing.tsv"], &["missing.tsv"]),
        (&["--test", "a=masked.tsv"], &["no residue of the test set a is scored"]),
        (&["--test", "a=long.tsv"], &["long.tsv", "3", "4"]),
        (&["--arch", "bag-cnn"], &["bag-cnn", "keeps positions"]),
        (&["--arch", "gru,gru"], &["--arch names something twice"]),
        (&["--arch", "gru-backward"], &["'gru-backward'", "gru-reverse"]),
        (
            &["--arch", "gru", "--reference", "lstm"],
            &["--reference lstm takes no part", "gru"],
        ),
        (
            &["--arch", "gru", "--parameters", "10"],
            &["gru cannot have about 10 parameters"],
        ),
        (&["--residues", "9", "--epochs", "1"], &["cannot be used with"]),
        (&["--q8-weight=-1"], &["--q8-weight cannot be -1"]),
        (&["--reduction", "dssp"], &["ghi-eb"]),
    ] {
        let test = if more.contains(&"--test") { &[][..] } else { &test };
        cli.refuse(&compare("out", &[test, more].concat()), parts);
        assert!(!cli.path("out").exists(), "{more:?}");
    }
    for (chains, test, part) in [
        (&["train.tsv"][..], &test[..], "split 'valid'"),
        (&["valid.tsv"], &test, "split 'train'"),
        (&["train.tsv", "valid.tsv"], &[], "no test chains"),
    ] {
        let args = ["compare", "structure", "-o", "out", "--chains"];
        cli.refuse(&[&args, chains, test].concat(), &[part]);
    }
}
