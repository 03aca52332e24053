//! Judged predictors for a terminal.

use processive_core::{Metric, Reduction, State3, State8};
use processive_report::EvaluationReport;
use processive_train::metrics::structure::{
    BOUNDARY_DISTANCES, BoundaryTally, ProbabilityTally, RightOf, StateConfusion, StructureTotals,
};

use crate::structure_judge::Metrics;
use crate::text_table::{aligned, indented};

/// The metrics of the eight states one by one are in the files only; those by distance have a table of their own.
fn is_shown(name: &str) -> bool {
    let elsewhere = ["q8_recall", "q8_precision", "q8_mcc", "q3_start", "q3_end"];
    !elsewhere.iter().any(|prefix| name.starts_with(prefix))
}

/// A table and a confusion matrix for every predictor, then what tells them apart.
pub(super) fn of(
    reports: &[EvaluationReport],
    totals: &[StructureTotals],
    differences: &[EvaluationReport],
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
        text += &indented(&boundaries(&totals.boundary), "  ");
        text += &reliability(&totals.three.probability);
    }
    for difference in differences {
        text += &[&difference.model, "\n"].concat();
        text += &indented(&differences_text(&difference.metrics), "  ");
    }
    text
}

/// The share of residues that are right by their distance from the boundaries of observed segments.
fn boundaries(tally: &BoundaryTally) -> String {
    let last = BOUNDARY_DISTANCES - 1;
    let distances = (0..BOUNDARY_DISTANCES).map(|distance| match distance {
        distance if distance == last => format!("{distance}+"),
        distance => distance.to_string(),
    });
    let row = |name: &str, cells: &[RightOf; BOUNDARY_DISTANCES]| -> Vec<String> {
        let share = |cell: &RightOf| cell.accuracy().map_or("-".to_owned(), |share| format!("{share:.3}"));
        std::iter::once(name.to_owned())
            .chain(cells.iter().map(share))
            .collect()
    };
    let head = std::iter::once("q3 by residues from".to_owned()).chain(distances);
    aligned(&[
        head.collect(),
        row("the start of a segment", &tally.starts),
        row("its end", &tally.ends),
    ])
}

/// How often the likeliest of three states is right, by its probability; nothing for predictors without them.
fn reliability(tally: &ProbabilityTally) -> String {
    let bins = tally.reliability();
    if bins.is_empty() {
        return String::new();
    }
    let mut rows = vec![["probability", "mean", "right", "residues"].map(str::to_owned)];
    rows.extend(bins.iter().map(|bin| {
        [
            format!("{:.2} to {:.2}", bin.low, bin.high),
            format!("{:.3}", bin.confidence),
            format!("{:.3}", bin.accuracy),
            bin.residues.to_string(),
        ]
    }));
    indented(&aligned(&rows), "  ")
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
    fn residues_are_told_apart_by_their_distance_from_boundaries() {
        // A helix of three before two coils, one of which is missed.
        let tally = BoundaryTally::of_chain(&[0, 0, 0, 2, 2], &[0, 0, 0, 0, 2], &[true; 5]);
        let text = boundaries(&tally);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert!(lines[0].ends_with("8  9  10+"), "{text}");
        let cells = |line: usize| lines[line].split_whitespace().rev().nth(10).map(str::to_owned);
        assert_eq!(
            (cells(1), cells(2)),
            (Some("0.000".to_owned()), Some("1.000".to_owned()))
        );
        assert_eq!(reliability(&ProbabilityTally::default()), "");
    }

    #[test]
    fn a_matrix_has_observed_states_in_rows() {
        let confusion = StateConfusion::from_counts([[5, 1], [0, 12]]);
        assert_eq!(matrix(&confusion, b"HE"), "   H  E\nH  5  1\nE  0  12\n");
    }
}
