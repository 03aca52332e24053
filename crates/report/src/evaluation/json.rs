//! An evaluation as JSON.

use std::collections::BTreeMap;

use processive_core::Metric;
use serde::Serialize;

use super::{EvaluationReport, check_finite};
use crate::ReportError;

impl EvaluationReport {
    /// The report as JSON: `task`, `model`, `dataset`, `n`, `metrics`, `baselines`, indented, with a last line end.
    ///
    /// Every metric has the keys `value`, `ci_low` and `ci_high`; the last two are `null` when there is no interval.
    ///
    /// # Errors
    /// [`ReportError::MetricNotFinite`]: JSON has no word for such numbers; [`ReportError::Json`].
    pub fn to_json(&self) -> Result<String, ReportError> {
        check_finite(&self.rows())?;
        let baselines = self.baselines.iter();
        let form = JsonForm {
            task: &self.task,
            model: &self.model,
            dataset: &self.dataset,
            n: self.n,
            metrics: json_metrics(&self.metrics),
            baselines: baselines
                .map(|(name, metrics)| (name.as_str(), json_metrics(metrics)))
                .collect(),
        };
        let mut json = serde_json::to_string_pretty(&form).map_err(|source| ReportError::Json { source })?;
        json.push('\n');
        Ok(json)
    }
}

/// The fixed form of an evaluation.
#[derive(Serialize)]
struct JsonForm<'a> {
    task: &'a str,
    model: &'a str,
    dataset: &'a str,
    n: u64,
    metrics: BTreeMap<&'a str, JsonMetric>,
    baselines: BTreeMap<&'a str, BTreeMap<&'a str, JsonMetric>>,
}

/// A metric that keeps its keys when it has no interval.
#[derive(Serialize)]
struct JsonMetric {
    value: f64,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
}

fn json_metrics(metrics: &BTreeMap<String, Metric>) -> BTreeMap<&str, JsonMetric> {
    let convert = |metric: &Metric| JsonMetric {
        value: metric.value,
        ci_low: metric.ci_low,
        ci_high: metric.ci_high,
    };
    metrics
        .iter()
        .map(|(name, metric)| (name.as_str(), convert(metric)))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::evaluation::tests::report;

    #[test]
    fn json_has_the_six_fixed_keys_and_null_for_an_interval_that_is_not_there() -> Result<(), Box<dyn std::error::Error>>
    {
        let json: serde_json::Value = serde_json::from_str(&report().to_json()?)?;
        let expected = serde_json::json!({
            "task": "tfbs", "model": "ctcf", "dataset": "ctcf_test", "n": 2000,
            "metrics": {
                "auroc": {"value": 0.9625, "ci_low": 0.955, "ci_high": 0.97},
                "ece": {"value": 0.0125, "ci_low": null, "ci_high": null},
                "nll": {"value": 0.25, "ci_low": null, "ci_high": null},
            },
            "baselines": {
                "gc": {"auroc": {"value": 0.5, "ci_low": null, "ci_high": null}},
                "kmer_lr": {"auroc": {"value": 0.875, "ci_low": 0.86, "ci_high": 0.89}},
            },
        });
        assert_eq!(json, expected);
        Ok(())
    }
}
