//! The examples that `--help` shows.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::fixture::{Cli, Outcome, PROGRAM};
use crate::fold_sample::{protein_fasta, residues, save_structure_model};
use crate::planted_chains::{Chain, Labels, chain_table, chains};
use crate::sample::{bases, bgzip, fasta, gzip, labelled_table, save_recurrent_model, save_tiny_model};

/// The lines below `Examples:` in the long help of a command.
fn examples(command: &[&str]) -> Vec<String> {
    let cli = Cli::new();
    // Wide enough that no example is wrapped.
    let help = Outcome::of(cli.command(&[command, &["--help"]].concat()).env("COLUMNS", "120"))
        .succeeded()
        .stdout;
    let (_, examples) = help
        .split_once("Examples:\n")
        .unwrap_or_else(|| panic!("no examples in {help}"));
    let examples: Vec<String> = examples
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(examples.len(), 2, "{help}");
    let beginning = ["processive", &command.join(" ")].join(" ");
    assert!(
        examples.iter().all(|example| example.starts_with(&beginning)),
        "{examples:?}"
    );
    examples
}

/// Types an example into a shell and returns the names of the files that it made.
fn run(cli: &Cli, example: &str) -> Vec<String> {
    let before = cli.files();
    let folder = Path::new(PROGRAM).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell
        .args(["-euc", example])
        .current_dir(cli.folder())
        .env("PATH", path)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    Outcome::of(&mut shell).succeeded();
    cli.files()
        .into_keys()
        .filter(|name| !before.contains_key(name))
        .collect()
}

/// A folder with the files that the examples name. Files called `ctcf` and `structure` are found before the bundled models.
fn folder() -> Cli {
    let cli = Cli::new();
    let genome = fasta(&[
        ("chr1", bases(9000, 1)),
        ("chr2", bases(8000, 2)),
        ("chr3", bases(8000, 3)),
    ]);
    cli.write("genome.fa", &genome);
    cli.write("genome.fa.gz", bgzip(genome.as_bytes(), 1000));
    save_tiny_model(&cli.path("ctcf"));
    let proteins = protein_fasta(&[("a".to_owned(), residues(70, 1)), ("b".to_owned(), residues(20, 2))]);
    cli.write("proteins.fa", &proteins);
    cli.write("proteins.fa.gz", gzip(proteins.as_bytes()));
    save_structure_model(&cli.path("structure"));
    save_tiny_model(&cli.path("model.safetensors"));
    let [train, valid, new] = [(6, 1), (3, 2), (2, 3)].map(|(n, seed)| chains(n, seed));
    let parts: [(&str, &[Chain]); 2] = [("train", &train), ("valid", &valid)];
    cli.write("chains.tsv", chain_table(Labels::Eight, &parts));
    cli.write("new.tsv", chain_table(Labels::Eight, &[("test", &new)]));
    for (name, examples, seed) in [("train.csv", 16, 1), ("valid.csv", 8, 2), ("test.csv", 8, 3)] {
        cli.write(name, labelled_table(examples, seed));
    }
    let set = |name, test| format!("[[dataset]]\nname = '{name}'\ntrain = 'train.csv'\ntest = '{test}'\n");
    cli.write("sets.toml", set("one", "test.csv") + &set("two", "valid.csv"));
    let peaks = |contig: u32| (1..6).map(move |peak| format!("chr{contig}\t{}\t{}\n", 240 * peak, 240 * peak + 60));
    cli.write("peaks.bed", (1..=3).flat_map(peaks).collect::<String>());
    cli
}

#[test]
fn examples_of_scan_run() {
    let cli = folder();
    let made: Vec<_> = examples(&["scan"]).iter().map(|example| run(&cli, example)).collect();
    assert_eq!(made, [["ctcf.parquet"], ["sites.bed"]]);
}

#[test]
fn examples_of_gather_run() {
    let cli = folder();
    for part in ["1", "2"] {
        let (shard, output) = (format!("{part}/2"), format!("part-{part}.parquet"));
        cli.succeed(&["scan", "genome.fa", "--model", "ctcf", "--shard", &shard, "-o", &output]);
    }
    let made: Vec<_> = examples(&["gather"]).iter().map(|example| run(&cli, example)).collect();
    assert_eq!(made, [["ctcf.parquet"], ["sites.bed"]]);
}

