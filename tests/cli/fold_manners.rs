//! How a fold behaves: threads, batches, messages, logs, pipes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::fixture::Outcome;
use crate::fold_sample::{fold, fold_folder, protein_fasta, residues};

#[test]
fn neither_threads_nor_batches_nor_look_ahead_change_a_byte() {
    let cli = fold_folder();
    for output in ["out.parquet", "out.tsv.gz", "out.ss2", "out.segments.tsv"] {
        let bytes = |more: &[&str]| {
            cli.succeed(&fold(output, &[&["--force"], more].concat()));
            cli.read(output)
        };
        let one = bytes(&["-@1"]);
        for more in [
            &["-@2"][..],
            &["--threads=5", "--batch-size", "1"],
            &["-@3", "--batch-size", "150", "--look-ahead", "300"],
            &["-@1", "--batch-size", "1000000", "--look-ahead", "1"],
        ] {
            assert!(bytes(more) == one, "{output} {more:?}");
        }
    }
}

#[test]
fn the_log_begins_with_the_command_and_ends_with_what_it_took() {
    let cli = fold_folder();
    let outcome = cli.succeed(&fold("out.tsv", &["-@2", "--no-progress"]));
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let version = env!("CARGO_PKG_VERSION");
    let first = format!(
        "info: processive {version}, device cpu, 2 threads: \
         processive fold proteins.fa --model tiny.safetensors -o out.tsv -@2 --no-progress"
    );
    assert!(lines[0].ends_with(&first), "{}", lines[0]);
    let last = lines[lines.len() - 1];
    // 1 + (0, 53, 106, 19, 72, 125, 38, 91, 4, 57) residues, 12 odd ones, and 33 before a stop sign.
    assert!(last.contains("info: done: 12 proteins, 620 residues; wall "), "{last}");
    assert!(last.ends_with(" residues/s"), "{last}");
    #[cfg(target_os = "linux")]
    assert!(last.contains(", CPU ") && last.contains(", peak memory "), "{last}");
}

#[test]
fn the_summary_counts_letters_by_kind_and_states() {
    let cli = fold_folder();
    let outcome = cli.succeed(&fold("out.tsv", &[]));
    let letters = "proteins.fa: 12 proteins, 620 residues (611 standard, 1 O as K, 1 U as C, 1 * unknown, 1 - unknown, \
                   1 . unknown, 1 B unknown, 1 J unknown, 1 X unknown, 1 Z unknown; 1 stop sign at an end is no residue), ";
    assert!(outcome.stderr.contains(letters), "{}", outcome.stderr);
    let warning =
        "warn: 7 states of letters that the network does not know (* - . B J X Z) rest on their neighbours alone";
    assert_eq!(outcome.stderr.matches(warning).count(), 1, "{}", outcome.stderr);
    let table = cli.read_text("out.tsv");
    let share = |state: &str| {
        let called = table
            .lines()
            .skip(1)
            .filter(|line| line.split('\t').nth(3) == Some(state));
        100.0 * called.count() as f64 / 620.0
    };
    let said = format!(
        "out.tsv: {:.1} % helix, {:.1} % strand, {:.1} % coil by tiny (rule ghi-eb)\n",
        share("H"),
        share("E"),
        share("C")
    );
    assert!(outcome.stderr.contains(&said), "'{said}' is not in {}", outcome.stderr);
}

#[test]
fn clean_proteins_and_quiet_leave_standard_error_empty() {
    let cli = fold_folder();
    cli.write("proteins.fa", ">a\nMKTAYIAK\n>b\nmkU*\n");
    let outcome = cli.succeed(&fold("out.tsv", &["-q", "--log-file", "run.log"]));
    assert_eq!((outcome.stdout, outcome.stderr), (String::new(), String::new()));
    assert!(cli.read_text("run.log").contains("done: 2 proteins, 11 residues"));
}

#[test]
fn dna_and_repeated_names_are_warned_of_once() {
    let cli = fold_folder();
    let dna = ">a\nACGTNACGTACGTACGTACGTACGTACGT\n".repeat(3);
    cli.write("proteins.fa", dna);
    let outcome = cli.succeed(&fold("out.tsv", &["-q"]));
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("warn: the name a occurs a second time"), "{lines:?}");
    assert!(
        lines[1].contains("warn: more than 95 %") && lines[1].contains("DNA or RNA"),
        "{lines:?}"
    );
    assert_eq!(cli.read_text("out.tsv").lines().count(), 1 + 3 * 29);
}

#[test]
fn a_protein_too_long_for_ss2_is_warned_of() {
    let cli = fold_folder();
    cli.write(
        "proteins.fa",
        protein_fasta(&[("long".to_owned(), residues(10_000, 3))]),
    );
    let outcome = cli.succeed(&fold("out.ss2", &["-q"]));
    assert!(
        outcome
            .stderr
            .contains("warn: ss2 has four columns for a residue number")
            && outcome.stderr.contains("10,000"),
        "{}",
        outcome.stderr
    );
    assert!(cli.read_text("out.ss2").contains("\n10000 "));
    assert_eq!(cli.succeed(&fold("out.horiz", &["-q"])).stderr, "");
}

#[test]
fn a_protein_of_36000_residues_goes_through_whole() {
    let cli = fold_folder();
    let letters = residues(36_000, 4);
    let proteins = [("a", residues(5, 1)), ("titin", letters.clone()), ("b", residues(7, 2))];
    let proteins = proteins.map(|(header, letters)| (header.to_owned(), letters));
    cli.write("proteins.fa", protein_fasta(&proteins));
    let fasta = cli.succeed(&fold("-", &["--format", "fasta", "-q"])).stdout;
    let lines: Vec<&str> = fasta.lines().collect();
    assert_eq!((lines[3], lines[4]), (">titin", letters.as_str()));
    assert_eq!((lines.len(), lines[5].len(), lines[8].len()), (9, 36_000, 7));
}

#[test]
fn a_reader_that_has_enough_ends_the_fold_without_an_error() {
    let cli = fold_folder();
    // 20,000 rows: far more than fits into the pipe and into the program's own buffer.
    cli.write(
        "proteins.fa",
        protein_fasta(&[("long".to_owned(), residues(20_000, 12))]),
    );
    let mut command = cli.command(&fold("-", &[]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut heading = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
    reader.read_line(&mut heading).unwrap();
    drop(reader);
    assert_eq!(
        heading,
        "id\tposition\tresidue\tstate\tp_helix\tp_strand\tp_coil\tconfidence\n"
    );
    let outcome = Outcome::from(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(
        !outcome.stderr.contains("error") && !outcome.stderr.contains("done"),
        "{outcome:#?}"
    );
}
