//! `compare tfbs`: its tables, and what they do not depend on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::fixture::Cli;
use crate::planted::{fasta_of, folder, planted, small_folder, table};

/// Networks so small that a run takes no time.
const BRIEF: [&str; 12] = [
    "--filters",
    "4",
    "--kernel",
    "5",
    "--hidden",
    "4",
    "--dense",
    "0",
    "--batch-size",
    "16",
    "--resamples",
    "50",
];

/// One data set.
const SET: [&str; 2] = ["--dataset", "ap1=train.csv,valid.csv,test.csv"];

/// What a comparison leaves in its folder.
const FILES: [&str; 5] = [
    "comparison.html",
    "comparison.md",
    "comparison.parquet",
    "comparison.tsv",
    "runs.jsonl",
];

/// The arguments of a comparison.
pub(crate) fn compare<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["compare", "tfbs", "--no-progress", "-o", output], &BRIEF[..], more].concat()
}

/// A row of `comparison.tsv` by column, without the time of training, the only value that no seed fixes.
type Row = BTreeMap<String, String>;

fn rows(cli: &Cli, output: &str) -> Vec<Row> {
    let text = cli.read_text(&format!("{output}/comparison.tsv"));
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let names: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|line| {
            let cells = names.iter().cloned().zip(line);
            cells.filter(|(name, _)| name != "train_seconds").collect()
        })
        .collect()
}

/// The different values of a column, sorted.
fn distinct<'a>(rows: &'a [Row], column: &str) -> Vec<&'a str> {
    let values: BTreeSet<&str> = rows.iter().map(|row| row[column].as_str()).collect();
    values.into_iter().collect()
}

