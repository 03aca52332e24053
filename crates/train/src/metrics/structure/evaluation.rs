//! All metrics of predicted structures, each with its interval over chains.

use std::collections::BTreeMap;

use processive_core::{Metric, State3, State8};

use super::boundary::BoundaryTally;
use super::confusion::StateConfusion;
use super::prediction::StructureMetricsError;
use super::sov::SovScore;
use super::tally::{ChainTally, StateTally};
use crate::bootstrap::{BootstrapSettings, counted_metrics};

/// Sums and means over chains: what the metrics of a set of chains follow from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StructureTotals {
    /// Helix, strand and coil.
    pub three: StateTally<3>,
    /// The eight states, of the chains that have them.
    pub eight: StateTally<8>,
    /// The residues by their distance from the ends of observed segments.
    pub boundary: BoundaryTally,
    q3: Mean,
    q8: Mean,
    /// By definition: overall, then the states.
    sov: [[Mean; 4]; 3],
}

/// A mean over the chains that have a value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: Option<f64>, times: u32) {
        if let Some(value) = value {
            self.sum += f64::from(times) * value;
            self.weight += f64::from(times);
        }
    }

    fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

impl StructureTotals {
    /// Adds up chains, each once.
    pub fn of(chains: &[ChainTally]) -> Self {
        Self::counted(chains, &vec![1; chains.len()])
    }

    /// Adds up chains, chain `i` `counts[i]` times.
    fn counted(chains: &[ChainTally], counts: &[u32]) -> Self {
        let mut totals = Self::default();
        for (chain, &times) in chains.iter().zip(counts).filter(|(_, times)| **times > 0) {
            totals.add(chain, times);
        }
        totals
    }

    fn add(&mut self, chain: &ChainTally, times: u32) {
        self.three.add(&chain.three, times);
        self.q3.add(chain.three.confusion.accuracy(), times);
        if let Some(eight) = &chain.eight {
            self.eight.add(eight, times);
            self.q8.add(eight.confusion.accuracy(), times);
        }
        self.boundary.add(&chain.boundary, u64::from(times));
        for (means, score) in self.sov.iter_mut().zip(&chain.sov) {
            let SovScore { overall, states } = score;
            for (mean, value) in means.iter_mut().zip([overall].into_iter().chain(states)) {
                mean.add(*value, times);
            }
        }
    }

    /// Every metric by its name, in the order in which they are printed; an undefined one is `None`.
    ///
    /// Names without a prefix are of helix, strand and coil, those that begin with `q8` of the eight states. Segment
    /// overlaps and `.._per_protein` are means over chains, all others are of all residues together.
    pub fn metrics(&self) -> Vec<(String, Option<f64>)> {
        let mut named: Vec<(String, Option<f64>)> = Vec::new();
        let mut put = |name: &str, value: Option<f64>| named.push((name.to_owned(), value));
        let sov = ["sov94", "sov99", "sov_refine"];
        put("q3", self.three.confusion.accuracy());
        put("q3_per_protein", self.q3.value());
        for (name, means) in sov.iter().zip(&self.sov) {
            put(name, means[0].value());
        }
        let letters = State3::ALL.map(|state| letter(state.letter()));
        put_states("", &letters, &self.three, &mut put);
        for (name, means) in sov.iter().zip(&self.sov) {
            for (letter, mean) in letters.iter().zip(&means[1..]) {
                put(&format!("{name}_{letter}"), mean.value());
            }
        }
        put("q8", self.eight.confusion.accuracy());
        put("q8_per_protein", self.q8.value());
        let letters = State8::ALL.map(|state| letter(state.letter()));
        put_states("q8_", &letters, &self.eight, &mut put);
        named
    }
}

fn letter(letter: u8) -> char {
    char::from(letter.to_ascii_lowercase())
}

