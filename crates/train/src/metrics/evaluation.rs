//! All metrics of one set of scores, each with its interval.

use std::collections::BTreeMap;

use processive_core::Metric;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::classification::Confusion;
use super::probability::{CALIBRATION_BINS, calibration_bin, residual};
use super::ranking::Ranked;
use crate::bootstrap::{BootstrapSettings, counted_intervals, with_interval};

/// The names of the metrics, in the order in which they are printed.
pub const METRIC_NAMES: [&str; 7] = ["auroc", "auprc", "mcc", "accuracy", "f1", "brier", "ece"];

/// What a score says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScoreKind {
    /// The probability of being bound: from 0 to 1.
    Probability,
    /// Only an order: higher is more likely bound. There is no Brier score and no calibration error.
    Ranking,
}

/// Why scores cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// There is nothing to evaluate.
    #[error("there are no examples to evaluate")]
    NoExamples,
    /// A model or a baseline gave no number.
    #[error("the score of example {} is not a number", index + 1)]
    NotANumber {
        /// The 0-based index of the example.
        index: usize,
    },
    /// A score that claims to be a probability is none.
    #[error("the score of example {} is {score}, which is no probability", index + 1)]
    NotAProbability {
        /// The 0-based index of the example.
        index: usize,
        /// The score.
        score: f64,
    },
}

/// Returns every defined metric of one set of scores by its name, with bootstrap 95 % intervals.
///
/// One resample of the examples serves all metrics. `auroc` is absent when there is one class only and
/// `auprc` without positives; `mcc`, `accuracy` and `f1` are absent without a threshold (choose it on
/// validation data, [`best_mcc_threshold`](super::best_mcc_threshold)); `brier` and `ece` are absent for
/// a [`ScoreKind::Ranking`]. Resamples of one class have no `auroc` and no `mcc`, those without positives
/// no `auprc` and no `f1`; where that befalls more than 5 % of them the interval is left out.
///
/// # Errors
/// [`MetricsError::NoExamples`], [`MetricsError::NotANumber`], and [`MetricsError::NotAProbability`] when
/// the scores claim to be probabilities.
///
/// # Panics
/// When there are not as many labels as scores.
pub fn evaluate(
    scores: &[f64],
    labels: &[bool],
    threshold: Option<f64>,
    kind: ScoreKind,
    settings: &BootstrapSettings,
) -> Result<BTreeMap<String, Metric>, MetricsError> {
    let examples = RankedExamples::new(scores, labels, threshold, kind)?;
    let values = examples.metrics(&vec![1; scores.len()], OneClass::Convention);
    let intervals = counted_intervals(scores.len(), settings, |counts| {
        examples.metrics(counts, OneClass::Skip)
    });
    let metrics = METRIC_NAMES
        .iter()
        .zip(values.into_iter().zip(intervals))
        .filter_map(|(name, (value, interval))| Some(((*name).to_owned(), with_interval(value?, interval))))
        .collect();
    Ok(metrics)
}

/// What becomes of the metrics that are 0 by convention when a class is missing.
#[derive(Clone, Copy, PartialEq)]
enum OneClass {
    Convention,
    Skip,
}

/// Everything about the examples that no resample changes, in descending order of score.
struct RankedExamples {
    ranked: Ranked,
    /// How many examples are called, when there is a threshold: they come first.
    called: Option<usize>,
    /// The residual and the bin of every example, when the scores are probabilities.
    calibration: Option<Vec<(f64, usize)>>,
}

