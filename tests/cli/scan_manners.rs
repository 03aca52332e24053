//! How a scan behaves: threads, messages, logs, pipes.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::fixture::{Cli, Outcome, PROGRAM};
use crate::sample::{bases, fasta, genome, save_tiny_model};
use crate::table::read_tsv;

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

const SCAN: [&str; 4] = ["scan", "genome.fa", "--model", "tiny.safetensors"];

fn scan(cli: &Cli, more: &[&str]) -> Outcome {
    cli.succeed(&[&SCAN[..], more].concat())
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let cli = folder();
    let gaps = format!("{}{}{}", bases(3000, 7), "N".repeat(500), bases(2000, 8));
    cli.write(
        "genome.fa",
        fasta(&[("a", gaps), ("b", bases(30, 9)), ("c", bases(4000, 10))]),
    );
    for (output, more) in [
        ("out.parquet", &["--bin", "3"][..]),
        ("out.tsv.gz", &[]),
        ("out.bw", &["--bin", "3"]),
        ("out.bed", &["--threshold", "0.5"]),
        ("part.parquet", &["-r", "a:2901-3600", "-r", "c"]),
    ] {
        let bytes = |threads: &str| {
            scan(&cli, &[&["-o", output, threads, "--force"], more].concat());
            cli.read(output)
        };
        let one = bytes("-@1");
        assert!(bytes("-@2") == one && bytes("--threads=5") == one, "{output}");
    }
}

#[test]
fn the_log_begins_with_the_command_and_ends_with_what_it_took() {
    let cli = folder();
    let outcome = scan(&cli, &["-o", "out.tsv", "-@2", "--no-progress"]);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let version = env!("CARGO_PKG_VERSION");
    let first = format!(
        "info: processive {version}, device cpu, 2 threads: \
         processive scan genome.fa --model tiny.safetensors -o out.tsv -@2 --no-progress"
    );
    assert!(lines[0].ends_with(&first), "{}", lines[0]);
    let last = lines[lines.len() - 1];
    // 1234, 700 and 17 bases in bins of 10.
    assert!(
        last.contains("info: done: 3 contigs, 1,951 bases, 196 bins; wall "),
        "{last}"
    );
    assert!(last.ends_with(" bases/s"), "{last}");
    #[cfg(target_os = "linux")]
    assert!(last.contains(", CPU ") && last.contains(", peak memory "), "{last}");
}

#[test]
fn details_tell_how_long_each_stage_was_at_work() {
    let cli = folder();
    cli.write(
        "motifs.jaspar",
        ">M1 word\nA [ 8 0 ]\nC [ 0 8 ]\nG [ 0 0 ]\nT [ 0 0 ]\n",
    );
    for what in [
        &["--model", "tiny.safetensors"][..],
        &["--model", "tiny.safetensors", "--resume", "--part-size", "500"],
        &["--motifs", "motifs.jaspar", "--p", "0.1"],
    ] {
        let stderr = |more: &[&str]| {
            let scan = ["scan", "genome.fa", "-o", "out.tsv", "--force", "-@2"];
            cli.succeed(&[&scan, what, more].concat()).stderr
        };
        let detailed = stderr(&["-v"]);
        let line = detailed
            .lines()
            .find(|line| line.contains(" debug: at work in "))
            .unwrap();
        let (stages, shares): (Vec<&str>, Vec<f64>) = line
            .split(", ")
            .map(|stage| {
                let (text, share) = stage.rsplit_once(" (").unwrap();
                (text, share.trim_end_matches(" %)").parse::<f64>().unwrap())
            })
            .unzip();
        assert!(shares.iter().all(|share| (0.0..=100.0).contains(share)), "{line}");
        for (text, stage) in stages.iter().zip(["reading ", "computing on 2 threads ", "writing "]) {
            assert!(text.contains(stage), "{line}");
        }
        assert_eq!(stages.len(), 3, "{line}");
        assert!(!stderr(&[]).contains("at work in"));
    }
}

