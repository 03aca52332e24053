//! Numbers as cells.

use std::collections::BTreeMap;

use processive_core::Metric;

/// What stands where there is no value.
pub(super) const NOTHING: &str = "-";

/// The mean over runs, their range, and the interval of the first: `0.912 (0.910-0.914) [0.893, 0.929]`. A single run
/// has no range.
pub(super) fn of_runs<'a>(metrics: impl Iterator<Item = &'a BTreeMap<String, Metric>> + Clone, name: &str) -> String {
    let found: Option<Vec<Metric>> = metrics.map(|metrics| metrics.get(name).copied()).collect();
    let Some(found) = found.filter(|found| !found.is_empty()) else {
        return NOTHING.to_owned();
    };
    let values: Vec<f64> = found.iter().map(|metric| metric.value).collect();
    let interval = match (found[0].ci_low, found[0].ci_high) {
        (Some(low), Some(high)) => format!(" [{low:.3}, {high:.3}]"),
        _ => String::new(),
    };
    format!("{:.3}{}{interval}", mean(&values), range(&values))
}

/// The range of several values; empty for one.
fn range(values: &[f64]) -> String {
    if values.len() < 2 {
        return String::new();
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!(" ({low:.3}-{high:.3})")
}

/// A difference with its sign and interval; a star says that the interval leaves 0 out.
pub(super) fn difference(metric: Option<&Metric>) -> String {
    let Some(metric) = metric else {
        return NOTHING.to_owned();
    };
    match (metric.ci_low, metric.ci_high) {
        (Some(low), Some(high)) => {
            let star = if low > 0.0 || high < 0.0 { " *" } else { "" };
            format!("{:+.3} [{low:+.3}, {high:+.3}]{star}", metric.value)
        }
        _ => format!("{:+.3}", metric.value),
    }
}

/// Three significant digits or all before the point.
pub(super) fn amount(number: f64) -> String {
    match number.abs() {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// The mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::tests::metric;
    use super::*;
    use crate::numbers::grouped;

    #[test]
    fn runs_show_their_mean_their_range_and_the_first_interval() {
        let run = |value: f64| BTreeMap::from([("auroc".to_owned(), metric(value, value - 0.1, value + 0.05))]);
        let runs = [run(0.9), run(0.8)];
        assert_eq!(of_runs(runs.iter(), "auroc"), "0.850 (0.800-0.900) [0.800, 0.950]");
        assert_eq!(of_runs(runs[..1].iter(), "auroc"), "0.900 [0.800, 0.950]");
        assert_eq!(of_runs(runs.iter(), "mcc"), NOTHING);
        assert_eq!(of_runs(runs[..0].iter(), "auroc"), NOTHING);
    }

    #[test]
    fn a_star_marks_a_difference_whose_interval_leaves_zero_out() {
        assert_eq!(difference(Some(&metric(0.02, 0.01, 0.03))), "+0.020 [+0.010, +0.030] *");
        assert_eq!(
            difference(Some(&metric(-0.02, -0.03, -0.01))),
            "-0.020 [-0.030, -0.010] *"
        );
        assert_eq!(difference(Some(&metric(0.0, -0.03, 0.03))), "+0.000 [-0.030, +0.030]");
        assert_eq!(difference(None), NOTHING);
    }

    #[test]
    fn amounts_keep_three_digits() {
        assert_eq!(
            [amount(0.1234), amount(12.34), amount(1234.5), grouped(1_234_567)],
            ["0.12", "12.3", "1234", "1,234,567"]
        );
    }
}
