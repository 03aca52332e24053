//! The workflows for clusters in `workflows/`: their commands, and Snakemake itself where there is one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::fixture::{Cli, Outcome, PROGRAM};
use crate::sample::{bases, fasta, save_tiny_model};

fn workflow(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    fs::canonicalize(folder.join(name)).unwrap()
}

/// A genome, a model, and one scan of them in `whole.parquet`.
fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&[("a", bases(9000, 1)), ("b", bases(4000, 2))]));
    save_tiny_model(&cli.path("tiny.safetensors"));
    let scan = ["scan", "genome.fa", "--model", "tiny.safetensors", "--bin", "5"];
    cli.succeed(&[&scan[..], &["-o", "whole.parquet"]].concat());
    cli
}

/// The one command of a workflow that begins so, its places filled.
fn command(text: &str, beginning: &str, places: &[(&str, &str)]) -> String {
    let lines = text.lines().map(|line| line.trim().trim_matches('"'));
    let found: Vec<&str> = lines.filter(|line| line.starts_with(beginning)).collect();
    assert_eq!(found.len(), 1, "{beginning}: {found:?}");
    let fill = |line: String, (place, value): &(&str, &str)| {
        assert!(line.contains(place), "{place} is not in {line}");
        line.replace(place, value)
    };
    let filled = places.iter().fold(found[0].to_owned(), fill);
    assert!(!filled.contains(['{', '$']), "{filled}");
    filled
}

/// Runs the commands of a workflow for three parts, with the places that every part has and its own, and compares.
fn check(name: &str, number: &str, scan: &[(&str, &str)], gather: &[(&str, &str)]) {
    let cli = folder();
    let text = fs::read_to_string(workflow(name)).unwrap();
    for part in ["1", "2", "3"] {
        let (shard, output) = (format!("{part}/3"), format!("{part}.parquet"));
        let own = match number {
            "" => [("{params.shard}", &*shard), ("{output}", &*output)],
            number => [("${params.shards}", "3"), (number, part)],
        };
        run(&cli, &command(&text, "processive scan", &[scan, &own].concat()));
    }
    run(&cli, &command(&text, "processive gather", gather));
    assert!(cli.read("out.parquet") == cli.read("whole.parquet"), "{name}");
}

fn run(cli: &Cli, command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(words[0], "processive");
    cli.succeed(&words[1..]);
}

#[test]
fn the_commands_of_the_workflows_give_the_bytes_of_one_scan() {
    check(
        "snakemake/Snakefile",
        "",
        &[
            ("{input.genome}", "genome.fa"),
            ("{params.model}", "tiny.safetensors"),
            ("{threads}", "2"),
            ("{params.more}", "--bin 5"),
        ],
        &[
            ("{input}", "1.parquet 2.parquet 3.parquet"),
            ("{params.more}", ""),
            ("{output}", "out.parquet"),
        ],
    );
    check(
        "nextflow/main.nf",
        "${number}",
        &[
            ("${genome[0]}", "genome.fa"),
            ("${params.model}", "tiny.safetensors"),
            ("${task.cpus}", "2"),
            ("${params.scan}", "--bin 5"),
        ],
        &[
            ("${shards}", "3.parquet 1.parquet 2.parquet"),
            ("${params.gather}", ""),
            ("${params.output}", "out.parquet"),
        ],
    );
}

/// The whole workflow, when `PROCESSIVE_SNAKEMAKE` names a Snakemake.
#[test]
fn snakemake_gives_the_bytes_of_one_scan() {
    let Some(snakemake) = env::var_os("PROCESSIVE_SNAKEMAKE") else {
        eprintln!("skipped: PROCESSIVE_SNAKEMAKE names no snakemake");
        return;
    };
    let cli = folder();
    let paths = env::var_os("PATH").unwrap_or_default();
    let ours = Path::new(PROGRAM).parent().unwrap().to_path_buf();
    let paths = env::join_paths([ours].into_iter().chain(env::split_paths(&paths))).unwrap();
    let mut command = Command::new(snakemake);
    command
        .arg("-s")
        .arg(workflow("snakemake/Snakefile"))
        .args(["--cores", "2", "--set-scatter", "scan=3", "--config"])
        .args([
            "genome=genome.fa",
            "model=tiny.safetensors",
            "scan=--bin 5",
            "output=out.parquet",
        ])
        .current_dir(cli.folder())
        .env("PATH", paths)
        .stdin(Stdio::null());
    Outcome::of(&mut command).succeeded();
    assert!(cli.read("out.parquet") == cli.read("whole.parquet"));
    assert_eq!(
        fs::read_dir(cli.path("shards")).map_or(0, Iterator::count),
        0,
        "parts are temporary"
    );
}
