//! The numbers that models are judged by: against values worked out by hand, and the same from every form of the data.

use std::collections::BTreeMap;

use processive_encode::{PaddedBatch, encode_dna};
use serde_json::Value;

use crate::evaluate::{METRICS, report, value};
use crate::planted::{PeakForm, fasta_of, genome_folder, judge_folder, labelled_fasta, peaks, planted, table};
use crate::sample::{bases, save_tiny_model, tiny_model};

/// The probability that the tiny model gives a sequence, one sequence at a time: the mean of both strands.
fn probability(sequence: &str) -> f64 {
    let codes = encode_dna(sequence.as_bytes());
    let batch = PaddedBatch::new(&[&codes]).unwrap();
    let model = tiny_model();
    let strands = [
        model.probabilities(&batch)[0],
        model.probabilities(&batch.reverse_complement())[0],
    ];
    f64::from(f32::midpoint(strands[0], strands[1]))
}

/// `n` sequences, the one with the highest probability first.
fn ranked(n: usize) -> Vec<(String, f64)> {
    let letters = bases(40 * n, 401);
    let sequence = |i: usize| letters[40 * i..40 * (i + 1)].to_owned();
    let mut ranked: Vec<(String, f64)> = (0..n).map(|i| (sequence(i), probability(&sequence(i)))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

#[test]
fn metrics_of_a_few_examples_are_those_worked_out_by_hand() {
    let cli = judge_folder();
    let ranked = ranked(6);
    for (labels, auroc, auprc) in [
        // All pairs in order; none; 8 of 9 with precisions 1, 1, 3/4; half of them with precisions 1/2, 2/4, 3/6.
        ([1, 1, 1, 0, 0, 0], 1.0, 1.0),
        ([0, 0, 0, 1, 1, 1], 0.0, (1.0 / 4.0 + 2.0 / 5.0 + 3.0 / 6.0) / 3.0),
        ([1, 1, 0, 1, 0, 0], 8.0 / 9.0, (1.0 + 1.0 + 3.0 / 4.0) / 3.0),
        ([0, 1, 0, 1, 0, 1], 3.0 / 9.0, (1.0 / 2.0 + 2.0 / 4.0 + 3.0 / 6.0) / 3.0),
    ] {
        let examples: Vec<(String, bool)> = ranked
            .iter()
            .zip(labels)
            .map(|((sequence, _), label)| (sequence.clone(), label == 1))
            .collect();
        cli.write("test.csv", table(&examples, ','));
        let report = report(&cli, &[]);
        // The tiny model calls a sequence bound from 0.625 on.
        let calls: Vec<bool> = ranked.iter().map(|(_, p)| *p >= 0.625).collect();
        let right = calls
            .iter()
            .zip(labels)
            .filter(|&(&call, label)| call == (label == 1))
            .count();
        let squares = ranked
            .iter()
            .zip(labels)
            .map(|((_, p), label)| (p - f64::from(label)).powi(2));
        let found: BTreeMap<&str, f64> = METRICS.iter().map(|&name| (name, value(&report, name))).collect();
        for (metric, expected, tolerance) in [
            ("auroc", auroc, 1e-12),
            ("auprc", auprc, 1e-12),
            ("accuracy", right as f64 / 6.0, 1e-12),
            // Probabilities are f32, and differ in their last digits between batches.
            ("brier", squares.sum::<f64>() / 6.0, 1e-5),
        ] {
            assert!(
                (found[metric] - expected).abs() < tolerance,
                "{metric} of {labels:?}: {found:?}, not {expected}"
            );
        }
    }
}

#[test]
fn the_same_sequences_bound_and_unbound_cannot_be_told_apart() {
    let cli = judge_folder();
    let sequences: String = ranked(5)
        .iter()
        .map(|(sequence, _)| format!(">x\n{sequence}\n"))
        .collect();
    cli.write("both.fa", sequences);
    let args = [
        "evaluate",
        "--model",
        "tiny.safetensors",
        "--test-positives",
        "both.fa",
        "--test-negatives",
        "both.fa",
    ];
    cli.succeed(&[&args[..], &["-o", "same.json"]].concat());
    let report: Value = serde_json::from_str(&cli.read_text("same.json")).unwrap();
    assert_eq!(report["dataset"], "both.fa");
    // Every call is right for one of the two, and every bound example ties with an unbound one.
    for (metric, expected) in [("auroc", 0.5), ("auprc", 0.5), ("accuracy", 0.5), ("mcc", 0.0)] {
        assert!(
            (value(&report, metric) - expected).abs() < 1e-12,
            "{metric}: {report:#}"
        );
    }
}

#[test]
fn every_form_of_the_same_test_data_gives_the_same_report() {
    let cli = judge_folder();
    let test = planted(80, 103);
    cli.write("labelled.fa", labelled_fasta(&test));
    cli.write("bound.fa", fasta_of(&test, true));
    cli.write("unbound.fa", fasta_of(&test, false));
    cli.write("table.tsv", table(&test, '\t').replacen("label", "Bound", 1));
    let expected = report(&cli, &[]);
    let at = |more: &[&str]| -> Value {
        let args = ["evaluate", "--model", "tiny.safetensors", "-o", "other.json", "--force"];
        cli.succeed(&[&args[..], more].concat());
        serde_json::from_str(&cli.read_text("other.json")).unwrap()
    };
    for form in [
        &["--test", "labelled.fa"][..],
        &["--test", "table.tsv", "--label-column", "Bound"],
        &["--test-positives", "bound.fa", "--test-negatives", "unbound.fa"],
    ] {
        let found = at(form);
        for metric in METRICS {
            // Sums run in another order.
            assert!(
                (value(&found, metric) - value(&expected, metric)).abs() < 1e-9,
                "{metric} of {form:?}"
            );
        }
    }
}

#[test]
fn intervals_come_from_resamples_with_a_seed() {
    let cli = judge_folder();
    let interval = |more: &[&str]| report(&cli, more)["metrics"]["auroc"]["ci_low"].clone();
    let first = interval(&["--resamples", "200"]);
    assert_eq!(interval(&["--resamples", "200"]), first);
    assert_ne!(interval(&["--resamples", "200", "--seed", "2"]), first);
    assert_eq!(interval(&["--resamples", "0"]), Value::Null);
}

#[test]
fn a_genome_with_peaks_is_judged_on_its_test_contigs() {
    let cli = genome_folder();
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli.write("narrow.bed", peaks(PeakForm::NarrowPeak, "chr"));
    let args = [
        "evaluate",
        "--model",
        "tiny.safetensors",
        "--genome",
        "genome.fa",
        "--window",
        "50",
    ];
    let split = ["--peaks", "narrow.bed", "--valid", "chr2", "--test", "chr3"];
    let outcome = cli.succeed(&[&args[..], &split].concat());
    assert!(
        outcome
            .stdout
            .starts_with("tiny (bag-cnn) on narrow.bed: 24 examples\n"),
        "{}",
        outcome.stdout
    );
    // The first contig is what baselines are fitted on.
    assert!(
        outcome.stdout.lines().nth(1).unwrap().contains("kmer_lr"),
        "{}",
        outcome.stdout
    );
    // Without contigs, those that were kept from the model's training are taken: chr4, which this genome lacks.
    cli.refuse(
        &[&args[..], &["--peaks", "peaks.bed"]].concat(),
        &["no contig chr4", "chr1, chr2, chr3"],
    );
}
