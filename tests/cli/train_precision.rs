//! `train --precision-compute`: numbers that are rounded where matrices are multiplied in training.

use serde_json::{Value, json};

use crate::fixture::{Cli, Outcome};
use crate::planted::{card, log};
use crate::planted_chains::{chain_folder, train_chains, train_chains_briefly};

const BF16: [&str; 2] = ["--precision-compute", "bf16"];

/// Trains in bfloat16; nothing, which is said, where the processor cannot.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn rounded(cli: &Cli, args: &[&str]) -> Option<Outcome> {
    let outcome = cli.run(&[args, &BF16].concat());
    if outcome.code == Some(0) {
        return Some(outcome);
    }
    outcome.refused(&["precision-compute cannot be bf16", "AMX"]);
    eprintln!("this processor does not multiply bfloat16: NOT TESTED");
    None
}

#[test]
fn a_planted_rule_is_learned_from_rounded_numbers() {
    let cli = chain_folder();
    // One way or both, over letters and over filters; the rule needs the residue behind.
    for arch in ["cnn", "cnn-bigru"] {
        let output = format!("{arch}.st");
        let args = train_chains(&output, &["--chains", "chains.tsv"]);
        let args: Vec<&str> = args
            .into_iter()
            .map(|word| if word == "cnn" { arch } else { word })
            .collect();
        let Some(_) = rounded(&cli, &args) else { return };
        let lines = log(&cli, &format!("{output}.metrics.jsonl"));
        let best = lines
            .iter()
            .map(|line| line["valid_q3"].as_f64().unwrap())
            .fold(0.0, f64::max);
        assert!(best > 0.95, "{arch}: {best}");
        assert_eq!(
            card(&cli, &output)["training"]["settings"]["fit"]["precision_compute"],
            json!("bf16")
        );
    }
}

#[test]
fn rounding_is_the_same_on_any_number_of_threads_and_differs_from_whole_numbers() {
    let cli = chain_folder();
    let run = |output, threads| rounded(&cli, &train_chains_briefly(output, &[threads])).map(|_| cli.read(output));
    let Some(one) = run("a.st", "-@1") else { return };
    assert!(run("b.st", "-@2") == Some(one.clone()));
    cli.succeed(&train_chains_briefly("whole.st", &[]));
    assert!(cli.read("whole.st") != one);
    let fit = &card(&cli, "whole.st")["training"]["settings"]["fit"];
    assert_eq!(fit.get("precision_compute"), None::<&Value>);

    // A run that began with one goes on with no other.
    if rounded(&cli, &train_chains_briefly("c.st", &["--stop-after", "1"])).is_some() {
        cli.refuse(
            &train_chains_briefly("c.st", &["--resume"]),
            &["belongs to another run", "c.st.checkpoint.0"],
        );
    }
}

#[test]
fn a_processor_that_cannot_round_says_so() {
    let cli = chain_folder();
    let args = [&train_chains_briefly("a.st", &[])[..], &BF16].concat();
    let parts = ["precision-compute cannot be bf16", "f32 on this computer", "AMX"];
    Outcome::of(cli.command(&args).env("PROCESSIVE_KERNELS", "portable")).refused(&parts);
    assert!(!cli.path("a.st").exists());
    let other = [&train_chains_briefly("a.st", &[])[..], &["--precision-compute", "fp8"]].concat();
    cli.refuse(&other, &["fp8", "f32", "bf16"]);
}
