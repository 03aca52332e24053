//! Models judged on labelled data: metrics, baselines, requirements, formats.

use std::collections::BTreeMap;

use processive_encode::{PaddedBatch, encode_dna};
use processive_report::inspect_parquet;
use serde_json::Value;

use crate::fixture::{Cli, Outcome};
use crate::planted::{
    DATA, PeakForm, fasta_of, folder, genome_folder, judge_folder, labelled_fasta, meme, peaks, planted, table, train,
};
use crate::sample::{bases, save_tiny_model, tiny_model};

/// The metrics of a model that gives probabilities, in the order of tables.
const METRICS: [&str; 7] = ["auroc", "auprc", "mcc", "accuracy", "f1", "brier", "ece"];

const JUDGE: [&str; 5] = ["evaluate", "--model", "tiny.safetensors", "--test", "test.csv"];

fn judge(cli: &Cli, more: &[&str]) -> Outcome {
    cli.succeed(&[&JUDGE[..], more].concat())
}

/// The report of an evaluation as JSON.
fn report(cli: &Cli, more: &[&str]) -> Value {
    judge(cli, &[&["-o", "report.json", "--force"], more].concat());
    serde_json::from_str(&cli.read_text("report.json")).unwrap()
}

fn value(report: &Value, metric: &str) -> f64 {
    report["metrics"][metric]["value"].as_f64().unwrap()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn sorted<const N: usize>(mut names: [&str; N]) -> [&str; N] {
    names.sort_unstable();
    names
}

#[test]
fn a_requirement_that_is_met_passes_and_one_that_is_not_fails_with_status_1() {
    let cli = folder();
    cli.succeed(&train("ap1.safetensors", &DATA));
    let judge = ["evaluate", "--model", "ap1.safetensors", "--test", "test.csv"];
    let outcome = cli.succeed(&[&judge[..], &["--require", "auroc=0.9", "--require", "auprc=0.9"]].concat());
    assert!(
        outcome.stdout.starts_with("ap1 (bag-cnn) on test.csv: 80 examples\n"),
        "{}",
        outcome.stdout
    );
    let require = [
        "-o",
        "report.json",
        "--require",
        "auroc=1.01",
        "--require",
        "mcc=-1",
        "--require",
        "q3=0.5",
    ];
    let outcome = cli.run(&[&judge[..], &require].concat());
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    let unmet: Vec<&str> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("required "))
        .collect();
    assert_eq!(unmet.len(), 2, "{unmet:?}");
    // The AUROC is at least 0.9, as was required above.
    assert!(
        unmet[0].starts_with("required auroc >= 1.01, but it is "),
        "{}",
        unmet[0]
    );
    assert_eq!(unmet[1], "required q3 >= 0.5, but it is not defined");
    // The report is written all the same: the evaluation ran.
    let report: Value = serde_json::from_str(&cli.read_text("report.json")).unwrap();
    assert!(
        unmet[0].ends_with(&format!("{:.4}", value(&report, "auroc"))),
        "{}",
        unmet[0]
    );
    for wrong in ["auroc", "auroc=high", "auroc=nan"] {
        cli.refuse(
            &[&judge[..], &["--require", wrong]].concat(),
            &[wrong, "METRIC=VALUE", "auroc=0.9"],
        );
    }
}

#[test]
fn the_report_has_its_fixed_form_and_every_value_lies_in_its_interval() {
    let cli = judge_folder();
    let report = report(&cli, &DATA);
    assert_eq!(
        keys(&report),
        sorted(["task", "model", "dataset", "n", "metrics", "baselines"])
    );
    assert_eq!(
        [&report["task"], &report["model"], &report["dataset"]],
        ["tfbs", "tiny", "test.csv"]
    );
    assert_eq!(report["n"], 80);
    assert_eq!(keys(&report["metrics"]), sorted(METRICS));
    assert_eq!(keys(&report["baselines"]), ["gc", "kmer_lr"]);
    // A GC content is no probability.
    assert_eq!(
        keys(&report["baselines"]["gc"]),
        sorted(["auroc", "auprc", "mcc", "accuracy", "f1"])
    );
    assert_eq!(keys(&report["baselines"]["kmer_lr"]), sorted(METRICS));
    for set in [
        &report["metrics"],
        &report["baselines"]["gc"],
        &report["baselines"]["kmer_lr"],
    ] {
        for name in ["auroc", "auprc", "mcc", "accuracy", "f1"] {
            let metric = &set[name];
            assert_eq!(keys(metric), ["ci_high", "ci_low", "value"]);
            let number = |key: &str| metric[key].as_f64().unwrap();
            assert!(
                number("ci_low") <= number("value") && number("value") <= number("ci_high"),
                "{name}: {metric}"
            );
        }
    }
}

