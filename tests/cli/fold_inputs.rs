//! Proteins in every form that is accepted.

use crate::fixture::Cli;
use crate::fold_sample::{fold_folder, protein_fasta, proteins, residues, save_structure_model};
use crate::sample::{bgzip, gzip};

fn fold(cli: &Cli, proteins: &str, more: &[&str]) -> String {
    let fold = ["fold", proteins, "--model", "tiny.safetensors", "-o", "-", "-q"];
    cli.succeed(&[&fold[..], more].concat()).stdout
}

#[test]
fn the_same_letters_give_the_same_rows_however_they_are_stored() {
    let cli = fold_folder();
    let expected = fold(&cli, "proteins.fa", &[]);
    let plain = protein_fasta(&proteins());
    let unwrapped: String = proteins()
        .iter()
        .map(|(header, letters)| format!(">{header}\n{letters}\n"))
        .collect();
    for (name, content) in [
        ("unwrapped.fa", unwrapped.into_bytes()),
        ("crlf.fa", plain.replace('\n', "\r\n").into_bytes()),
        ("no_last_newline.fa", plain.trim_end().as_bytes().to_vec()),
        ("gzip.fa.gz", gzip(plain.as_bytes())),
        (
            "members.fa.gz",
            [gzip(&plain.as_bytes()[..500]), gzip(&plain.as_bytes()[500..])].concat(),
        ),
        ("misnamed.txt", bgzip(plain.as_bytes(), 300)),
    ] {
        cli.write(name, &content);
        assert_eq!(fold(&cli, name, &[]), expected, "{name}");
        let args = ["fold", "-", "--model", "tiny.safetensors", "-o", "-", "-q"];
        assert_eq!(cli.run_on(name, &args).succeeded().stdout, expected, "{name}");
        assert_eq!(cli.run_piped(&content, &args).succeeded().stdout, expected, "{name}");
    }
}

#[test]
fn lower_case_gives_the_states_of_upper_case_and_stays_lower_case() {
    let cli = Cli::new();
    save_structure_model(&cli.path("tiny.safetensors"));
    let letters = residues(40, 9);
    cli.write("upper.fa", format!(">a\n{letters}\n"));
    cli.write("lower.fa", format!(">a\n{}\n", letters.to_lowercase()));
    let upper = fold(&cli, "upper.fa", &["--format", "fasta"]);
    let lower = fold(&cli, "lower.fa", &["--format", "fasta"]);
    let line = |text: &str, index: usize| text.lines().nth(index).unwrap().to_owned();
    assert_eq!(line(&lower, 2), line(&upper, 2));
    assert_eq!(
        (line(&upper, 1), line(&lower, 1)),
        (letters.clone(), letters.to_lowercase())
    );
}

#[test]
fn proteins_of_one_and_two_residues_and_of_unknown_ones_have_states() {
    let cli = Cli::new();
    save_structure_model(&cli.path("tiny.safetensors"));
    cli.write("tiny.fa", ">one\nM\n>two\nMK\n>unknown\nXXXXXXXX\n>stop\n*\n>gap\n--\n");
    let rows = fold(&cli, "tiny.fa", &[]);
    let ids: Vec<&str> = rows
        .lines()
        .skip(1)
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    let count = |id: &str| ids.iter().filter(|found| **found == id).count();
    assert_eq!(["one", "two", "unknown", "stop", "gap"].map(count), [1, 2, 8, 1, 2]);
}

#[test]
fn a_stop_sign_at_the_end_changes_no_row() {
    let cli = Cli::new();
    save_structure_model(&cli.path("tiny.safetensors"));
    let letters = residues(50, 8);
    cli.write("open.fa", format!(">a\n{letters}\n"));
    cli.write("stopped.fa", format!(">a\n{letters}*\n"));
    assert_eq!(fold(&cli, "stopped.fa", &["--strict"]), fold(&cli, "open.fa", &[]));
}

#[test]
fn proteins_of_one_name_keep_their_rows_and_their_order() {
    let cli = Cli::new();
    save_structure_model(&cli.path("tiny.safetensors"));
    cli.write("twice.fa", ">a first\nMKT\n>b\nWW\n>a second\nACDEF\n");
    let fasta = fold(&cli, "twice.fa", &["--format", "fasta"]);
    let lines: Vec<&str> = fasta.lines().collect();
    assert_eq!(
        (lines[0], lines[1], lines[6], lines[7]),
        (">a first", "MKT", ">a second", "ACDEF")
    );
}
