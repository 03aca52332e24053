//! Judged predictors for a terminal.

use processive_core::{Metric, Reduction, State3, State8};
use processive_report::EvaluationReport;
use processive_train::metrics::structure::{StateConfusion, StructureTotals};

use crate::structure_judge::Metrics;
use crate::text_table::{aligned, indented};

/// The metrics of the eight states one by one are in the files only.
fn is_shown(name: &str) -> bool {
    let of_one_state = ["q8_recall", "q8_precision", "q8_mcc"];
    !of_one_state.iter().any(|prefix| name.starts_with(prefix))
}

/// A table and a confusion matrix for every predictor, then what tells them apart.
pub(super) fn of(
    reports: &[EvaluationReport],
    totals: &[StructureTotals],
    differences: &[Metrics],
    rule: Reduction,
) -> String {
    let mut text = format!("helix, strand and coil by the rule {rule}: {}\n", in_words(rule));
    for (report, totals) in reports.iter().zip(totals) {
        let shown = |metrics: &Metrics| {
            let kept = metrics.iter().filter(|(name, _)| is_shown(name));
            kept.map(|(name, metric)| (name.clone(), *metric)).collect()
        };
        let shortened = EvaluationReport {
            metrics: shown(&report.metrics),
            baselines: report
                .baselines
                .iter()
                .map(|(name, metrics)| (name.clone(), shown(metrics)))
                .collect(),
            ..report.clone()
        };
        text += &shortened.to_text();
        text += "observed (rows) as predicted (columns), residues\n";
        text += &indented(&matrix(&totals.three.confusion, &State3::ALL.map(State3::letter)), "  ");
        if totals.eight.confusion.residues() > 0 {
            text += &indented(&matrix(&totals.eight.confusion, &State8::ALL.map(State8::letter)), "  ");
        }
    }
    for (report, difference) in reports.iter().skip(1).zip(differences) {
        text += &[&report.model, " less ", &reports[0].model, "\n"].concat();
        text += &indented(&differences_text(difference), "  ");
    }
    text
}

fn in_words(rule: Reduction) -> &'static str {
    match rule {
        Reduction::GhiEb => "H, G, I are helix, E, B strand",
        Reduction::GhEb => "H, G are helix, E, B strand",
        Reduction::HE => "H is helix, E strand",
    }
}

fn matrix<const K: usize>(confusion: &StateConfusion<K>, letters: &[u8; K]) -> String {
    let names = letters.map(|letter| char::from(letter).to_string());
    let mut rows = vec![[vec![String::new()], names.to_vec()].concat()];
    for (name, counts) in names.iter().zip(confusion.counts()) {
        let cells = counts.iter().map(u64::to_string);
        rows.push([name.clone()].into_iter().chain(cells).collect());
    }
    aligned(&rows)
}

/// The differences that say most; a star says that 0 lies outside the interval.
fn differences_text(differences: &Metrics) -> String {
    let row = |name: &&str| {
        let metric = differences.get(*name)?;
        Some([(*name).to_owned(), difference(metric)])
    };
    let names = ["q3", "q3_per_protein", "sov99", "sov_refine", "q8", "nll"];
    let rows: Vec<[String; 2]> = names.iter().filter_map(row).collect();
    aligned(&rows)
}

fn difference(metric: &Metric) -> String {
    let (Some(low), Some(high)) = (metric.ci_low, metric.ci_high) else {
        return format!("{:+.4}", metric.value);
    };
    let star = if low > 0.0 || high < 0.0 { " *" } else { "" };
    format!("{:+.4} [{low:+.4}, {high:+.4}]{star}", metric.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_marks_a_difference_that_leaves_zero_out() {
        let metric = |low, high| Metric {
            value: 0.0123,
            ci_low: Some(low),
            ci_high: Some(high),
        };
        assert_eq!(difference(&metric(0.001, 0.02)), "+0.0123 [+0.0010, +0.0200] *");
        assert_eq!(difference(&metric(-0.001, 0.02)), "+0.0123 [-0.0010, +0.0200]");
    }

    #[test]
    fn a_matrix_has_observed_states_in_rows() {
        let confusion = StateConfusion::from_counts([[5, 1], [0, 12]]);
        assert_eq!(matrix(&confusion, b"HE"), "   H  E\nH  5  1\nE  0  12\n");
    }
}
