//! Metrics, intervals, calibration and the word-count baseline against numbers from scikit-learn, scipy and
//! numpy (`tests/golden/metrics/make.py`).

use std::error::Error;

use processive_encode::encode_dna;
use processive_train::baselines::{CodedExample, KmerLogistic};
use processive_train::bootstrap::BootstrapSettings;
use processive_train::calibration::Platt;
use processive_train::metrics::{ScoreKind, best_mcc_threshold, evaluate, mcc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

type TestResult = Result<(), Box<dyn Error>>;

/// What every golden file holds beside its own fields.
#[derive(Deserialize)]
struct Golden<T> {
    cases: Vec<T>,
}

fn read<T: DeserializeOwned>(name: &str) -> Result<T, Box<dyn Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/metrics/");
    Ok(serde_json::from_str(&std::fs::read_to_string(format!(
        "{folder}{name}"
    ))?)?)
}

fn as_bools(labels: &[u8]) -> Vec<bool> {
    labels.iter().map(|&label| label == 1).collect()
}

#[derive(Deserialize)]
struct Classification {
    name: String,
    labels: Vec<u8>,
    scores: Vec<f64>,
    threshold: f64,
    metrics: BTreeMap<String, f64>,
    best_mcc: f64,
}

/// Sums of a few hundred numbers in another order.
const ROUNDING: f64 = 1e-12;

#[test]
fn metrics_agree_with_scikit_learn() -> TestResult {
    let golden: Golden<Classification> = read("classification.json")?;
    assert_eq!(golden.cases.len(), 8);
    let no_intervals = BootstrapSettings { resamples: 0, seed: 0 };
    for case in golden.cases {
        let labels = as_bools(&case.labels);
        let found = evaluate(
            &case.scores,
            &labels,
            Some(case.threshold),
            ScoreKind::Probability,
            &no_intervals,
        )?;
        assert_eq!(found.len(), case.metrics.len(), "{}", case.name);
        for (name, expected) in case.metrics {
            let value = found[&name].value;
            assert!(
                (value - expected).abs() < ROUNDING,
                "{}: {name} is {value}, not {expected}",
                case.name
            );
        }
    }
    Ok(())
}

#[test]
fn best_threshold_reaches_the_highest_mcc_of_all_thresholds() -> TestResult {
    for case in read::<Golden<Classification>>("classification.json")?.cases {
        let labels = as_bools(&case.labels);
        let threshold = best_mcc_threshold(&case.scores, &labels).ok_or("both classes are there")?;
        let reached = mcc(&case.scores, &labels, threshold);
        assert!(
            (reached - case.best_mcc).abs() < ROUNDING,
            "{}: {reached}, not {}",
            case.name,
            case.best_mcc
        );
    }
    Ok(())
}

#[derive(Deserialize)]
struct Resampled {
    labels: Vec<u8>,
    scores: Vec<f64>,
    threshold: f64,
    resamples: usize,
    cases: BTreeMap<String, ResampledInterval>,
}

#[derive(Deserialize)]
struct ResampledInterval {
    low: f64,
    high: f64,
    standard_deviation: f64,
}

/// The 2.5 % quantile of 20,000 normal numbers has a standard error of 0.019 of their standard deviation
/// (√(.025 · .975 / 20,000) / φ(1.96)), the difference of two such quantiles 0.027: four times that.
const QUANTILE_TOLERANCE: f64 = 0.108;

/// Calls are counted: `accuracy` moves in steps of 1/200, and quantiles fall on steps.
const STEP: f64 = 1.0 / 200.0;

#[test]
fn intervals_agree_with_those_of_numpys_resamples() -> TestResult {
    let golden: Resampled = read("bootstrap.json")?;
    let settings = BootstrapSettings {
        resamples: golden.resamples,
        seed: 1,
    };
    let labels = as_bools(&golden.labels);
    let found = evaluate(
        &golden.scores,
        &labels,
        Some(golden.threshold),
        ScoreKind::Probability,
        &settings,
    )?;
    assert_eq!(found.len(), golden.cases.len());
    for (name, expected) in golden.cases {
        let metric = &found[&name];
        let steps = if name == "accuracy" { STEP } else { 0.0 };
        let tolerance = QUANTILE_TOLERANCE * expected.standard_deviation + steps;
        let off = |end: Option<f64>, expected: f64| end.map(|end| (end - expected).abs());
        assert!(
            off(metric.ci_low, expected.low).is_some_and(|off| off <= tolerance),
            "{name}: {metric:?}"
        );
        assert!(
            off(metric.ci_high, expected.high).is_some_and(|off| off <= tolerance),
            "{name}: {metric:?}"
        );
    }
    Ok(())
}

#[derive(Deserialize)]
struct WordCounts {
    sequences: Vec<String>,
    labels: Vec<u8>,
    training: usize,
    cases: Vec<Penalty>,
}

#[derive(Deserialize)]
struct Penalty {
    c: f64,
    log_odds: Vec<f64>,
}

#[test]
fn word_count_regression_agrees_with_scikit_learn() -> TestResult {
    let golden: WordCounts = read("kmer_logistic.json")?;
    let codes: Vec<Vec<u8>> = golden
        .sequences
        .iter()
        .map(|letters| encode_dna(letters.as_bytes()))
        .collect();
    let labels = as_bools(&golden.labels);
    let examples: Vec<CodedExample<'_>> = codes
        .iter()
        .zip(&labels)
        .map(|(codes, &label)| CodedExample { codes, label })
        .collect();
    let (training, others) = examples.split_at(golden.training);
    assert_eq!(golden.cases.len(), 3);
    for case in golden.cases {
        let fitted = KmerLogistic::fit_with_penalty(training, others, case.c)?;
        for (example, expected) in examples.iter().zip(&case.log_odds) {
            let found = fitted.log_odds(example.codes);
            // the fit stops where no entry of the gradient exceeds 1e-5; log-odds are of order 1
            assert!(
                (found - expected).abs() < 2e-3,
                "C = {}: {found}, not {expected}",
                case.c
            );
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Line {
    name: String,
    logits: Vec<f64>,
    labels: Vec<u8>,
    slope: f64,
    offset: f64,
}

#[test]
fn platt_scaling_agrees_with_scipy() -> TestResult {
    let golden: Golden<Line> = read("platt.json")?;
    assert_eq!(golden.cases.len(), 4);
    for case in golden.cases {
        let found = Platt::fit(&case.logits, &as_bools(&case.labels)).ok_or("fits")?;
        let off = (found.slope - case.slope).abs().max((found.offset - case.offset).abs());
        // both stop at a gradient that moves the line by less than this
        assert!(off < 1e-7, "{}: {found:?} is {off} off", case.name);
    }
    Ok(())
}