#[test]
fn the_best_pwm_is_found_among_the_motifs() {
    let cli = judge_folder();
    cli.write("motifs.meme", meme());
    let report = report(&cli, &[&DATA[..], &["--motifs", "motifs.meme"]].concat());
    assert_eq!(keys(&report["baselines"]), ["best_pwm", "gc", "kmer_lr"]);
    // A random sequence of 40 bases holds all eight letters of the motif, on either strand, once in 1000.
    assert!(
        report["baselines"]["best_pwm"]["auroc"]["value"].as_f64().unwrap() > 0.95,
        "{report:#}"
    );
}

#[test]
fn there_are_no_baselines_without_data_to_fit_them_and_that_is_said() {
    let cli = judge_folder();
    for learn in [&[][..], &DATA[..2], &DATA[2..]] {
        let args = [&["-o", "report.json", "--force"], learn].concat();
        let outcome = judge(&cli, &args);
        assert!(
            outcome
                .stderr
                .contains("warn: no baselines: they are fitted on --train"),
            "{}",
            outcome.stderr
        );
        let report: Value = serde_json::from_str(&cli.read_text("report.json")).unwrap();
        assert_eq!(report["baselines"], serde_json::json!({}));
    }
    assert!(!judge(&cli, &DATA).stderr.contains("no baselines"));
}

#[test]
fn without_an_output_the_table_is_on_standard_output() {
    let cli = judge_folder();
    let outcome = judge(&cli, &DATA);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines[0], "tiny (bag-cnn) on test.csv: 80 examples");
    assert_eq!(
        lines[1].split_ascii_whitespace().collect::<Vec<_>>(),
        ["metric", "tiny", "gc", "kmer_lr"]
    );
    let names: Vec<&str> = lines[2..].iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, METRICS);
    let auroc = format!("auroc     {:.4} [", value(&report(&cli, &[]), "auroc"));
    assert!(lines[2].starts_with(&auroc), "{}", lines[2]);
    assert!(!outcome.stderr.contains("metric "), "{}", outcome.stderr);

    // With an output the table is for the reader of the screen, unless -q is given.
    let with_output = judge(&cli, &["-o", "a.json"]);
    assert!(
        with_output.stdout.is_empty() && with_output.stderr.contains("metric "),
        "{with_output:#?}"
    );
    let quiet = judge(&cli, &[&DATA[..], &["-o", "b.json", "-q"]].concat());
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
    let piped = judge(&cli, &["-o", "c.tsv", "-q"]);
    assert_eq!(piped.stdout, "");
}

#[test]
fn tables_have_a_row_for_every_metric_of_the_model_and_the_baselines() {
    let cli = judge_folder();
    for (output, separator) in [("report.tsv", '\t'), ("report.csv", ',')] {
        judge(&cli, &[&DATA[..], &["-o", output]].concat());
        let text = cli.read_text(output);
        let mut lines = text.lines();
        let heading = "task model arch dataset seed metric value ci_low ci_high n parameters train_seconds";
        assert_eq!(lines.next().unwrap(), heading.replace(' ', &separator.to_string()));
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(separator).collect()).collect();
        assert_eq!(rows.len(), 7 + 5 + 7);
        let of_model: Vec<&str> = rows.iter().filter(|row| row[1] == "tiny").map(|row| row[5]).collect();
        assert_eq!(of_model, METRICS);
        // The seed of the tiny model, and 4 filters of 5 x 4 with biases before one weighted sum.
        assert_eq!(rows[0][..6], ["tfbs", "tiny", "bag-cnn", "test.csv", "11", "auroc"]);
        assert_eq!(rows[0][9..], ["80", "89", ""]);
        let report = report(&cli, &DATA);
        assert!((rows[0][6].parse::<f64>().unwrap() - value(&report, "auroc")).abs() < 1e-12);
        assert_eq!(rows[7][..6], ["tfbs", "gc", "baseline", "test.csv", "", "auroc"]);
    }
}

#[test]
fn parquet_tables_say_where_they_come_from() {
    let cli = judge_folder();
    let args = [&DATA[..], &["-o", "report.parquet", "-@1"]].concat();
    judge(&cli, &args);
    let summary = inspect_parquet(&cli.path("report.parquet")).unwrap();
    assert_eq!(summary.rows, 7 + 5 + 7);
    let names: Vec<&str> = summary.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names[..3], ["task", "model", "arch"]);
    assert_eq!(names.len(), 12);
    assert_eq!(summary.key_values["processive.model.digest"], tiny_model().digest());
    assert_eq!(summary.key_values["processive.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        summary.key_values["processive.command"],
        "processive evaluate --model tiny.safetensors --train train.csv --valid valid.csv --test test.csv \
         --output report.parquet"
    );
    // The number of threads changes no byte.
    let one_thread = cli.read("report.parquet");
    judge(&cli, &[&DATA[..], &["-o", "report.parquet", "-@2", "--force"]].concat());
    assert!(cli.read("report.parquet") == one_thread);
}

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