/// What three and eight states have in common.
fn put_states<const K: usize>(
    prefix: &str,
    letters: &[char; K],
    tally: &StateTally<K>,
    put: &mut impl FnMut(&str, Option<f64>),
) {
    let (confusion, probability) = (&tally.confusion, &tally.probability);
    put(&format!("{prefix}macro_f1"), confusion.macro_f1());
    put(&format!("{prefix}rk"), confusion.r_k());
    put(&format!("{prefix}nll"), probability.nll());
    put(&format!("{prefix}brier"), probability.brier());
    put(&format!("{prefix}ece"), probability.ece());
    for (name, of_state) in ["recall", "precision", "mcc"].into_iter().zip([
        StateConfusion::<K>::recall,
        StateConfusion::<K>::precision,
        StateConfusion::<K>::mcc,
    ]) {
        for (state, letter) in letters.iter().enumerate() {
            put(&format!("{prefix}{name}_{letter}"), of_state(confusion, state));
        }
    }
}

/// Returns every defined metric of a predictor by its name, with 95 % intervals over chains.
///
/// Residues of one chain are not independent, so whole chains are resampled; one resample serves all metrics. Chains
/// without a scored residue are left out. What the names mean: [`StructureTotals::metrics`].
///
/// # Errors
/// [`StructureMetricsError::NoScoredResidue`].
pub fn evaluate_structure(
    chains: &[ChainTally],
    settings: &BootstrapSettings,
) -> Result<BTreeMap<String, Metric>, StructureMetricsError> {
    let with_residues: Vec<ChainTally> = chains.iter().filter(|chain| chain.residues() > 0).cloned().collect();
    if with_residues.is_empty() {
        return Err(StructureMetricsError::NoScoredResidue);
    }
    let values = counted_metrics(with_residues.len(), settings, |counts| {
        values(&StructureTotals::counted(&with_residues, counts))
    });
    Ok(named(values))
}

/// Returns the differences of every metric between two predictors, `a − b`, with 95 % intervals over chains.
///
/// Each predictor is given by the runs that stand for it (one, or several seeds of one recipe), a run by its tallies of
/// the same chains in the same order; the value of a predictor is the mean over its runs. Both are resampled together,
/// so what makes a chain hard for both cancels out. Metrics that are undefined for either are absent.
///
/// # Errors
/// [`StructureMetricsError::NoScoredResidue`].
///
/// # Panics
/// When a predictor has no run, or runs differ in their number of chains.
pub fn compare_structure(
    a: &[&[ChainTally]],
    b: &[&[ChainTally]],
    settings: &BootstrapSettings,
) -> Result<BTreeMap<String, Metric>, StructureMetricsError> {
    assert!(!a.is_empty() && !b.is_empty(), "every predictor has a run");
    let chains = a[0].len();
    assert!(
        a.iter().chain(b).all(|run| run.len() == chains),
        "runs are of the same chains"
    );
    if a[0].iter().all(|chain| chain.residues() == 0) {
        return Err(StructureMetricsError::NoScoredResidue);
    }
    let differences = counted_metrics(chains, settings, |counts| {
        difference_of_means(a, b, |run| values(&StructureTotals::counted(run, counts)))
    });
    Ok(named(differences))
}

/// The means over the runs `a` of every value, less those over the runs `b`.
pub(super) fn difference_of_means(
    a: &[&[ChainTally]],
    b: &[&[ChainTally]],
    values: impl Fn(&[ChainTally]) -> Vec<Option<f64>>,
) -> Vec<Option<f64>> {
    let (a, b) = (means(a, &values), means(b, &values));
    a.into_iter().zip(b).map(|(a, b)| Some(a? - b?)).collect()
}

fn means(runs: &[&[ChainTally]], values: impl Fn(&[ChainTally]) -> Vec<Option<f64>>) -> Vec<Option<f64>> {
    let of_runs = runs.iter().map(|run| values(run));
    let sums = of_runs.reduce(|sums, next| {
        sums.into_iter()
            .zip(next)
            .map(|(sum, next)| Some(sum? + next?))
            .collect()
    });
    let sums = sums.unwrap_or_default();
    sums.into_iter().map(|sum| Some(sum? / runs.len() as f64)).collect()
}

fn values(totals: &StructureTotals) -> Vec<Option<f64>> {
    totals.metrics().into_iter().map(|(_, value)| value).collect()
}