#[test]
fn examples_of_halo_run() {
    let cli = folder();
    cli.write("genome.fa", fasta(&[("chr1", bases(60_000, 1))]));
    save_recurrent_model(&cli.path("model.safetensors"));
    let made: Vec<_> = examples(&["halo"]).iter().map(|example| run(&cli, example)).collect();
    assert_eq!(made, [vec![], vec!["measured.safetensors"]]);
}

#[test]
fn examples_of_fold_run() {
    let cli = folder();
    let made: Vec<_> = examples(&["fold"]).iter().map(|example| run(&cli, example)).collect();
    assert_eq!(made, [["proteins.parquet"], ["proteins.segments.tsv"]]);
}

#[test]
fn examples_of_prepare_structure_run() {
    let cli = folder();
    cli.write(
        "CB513.csv",
        "input, dssp3, dssp8, disorder, cb513_mask\nM K V,H H C,H G C,1 1 1,1 1 1\n",
    );
    let made: Vec<_> = examples(&["prepare", "structure"])
        .iter()
        .map(|example| run(&cli, example))
        .collect();
    assert_eq!(made, [vec!["drops.tsv", "prepared.tsv"], vec!["prepared.parquet"]]);
}

#[test]
fn examples_of_train_run() {
    let cli = folder();
    std::fs::remove_file(cli.path("model.safetensors")).unwrap();
    for (example, model) in examples(&["train", "tfbs"])
        .iter()
        .zip(["model.safetensors", "peaks.safetensors"])
    {
        assert!(run(&cli, example).contains(&model.to_owned()), "{example}");
        cli.succeed(&["scan", "genome.fa", "--model", model, "-o", "-"]);
    }
}

#[test]
fn examples_of_train_structure_run() {
    let cli = folder();
    for name in ["a.safetensors", "b.safetensors"] {
        save_structure_model(&cli.path(name));
    }
    for (example, model) in examples(&["train", "structure"])
        .iter()
        .zip(["structure.safetensors", "both.safetensors"])
    {
        assert!(run(&cli, example).contains(&model.to_owned()), "{example}");
        cli.succeed(&["fold", "proteins.fa", "--model", model, "-o", "-"]);
    }
}

#[test]
fn examples_of_evaluate_run() {
    let cli = folder();
    let made: Vec<_> = examples(&["evaluate"])
        .iter()
        .map(|example| run(&cli, example))
        .collect();
    assert_eq!(made, [["metrics.json"], ["structure.tsv"]]);
}

#[test]
fn examples_of_compare_run() {
    let cli = folder();
    let tables = [
        "comparison.html",
        "comparison.md",
        "comparison.parquet",
        "comparison.tsv",
        "runs.jsonl",
    ];
    for (task, outputs) in [("tfbs", ["table", "sets"]), ("structure", ["states", "matched"])] {
        for (example, output) in examples(&["compare", task]).iter().zip(outputs) {
            assert_eq!(run(&cli, example), [""; 0]);
            for table in tables {
                assert!(cli.path(output).join(table).exists(), "{table} of {example}");
            }
        }
    }
}

#[test]
fn examples_of_inspect_run() {
    let cli = folder();
    cli.succeed(&["scan", "genome.fa", "--model", "ctcf", "-o", "ctcf.parquet"]);
    for example in examples(&["inspect"]) {
        assert_eq!(run(&cli, &example), [""; 0]);
    }
}

#[test]
fn examples_of_the_commands_that_tell_run() {
    let cli = folder();
    for (command, files) in [
        ("models", [None, None]),
        ("columns", [None, None]),
        ("completions", [Some("processive.bash"), Some("_processive")]),
        ("man", [Some("processive.1"), Some("processive-train-tfbs.1")]),
    ] {
        for (example, file) in examples(&[command]).iter().zip(files) {
            assert_eq!(run(&cli, example), file.into_iter().collect::<Vec<_>>(), "{example}");
        }
    }
}