impl RankedExamples {
    fn new(scores: &[f64], labels: &[bool], threshold: Option<f64>, kind: ScoreKind) -> Result<Self, MetricsError> {
        if scores.is_empty() {
            return Err(MetricsError::NoExamples);
        }
        if let Some(index) = scores.iter().position(|score| score.is_nan()) {
            return Err(MetricsError::NotANumber { index });
        }
        if kind == ScoreKind::Probability
            && let Some(index) = scores.iter().position(|score| !(0.0..=1.0).contains(score))
        {
            return Err(MetricsError::NotAProbability {
                index,
                score: scores[index],
            });
        }
        let ranked = Ranked::new(scores, labels).expect("every score is a number");
        let called = threshold.map(|threshold| ranked.order().partition_point(|&index| scores[index] >= threshold));
        let calibration = (kind == ScoreKind::Probability).then(|| {
            let of_example = |&index: &usize| (residual(scores[index], labels[index]), calibration_bin(scores[index]));
            ranked.order().iter().map(of_example).collect()
        });
        Ok(Self {
            ranked,
            called,
            calibration,
        })
    }

    /// The metrics in the order of [`METRIC_NAMES`] when example `i` counts `counts[i]` times.
    fn metrics(&self, counts: &[u32], one_class: OneClass) -> [Option<f64>; METRIC_NAMES.len()] {
        let counts: Vec<u32> = self.ranked.order().iter().map(|&index| counts[index]).collect();
        let (positives, negatives) = self.ranked.totals(&counts, 0, counts.len());
        let defined = |condition: bool| condition || one_class == OneClass::Convention;
        let confusion = self.confusion(&counts);
        let (brier, ece) = self.calibration(&counts).unzip();
        [
            self.ranked.auroc(&counts),
            self.ranked.auprc(&counts),
            confusion
                .map(|calls| calls.mcc())
                .filter(|_| defined(positives > 0 && negatives > 0)),
            confusion.map(|calls| calls.accuracy()),
            confusion.map(|calls| calls.f1()).filter(|_| defined(positives > 0)),
            brier,
            ece,
        ]
    }

    fn confusion(&self, ranked_counts: &[u32]) -> Option<Confusion> {
        let called = self.called?;
        let (true_positives, false_positives) = self.ranked.totals(ranked_counts, 0, called);
        let (false_negatives, true_negatives) = self.ranked.totals(ranked_counts, called, ranked_counts.len());
        Some(Confusion {
            true_positives,
            false_positives,
            true_negatives,
            false_negatives,
        })
    }