/// The files in a folder, sorted.
fn names(cli: &Cli, output: &str) -> Vec<String> {
    let entries = fs::read_dir(cli.path(output)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn bytes(cli: &Cli, output: &str) -> Vec<Vec<u8>> {
    FILES.iter().map(|name| cli.read(&format!("{output}/{name}"))).collect()
}

#[test]
fn every_network_seed_and_baseline_has_its_rows() {
    let cli = folder();
    let args = ["--arch", "bag-cnn,gru", "--seeds", "1,2", "--epochs", "1"];
    let outcome = cli.succeed(&compare("out", &[&SET[..], &args].concat()));
    assert_eq!(names(&cli, "out"), FILES);
    let text = cli.read_text("out/comparison.tsv");
    assert_eq!(
        text.lines().next(),
        Some("task\tmodel\tarch\tdataset\tseed\tmetric\tvalue\tci_low\tci_high\tn\tparameters\ttrain_seconds")
    );
    let rows = rows(&cli, "out");
    assert_eq!(distinct(&rows, "arch"), ["bag-cnn", "gc", "gru", "kmer_lr"]);
    assert_eq!([distinct(&rows, "dataset"), distinct(&rows, "n")], [["ap1"], ["80"]]);
    for (arch, seeds) in [("bag-cnn", vec!["1", "2"]), ("gru", vec!["1", "2"]), ("gc", vec![""])] {
        let auroc = rows
            .iter()
            .filter(|row| row["arch"] == arch && row["metric"] == "auroc");
        let found: Vec<&str> = auroc.map(|row| row["seed"].as_str()).collect();
        assert_eq!(found, seeds, "{arch}");
    }
    // 4 filters of 5 letters with 4 values each and a bias, then one weight for each of them and a bias.
    let of_bag = rows.iter().find(|row| row["arch"] == "bag-cnn").unwrap();
    assert_eq!(of_bag["parameters"], (4 * (5 * 4 + 1) + 4 + 1).to_string());

    assert!(
        outcome
            .stdout
            .starts_with("ap1: 320 training, 60 validation and 80 test examples")
    );
    assert!(outcome.stdout.contains("(1 epoch)."), "{}", outcome.stdout);
    let page = cli.read_text("out/comparison.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("<svg").count(), 1);
    assert!(cli.read_text("out/comparison.md").contains("| kmer\\_lr |"));
    cli.succeed(&["inspect", "out/comparison.parquet"]);
}

#[test]
fn a_network_that_learns_is_told_from_one_that_does_not() {
    let cli = folder();
    let fit = ["--epochs", "3", "--learning-rate", "0.03", "--average-decay", "0.9"];
    let args = ["--arch", "bag-cnn,elman", "--seeds", "1", "--dropout", "0"];
    let width = ["--filters", "8", "--kernel", "11"];
    let words = [
        "compare",
        "tfbs",
        "--hidden",
        "4",
        "--dense",
        "0",
        "--batch-size",
        "16",
        "-o",
        "out",
    ];
    cli.succeed(&[&words[..], &width, &SET, &fit, &args].concat());
    let rows = rows(&cli, "out");
    let auroc = |arch: &str| -> f64 {
        let row = rows.iter().find(|row| row["arch"] == arch && row["metric"] == "auroc");
        row.unwrap()["value"].parse().unwrap()
    };
    assert!(auroc("bag-cnn") > 0.9, "{rows:?}");
    assert!(auroc("elman") < 0.8, "{rows:?}");
    let text = cli.read_text("out/comparison.md");
    let line = text.lines().find(|line| line.starts_with("| elman |")).unwrap();
    assert!(line.contains("| -0.") && line.contains(r"\* |"), "{line}");
}

#[test]
fn a_comparison_that_goes_on_ends_with_the_same_tables() {
    let cli = folder();
    let args = ["--arch", "bag-cnn,gru", "--seeds", "1,2", "--epochs", "1"];
    let args = compare("out", &[&SET[..], &args].concat());
    cli.succeed(&args);
    let (whole, table) = (bytes(&cli, "out"), rows(&cli, "out"));
    let again = [&args[..], &["--resume"]].concat();
    let outcome = cli.succeed(&again);
    assert!(bytes(&cli, "out") == whole, "{}", outcome.stderr);

    // As a power cut leaves it: some work is done, the last line is cut short.
    let journal = cli.read_text("out/runs.jsonl");
    let done: Vec<&str> = journal.split_inclusive('\n').take(2).collect();
    cli.write("out/runs.jsonl", done.concat() + &journal[..40]);
    fs::remove_file(cli.path("out/comparison.tsv")).unwrap();
    cli.succeed(&again);
    assert_eq!(rows(&cli, "out"), table);
    assert!(cli.read_text("out/runs.jsonl").starts_with(&done.concat()));
    assert_eq!(names(&cli, "out"), FILES);
}

#[test]
fn tables_do_not_depend_on_jobs_and_threads() {
    let cli = small_folder();
    let args = ["--arch", "bag-cnn,gru", "--seeds", "1,2", "--epochs", "1"];
    cli.write("test.csv", table(&planted(40, 105), ','));
    let data = ["--dataset", "small=small.csv,,test.csv"];
    let rows_of = |output: &str, more: &[&str]| {
        cli.succeed(&compare(output, &[&args[..], &data, more].concat()));
        rows(&cli, output)
    };
    let first = rows_of("a", &["-@2", "--jobs", "1"]);
    assert!(rows_of("b", &["-@2", "--jobs", "2"]) == first);
    assert!(rows_of("c", &["-@1"]) == first);
}

#[test]
fn data_sets_of_a_file_are_compared_one_by_one_and_in_the_mean() {
    let cli = folder();
    fs::create_dir(cli.path("sets")).unwrap();
    for (name, seed, label) in [
        ("bound.fa", 104, true),
        ("unbound.fa", 104, false),
        ("bound-test.fa", 105, true),
        ("unbound-test.fa", 105, false),
    ] {
        cli.write(&format!("sets/{name}"), fasta_of(&planted(60, seed), label));
    }
    cli.write(
        "sets/sets.toml",
        "[[dataset]]\nname = 'tables'\ntrain = '../train.csv'\nvalid = '../valid.csv'\ntest = '../test.csv'\n\
         [[dataset]]\nname = 'records'\npositives = 'bound.fa'\nnegatives = 'unbound.fa'\nvalid-fraction = 0.25\n\
         test-positives = 'bound-test.fa'\ntest_negatives = 'unbound-test.fa'\n",
    );
    let args = ["--datasets", "sets/sets.toml", "--arch", "bag-cnn,gru", "--seeds", "1"];
    let examples = ["--examples", "640", "--reference", "gru"];
    let outcome = cli.succeed(&compare("out", &[&args[..], &examples].concat()));
    assert_eq!(distinct(&rows(&cli, "out"), "dataset"), ["records", "tables"]);
    assert!(
        outcome.stdout.starts_with("Mean over 2 data sets: "),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.contains("AUROC - gru"));
    // 640 examples: 2 epochs of 320, 14.5 of 44.
    for part in [
        "tables: 320 training",
        "(2 epochs)",
        "records: 44 training",
        "(15 epochs)",
    ] {
        assert!(outcome.stdout.contains(part), "'{part}' is not in {}", outcome.stdout);
    }
    assert_eq!(cli.read_text("out/comparison.html").matches("<svg").count(), 2);
}

#[test]
fn the_learning_rate_is_chosen_on_validation_examples_and_shown() {
    let cli = folder();
    let args = ["--arch", "bag-cnn", "--seeds", "1,2", "--epochs", "1"];
    let rates = ["--tune-learning-rate", "0.001,0.03"];
    cli.succeed(&compare("out", &[&SET[..], &args, &rates].concat()));
    let runs: Vec<Value> = cli
        .read_text("out/runs.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|record: &Value| record["kind"] == "run")
        .collect();
    let trials = runs[0]["trials"].as_array().unwrap();
    let best = trials
        .iter()
        .max_by(|a, b| {
            a["valid_auprc"]
                .as_f64()
                .partial_cmp(&b["valid_auprc"].as_f64())
                .unwrap()
        })
        .unwrap();
    assert_eq!(trials.len(), 2);
    assert!(
        runs.iter().all(|run| run["learning_rate"] == best["learning_rate"]),
        "{runs:?}"
    );
    let text = cli.read_text("out/comparison.md");
    assert!(text.contains("| arch | data set | chosen | 0.001 | 0.03 |"), "{text}");
}

#[test]
fn kept_models_are_those_of_the_table() {
    let cli = folder();
    let args = ["--arch", "bag-cnn", "--seeds", "7", "--epochs", "1", "--keep-models"];
    cli.succeed(&compare("out", &[&SET[..], &args].concat()));
    assert_eq!(names(&cli, "out/models"), ["ap1-bag-cnn-7.safetensors"]);
    let model = "out/models/ap1-bag-cnn-7.safetensors";
    cli.succeed(&[
        "evaluate",
        "--model",
        model,
        "--test",
        "test.csv",
        "-o",
        "metrics.json",
        "-q",
    ]);
    let report: Value = serde_json::from_str(&cli.read_text("metrics.json")).unwrap();
    for row in rows(&cli, "out").iter().filter(|row| row["arch"] == "bag-cnn") {
        let (found, expected) = (&row["value"], &report["metrics"][&row["metric"]]["value"]);
        let difference = found.parse::<f64>().unwrap() - expected.as_f64().unwrap();
        // Probabilities are kept as f32 between training and table.
        assert!(difference.abs() < 1e-6, "{row:?} is not {expected}");
    }
}

#[test]
fn force_begins_anew_and_leaves_strange_files() {
    let cli = folder();
    let begin = [&SET[..], &["--seeds", "1", "--epochs", "1"]].concat();
    cli.succeed(&compare("out", &[&begin[..], &["--arch", "bag-cnn"]].concat()));
    cli.write("out/notes.txt", "mine");
    cli.succeed(&compare("out", &[&begin[..], &["--arch", "gru", "--force"]].concat()));
    assert_eq!(distinct(&rows(&cli, "out"), "arch"), ["gc", "gru", "kmer_lr"]);
    assert!(!cli.read_text("out/runs.jsonl").contains("bag-cnn"));
    assert_eq!(cli.read_text("out/notes.txt"), "mine");
}

#[test]
fn networks_of_one_size_are_within_a_tenth_of_it() {
    let cli = small_folder();
    cli.write("test.csv", table(&planted(40, 105), ','));
    let data = [
        "--train",
        "small.csv",
        "--test",
        "test.csv",
        "--epochs",
        "1",
        "--seeds",
        "1",
    ];
    let size = ["--parameters", "2000", "--arch", "bag-cnn,cnn,gru"];
    cli.succeed(&compare("out", &[&data[..], &size].concat()));
    let rows = rows(&cli, "out");
    for row in rows.iter().filter(|row| !row["seed"].is_empty()) {
        let parameters: usize = row["parameters"].parse().unwrap();
        assert!((1800..=2200).contains(&parameters), "{row:?}");
    }
    assert_eq!(distinct(&rows, "dataset"), ["test.csv"]);
}
