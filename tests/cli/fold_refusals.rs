//! What a fold refuses: with a message that helps, exit status 2, and no file left behind.

use std::fs;

use crate::fixture::Cli;
use crate::fold_sample::{fold, fold_folder, protein_fasta, proteins};
use crate::sample::{fasta, genome, gzip, save_tiny_model};

fn fold_of<'a>(proteins: &'a str, output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fold = ["fold", proteins, "--model", "tiny.safetensors", "-o", output];
    [&fold[..], more].concat()
}

#[test]
fn proteins_that_are_none_are_refused_with_file_and_line() {
    let cli = fold_folder();
    let packed = gzip(protein_fasta(&proteins()).as_bytes());
    let cases: [(&str, Vec<u8>, &[&str]); 9] = [
        ("empty.fa", vec![], &["is empty"]),
        (
            "text.fa",
            b"id\tsequence\n".to_vec(),
            &["line 1", "not a FASTA file", "id"],
        ),
        ("cut.fa.gz", packed[..packed.len() / 2].to_vec(), &["is truncated"]),
        (
            "header.fa",
            b">a\nMKT\n>b\n>c\nMK\n".to_vec(),
            &["line 3", "'b'", "no sequence"],
        ),
        ("last.fa", b">a\nMKT\n>b\n".to_vec(), &["line 3", "'b'", "no sequence"]),
        ("nameless.fa", b">\nMKT\n".to_vec(), &["line 1", "no name"]),
        (
            "digit.fa",
            b">a\nMKT\n>b\nMK\nT7A\n".to_vec(),
            &["line 5", "'7'", "'b'"],
        ),
        ("utf8.fa", "\u{3e}a\nMK\u{e9}\n".into(), &["line 2", "'a'"]),
        ("archive.fa", b"PK\x03\x04rest".to_vec(), &["zip"]),
    ];
    for (name, content, parts) in cases {
        cli.write(name, content);
        for output in ["out.tsv", "out.parquet", "out.ss2"] {
            cli.refuse(
                &fold_of(name, output, &[]),
                &[&["cannot fold", name][..], parts].concat(),
            );
        }
        assert_eq!(cli.run(&fold_of(name, "-", &[])).code, Some(2));
    }
    cli.refuse(&fold_of("missing.fa", "out.tsv", &[]), &["missing.fa", "No such file"]);
    cli.refuse(&fold_of(".", "out.tsv", &[]), &["cannot fold ."]);
}

#[test]
fn strict_refuses_unknown_letters_and_dna() {
    let cli = fold_folder();
    for (name, content, part) in [
        ("x.fa", ">a\nMKT\n>b\nMKX\n".to_owned(), "residue 3 of b is 'X'"),
        ("gap.fa", ">a\nM-T\n".to_owned(), "residue 2 of a is '-'"),
        ("stop.fa", ">a\nM*T\n".to_owned(), "residue 2 of a is '*'"),
        ("dna.fa", fasta(&genome()), "DNA or RNA"),
        ("primers.fa", ">p\nACGTACGTAC\n".repeat(5), "DNA or RNA"),
    ] {
        cli.write(name, content);
        for output in ["out.tsv", "out.parquet"] {
            cli.refuse(&fold_of(name, output, &["--strict"]), &["--strict", part]);
        }
        cli.succeed(&fold_of(name, "-", &[]));
    }
}

#[test]
fn models_of_the_other_kind_are_refused_by_both_commands() {
    let cli = fold_folder();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tfbs.safetensors"));
    cli.refuse(
        &["fold", "proteins.fa", "--model", "tfbs.safetensors", "-o", "out.tsv"],
        &["model tiny is a tfbs model and reads dna", "structure model"],
    );
    cli.refuse(
        &["scan", "genome.fa", "--model", "tiny.safetensors", "-o", "out.tsv"],
        &["model tiny reads protein", "dna model", "processive fold"],
    );
    cli.refuse(
        &["fold", "proteins.fa", "--model", "proteins.fa", "-o", "out.tsv"],
        &["proteins.fa is not a whole safetensors file"],
    );
    cli.refuse(
        &["fold", "proteins.fa", "--model", "no-such-model", "-o", "out.tsv"],
        &["no model file and no bundled model", "no-such-model"],
    );
}

#[test]
fn outputs_that_cannot_be_written_are_refused() {
    let cli = fold_folder();
    fs::create_dir(cli.path("folder.tsv")).unwrap();
    for (output, parts) in [
        ("missing/out.tsv", &["missing/out.tsv", "No such file"][..]),
        ("folder.tsv", &["folder.tsv is a folder"]),
        ("out.txt", &["out.txt", "--format", "parquet, segments"]),
        ("out", &["'out'", "--format"]),
        ("out.bed", &["'out.bed'"]),
    ] {
        cli.refuse(&fold(output, &[]), parts);
    }
    #[cfg(target_os = "linux")]
    for format in ["tsv", "parquet", "ss2"] {
        cli.refuse(
            &fold("/dev/full", &["--format", format]),
            &["/dev/full", "No space left"],
        );
    }
}

#[test]
fn an_existing_output_is_kept_unless_force_is_given() {
    let cli = fold_folder();
    for output in ["out.tsv", "out.parquet", "out.ss2.gz"] {
        cli.write(output, "precious");
        cli.refuse(&fold(output, &[]), &[output, "exists already", "--force"]);
        cli.succeed(&fold(output, &["--force"]));
        assert_ne!(cli.read(output), b"precious");
    }
    // A fold that fails does not replace what is there.
    cli.write("bad.fa", ">a\nMKT\n>b\n");
    cli.refuse(&fold_of("bad.fa", "out.tsv", &["--force"]), &["no sequence"]);
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let cli = fold_folder();
    for (output, more, parts) in [
        (
            "out.ss2",
            &["--states", "8"][..],
            &["ss2 holds helix, strand and coil only", "--states 8"][..],
        ),
        ("out.tsv", &["--format", "horiz", "--states", "8"], &["horiz holds"]),
        ("out.tsv", &["--states", "4"], &["--states", "3, 8"]),
        ("out.tsv", &["--batch-size", "0"], &["--batch-size"]),
        ("out.tsv", &["--look-ahead", "0"], &["--look-ahead"]),
        ("out.tsv", &["--format", "bed"], &["--format", "parquet, segments"]),
        ("out.tsv", &["--device", "cuda"], &["no CUDA support"]),
        ("out.tsv", &["--precision", "x"], &["--precision"]),
    ] {
        cli.refuse(&fold(output, more), parts);
    }
}

#[test]
fn a_protein_model_that_is_cut_anywhere_is_refused() {
    let cli = fold_folder();
    let whole = cli.read("tiny.safetensors");
    for cut in (0..whole.len()).step_by(997) {
        cli.write("cut.safetensors", &whole[..cut]);
        cli.refuse(
            &["fold", "proteins.fa", "--model", "cut.safetensors", "-o", "out.tsv"],
            &["cut.safetensors", &format!("{cut} bytes")],
        );
    }
}

/// Without a bundled model of structure a model has to be named; with one it is used.
#[test]
fn a_model_that_is_not_named_is_the_bundled_one() {
    let cli = fold_folder();
    let outcome = Cli::run(&cli, &["fold", "proteins.fa", "-o", "out.tsv"]);
    let names = cli.succeed(&["models"]).stdout;
    if names.lines().any(|line| line.starts_with("structure ")) {
        assert!(outcome.succeeded().stderr.contains("by structure (rule "));
    } else {
        outcome.refused(&["--model names the model", "no bundled model 'structure'"]);
    }
}
