//! The commands that tell: version, help, models, columns, inspect, completions, man.

use std::collections::BTreeMap;

use processive_core::Metric;
use processive_models::{Model, ModelDescription, TrainingRecord};

use crate::fixture::Cli;
use crate::fold_sample::structure_model;
use crate::sample::{fasta, genome, save_tiny_model, tiny_model};

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

/// Runs a command that only tells: everything is on standard output.
fn told(cli: &Cli, args: &[&str]) -> String {
    let outcome = cli.succeed(args);
    assert_eq!(outcome.stderr, "");
    outcome.stdout
}

/// Whether a line has these words as its first ones.
fn has_line(text: &str, words: &[&str]) -> bool {
    text.lines().any(|line| {
        line.split_ascii_whitespace()
            .take(words.len())
            .eq(words.iter().copied())
    })
}

#[test]
fn the_version_is_one_line() {
    let cli = Cli::new();
    let version = format!("processive {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(told(&cli, &["--version"]), version);
    assert_eq!(told(&cli, &["-V"]), version);
}

#[test]
fn only_long_help_has_examples_and_both_kinds_go_to_standard_output() {
    let cli = Cli::new();
    let commands: [&[&str]; 12] = [
        &[],
        &["scan"],
        &["fold"],
        &["prepare", "structure"],
        &["train", "tfbs"],
        &["train", "structure"],
        &["evaluate"],
        &["models"],
        &["columns"],
        &["inspect"],
        &["completions"],
        &["man"],
    ];
    for command in commands {
        let short = told(&cli, &[command, &["-h"]].concat());
        let long = told(&cli, &[command, &["--help"]].concat());
        assert!(!short.contains("Examples:"), "{short}");
        assert_eq!(long.contains("Examples:"), !command.is_empty(), "{long}");
        assert!(short.contains("Usage: processive"), "{short}");
    }
    let help = told(&cli, &["--help"]);
    for command in [
        "scan",
        "fold",
        "prepare",
        "train",
        "evaluate",
        "models",
        "columns",
        "inspect",
        "completions",
        "man",
    ] {
        assert!(has_line(&help, &[command]), "{help}");
    }
}

#[test]
fn help_tells_the_defaults_and_the_units() {
    let help = told(&Cli::new(), &["scan", "--help"]);
    for part in [
        "--bin <BP>",
        "--threshold <P|model|precision=P>",
        "--batch-size <WINDOWS>",
        "[default: both]",
        "[default: 10]",
        "[default: auto]",
        "--region <CHR:START-END>",
        "--regions <BED>",
        "-@, --threads <N>",
        "0-based and half-open",
    ] {
        assert!(help.contains(part), "'{part}' is not in {help}");
    }
}

#[test]
fn bad_usage_is_refused_with_status_2() {
    let cli = Cli::new();
    cli.refuse(&["no-such-command"], &["no-such-command"]);
    cli.refuse(&["scan"], &["--output", "GENOME"]);
    cli.refuse(
        &["columns", "no-such-table"],
        &["no-such-table", "scan, calls, evaluate"],
    );
    cli.refuse(&["completions", "no-such-shell"], &["no-such-shell", "bash"]);
    cli.refuse(&["man", "no-such-command"], &["no-such-command"]);
    let outcome = cli.run(&[]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    assert!(outcome.stderr.contains("Usage: processive"), "{}", outcome.stderr);
}

#[test]
fn the_list_of_models_has_a_line_for_each_bundled_file() {
    let cli = Cli::new();
    let list = told(&cli, &["models"]);
    assert!(
        has_line(
            &list,
            &["name", "arch", "parameters", "window", "test", "AUROC", "summary"]
        ),
        "{list}"
    );
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let lines = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("name "));
    assert_eq!(lines.count(), names.len());
    for name in &names {
        assert!(has_line(&list, &[name]), "{list}");
        assert!(told(&cli, &["models", &name.to_uppercase()]).starts_with(&format!("{name}: ")));
    }
    let json: serde_json::Value = serde_json::from_str(&told(&cli, &["models", "--json"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), names.len());
}

#[test]
fn a_model_file_is_described_with_its_data_and_metrics() {
    let cli = folder();
    let text = told(&cli, &["models", "tiny.safetensors"]);
    assert!(text.starts_with("tiny: random weights\n"), "{text}");
    for words in [
        &["task", "tfbs"][..],
        &["alphabet", "dna"],
        &["architecture", "bag-cnn"],
        &["window", "30", "bp"],
        &["context", "15", "bp"],
        &["bin", "10", "bp,"],
        &["receptive", "field", "5", "bp"],
        &["threshold", "0.6250"],
        &["sha256", tiny_model().digest()],
        &["file", "seed.txt", "sha256", "00ff"],
        &["training", "100", "examples,", "50", "bound"],
        &["validation", "20", "examples,", "10", "bound"],
        &["validation", "contigs", "chr2"],
        &["test", "contigs", "chr3,", "chr4"],
        &["metrics", "on", "10", "examples", "of", "nothing"],
        &["metric", "model", "gc"],
        &["auroc", "0.512", "[0.400,", "0.600]", "0.734"],
    ] {
        assert!(has_line(&text, words), "{words:?} is not in {text}");
    }
    assert_eq!(told(&cli, &["inspect", "tiny.safetensors"]), text);
}

#[test]
fn a_model_of_structure_is_described_by_chains_and_states() {
    let cli = Cli::new();
    let model = structure_model();
    let metric = |value| Metric {
        value,
        ci_low: Some(value - 0.01),
        ci_high: Some(value + 0.01),
    };
    let metrics = |values: &[(&str, f64)]| {
        let metrics = values.iter().map(|(name, value)| ((*name).to_owned(), metric(*value)));
        metrics.collect::<BTreeMap<String, Metric>>()
    };
    let description = ModelDescription {
        training: TrainingRecord {
            train: [1200, 250_000],
            valid: [1, 90],
            test: "two sets".to_owned(),
            seeds: vec![3, 4],
            epochs: vec![7, 9],
            valid_q3: vec![0.712_34, 0.7],
            dropped: ["1abc-A", "2xyz-B"].map(str::to_owned).to_vec(),
            ..TrainingRecord::default()
        },
        metrics: metrics(&[
            ("ts115.q3", 0.728),
            ("cb513.sov99", 0.66),
            ("cb513.q8", 0.57),
            ("cb513.recall_h", 0.8),
            ("cb513.q3", 0.705),
        ]),
        baselines: BTreeMap::from([("gor".to_owned(), metrics(&[("cb513.q3", 0.615)]))]),
        ..model.description().clone()
    };
    let model = Model::new(description, model.networks().to_vec());
    model.save(&cli.path("fold.safetensors")).unwrap();
    let text = told(&cli, &["models", "fold.safetensors"]);
    for words in [
        &["task", "structure"][..],
        &["alphabet", "protein"],
        &["states", "h,", "b,", "e,", "g,", "i,", "t,", "s,", "c"],
        &["three", "states", "ghi-eb:", "H,", "G", "and", "I", "are", "helix,"],
        &["architecture", "bigru", "+", "cnn-bigru"],
        &["members", "2,", "whose"],
        &["storage", "32", "bits"],
        &["receptive", "field", "not", "bounded"],
        &[
            "calibration",
            "p",
            "=",
            "mean",
            "over",
            "the",
            "members",
            "of",
            "softmax(2.0000",
            "x)",
        ],
        &["sha256", model.digest()],
        &["training", "1,200", "chains,", "250,000", "scored", "residues"],
        &["validation", "1", "chain,", "90", "scored", "residues"],
        &["dropped", "2", "chains:", "1abc-A,", "2xyz-B"],
        &["validation", "Q3", "0.7123,", "0.7000"],
        &["metrics", "on", "two", "sets"],
        &["cb513.q3", "0.705", "[0.695,", "0.715]", "0.615"],
    ] {
        assert!(has_line(&text, words), "{words:?} is not in {text}");
    }
    let settings = |member: &str| {
        text.lines()
            .any(|line| line.starts_with(&format!("settings {member} ")))
    };
    assert!(settings("1") && settings("2") && !settings("3"), "{text}");
    for words in [
        "window",
        "context",
        "halo",
        "bin",
        "stride",
        "threshold",
        "contigs",
        "bound",
        " bp",
    ] {
        let tells = |line: &str| line.trim_start().starts_with(words) || (words == " bp" && line.contains(words));
        assert!(!text.lines().any(tells), "'{words}' is in {text}");
    }
    let order: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next().filter(|name| name.contains('.')))
        .collect();
    assert_eq!(
        order,
        ["cb513.q3", "cb513.q8", "cb513.sov99", "cb513.recall_h", "ts115.q3"]
    );
    assert_eq!(told(&cli, &["inspect", "fold.safetensors"]), text);
}

#[test]
fn a_model_is_described_as_json() {
    let cli = folder();
    let json: serde_json::Value = serde_json::from_str(&told(&cli, &["models", "tiny.safetensors", "--json"])).unwrap();
    assert_eq!(json["name"], "tiny");
    assert_eq!(json["architecture"]["arch"], "bag-cnn");
    assert_eq!(json["training"]["test_contigs"][1], "chr4");
    assert_eq!(json["digest"], tiny_model().digest());
}

#[test]
fn every_column_of_a_table_is_explained() {
    let cli = folder();
    let all = told(&cli, &["columns"]);
    for table in ["scan", "calls", "evaluate", "fold", "segments"] {
        let one = told(&cli, &["columns", table]);
        assert!(one.starts_with(&format!("{table}: ")) && all.contains(&one), "{one}");
    }
    // What a scan writes is what the page says.
    cli.succeed(&["scan", "genome.fa", "--model", "tiny.safetensors", "-o", "out.tsv"]);
    let scan = told(&cli, &["columns", "scan"]);
    for name in cli.read_text("out.tsv").lines().next().unwrap().split('\t') {
        assert!(
            has_line(&scan, &[&name.replace("tiny", "<class>")]),
            "{name} is not in {scan}"
        );
    }
}

#[test]
fn inspect_shows_schema_and_provenance_of_a_scan() {
    let cli = folder();
    cli.succeed(&["scan", "genome.fa", "--model", "tiny.safetensors", "-o", "out.parquet"]);
    let text = told(&cli, &["inspect", "out.parquet"]);
    for words in [
        &["chrom", "dictionary<int32,", "utf8>"][..],
        &["start", "int32"],
        &["end", "int32"],
        &["tiny_minus", "float32"],
        &["processive.window", "30"],
        &["processive.stride", "10"],
        &["processive.model.digest", tiny_model().digest()],
        &[
            "processive.command",
            "processive",
            "scan",
            "genome.fa",
            "--model",
            "tiny.safetensors",
        ],
    ] {
        assert!(has_line(&text, words), "{words:?} is not in {text}");
    }
    assert!(text.contains("196 rows in 1 row group\n"), "{text}");
}

#[test]
fn inspect_refuses_what_it_does_not_know() {
    let cli = folder();
    cli.write("cut.parquet", b"PAR1 and no end");
    cli.refuse(
        &["inspect", "genome.fa"],
        &["genome.fa is neither a Parquet file nor a model"],
    );
    cli.refuse(&["inspect", "cut.parquet"], &["cut.parquet", "cut short"]);
    cli.refuse(&["inspect", "missing"], &["missing", "No such file"]);
    cli.refuse(&["inspect", "."], &["a folder without a table"]);
    cli.refuse(
        &["models", "missing"],
        &["no model file and no bundled model is called 'missing'"],
    );
}

#[test]
fn completions_are_made_for_every_shell() {
    let cli = Cli::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = told(&cli, &["completions", shell]);
        assert!(
            script.contains("processive") && script.contains("--threshold") || script.contains("threshold"),
            "{shell}"
        );
    }
}

#[test]
fn manual_pages_are_roff() {
    let cli = Cli::new();
    let page = told(&cli, &["man"]);
    assert!(page.contains(".TH processive 1") && page.contains(".SH NAME"), "{page}");
    let page = told(&cli, &["man", "scan"]);
    assert!(
        page.contains(".TH processive-scan 1") && page.contains("threshold"),
        "{page}"
    );
    assert!(told(&cli, &["man", "train", "tfbs"]).contains(".TH processive-train-tfbs 1"));
}
