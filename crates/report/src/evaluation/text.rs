//! An evaluation for a terminal.

use std::collections::{BTreeMap, BTreeSet};

use processive_core::Metric;

use super::{EvaluationReport, metric_rank};

/// Blanks between columns.
const GAP: &str = "  ";

impl EvaluationReport {
    /// The report as a table of fixed width: a line per metric, a column for the model and for each baseline,
    /// intervals in brackets, `-` where there is no value.
    pub fn to_text(&self) -> String {
        let title = format!(
            "{} ({}) on {}: {} {}",
            self.model,
            self.arch,
            self.dataset,
            self.n,
            if self.task == "structure" {
                "residues"
            } else {
                "examples"
            }
        );
        let mut table = vec![self.header()];
        table.extend(self.metric_names().into_iter().map(|metric| self.line(metric)));
        format!("{title}\n{}", align(&table))
    }

    fn sets(&self) -> impl Iterator<Item = (&String, &BTreeMap<String, Metric>)> {
        std::iter::once((&self.model, &self.metrics)).chain(&self.baselines)
    }

    fn header(&self) -> Vec<String> {
        let names = self.sets().map(|(name, _)| name.clone());
        std::iter::once("metric".to_owned()).chain(names).collect()
    }

    fn metric_names(&self) -> Vec<&str> {
        let names: BTreeSet<&str> = self
            .sets()
            .flat_map(|(_, metrics)| metrics.keys().map(String::as_str))
            .collect();
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_by_key(|name| metric_rank(name));
        names
    }

    fn line(&self, metric: &str) -> Vec<String> {
        let cells = self
            .sets()
            .map(|(_, metrics)| metrics.get(metric).map_or_else(|| "-".to_owned(), cell));
        std::iter::once(metric.to_owned()).chain(cells).collect()
    }
}

fn cell(metric: &Metric) -> String {
    match (metric.ci_low, metric.ci_high) {
        (Some(low), Some(high)) => format!("{:.4} [{low:.4}, {high:.4}]", metric.value),
        _ => format!("{:.4}", metric.value),
    }
}

/// Pads every column to its widest cell, without blanks at the ends of lines.
pub(crate) fn align(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        table
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in table {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(cells.join(GAP).trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::evaluation::tests::report;

    #[test]
    fn a_report_reads_as_a_table_of_metrics_by_models() {
        let expected = "\
ctcf (bigru) on ctcf_test: 2000 examples
metric  ctcf                     gc      kmer_lr
auroc   0.9625 [0.9550, 0.9700]  0.5000  0.8750 [0.8600, 0.8900]
ece     0.0125                   -       -
nll     0.2500                   -       -
";
        assert_eq!(report().to_text(), expected);
    }
}