#[test]
fn the_summary_names_the_best_sites() {
    let cli = folder();
    let outcome = scan(&cli, &["-o", "out.tsv", "--best", "3"]);
    let (_, rows) = read_tsv(&cli.read_text("out.tsv"));
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let heading = lines
        .iter()
        .position(|line| *line == "best sites (0-based, half-open)")
        .unwrap();
    let cells = |line: &str| line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        cells(lines[heading + 1]),
        ["chrom", "start", "end", "p", "plus", "minus"]
    );
    let sites: Vec<Vec<String>> = lines[heading + 2..].iter().take(3).map(|line| cells(line)).collect();
    let best = rows
        .iter()
        .reduce(|best, row| if row.scores[0] > best.scores[0] { row } else { best })
        .unwrap();
    let place = vec![best.chrom.clone(), best.start.to_string(), best.end.to_string()];
    let scores = best.scores.iter().map(|score| format!("{score:.4}"));
    assert_eq!(sites[0], place.into_iter().chain(scores).collect::<Vec<_>>());
    let p = |site: &Vec<String>| site[3].parse::<f64>().unwrap();
    assert!(p(&sites[0]) >= p(&sites[1]) && p(&sites[1]) >= p(&sites[2]));

    assert!(
        !scan(&cli, &["-o", "none.tsv", "--best", "0"])
            .stderr
            .contains("best sites")
    );
    let plus = scan(&cli, &["-o", "plus.tsv", "--strand", "plus"]).stderr;
    assert!(
        plus.lines().any(|line| cells(line) == ["chrom", "start", "end", "p"]),
        "{plus}"
    );
}

#[test]
fn quiet_says_nothing_and_the_log_file_is_written_all_the_same() {
    let cli = folder();
    let outcome = scan(&cli, &["-o", "out.tsv", "-q", "--log-file", "run.log"]);
    assert_eq!((outcome.stdout, outcome.stderr), (String::new(), String::new()));
    let log = cli.read_text("run.log");
    assert!(
        log.lines().next().unwrap().contains("processive scan genome.fa"),
        "{log}"
    );
    assert!(log.lines().last().unwrap().contains("done: 3 contigs"), "{log}");

    let failing = [&SCAN[..], &["-o", "out.tsv", "-q", "--log-file", "run.log"]].concat();
    cli.run(&failing).refused(&["out.tsv exists already"]);
    let longer = cli.read_text("run.log");
    assert!(
        longer.starts_with(&log) && longer.contains("error: error: out.tsv exists already"),
        "{longer}"
    );
}

#[test]
fn rust_log_has_a_say_unless_options_do() {
    let cli = folder();
    let with_env = |more: &[&str]| {
        let args = [&SCAN[..], &["-o", "-", "--best", "0"], more].concat();
        Outcome::of(cli.command(&args).env("RUST_LOG", "error"))
            .succeeded()
            .stderr
    };
    assert!(!with_env(&[]).contains("info: "));
    assert!(with_env(&["-v"]).contains("info: "));
}

#[test]
fn a_reader_that_has_enough_ends_the_scan_without_an_error() {
    let cli = folder();
    // 20,000 rows: far more than fits into the pipe and into the program's own buffer.
    cli.write("genome.fa", fasta(&[("chr1", bases(20_000, 12))]));
    let mut command = Command::new(PROGRAM);
    command
        .args(SCAN)
        .args(["-o", "-", "--bin", "1"])
        .current_dir(cli.folder())
        .env_remove("RUST_LOG");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut heading = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
    reader.read_line(&mut heading).unwrap();
    drop(reader);
    assert_eq!(heading, "chrom\tstart\tend\ttiny\ttiny_plus\ttiny_minus\n");
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(!outcome.stderr.contains("error"), "{outcome:#?}");
    assert!(!outcome.stderr.contains("done"), "the scan was cut short: {outcome:#?}");
}
