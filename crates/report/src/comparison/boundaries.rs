//! Where in segments of secondary structure networks are right: tables by the distance from a segment's ends.

use super::cells::{NOTHING, mean};
use super::sheet::Sheet;
use super::{ComparedNetwork, ComparedSet, Comparison};

/// No more distances are looked for.
const MOST_DISTANCES: usize = 1000;

/// An end of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Start,
    End,
}

impl End {
    pub(super) const BOTH: [Self; 2] = [Self::Start, Self::End];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }

    /// The metric at a distance from this end.
    pub(super) fn metric(self, distance: usize) -> String {
        format!("q3_{}_{distance}", self.name())
    }
}

impl ComparedSet {
    /// How many distances are told apart; the last holds all that are longer. 0 when none are.
    pub(super) fn distances(&self) -> usize {
        let measured = |metric: &str| {
            let mut runs = self.networks.iter().flat_map(|network| &network.runs);
            runs.any(|run| run.metrics.contains_key(metric))
        };
        (0..MOST_DISTANCES)
            .take_while(|&distance| End::BOTH.iter().any(|end| measured(&end.metric(distance))))
            .count()
    }
}

impl Comparison {
    /// One table for each end; none when the distances were not told apart.
    pub(super) fn boundary_sheets(&self, set: &ComparedSet) -> Vec<Sheet> {
        let distances = set.distances();
        if distances == 0 {
            return Vec::new();
        }
        End::BOTH.map(|end| self.boundary_sheet(set, end, distances)).into()
    }

    fn boundary_sheet(&self, set: &ComparedSet, end: End, distances: usize) -> Sheet {
        let heading = |distance: usize| label(distance, distances);
        let row = |network: &ComparedNetwork| {
            let cells = (0..distances).map(|distance| boundary_cell(network, &end.metric(distance)));
            std::iter::once(network.arch.clone()).chain(cells).collect()
        };
        Sheet {
            title: format!("{}: Q3 by the distance from the {} of a segment", set.name, end.name()),
            about: format!(
                "Residues by how far they lie from the {} of the observed helix, strand or coil that they are in; 0 is \
                 next to the boundary. A cell: mean over the seeds (difference to {}; * where its 95 % interval leaves \
                 0 out).",
                end.name(),
                self.reference
            ),
            header: std::iter::once("arch".to_owned())
                .chain((0..distances).map(heading))
                .collect(),
            rows: set.networks.iter().map(row).collect(),
        }
    }
}

fn boundary_cell(network: &ComparedNetwork, metric: &str) -> String {
    let values = network.runs.iter().map(|run| run.metrics.get(metric));
    let values: Option<Vec<f64>> = values.map(|metric| Some(metric?.value)).collect();
    let Some(values) = values else {
        return NOTHING.to_owned();
    };
    let difference = network.differences.get(metric).map(|difference| {
        let star = match (difference.ci_low, difference.ci_high) {
            (Some(low), Some(high)) if low > 0.0 || high < 0.0 => " *",
            _ => "",
        };
        format!(" ({:+.3}{star})", difference.value)
    });
    format!("{:.3}{}", mean(&values), difference.unwrap_or_default())
}

/// A distance as a heading; the last of `distances` stands for all that are longer, too.
pub(super) fn label(distance: usize, distances: usize) -> String {
    let more = if distance + 1 == distances { "+" } else { "" };
    format!("{distance}{more}")
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::super::tests::{comparison, metric};
    use super::super::{ComparedExamples, ComparedTask};
    use super::*;

    /// A comparison of structure whose networks are measured at three distances from both ends.
    pub(crate) fn structure() -> Comparison {
        let mut comparison = comparison();
        comparison.task = ComparedTask::Structure;
        comparison.scan_threads = None;
        comparison.mean_differences.clear();
        comparison.sets.truncate(1);
        let set = &mut comparison.sets[0];
        set.examples = ComparedExamples::Chains {
            residues: 50_000,
            scored: 40_000,
            reduction: "ghi-eb".to_owned(),
        };
        set.baselines.clear();
        for (index, network) in set.networks.iter_mut().enumerate() {
            network.scan_megabases_per_second = None;
            let gain = 0.02 * index as f64;
            let values: BTreeMap<String, f64> = End::BOTH
                .iter()
                .flat_map(|end| (0..3).map(move |distance| (end.metric(distance), 0.5 + 0.1 * distance as f64)))
                .chain([("q3".to_owned(), 0.7)])
                .collect();
            for run in &mut network.runs {
                let of = |value: f64| metric(value + gain, value + gain - 0.01, value + gain + 0.01);
                run.metrics = values.iter().map(|(name, &value)| (name.clone(), of(value))).collect();
            }
            network.differences.clear();
            if index > 0 {
                let low = |name: &str| if name.contains("end") { gain - 0.03 } else { gain - 0.01 };
                let of = |name: &String| (name.clone(), metric(gain, low(name), 0.05));
                network.differences = values.keys().map(of).collect();
            }
        }
        comparison
    }

    #[test]
    fn every_end_has_a_table_of_accuracies_and_differences() {
        let comparison = structure();
        let sheets = comparison.boundary_sheets(&comparison.sets[0]);
        assert_eq!(sheets.len(), 2);
        assert_eq!(sheets[0].header, ["arch", "0", "1", "2+"]);
        assert_eq!(sheets[0].rows[0], ["bag-cnn", "0.500", "0.600", "0.700"]);
        let told = ["bilstm", "0.520 (+0.020 *)", "0.620 (+0.020 *)", "0.720 (+0.020 *)"];
        assert_eq!(sheets[0].rows[1], told);
        assert_eq!(sheets[1].rows[1], told.map(|cell| cell.replace(" *", "")));
        assert!(
            sheets[1].title.ends_with("from the end of a segment"),
            "{}",
            sheets[1].title
        );
    }

    #[test]
    fn sequences_without_segments_have_no_such_table() {
        let comparison = comparison();
        assert!(comparison.boundary_sheets(&comparison.sets[0]).is_empty());
    }

    #[test]
    fn the_tables_of_structure_speak_of_residues_and_proteins() {
        let text = structure().to_text();
        let first: Vec<&str> = text.lines().take(3).collect();
        assert_eq!(
            first[0],
            "one: 2,000 training, 100 validation and 200 test chains, 40,000 scored residues, three states by ghi-eb; \
             every run saw 250,000 training residues (5 epochs)."
        );
        let header: Vec<&str> = first[1]
            .split("  ")
            .filter(|cell| !cell.is_empty())
            .map(str::trim)
            .collect();
        assert_eq!(
            header,
            [
                "arch",
                "parameters",
                "Q3",
                "Q8",
                "SOV'99",
                "NLL",
                "Q3 - bag-cnn",
                "training s",
                "residues/s"
            ]
        );
        let markdown = structure().to_markdown("processive");
        assert!(markdown.contains("bootstrap over the test proteins"), "{markdown}");
        assert!(
            !markdown.contains("Scan:") && !markdown.contains("bound)"),
            "{markdown}"
        );
    }
}
