//! Scans in parts with networks of every kind: the bytes are those of one scan.

use crate::fixture::Cli;
use crate::sample::{bases, fasta, save_recurrent_model};

/// Human chromosome 17, a piece of it, with a gap; a contig shorter than a window; and one of chance.
fn folder() -> Cli {
    let cli = Cli::new();
    let human = include_str!("../../data/dna/human-chr17.fa");
    let letters: String = human.lines().skip(1).collect();
    let gap = format!("{}{}{}", &letters[..9000], "N".repeat(2500), &letters[9000..16_000]);
    cli.write(
        "genome.fa",
        fasta(&[("chr17", gap), ("tiny", bases(60, 3)), ("chance", bases(7777, 4))]),
    );
    save_recurrent_model(&cli.path("bilstm.st"));
    cli
}

/// Scans as a whole and in 1, 2, 3 and 7 parts, with one thread and with two, and compares the bytes.
fn check(cli: &Cli, scan: &[&str]) {
    let scan = [&["scan", "genome.fa", "--force", "-q"], scan].concat();
    cli.succeed(&[&scan[..], &["-o", "whole.parquet", "-@2"]].concat());
    let whole = cli.read("whole.parquet");
    for (count, threads) in [
        (1, ["-@1", "-@1"]),
        (2, ["-@2", "-@1"]),
        (3, ["-@2", "-@2"]),
        (7, ["-@1", "-@2"]),
    ] {
        let part = |number: usize| {
            let (name, shard) = (format!("{number}.parquet"), format!("{number}/{count}"));
            let threads = threads[number % 2];
            cli.succeed(&[&scan[..], &["-o", &name, "--shard", &shard, threads]].concat());
            name
        };
        let parts: Vec<String> = (1..=count).map(part).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        cli.succeed(&[&["gather", "-q", "--force", "-o", "gathered.parquet"], &parts[..]].concat());
        assert!(cli.read("gathered.parquet") == whole, "{count} parts of {scan:?}");
    }
    let resume = ["-o", "resumed.parquet", "--resume", "--part-size", "3000"];
    cli.succeed(&[&scan[..], &resume].concat());
    assert!(cli.read("resumed.parquet") == whole, "--resume, {scan:?}");
}

#[test]
fn a_convolutional_network_that_shares_its_layers() {
    check(&folder(), &["--model", "reb1"]);
}

#[test]
fn a_bag_of_motifs() {
    check(&folder(), &["--model", "ctcf"]);
}

#[test]
fn a_recurrent_network_window_by_window() {
    check(&folder(), &["--model", "bilstm.st", "--mode", "window"]);
}

#[test]
fn a_recurrent_network_in_a_stream() {
    let cli = folder();
    check(&cli, &["--model", "bilstm.st", "--halo", "200"]);
    check(&cli, &["--model", "bilstm.st", "--halo", "200", "--batch-size", "100"]);
}

#[test]
fn a_bundled_recurrent_network() {
    check(&folder(), &["--model", "tead4"]);
}

#[test]
fn several_networks_at_once() {
    let two = ["--model", "ctcf", "--model", "reb1", "--bin", "20"];
    check(&folder(), &two);
}
