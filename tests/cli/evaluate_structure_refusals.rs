//! Predictions, chains and models that `evaluate` on chains refuses.

use crate::evaluate_structure::{CHAINS, JUDGE, PREDICTED, small};
use crate::sample::save_tiny_model;

#[test]
fn predictions_that_do_not_belong_to_the_chains_are_refused() {
    let cli = small();
    for (predictions, parts) in [
        // The id is that of a chain, the length is not.
        (
            ">a\nHHHHTT\n",
            &["other.fas", "the prediction for a", "6 residues", "8 residues"][..],
        ),
        (
            ">a\nACDEFGHW\nHHHHTTEE\n",
            &["other.fas", "the prediction for a", "other letters"],
        ),
        (">x\nWWW\nHHH\n", &["other.fas", "predictions: x", "chains: a, b"]),
        (">a\nHHHHQQEE\n", &["other.fas"]),
        (">a\nACDEFGHI\nHHHH\n", &["other.fas", "a"]),
        ("", &["other.fas"]),
    ] {
        cli.write("other.fas", predictions);
        cli.refuse(&[&JUDGE[..], &["-o", "report.json"]].concat(), parts);
    }
}

#[test]
fn chains_that_say_nothing_are_refused() {
    let cli = small();
    cli.write("chains.tsv", CHAINS.replace('1', "0"));
    cli.refuse(&JUDGE, &["no chain has a residue that is scored"]);
    cli.write("chains.tsv", CHAINS.replace("HHHHTTEE", "HHHHTTE"));
    cli.refuse(&JUDGE, &["chains.tsv", "a"]);
    cli.write("chains.tsv", CHAINS.replace("HHHHTTEE", "HHHHTTEQ"));
    cli.refuse(&JUDGE, &["chains.tsv", "a", "Q"]);
    cli.refuse(
        &["evaluate", "--predictions", "other.fas"],
        &["no labelled chains are named", "--chains"],
    );
    cli.refuse(&["evaluate", "--chains", "chains.tsv"], &["--model"]);
    cli.refuse(
        &[
            "evaluate",
            "--model",
            "reb1",
            "--test",
            "x.csv",
            "--precision-compute",
            "int8",
        ],
        &["--precision-compute", "--chains"],
    );
}

#[test]
fn predictors_that_cannot_be_told_apart_or_share_no_chain_are_refused() {
    let cli = small();
    cli.write("other.fasta", PREDICTED);
    cli.refuse(&[&JUDGE[..], &["other.fasta"]].concat(), &["called other"]);
    cli.write("one.fas", ">a\nHHHHCCEE\n");
    cli.write("two.fas", ">b\nCCEEEC\n");
    cli.refuse(
        &[
            "evaluate",
            "--chains",
            "chains.tsv",
            "--predictions",
            "one.fas",
            "two.fas",
        ],
        &["no chain is known to all of the 2 models and predictions"],
    );
}

#[test]
fn options_of_the_other_kind_of_data_are_refused() {
    let cli = small();
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli.write("test.csv", "sequence,label\nACGT,1\nACCT,0\n");
    cli.refuse(
        &["evaluate", "--chains", "chains.tsv", "--model", "tiny.safetensors"],
        &["tiny.safetensors is a model for tfbs", "structure"],
    );
    cli.refuse(&[&JUDGE[..], &["--test", "test.csv"]].concat(), &["--chains", "--test"]);
    cli.refuse(&[&JUDGE[..], &["--reduction", "dssp"]].concat(), &["ghi-eb", "h-e"]);
    cli.refuse(&[&JUDGE[..], &["--require", "q3"]].concat(), &["METRIC=VALUE"]);
    cli.write("report.json", "{}");
    cli.refuse(
        &[&JUDGE[..], &["-o", "report.json"]].concat(),
        &["report.json", "--force"],
    );
}