    /// Brier score and expected calibration error.
    fn calibration(&self, ranked_counts: &[u32]) -> Option<(f64, f64)> {
        let (mut examples, mut squares, mut bins) = (0.0, 0.0, [0.0; CALIBRATION_BINS]);
        for (&(residual, bin), &count) in self.calibration.as_ref()?.iter().zip(ranked_counts) {
            let weight = f64::from(count);
            examples += weight;
            squares += weight * residual * residual;
            bins[bin] += weight * residual;
        }
        let off: f64 = bins.iter().map(|bin| bin.abs()).sum();
        Some((squares / examples, off / examples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::interval;
    use crate::metrics::{accuracy, auprc, auroc, brier, expected_calibration_error, f1, mcc};

    const SETTINGS: BootstrapSettings = BootstrapSettings {
        resamples: 300,
        seed: 4,
    };

    /// Scores with ties that rank two thirds of the labels right.
    fn examples() -> (Vec<f64>, Vec<bool>) {
        let scores: Vec<f64> = (0..120u32)
            .map(|index| f64::from(index * 37 % 101) / 100.0)
            .map(|s| s.min(0.9))
            .collect();
        let labels = scores
            .iter()
            .enumerate()
            .map(|(index, &score)| (score > 0.4) != (index % 3 == 0))
            .collect();
        (scores, labels)
    }

    type Statistic = fn(&[f64], &[bool]) -> Option<f64>;

    /// The single functions with what [`evaluate`] skips.
    const DEFINITIONS: [(&str, Statistic); 7] = [
        ("auroc", auroc),
        ("auprc", auprc),
        ("mcc", |s, l| {
            Some(mcc(s, l, 0.45)).filter(|_| l.contains(&true) && l.contains(&false))
        }),
        ("accuracy", |s, l| Some(accuracy(s, l, 0.45))),
        ("f1", |s, l| Some(f1(s, l, 0.45)).filter(|_| l.contains(&true))),
        ("brier", brier),
        ("ece", expected_calibration_error),
    ];

    fn assert_close(found: Option<f64>, expected: Option<f64>, name: &str) {
        assert_eq!(found.is_some(), expected.is_some(), "{name}");
        let difference = found.unwrap_or_default() - expected.unwrap_or_default();
        assert!(difference.abs() < 1e-12, "{name}: {found:?}, not {expected:?}");
    }

    #[test]
    fn counted_resamples_give_what_repeated_examples_give() -> Result<(), MetricsError> {
        let (scores, labels) = examples();
        let found = evaluate(&scores, &labels, Some(0.45), ScoreKind::Probability, &SETTINGS)?;
        assert_eq!(found.len(), METRIC_NAMES.len());
        for (name, statistic) in DEFINITIONS {
            let interval = interval(scores.len(), &SETTINGS, |indices| {
                let scores: Vec<f64> = indices.iter().map(|&index| scores[index]).collect();
                let labels: Vec<bool> = indices.iter().map(|&index| labels[index]).collect();
                statistic(&scores, &labels)
            });
            let metric = found[name];
            assert_close(Some(metric.value), statistic(&scores, &labels), name);
            assert_close(metric.ci_low, interval.map(|interval| interval.low), name);
            assert_close(metric.ci_high, interval.map(|interval| interval.high), name);
        }
        Ok(())
    }

    #[test]
    fn metrics_that_are_undefined_are_absent() -> Result<(), MetricsError> {
        let (scores, labels) = examples();
        let one_class = vec![false; labels.len()];
        let cases = [
            (
                &labels,
                Some(0.5),
                ScoreKind::Ranking,
                vec!["accuracy", "auprc", "auroc", "f1", "mcc"],
            ),
            (
                &labels,
                None,
                ScoreKind::Probability,
                vec!["auprc", "auroc", "brier", "ece"],
            ),
            (
                &one_class,
                Some(0.5),
                ScoreKind::Probability,
                vec!["accuracy", "brier", "ece", "f1", "mcc"],
            ),
        ];
        for (labels, threshold, kind, names) in cases {
            let found = evaluate(&scores, labels, threshold, kind, &SETTINGS)?;
            assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), names);
        }
        Ok(())
    }

    #[test]
    fn one_class_leaves_conventional_zeros_without_an_interval() -> Result<(), MetricsError> {
        let found = evaluate(
            &[0.2, 0.9],
            &[false, false],
            Some(0.5),
            ScoreKind::Probability,
            &SETTINGS,
        )?;
        assert_eq!(found["mcc"], with_interval(0.0, None));
        assert_eq!(found["f1"], with_interval(0.0, None));
        assert_eq!((found["accuracy"].value, found["accuracy"].ci_low), (0.5, Some(0.0)));
        Ok(())
    }

    #[test]
    fn bad_scores_are_refused_by_their_place() {
        let evaluate = |scores: &[f64], kind| evaluate(scores, &vec![true; scores.len()], Some(0.5), kind, &SETTINGS);
        assert_eq!(evaluate(&[], ScoreKind::Ranking), Err(MetricsError::NoExamples));
        assert_eq!(
            evaluate(&[0.5, f64::NAN], ScoreKind::Ranking),
            Err(MetricsError::NotANumber { index: 1 })
        );
        let refused = evaluate(&[0.5, 1.5], ScoreKind::Probability).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the score of example 2 is 1.5, which is no probability"
        );
        assert!(evaluate(&[0.5, 1.5], ScoreKind::Ranking).is_ok());
    }

    #[test]
    fn values_and_intervals_do_not_depend_on_the_threads() {
        let (scores, labels) = examples();
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| evaluate(&scores, &labels, Some(0.45), ScoreKind::Probability, &SETTINGS))
        };
        assert_eq!(with_threads(1), with_threads(3));
    }
}
