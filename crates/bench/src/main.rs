//! `processive-bench`: what `cargo xtask layer-bench`, `peer-bench`, `adding`, `reading` and `scan-cost` run.
//!
//! It is no part of the program that users install; it links the same crates with the same allocator.

mod adding_runs;
mod layers;
#[cfg(not(feature = "system-allocator"))]
#[path = "../../cli/src/memory.rs"]
mod memory;
mod peers;
mod reading;
mod scan_cost;
mod timing;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures the layers of processive, and how it reads.
#[derive(Parser)]
#[command(name = "processive-bench", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Time the layers, one JSON line per work item
    LayerBench(layers::LayerArgs),
    /// Time the layers and PyTorch's in turn, and print the ratios
    PeerBench(peers::PeerArgs),
    /// Train on the adding problem: can a layer carry two numbers over a long sequence?
    Adding(adding_runs::AddingArgs),
    /// Read a FASTA file on one thread and on more, and have needletail read it in turn
    Reading(reading::ReadingArgs),
    /// Time whole scans, beside the machine's product speed
    ScanCost(scan_cost::CostArgs),
}

fn main() -> ExitCode {
    #[cfg(not(feature = "system-allocator"))]
    memory::keep_freed();
    let done = match Cli::parse().command {
        Command::LayerBench(args) => layers::run(&args),
        Command::PeerBench(args) => peers::run(&args),
        Command::Adding(args) => adding_runs::run(&args),
        Command::Reading(args) => reading::run(&args),
        Command::ScanCost(args) => scan_cost::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be told when stderr is gone.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}
