//! Scans whose genome or output fails in the middle.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::fixture::{Cli, Outcome, PROGRAM};
use crate::sample::{bases, bgzip, fasta, save_tiny_model};

const SCAN: [&str; 6] = ["scan", "genome.fa", "--model", "tiny.safetensors", "--bin", "1"];

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&[("a", bases(20_000, 1)), ("b", bases(30_000, 2))]));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

/// Runs the program with files limited to `blocks` of 512 bytes (1,024 in some shells), as on a full disk.
fn run_limited(cli: &Cli, blocks: u32, args: &[&str]) -> Outcome {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -f {blocks} && exec \"$0\" \"$@\""), PROGRAM])
        .args(args)
        .current_dir(cli.folder())
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    Outcome::of(&mut command)
}

#[test]
fn a_disk_that_is_full_ends_the_scan_and_leaves_nothing_that_looks_whole() {
    let cli = folder();
    let before = cli.names();
    for output in [
        &["x.parquet"][..],
        &["x.tsv"],
        &["x.bedgraph"],
        &["x.bw"],
        &["x", "--partition-by", "chrom"],
    ] {
        let args = [&SCAN[..], &["-o"], output].concat();
        run_limited(&cli, 20, &args).refused(&["cannot write", output[0], "File too large"]);
        assert_eq!(cli.names(), before, "{output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_named() {
    let cli = folder();
    for format in ["tsv", "bedgraph"] {
        let args = [&SCAN[..], &["-o", "/dev/full", "--format", format]].concat();
        cli.run(&args).refused(&["/dev/full", "No space left on device"]);
    }
}

#[test]
fn a_scan_in_parts_goes_on_when_there_is_room_again() {
    let cli = folder();
    cli.succeed(&[&SCAN[..], &["-o", "whole.tsv"]].concat());
    let args = [&SCAN[..], &["-o", "x.tsv", "--resume", "--part-size", "10000"]].concat();
    // A part of 10,000 rows has about 150 kB, and the whole, as text, 2 MB.
    let failed = run_limited(&cli, 1000, &args);
    failed.refused(&["x.tsv", "File too large", "--resume goes on from here"]);
    assert!(!cli.path("x.tsv").exists() && cli.path(".x.tsv.parts").is_dir());
    let said = cli.succeed(&args).stderr;
    assert!(said.contains("going on: 5 of 5 parts are in .x.tsv.parts"), "{said}");
    assert!(cli.read("x.tsv") == cli.read("whole.tsv"));
    assert!(!cli.path(".x.tsv.parts").exists());
}

#[test]
fn a_block_that_cannot_be_read_ends_the_scan_and_names_the_file() {
    let cli = folder();
    let text = cli.read("genome.fa");
    let good = bgzip(&text, 5000);
    cli.write("genome.fa.gz", &good);
    cli.succeed(&[
        "scan",
        "genome.fa.gz",
        "--model",
        "tiny.safetensors",
        "--shard",
        "1/2",
        "-o",
        "first.parquet",
    ]);
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 0x10;
    let mut gap = good.clone();
    gap.drain(good.len() / 2..good.len() / 2 + 100);
    let cut = good[..good.len() / 2].to_vec();
    let before = cli.names();
    for (bytes, what) in [(flipped, "flipped"), (gap, "gap"), (cut, "cut")] {
        cli.write("genome.fa.gz", bytes);
        for output in [
            &["x.parquet"][..],
            &["x.tsv"],
            &["x.parquet", "--shard", "2/2"],
            &["x.parquet", "-r", "b"],
        ] {
            let args = ["scan", "genome.fa.gz", "--model", "tiny.safetensors", "-o"];
            let failed = cli.run(&[&args[..], output].concat());
            failed.refused(&["genome.fa.gz"]);
            assert_eq!(cli.names(), before, "{what}, {output:?}");
        }
    }
}

#[test]
fn a_reader_that_has_enough_of_a_gathered_scan_ends_it_without_an_error() {
    let cli = folder();
    for shard in ["1/2", "2/2"] {
        let name = format!("{}.parquet", &shard[..1]);
        cli.succeed(&[&SCAN[..], &["-o", &name, "--shard", shard]].concat());
    }
    let before = cli.names();
    for format in ["tsv", "bedgraph"] {
        let mut command = cli.command(&["gather", "1.parquet", "2.parquet", "-o", "-", "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        drop(reader);
        let outcome = Outcome::from(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, Some(0), "{outcome:#?}");
        assert!(!outcome.stderr.contains("error"), "{outcome:#?}");
        assert!(
            !outcome.stderr.contains("done"),
            "the reader had enough before the end: {outcome:#?}"
        );
    }
    assert_eq!(cli.names(), before);
}
