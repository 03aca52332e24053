//! Programs that are told to end.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fixture::{Cli, Outcome};
use crate::sample::{bases, fasta, labelled_table, save_tiny_model};

const SIGNALS: [(&str, i32); 2] = [("INT", 130), ("TERM", 143)];

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&[("a", bases(50_000, 1)), ("b", bases(150_000, 2))]));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

/// Starts the program.
fn start(cli: &Cli, args: &[&str]) -> Child {
    let mut command = cli.command(args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until something is so.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "no {what} in a minute");
        sleep(Duration::from_millis(2));
    }
}

/// Sends a signal and waits for the end.
fn end(child: Child, signal: &str) -> Outcome {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    Outcome::from(child.wait_with_output().unwrap())
}

/// The lines that say why the program ended.
fn reasons(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stderr.lines();
    lines.filter(|line| line.contains("error")).collect()
}

#[test]
fn a_scan_that_is_told_to_end_leaves_nothing_and_says_so_in_a_line() {
    let cli = folder();
    let before = cli.names();
    let genome = cli.read("genome.fa");
    for (signal, code) in SIGNALS {
        for output in [
            &["x.parquet"][..],
            &["x.tsv.gz"],
            &["x.bw"],
            &["x", "--partition-by", "chrom"],
        ] {
            let args = ["scan", "-", "--model", "tiny.safetensors", "--bin", "1", "-o"];
            let mut child = start(&cli, &[&args[..], output].concat());
            // Half of a genome; the rest never comes.
            let mut input = child.stdin.take().unwrap();
            input.write_all(&genome[..genome.len() / 2]).unwrap();
            let is_temporary = |name: &String| name.starts_with(".processive-");
            wait_until("unfinished output", || cli.names().iter().any(is_temporary));
            let outcome = end(child, signal);
            drop(input);
            assert_eq!(outcome.code, Some(code), "{outcome:#?}");
            let said = format!("error: interrupted by SIG{signal}: no unfinished output is left");
            assert_eq!(reasons(&outcome), [said], "{outcome:#?}");
            assert_eq!(cli.names(), before, "{output:?}");
        }
    }
}

#[test]
fn an_interrupted_scan_with_resume_keeps_its_parts_and_says_how_to_go_on() {
    let cli = folder();
    let scan = ["scan", "genome.fa", "--model", "tiny.safetensors", "--bin", "1", "-o"];
    cli.succeed(&[&scan[..], &["whole.parquet"]].concat());
    let mut after = cli.names();
    after.insert(String::from("genome.fa.fai"));
    for (signal, code) in SIGNALS {
        let more = ["x.parquet", "--resume", "--part-size", "10000", "-@1"];
        let args = [&scan[..], &more].concat();
        let child = start(&cli, &args);
        let part = cli.path(".x.parquet.parts/part-2.sha256");
        wait_until("second part", || part.exists());
        let outcome = end(child, signal);
        assert_eq!(outcome.code, Some(code), "{outcome:#?}");
        let kept = "finished parts are kept in .x.parquet.parts, and the same command goes on with them";
        let said = format!("error: interrupted by SIG{signal}: {kept}");
        assert_eq!(reasons(&outcome), [said], "{outcome:#?}");
        let parts = cli.path(".x.parquet.parts").read_dir().unwrap();
        let names: Vec<_> = parts.map(|entry| entry.unwrap().file_name()).collect();
        assert!(
            !names.iter().any(|name| name.to_string_lossy().ends_with(".part")),
            "{names:?}"
        );
        let went_on = cli.succeed(&args).stderr;
        assert!(went_on.contains("going on: "), "{went_on}");
        assert!(cli.read("x.parquet") == cli.read("whole.parquet"));
        fs::remove_file(cli.path("x.parquet")).unwrap();
        assert_eq!(cli.names(), after);
    }
}

#[test]
fn the_log_file_holds_the_reason_too() {
    let cli = folder();
    let args = [
        "scan",
        "-",
        "--model",
        "tiny.safetensors",
        "-o",
        "x.tsv",
        "-q",
        "--log-file",
        "run.log",
    ];
    let mut child = start(&cli, &args);
    let input = child.stdin.take();
    wait_until("log", || {
        cli.path("run.log").exists() && cli.read_text("run.log").contains("processive scan")
    });
    wait_until("output", || {
        cli.names().iter().any(|name| name.starts_with(".processive-"))
    });
    let outcome = end(child, "TERM");
    drop(input);
    assert_eq!(outcome.code, Some(143), "{outcome:#?}");
    assert!(cli.read_text("run.log").contains("interrupted by SIGTERM"));
}

#[test]
fn training_that_is_interrupted_goes_on_from_its_last_epoch() {
    let cli = Cli::new();
    cli.write("train.csv", labelled_table(400, 1));
    let args = [
        "train",
        "tfbs",
        "--train",
        "train.csv",
        "--arch",
        "cnn-lstm",
        "-o",
        "x.st",
        "-q",
    ];
    let settings = ["--filters", "8", "--hidden", "8", "--patience", "1000", "--epochs"];
    let train = |epochs| [&args[..], &settings, &[epochs]].concat();
    let child = start(&cli, &train("1000"));
    wait_until("checkpoint", || cli.path("x.st.checkpoint.0").exists());
    let outcome = end(child, "TERM");
    assert_eq!(outcome.code, Some(143), "{outcome:#?}");
    let kept = "finished epochs are kept beside x.st, and the command goes on with them when --resume is given";
    assert_eq!(reasons(&outcome), [format!("error: interrupted by SIGTERM: {kept}")]);
    assert!(!cli.path("x.st").exists());
    cli.succeed(&[&train("1000")[..], &["--resume", "--stop-after", "1"]].concat());
}
