//! `scan --motifs` that is interrupted and goes on.

use std::fs;

use crate::fixture::{Cli, Outcome};
use crate::motif_sample::{FIRST, SECOND, folder, meme, motifs};
use crate::sample::{bases, fasta};
use crate::scan_resume::{kill_at, parts};

const SCAN: [&str; 6] = ["scan", "genome.fa", "--motifs", "m.meme", "--p", "0.05"];
const PARTS: &str = ".out.parquet.parts";

/// A genome of sixty parts.
fn long_genome() -> Cli {
    let cli = folder();
    let gaps = format!("{}{}{}", bases(170_000, 7), "N".repeat(500), bases(129_500, 8));
    cli.write(
        "genome.fa",
        fasta(&[("a", gaps), ("b", bases(30, 9)), ("c", bases(299_970, 10))]),
    );
    cli
}

fn resume(cli: &Cli, more: &[&str]) -> Outcome {
    let args = ["-o", "out.parquet", "--resume", "--part-size", "10000"];
    cli.run(&[&SCAN[..], &args, more].concat())
}

#[test]
fn a_killed_search_goes_on_and_gives_the_table_of_one_run() {
    let cli = long_genome();
    cli.succeed(&[&SCAN[..], &["-o", "whole.parquet"]].concat());
    let args = ["-o", "out.parquet", "--resume", "--part-size", "10000", "-@1", "-q"];
    let args = [&SCAN[..], &args].concat();
    for count in [1, 5] {
        kill_at(cli.command(&args).spawn().unwrap(), &cli.path(PARTS), count);
        assert!(!cli.path("out.parquet").exists());
    }
    // A part that is no longer what it was is made again.
    let damaged = cli.path(PARTS).join("part-2.parquet");
    let bytes = fs::read(&damaged).unwrap();
    fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
    let there = parts(&cli.path(PARTS)) - 1;
    let said = resume(&cli, &["-@2"]).succeeded().stderr;
    assert!(
        said.contains(&format!("going on: {there} of 60 parts are in {PARTS}")),
        "{said}"
    );
    assert!(said.contains("genome.fa: 3 contigs, 600,000 bases"), "{said}");
    assert!(cli.read("out.parquet") == cli.read("whole.parquet"));
    assert!(!cli.path(PARTS).exists());
}

#[test]
fn other_formats_and_regions_go_on_too() {
    let cli = folder();
    cli.write("places.bed", "chr2\t100\t400\nchr1\t0\t300\nchr1\t303\t310\n");
    for (output, more) in [
        ("x.parquet", &["--background", "genome"][..]),
        ("x.tsv", &[]),
        ("x.bed.gz", &["-R", "places.bed"]),
        ("x.bed", &["-r", "short", "--strand", "plus"]),
    ] {
        let args = [&SCAN[..], &["-o", output, "--force", "-q"], more].concat();
        cli.succeed(&args);
        let whole = cli.read(output);
        for size in ["100", "1000000"] {
            cli.succeed(&[&args[..], &["--resume", "--part-size", size]].concat());
            assert!(cli.read(output) == whole, "{output}");
        }
    }
}

#[test]
fn parts_of_another_search_are_refused_with_what_has_changed() {
    let cli = long_genome();
    cli.write("bg.txt", "A 0.3\nC 0.2\nG 0.2\nT 0.3\n");
    let args = ["-o", "out.parquet", "--resume", "--part-size", "10000", "-@1", "-q"];
    let args = [&SCAN[..], &args, &["--background", "bg.txt"]].concat();
    kill_at(cli.command(&args).spawn().unwrap(), &cli.path(PARTS), 2);
    let there = parts(&cli.path(PARTS));
    let background = ["--background", "bg.txt"];
    for (more, said) in [
        (&["--strand", "plus"][..], &["the command was", "--strand plus"][..]),
        (&["--only", "first"], &["the command was", "--only first"]),
        (&["-r", "a"], &["the command was", "--region a"]),
    ] {
        resume(&cli, &[&background, more].concat()).refused(said);
    }
    resume(&cli, &[]).refused(&["the command was", "--background bg.txt", "remove the folder"]);
    let p = [
        "scan",
        "genome.fa",
        "--motifs",
        "m.meme",
        "--p",
        "0.06",
        "-o",
        "out.parquet",
        "--resume",
    ];
    cli.run(&[&p[..], &background].concat())
        .refused(&["the command was", "--p 0.06"]);
    // The same command, and other files under their names.
    cli.write("m.meme", meme(&[("M2 second", &SECOND), ("M1 first", &FIRST)]));
    resume(&cli, &background).refused(&["of another scan: the digest of the motif file was"]);
    cli.write("m.meme", meme(&motifs()));
    cli.write("bg.txt", "A 0.2\nC 0.3\nG 0.3\nT 0.2\n");
    resume(&cli, &background).refused(&["of another scan: the background was", r#""A":0.3"#]);
    cli.write("bg.txt", "A 0.3\nC 0.2\nG 0.2\nT 0.3\n");
    let text = cli.read("genome.fa");
    cli.write("genome.fa", [&text[..], b"ACGT\n"].concat());
    resume(&cli, &background).refused(&["of another scan", "genome"]);
    assert_eq!(parts(&cli.path(PARTS)), there);
    let plain = cli.succeed(&[&SCAN[..], &["-o", "out.parquet"]].concat());
    assert!(plain.stderr.contains("--resume goes on with"), "{}", plain.stderr);
}

#[test]
fn outputs_that_do_not_fit_are_refused() {
    let cli = folder();
    cli.write("there.parquet", "precious");
    for (more, said) in [
        (
            &["-o", "-", "--resume"][..],
            &["--resume keeps parts beside the output"][..],
        ),
        (&["-o", "x.parquet", "--part-size", "5"], &["--resume"]),
        (&["-o", "x.bw", "--resume"], &["bigwig"]),
        (&["-o", "there.parquet", "--resume"], &["exists already"]),
    ] {
        cli.refuse(&[&SCAN[..], more].concat(), said);
    }
    assert!(!cli.path(".x.parquet.parts").exists() && !cli.path(".there.parquet.parts").exists());
    let piped = ["scan", "-", "--motifs", "m.meme", "-o", "x.parquet", "--resume"];
    cli.run_on("genome.fa", &piped).refused(&["standard input"]);
}
