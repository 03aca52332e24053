//! What `train structure` makes: models that label residues.

use processive_models::{Model, NamedTensor, Network};
use serde_json::{Value, json};

use crate::fixture::Cli;
use crate::planted::{card, log};
use crate::planted_chains::{
    Labels, best_q8, chain_folder, chain_table, chains, join_models, read, train_chains, train_chains_briefly,
};

/// The last line of a metrics log that is the best so far.
fn best(cli: &Cli, name: &str) -> Value {
    let lines = log(cli, name);
    lines.into_iter().rfind(|line| line["best"] == true).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn weights(model: &Model) -> Vec<Vec<NamedTensor>> {
    model.networks().iter().map(Network::weights).collect()
}

#[test]
fn a_planted_rule_is_learned_and_the_card_tells_from_what() {
    let cli = chain_folder();
    let args = [
        "--chains",
        "chains.tsv",
        "--summary",
        "planted",
        "--provenance",
        "made up",
    ];
    let outcome = cli.succeed(&train_chains("rule.safetensors", &args));
    assert_eq!(outcome.stdout, "");
    let card = card(&cli, "rule.safetensors");
    let residues = |n: usize, seed: u32| -> usize {
        // The first of every chain is masked.
        chains(n, seed).iter().map(|chain| chain.letters.len() - 1).sum()
    };
    for (key, expected) in [
        ("name", json!("rule")),
        ("summary", json!("planted")),
        ("task", json!("structure")),
        ("alphabet", json!("protein")),
        ("classes", json!(["h", "b", "e", "g", "i", "t", "s", "c"])),
        ("members", json!(1)),
        ("storage", json!("f16")),
        ("reduction", json!("ghi-eb")),
        // 32 filters of 3 x 20, 32 channels over them, 8 states over those, all with a bias.
        ("parameters", json!(32 * 61 + 32 * 33 + 8 * 33)),
        ("receptive_field", json!(3)),
        ("program_version", json!(env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(card[key], expected, "{key}");
    }
    let training = &card["training"];
    let source = json!([{"file": "chains.tsv", "sha256": processive_models::sha256(&cli.read("chains.tsv"))}]);
    for (key, expected) in [
        ("sources", source),
        ("provenance", json!("made up")),
        ("train", json!([60, residues(60, 1)])),
        ("valid", json!([12, residues(12, 2)])),
        ("seeds", json!([1])),
    ] {
        assert_eq!(training[key], expected, "{key}");
    }
    let (best, best_q8) = (
        best(&cli, "rule.safetensors.metrics.jsonl"),
        best_q8(&cli, "rule.safetensors.metrics.jsonl"),
    );
    assert!(number(&best["valid_q3"]) > 0.95 && best_q8 > 0.95, "{best} {best_q8}");
    assert_eq!(training["valid_q3"], json!([best["valid_q3"]]));
    assert_eq!(training["epochs"], json!([best["epoch"]]));
    assert!(number(&card["calibration"]["slope"]) > 0.0);
    assert_eq!(card["calibration"]["offset"], 0.0);
    let files: Vec<String> = cli
        .files()
        .into_keys()
        .filter(|name| name.starts_with("rule"))
        .collect();
    assert_eq!(files, ["rule.safetensors", "rule.safetensors.metrics.jsonl"]);
}

#[test]
fn a_trained_model_folds_proteins_that_it_has_not_seen() {
    let cli = chain_folder();
    cli.succeed(&train_chains("rule.safetensors", &["--chains", "chains.tsv"]));
    let unseen = chains(8, 9);
    let records = unseen.iter().map(|chain| format!(">{}\n{}\n", chain.id, chain.letters));
    cli.write("unseen.fa", records.collect::<String>());
    let args = [
        "fold",
        "unseen.fa",
        "--model",
        "rule.safetensors",
        "-o",
        "-",
        "--format",
        "fasta",
    ];
    let states: Vec<String> = cli
        .succeed(&args)
        .stdout
        .lines()
        // Header, letters, states.
        .skip(2)
        .step_by(3)
        .map(str::to_owned)
        .collect();
    let (found, expected) = (
        states.concat(),
        unseen.iter().map(|chain| &chain.three[..]).collect::<String>(),
    );
    assert_eq!(found.len(), expected.len());
    let right = found.bytes().zip(expected.bytes()).filter(|(a, b)| a == b).count();
    assert!(
        right * 100 > 95 * found.len(),
        "{right} of {}\n{found}\n{expected}",
        found.len()
    );
}

#[test]
fn sources_of_three_and_of_eight_states_teach_together() {
    let cli = Cli::new();
    let (three, eight) = (chains(60, 1), chains(30, 4));
    let valid = chains(12, 2);
    cli.write("three.tsv", chain_table(Labels::Three, &[("train", &three)]));
    cli.write(
        "eight.tsv",
        chain_table(Labels::Eight, &[("", &eight), ("valid", &valid)]),
    );
    cli.succeed(&train_chains("both.st", &["--chains", "three.tsv", "eight.tsv"]));
    let (both, both_q8) = (
        best(&cli, "both.st.metrics.jsonl"),
        best_q8(&cli, "both.st.metrics.jsonl"),
    );
    assert!(number(&both["valid_q3"]) > 0.95 && both_q8 > 0.95, "{both} {both_q8}");
    assert_eq!(card(&cli, "both.st")["training"]["train"][0], 90);

    // Without labels of eight nothing tells H from G; validation without them has no Q8.
    cli.write(
        "only.tsv",
        chain_table(Labels::Three, &[("train", &three), ("valid", &valid)]),
    );
    cli.succeed(&train_chains("three.st", &["--chains", "only.tsv"]));
    let three = best(&cli, "three.st.metrics.jsonl");
    assert!(number(&three["valid_q3"]) > 0.95, "{three}");
    assert_eq!(three.get("valid_q8").unwrap_or(&Value::Null), &Value::Null);
}

#[test]
fn another_rule_makes_other_states_of_three() {
    let cli = chain_folder();
    // Of h-e only H is helix: G, which the planted rule calls helix as well, is coil.
    let args = ["--chains", "chains.tsv", "--reduction", "h-e"];
    cli.succeed(&train_chains("he.st", &args));
    assert_eq!(card(&cli, "he.st")["reduction"], "h-e");
    let best = best(&cli, "he.st.metrics.jsonl");
    assert!(number(&best["valid_q3"]) > 0.95, "{best}");
}

#[test]
fn members_differ_by_their_seeds_and_joined_models_keep_their_weights() {
    let cli = chain_folder();
    cli.succeed(&train_chains_briefly("two.st", &["--members", "2", "--seed", "5"]));
    let two = read(&cli, "two.st");
    assert_eq!(two.networks().len(), 2);
    assert_ne!(weights(&two)[0], weights(&two)[1]);
    assert_eq!(two.description().training.seeds, [5, 6]);
    assert_eq!(two.description().training.valid_q3.len(), 2);
    assert_eq!(log(&cli, "two.st.metrics.jsonl").len(), 4);

    cli.write("drops.tsv", "id\treason\n1abc-A\tkin\n");
    cli.write("more.tsv", "id\treason\n2abc-B\tkin\n");
    cli.succeed(&train_chains(
        "cnn.st",
        &["--chains", "chains.tsv", "--drops", "drops.tsv", "more.tsv"],
    ));
    let outcome = cli.succeed(&join_models(&["cnn.st", "two.st"], "three.st"));
    assert!(outcome.stderr.contains("calibration: slope"), "{}", outcome.stderr);
    let (cnn, three) = (read(&cli, "cnn.st"), read(&cli, "three.st"));
    assert_eq!(weights(&three), [weights(&cnn), weights(&two)].concat());
    let (cnn, two, three) = (cnn.description(), two.description(), three.description());
    let names: Vec<String> = three
        .member_architectures
        .iter()
        .map(|config| config.arch.to_string())
        .collect();
    assert_eq!(names, ["cnn", "cnn-bigru", "cnn-bigru"]);
    assert_eq!(three.parameters, cnn.parameters + two.parameters);
    assert_eq!(three.training.seeds, [1, 5, 6]);
    assert_eq!(
        three.training.epochs,
        [&cnn.training.epochs[..], &two.training.epochs].concat()
    );
    assert_eq!(
        three.training.valid_q3,
        [&cnn.training.valid_q3[..], &two.training.valid_q3].concat()
    );
    assert_eq!(three.training.dropped, ["1abc-A", "2abc-B"]);
    assert_eq!(three.name, "three");
    assert_eq!(three.training.sources, cnn.training.sources);
    assert!(!cli.path("three.st.metrics.jsonl").exists());

    // Its parts again: the calibration is that of the networks alone.
    cli.succeed(&join_models(&["cnn.st"], "again.st"));
    assert_eq!(read(&cli, "again.st").description().calibration, cnn.calibration);
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_seed_gives_others() {
    let cli = chain_folder();
    let bytes = |output: &str, more: &[&str]| {
        cli.succeed(&train_chains_briefly(output, more));
        cli.read(output)
    };
    let first = bytes("a.st", &["-@1"]);
    assert!(bytes("b.st", &["-@2"]) == first);
    assert!(bytes("c.st", &["--seed", "2"]) != first);
    assert!(bytes("d.st", &["--q8-weight", "0.5"]) != first);
}

#[test]
fn a_run_that_was_paused_ends_with_the_bytes_of_one_that_was_not() {
    let cli = chain_folder();
    let fit = ["--members", "2", "--epochs", "3", "--dropout", "0.2"];
    cli.succeed(&train_chains_briefly("whole.st", &fit));
    let mut pauses = 0;
    while !cli.path("parts.st").exists() {
        let more = [&fit[..], &["--stop-after", "1", "--resume"]].concat();
        let outcome = cli.succeed(&train_chains_briefly("parts.st", &more));
        assert_eq!(
            outcome.stderr.contains("paused; go on with --resume"),
            !cli.path("parts.st").exists()
        );
        pauses += 1;
        assert!(pauses <= 6, "{outcome:#?}");
    }
    assert!(pauses > 3, "{pauses}");
    assert!(cli.read("parts.st") == cli.read("whole.st"));
    assert!(cli.files().keys().all(|name| !name.contains("checkpoint")));
}

#[test]
fn a_checkpoint_of_other_chains_is_refused() {
    let cli = chain_folder();
    cli.succeed(&train_chains_briefly("a.st", &["--stop-after", "1"]));
    let other = ["belongs to another run", "a.st.checkpoint.0"];
    for more in [&["--resume", "--hidden", "5"][..], &["--resume", "--q8-weight", "2"]] {
        cli.refuse(&train_chains_briefly("a.st", more), &other);
    }
    // One residue more is masked.
    let table = cli.read_text("chains.tsv").replacen("\t01", "\t00", 1);
    cli.write("chains.tsv", table);
    cli.refuse(&train_chains_briefly("a.st", &["--resume"]), &other);
}

#[test]
fn weights_take_half_the_space_unless_full_precision_is_asked_for() {
    let cli = chain_folder();
    let run = |output, more: &[&'static str]| {
        // Large enough that the description, which both have, is small beside it.
        let large = ["--hidden", "64", "--epochs", "1"];
        cli.succeed(&train_chains_briefly(output, &[&large, more].concat()));
        (cli.read(output).len(), read(&cli, output))
    };
    let (half, rounded) = run("half.st", &[]);
    let (full, exact) = run("full.st", &["--full-precision"]);
    let parameters = rounded.description().parameters;
    assert!(full - half > 2 * parameters - 100 && full - half < 2 * parameters + 100);
    assert!(half * 100 < full * 56, "{half} of {full} bytes");
    for (rounded, exact) in weights(&rounded).concat().iter().zip(weights(&exact).concat()) {
        for (rounded, exact) in rounded.values.iter().zip(exact.values) {
            // 11 bits of a significand; numbers below 2^-14 have a step of 2^-24.
            let most = (exact.abs() / 2048.0).max(6e-8);
            assert!((rounded - exact).abs() <= most, "{rounded} {exact}");
        }
    }
}

#[test]
fn dropped_chains_are_on_the_card() {
    let cli = chain_folder();
    cli.write(
        "drops.tsv",
        "id\tsource\treason\n1abc-A\tx\tkin of cb513_3\n2xyz-B\tx\tduplicate\n",
    );
    cli.succeed(&train_chains_briefly("a.st", &["--drops", "drops.tsv"]));
    assert_eq!(card(&cli, "a.st")["training"]["dropped"], json!(["1abc-A", "2xyz-B"]));
    let text = cli.succeed(&["models", "a.st"]).stdout;
    assert!(text.contains("2 chains: 1abc-A, 2xyz-B"), "{text}");
}

#[test]
fn every_architecture_that_keeps_positions_trains() {
    let cli = chain_folder();
    for arch in [
        "cnn",
        "dilated-cnn",
        "elman",
        "gru",
        "lstm",
        "elman-reverse",
        "gru-reverse",
        "lstm-reverse",
        "birnn",
        "bigru",
        "bilstm",
        "cnn-elman",
        "cnn-gru",
        "cnn-lstm",
        "cnn-lstm-reverse",
        "cnn-birnn",
        "cnn-bigru",
        "cnn-bilstm",
    ] {
        let output = format!("{arch}.safetensors");
        let args = [
            "train",
            "structure",
            "--chains",
            "chains.tsv",
            "--epochs",
            "1",
            "--arch",
            arch,
            "--filters",
            "4",
            "--kernel",
            "5",
            "--channels",
            "4",
            "--hidden",
            "4",
            "--dense",
            "4",
            "-o",
            &output,
            "-q",
        ];
        let outcome = cli.succeed(&args);
        assert_eq!((outcome.stdout, outcome.stderr), (String::new(), String::new()));
        let model = read(&cli, &output);
        let description = model.description();
        assert_eq!(description.architecture.arch.to_string(), arch);
        assert_eq!(description.name, arch);
    }
}
