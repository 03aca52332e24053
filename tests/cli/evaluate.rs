//! Models judged on labelled data: requirements, baselines, and the forms of the report.

use processive_report::inspect_parquet;
use serde_json::Value;

use crate::fixture::{Cli, Outcome};
use crate::planted::{DATA, folder, judge_folder, meme, train};
use crate::sample::tiny_model;

/// The metrics of a model that gives probabilities, in the order of tables.
pub(crate) const METRICS: [&str; 7] = ["auroc", "auprc", "mcc", "accuracy", "f1", "brier", "ece"];

const JUDGE: [&str; 5] = ["evaluate", "--model", "tiny.safetensors", "--test", "test.csv"];

fn judge(cli: &Cli, more: &[&str]) -> Outcome {
    cli.succeed(&[&JUDGE[..], more].concat())
}

/// The report of an evaluation as JSON.
pub(crate) fn report(cli: &Cli, more: &[&str]) -> Value {
    judge(cli, &[&["-o", "report.json", "--force"], more].concat());
    serde_json::from_str(&cli.read_text("report.json")).unwrap()
}

pub(crate) fn value(report: &Value, metric: &str) -> f64 {
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
