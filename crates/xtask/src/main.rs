//! Developer chores, called as `cargo xtask COMMAND`.

mod bench;
mod graph;
mod layers;
mod retrain;
mod sources;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Developer chores of the processive workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check that the crates depend on each other, and on other people's crates, only as the layer table allows
    CheckLayers,
    /// Train the bundled models again, by data/models/recipes.toml
    Retrain(retrain::RetrainArgs),
    /// Time the layers (processive-bench layer-bench)
    LayerBench(bench::BenchArgs),
    /// Time the layers and PyTorch's in turn, and print the ratios (--python PROGRAM)
    PeerBench(bench::BenchArgs),
    /// Train on the adding problem: can a layer carry two numbers over a long sequence? (processive-bench adding)
    Adding(bench::BenchArgs),
    /// Read a FASTA file on one thread and on more, and have needletail read it in turn (processive-bench reading)
    Reading(bench::BenchArgs),
    /// Time whole scans, beside the machine's product speed (processive-bench scan-cost)
    ScanCost(bench::BenchArgs),
}

/// Exit codes as of the program: 0 done, 1 a check failed, 2 could not run.
fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::CheckLayers => check_layers(),
        Command::Retrain(args) => retrain(&args),
        Command::LayerBench(args) => bench("layer-bench", &args),
        Command::PeerBench(args) => bench("peer-bench", &args),
        Command::Adding(args) => bench("adding", &args),
        Command::Reading(args) => bench("reading", &args),
        Command::ScanCost(args) => bench("scan-cost", &args),
    };
    done.unwrap_or_else(|error| {
        // Nothing is left to be told when stderr is gone.
        let _ = writeln!(std::io::stderr(), "error: {error:#}");
        ExitCode::from(2)
    })
}

/// Retrains in the workspace's root.
fn retrain(args: &retrain::RetrainArgs) -> anyhow::Result<ExitCode> {
    let workspace = graph::read(None).context("finding the workspace with cargo metadata")?;
    retrain::run(args, &workspace.root)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a command of `processive-bench`, built first.
fn bench(command: &str, args: &bench::BenchArgs) -> anyhow::Result<ExitCode> {
    let workspace = graph::read(None).context("finding the workspace with cargo metadata")?;
    bench::run(command, args, &workspace)
}

/// Prints every broken rule on stderr; exit code 1 when there is one.
fn check_layers() -> anyhow::Result<ExitCode> {
    let workspace = graph::read(None).context("reading the workspace with cargo metadata")?;
    let mut broken: Vec<String> = layers::check(&workspace.crates)
        .iter()
        .map(ToString::to_string)
        .collect();
    let files = sources::read(&workspace.root).context("reading crates/*/src")?;
    broken.extend(sources::check(&files).iter().map(ToString::to_string));

    let mut out = std::io::stderr().lock();
    for line in &broken {
        writeln!(out, "error: {line}")?;
    }
    writeln!(
        out,
        "check-layers: {} crates, {} source files, {} broken rules",
        workspace.crates.len(),
        files.len(),
        broken.len()
    )?;
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