/// The defined ones by name.
fn named(values: Vec<Option<Metric>>) -> BTreeMap<String, Metric> {
    let names = StructureTotals::default().metrics().into_iter().map(|(name, _)| name);
    names
        .zip(values)
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use processive_core::{LabelledChain, Reduction, StructureLabels};

    use super::super::StructurePrediction;
    use super::*;

    const NO_INTERVALS: BootstrapSettings = BootstrapSettings { resamples: 0, seed: 0 };

    fn states(letters: &str) -> StructureLabels {
        let of = |letter| State3::from_letter(letter).unwrap();
        StructureLabels::Three(letters.bytes().map(of).collect())
    }

    /// Chains by their observed and predicted states, all residues scored.
    fn tallies(chains: &[(&str, &str)]) -> Vec<ChainTally> {
        let tally = |(observed, predicted): &(&str, &str)| {
            let chain = LabelledChain {
                id: "c".to_owned(),
                sequence: vec![b'A'; observed.len()],
                labels: states(observed),
                scored: vec![true; observed.len()],
            };
            let rule = Reduction::GhiEb;
            ChainTally::new(&chain, &StructurePrediction::of_states(states(predicted), rule), rule).unwrap()
        };
        chains.iter().map(tally).collect()
    }

    #[test]
    fn means_over_chains_are_not_shares_of_all_residues() -> Result<(), StructureMetricsError> {
        // 8 of 8 and 1 of 2 residues are right.
        let found = evaluate_structure(&tallies(&[("HHHHCCCC", "HHHHCCCC"), ("EC", "CC")]), &NO_INTERVALS)?;
        let value = |name: &str| found.get(name).map(|metric| metric.value);
        assert_eq!((value("q3"), value("q3_per_protein")), (Some(0.9), Some(0.75)));
        // The second chain overlaps by its one coil: (1 + 0) / 2 of it, beside the strand that is missed.
        assert_eq!(value("sov99"), Some(f64::midpoint(1.0, 0.5 / 2.0)));
        // Only the first chain has a helix.
        assert_eq!((value("sov99_h"), value("sov99_e")), (Some(1.0), Some(0.0)));
        for undefined in ["q8", "nll", "precision_e", "q8_recall_g"] {
            assert_eq!(value(undefined), None, "{undefined}");
        }
        Ok(())
    }

    /// Chains of 20 residues that differ much in how hard they are; `shift` more residues are right in every chain.
    fn many(shift: usize) -> Vec<ChainTally> {
        let chain = |index: usize| {
            let right = (index * 7) % 16 + shift;
            tallies(&[(&"C".repeat(20), &("C".repeat(right) + &"H".repeat(20 - right)))])
        };
        (0..40).flat_map(chain).collect()
    }

    #[test]
    fn a_difference_of_two_predictors_is_surer_than_either() -> Result<(), StructureMetricsError> {
        let settings = BootstrapSettings {
            resamples: 200,
            seed: 7,
        };
        let (better, worse) = (many(2), many(0));
        let alone = evaluate_structure(&better, &settings)?["q3"];
        let between = compare_structure(&[&better], &[&worse], &settings)?["q3"];
        let width = |metric: &Metric| metric.ci_high.zip(metric.ci_low).map(|(high, low)| high - low);
        // Every chain differs by 2 of 20, so all resamples do.
        assert!((between.value - 0.1).abs() < 1e-12, "{between:?}");
        assert!(width(&between).unwrap() < 1e-12, "{between:?}");
        assert!(width(&alone).unwrap() > 0.05, "{alone:?}");
        let of_runs = compare_structure(&[&better, &worse], &[&worse], &settings)?["q3"];
        assert!((of_runs.value - 0.05).abs() < 1e-12, "{of_runs:?}");
        assert_eq!(evaluate_structure(&better, &settings)?["q3"], alone);
        let other = BootstrapSettings {
            resamples: 200,
            seed: 8,
        };
        assert_ne!(evaluate_structure(&better, &other)?["q3"], alone);
        Ok(())
    }

    #[test]
    fn nothing_to_judge_by_is_an_error() {
        let expected = Err(StructureMetricsError::NoScoredResidue);
        assert_eq!(evaluate_structure(&[], &NO_INTERVALS), expected);
        assert_eq!(evaluate_structure(&tallies(&[("", "")]), &NO_INTERVALS), expected);
        let none: &[ChainTally] = &[];
        assert_eq!(compare_structure(&[none], &[none], &NO_INTERVALS), expected);
    }
}
