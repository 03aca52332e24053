//! Accuracy by the distance from the ends of segments, with intervals over chains.

use std::collections::BTreeMap;

use processive_core::Metric;

use super::boundary::{BOUNDARY_DISTANCES, BoundaryTally};
use super::evaluation::difference_of_means;
use super::tally::ChainTally;
use crate::bootstrap::{BootstrapSettings, counted_metrics};

/// Returns Q3 by the distance from the ends of observed segments, with 95 % intervals over chains.
///
/// `q3_start_0` is that of the residues next to the start of their segment, `q3_end_9` that of residues ten places from
/// the boundary at its end; the last distance, 10, holds all that lie farther, too. Distances without a residue are
/// absent.
pub fn evaluate_boundaries(chains: &[ChainTally], settings: &BootstrapSettings) -> BTreeMap<String, Metric> {
    named(counted_metrics(chains.len(), settings, |counts| {
        accuracies(chains, counts)
    }))
}

/// Returns the differences of what [`evaluate_boundaries`] measures between two predictors, `a − b`; their runs and
/// intervals are those of [`compare_structure`](super::compare_structure).
///
/// # Panics
/// When a predictor has no run, or runs differ in their number of chains.
pub fn compare_boundaries(
    a: &[&[ChainTally]],
    b: &[&[ChainTally]],
    settings: &BootstrapSettings,
) -> BTreeMap<String, Metric> {
    assert!(!a.is_empty() && !b.is_empty(), "every predictor has a run");
    let chains = a[0].len();
    assert!(
        a.iter().chain(b).all(|run| run.len() == chains),
        "runs are of the same chains"
    );
    named(counted_metrics(chains, settings, |counts| {
        difference_of_means(a, b, |run| accuracies(run, counts))
    }))
}

/// By the distance from the start, then by that from the end.
fn accuracies(chains: &[ChainTally], counts: &[u32]) -> Vec<Option<f64>> {
    let mut total = BoundaryTally::default();
    for (chain, &times) in chains.iter().zip(counts) {
        total.add(&chain.boundary, u64::from(times));
    }
    let cells = total.starts.iter().chain(&total.ends);
    cells.map(super::RightOf::accuracy).collect()
}

/// The defined ones by name.
fn named(values: Vec<Option<Metric>>) -> BTreeMap<String, Metric> {
    let names = ["start", "end"]
        .into_iter()
        .flat_map(|end| (0..BOUNDARY_DISTANCES).map(move |distance| format!("q3_{end}_{distance}")));
    names
        .zip(values)
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use processive_core::{LabelledChain, Reduction, State3, StructureLabels};

    use super::super::{StructureMetricsError, StructurePrediction};
    use super::*;

    /// The tally of a prediction; both are words of H, E and C.
    fn tally(observed: &str, predicted: &str) -> Result<ChainTally, StructureMetricsError> {
        let states = |word: &str| StructureLabels::Three(word.bytes().filter_map(State3::from_letter).collect());
        let chain = LabelledChain {
            id: "x".to_owned(),
            sequence: vec![b'A'; observed.len()],
            labels: states(observed),
            scored: vec![true; observed.len()],
        };
        let rule = Reduction::GhiEb;
        ChainTally::new(&chain, &StructurePrediction::of_states(states(predicted), rule), rule)
    }

    fn settings() -> BootstrapSettings {
        BootstrapSettings {
            resamples: 200,
            seed: 0,
        }
    }

    #[test]
    fn residues_next_to_a_boundary_are_at_distance_zero() -> Result<(), StructureMetricsError> {
        // The first residue of the strand is missed in one chain of two; its last is at the end of the chain.
        let chains = [tally("CCEEE", "CCCEE")?, tally("CCEEE", "CCEEE")?];
        let found = evaluate_boundaries(&chains, &settings());
        let value = |name: &str| found.get(name).map(|metric| metric.value);
        assert_eq!(value("q3_start_0"), Some(0.5));
        assert_eq!(
            [value("q3_start_1"), value("q3_start_2"), value("q3_start_3")],
            [Some(1.0), Some(1.0), None]
        );
        assert_eq!(
            [value("q3_end_0"), value("q3_end_1"), value("q3_end_2")],
            [Some(1.0), Some(1.0), None]
        );
        assert_eq!(found["q3_start_0"].ci_low, Some(0.0));
        Ok(())
    }

    #[test]
    fn differences_are_those_of_means_over_runs() -> Result<(), StructureMetricsError> {
        let right = [tally("CCEEE", "CCEEE")?];
        let late = [tally("CCEEE", "CCCEE")?];
        let found = compare_boundaries(&[&right, &late], &[&late], &settings());
        let values: Vec<f64> = found.values().map(|metric| metric.value).collect();
        // end_0, end_1, start_0, start_1, start_2: only the first residue of the strand differs, in one run of two.
        assert_eq!(values, [0.0, 0.0, 0.5, 0.0, 0.0]);
        Ok(())
    }
}
