//! Evaluations: metrics of a model beside trivial baselines on the same data.

mod frame;
mod json;
pub(crate) mod text;
mod write;

use std::collections::BTreeMap;

use processive_core::Metric;
use serde::{Deserialize, Serialize};

pub(crate) use frame::parquet_bytes;
pub use write::{EvaluationFormat, EvaluationWriter, write_evaluation};

use crate::ReportError;

/// One model on one data set, with what it has to beat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EvaluationReport {
    /// What is predicted, e.g. `tfbs`.
    pub task: String,
    /// The model's name.
    pub model: String,
    /// The model's architecture.
    pub arch: String,
    /// The labelled data.
    pub dataset: String,
    /// The seed of the training run.
    pub seed: Option<u64>,
    /// The number of examples.
    pub n: u64,
    /// The number of trainable numbers.
    pub parameters: Option<u64>,
    /// The wall time of the training in seconds.
    pub train_seconds: Option<f64>,
    /// The model's metrics by name; an undefined one is absent.
    pub metrics: BTreeMap<String, Metric>,
    /// The metrics of each baseline (`gc`, `kmer_lr`, `best_pwm`) on the same examples.
    pub baselines: BTreeMap<String, BTreeMap<String, Metric>>,
}

/// One metric of one model or baseline: a row of the evaluation table, fields in column order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRow {
    /// What is predicted.
    pub task: String,
    /// The model or the baseline.
    pub model: String,
    /// The architecture; [`BASELINE_ARCH`] for a baseline.
    pub arch: String,
    /// The labelled data.
    pub dataset: String,
    /// The seed of the training run.
    pub seed: Option<u64>,
    /// The metric's name.
    pub metric: String,
    /// Its value.
    pub value: f64,
    /// The lower end of its interval.
    pub ci_low: Option<f64>,
    /// The upper end of its interval.
    pub ci_high: Option<f64>,
    /// The number of examples.
    pub n: u64,
    /// The number of trainable numbers.
    pub parameters: Option<u64>,
    /// The wall time of the training in seconds.
    pub train_seconds: Option<f64>,
}

/// The architecture of a baseline.
pub const BASELINE_ARCH: &str = "baseline";

/// The order in which metrics are shown; others follow by name.
const METRIC_ORDER: [&str; 18] = [
    "auroc",
    "auprc",
    "mcc",
    "accuracy",
    "f1",
    "q3",
    "q3_per_protein",
    "sov99",
    "sov_refine",
    "sov94",
    "q8",
    "q8_per_protein",
    "macro_f1",
    "q8_macro_f1",
    "rk",
    "brier",
    "ece",
    "nll",
];

/// The place of a metric among others.
pub(crate) fn metric_rank(name: &str) -> (usize, &str) {
    let known = METRIC_ORDER.iter().position(|metric| *metric == name);
    (known.unwrap_or(METRIC_ORDER.len()), name)
}

impl EvaluationReport {
    /// The rows of the evaluation table: the model's metrics, then each baseline's.
    ///
    /// A baseline has no seed, parameters or training time of its own.
    pub fn rows(&self) -> Vec<EvaluationRow> {
        let mut rows = self.rows_of(&self.model, &self.metrics);
        for row in &mut rows {
            row.arch.clone_from(&self.arch);
            row.seed = self.seed;
            row.parameters = self.parameters;
            row.train_seconds = self.train_seconds;
        }
        for (baseline, metrics) in &self.baselines {
            rows.extend(self.rows_of(baseline, metrics));
        }
        rows
    }

    /// Rows that know nothing about a training run.
    fn rows_of(&self, model: &str, metrics: &BTreeMap<String, Metric>) -> Vec<EvaluationRow> {
        let mut metrics: Vec<(&String, &Metric)> = metrics.iter().collect();
        metrics.sort_by_key(|(name, _)| metric_rank(name));
        let row = |(name, metric): (&String, &Metric)| EvaluationRow {
            task: self.task.clone(),
            model: model.to_owned(),
            arch: BASELINE_ARCH.to_owned(),
            dataset: self.dataset.clone(),
            seed: None,
            metric: name.clone(),
            value: metric.value,
            ci_low: metric.ci_low,
            ci_high: metric.ci_high,
            n: self.n,
            parameters: None,
            train_seconds: None,
        };
        metrics.into_iter().map(row).collect()
    }
}

/// Checks that every number of every row is finite.
fn check_finite(rows: &[EvaluationRow]) -> Result<(), ReportError> {
    for row in rows {
        let numbers = [Some(row.value), row.ci_low, row.ci_high, row.train_seconds];
        if numbers.iter().flatten().any(|number| !number.is_finite()) {
            return Err(ReportError::MetricNotFinite {
                model: row.model.clone(),
                metric: row.metric.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A report with a model, two baselines, and every kind of missing value.
    pub(crate) fn report() -> EvaluationReport {
        let metric = |value: f64, interval: Option<(f64, f64)>| Metric {
            value,
            ci_low: interval.map(|(low, _)| low),
            ci_high: interval.map(|(_, high)| high),
        };
        let named = |pairs: &[(&str, Metric)]| pairs.iter().map(|(name, m)| ((*name).to_owned(), *m)).collect();
        EvaluationReport {
            task: "tfbs".into(),
            model: "ctcf".into(),
            arch: "bigru".into(),
            dataset: "ctcf_test".into(),
            seed: Some(u64::MAX),
            n: 2000,
            parameters: Some(71_234),
            train_seconds: Some(12.5),
            metrics: named(&[
                ("ece", metric(0.0125, None)),
                ("auroc", metric(0.9625, Some((0.955, 0.97)))),
                ("nll", metric(0.25, None)),
            ]),
            baselines: BTreeMap::from([
                (
                    "kmer_lr".to_owned(),
                    named(&[("auroc", metric(0.875, Some((0.86, 0.89))))]),
                ),
                ("gc".to_owned(), named(&[("auroc", metric(0.5, None))])),
            ]),
        }
    }

    #[test]
    fn rows_hold_the_model_first_and_metrics_in_their_usual_order() {
        let rows = report().rows();
        let names: Vec<_> = rows
            .iter()
            .map(|row| (row.model.as_str(), row.metric.as_str()))
            .collect();
        let expected = [
            ("ctcf", "auroc"),
            ("ctcf", "ece"),
            ("ctcf", "nll"),
            ("gc", "auroc"),
            ("kmer_lr", "auroc"),
        ];
        assert_eq!(names, expected);
        assert_eq!((rows[0].arch.as_str(), rows[0].parameters), ("bigru", Some(71_234)));
        assert_eq!((rows[4].arch.as_str(), rows[4].parameters), (BASELINE_ARCH, None));
        assert_eq!((rows[4].n, rows[4].ci_low), (2000, Some(0.86)));
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        let mut broken = report();
        broken.metrics.get_mut("ece").unwrap().value = f64::NAN;
        let error = broken.to_json().unwrap_err();
        assert!(
            matches!(&error, ReportError::MetricNotFinite { metric, .. } if metric == "ece"),
            "{error}"
        );
    }
}
