//! Scans that are interrupted and go on.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fixture::{Cli, Outcome};
use crate::sample::{bases, fasta, genome, save_tiny_model};

const SCAN: [&str; 6] = ["scan", "genome.fa", "--model", "tiny.safetensors", "--bin", "1"];
const PARTS: &str = ".out.parquet.parts";

/// A genome that takes a while in bins of one base.
fn folder() -> Cli {
    let cli = Cli::new();
    let gaps = format!("{}{}{}", bases(70_000, 7), "N".repeat(500), bases(50_000, 8));
    cli.write(
        "genome.fa",
        fasta(&[("a", gaps), ("b", bases(30, 9)), ("c", bases(100_000, 10))]),
    );
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

fn resume(cli: &Cli, more: &[&str]) -> Outcome {
    let args = ["-o", "out.parquet", "--resume", "--part-size", "10000"];
    cli.run(&[&SCAN[..], &args, more].concat())
}

/// The number of parts that are noted as finished.
pub(crate) fn parts(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".sha256")).count()
}

/// Waits until so many parts are there, and kills the program.
pub(crate) fn kill_at(mut child: Child, folder: &Path, count: usize) {
    let begun = Instant::now();
    while parts(folder) < count {
        assert!(begun.elapsed() < Duration::from_mins(1), "no part in a minute");
        assert_eq!(child.try_wait().unwrap(), None, "the scan ended before it was killed");
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_scan_goes_on_and_gives_the_file_of_one_run() {
    let cli = folder();
    cli.succeed(&[&SCAN[..], &["-o", "whole.parquet"]].concat());
    let args = [
        &SCAN[..],
        &["-o", "out.parquet", "--resume", "--part-size", "10000", "-@1", "-q"],
    ]
    .concat();
    for count in [1, 5] {
        kill_at(cli.command(&args).spawn().unwrap(), &cli.path(PARTS), count);
        assert!(!cli.path("out.parquet").exists());
    }
    let there = parts(&cli.path(PARTS));
    let said = resume(&cli, &["-@2"]).succeeded().stderr;
    assert!(
        said.contains(&format!("going on: {there} of 23 parts are in {PARTS}")),
        "{said}"
    );
    assert!(said.contains("genome.fa: 3 contigs, 220,530 bases"), "{said}");
    assert!(cli.read("out.parquet") == cli.read("whole.parquet"));
    assert!(!cli.path(PARTS).exists());
}

#[test]
fn other_formats_go_on_too() {
    let cli = folder();
    cli.write("genome.fa", fasta(&genome()));
    for (output, more) in [
        ("x.tsv", &[][..]),
        ("x.bed", &["--threshold", "0.5"]),
        ("x.bw", &["--precision", "2"]),
        ("x", &["--partition-by", "chrom", "-r", "chr1:5-900"]),
    ] {
        let args = [&SCAN[..], &["-o", output, "--force", "-q"], more].concat();
        cli.succeed(&args);
        let read = || match fs::read(cli.path(output)) {
            Ok(bytes) => bytes,
            Err(_) => fs::read(cli.path("x/chrom=chr1/part-0.parquet")).unwrap(),
        };
        let whole = read();
        cli.succeed(&[&args[..], &["--resume", "--part-size", "300"]].concat());
        assert!(read() == whole, "{output}");
    }
}

#[test]
fn parts_of_another_scan_are_refused_with_what_has_changed() {
    let cli = folder();
    // A scan that fails in its last contig has made the parts before it.
    cli.succeed(&[&SCAN[..], &["-o", "-", "-r", "b", "-q"]].concat());
    let (text, index) = (cli.read_text("genome.fa"), cli.read("genome.fa.fai"));
    let header = ">c a description\n";
    let (before, after) = text.split_once(header).unwrap();
    cli.write("genome.fa", format!("{before}{header}7{}", &after[1..]));
    sleep(Duration::from_millis(20));
    cli.write("genome.fa.fai", index);
    let failed = resume(&cli, &[]);
    failed.refused(&["cannot scan genome.fa; --resume goes on from here"]);
    assert!(parts(&cli.path(PARTS)) > 10);
    for (more, said) in [
        (&["--strand", "plus"][..], &["the command was", "--strand plus"][..]),
        (&["--batch-size", "7"], &["the command was", "--batch-size 7"]),
        (&["--part-size", "5000"], &["the argument '--part-size"]),
    ] {
        resume(&cli, more).refused(said);
    }
    let other = [&SCAN[..], &["-o", "out.parquet", "--resume", "--part-size", "5000"]].concat();
    cli.refuse(
        &other,
        &["the number of parts was '23', and is '45'", "remove the folder"],
    );
    cli.write("genome.fa", &text);
    resume(&cli, &[]).refused(&["of another scan", "genome"]);
    assert!(parts(&cli.path(PARTS)) > 10);
    // Without --resume nothing of it matters.
    let plain = cli.succeed(&[&SCAN[..], &["-o", "out.parquet"]].concat());
    assert!(plain.stderr.contains("--resume goes on with"), "{}", plain.stderr);
}

#[test]
fn outputs_and_options_that_do_not_fit_are_refused() {
    let cli = folder();
    cli.write("there.parquet", "precious");
    for (more, said) in [
        (
            &["-o", "-", "--resume"][..],
            &["--resume keeps parts beside the output"][..],
        ),
        (
            &["-o", "/dev/null", "--format", "tsv", "--resume"],
            &["--resume keeps parts"],
        ),
        (&["-o", "x.parquet", "--part-size", "5"], &["--resume"]),
        (
            &["-o", "x.parquet", "--resume", "--shard", "1/2"],
            &["--resume", "--shard"],
        ),
        (&["-o", "x.bed", "--resume"], &["--threshold"]),
        (&["-o", "there.parquet", "--resume"], &["exists already"]),
        (&["-o", "missing/x.parquet", "--resume"], &["missing/x.parquet"]),
    ] {
        cli.refuse(&[&SCAN[..], more].concat(), said);
    }
    assert!(!cli.path(".x.parquet.parts").exists() && !cli.path(".x.bed.parts").exists());
    let piped = [
        "scan",
        "-",
        "--model",
        "tiny.safetensors",
        "-o",
        "x.parquet",
        "--resume",
    ];
    cli.run_on("genome.fa", &piped).refused(&["standard input"]);
}
