//! Comparisons: several networks on the same data with the same budget, beside trivial baselines.

mod axis;
mod boundaries;
mod boundary_plot;
mod cells;
mod dot_plot;
mod figure;
mod html;
mod markdown;
mod sheet;
mod sheets;
mod task;
mod text;
mod trials;

use std::collections::BTreeMap;

use processive_core::Metric;

use crate::evaluation::{EvaluationReport, EvaluationRow};

pub use task::ComparedTask;

/// Several networks on one or more data sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What is predicted.
    pub task: ComparedTask,
    /// The seeds of the runs of every network.
    pub seeds: Vec<u64>,
    /// The architecture that the others are held against.
    pub reference: String,
    /// The size that all networks were brought to, when they were.
    pub matched_parameters: Option<usize>,
    /// The threads of a training run, and how many ran at a time.
    pub threads_per_run: usize,
    /// How many training runs went on at a time.
    pub jobs: usize,
    /// The threads of the measurement of scan speed, when there is one.
    pub scan_threads: Option<usize>,
    /// The data sets.
    pub sets: Vec<ComparedSet>,
    /// Differences of the main metric to the reference, averaged over the data sets.
    pub mean_differences: Vec<MeanDifference>,
}

/// The difference of a network to the reference, averaged over data sets.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanDifference {
    /// The network's architecture.
    pub arch: String,
    /// The mean difference of the main metric; absent when it is undefined.
    pub difference: Option<Metric>,
}

/// The networks on one data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparedSet {
    /// The name of the data set.
    pub name: String,
    /// The number of training examples.
    pub train: u64,
    /// The number of validation examples.
    pub valid: u64,
    /// The number of test examples.
    pub test: u64,
    /// What an example is.
    pub examples: ComparedExamples,
    /// The passes over the training examples that every network made.
    pub epochs: usize,
    /// The networks, in the order in which they were asked for.
    pub networks: Vec<ComparedNetwork>,
    /// The metrics of each baseline.
    pub baselines: BTreeMap<String, BTreeMap<String, Metric>>,
}

/// What the examples of a data set are.
#[derive(Clone, Debug, PartialEq)]
pub enum ComparedExamples {
    /// Sequences, bound or not.
    Windows {
        /// The number of bound test examples.
        bound: u64,
        /// The width in bases.
        width: usize,
    },
    /// Protein chains.
    Chains {
        /// The residues of the training chains.
        residues: u64,
        /// The scored residues of the test chains.
        scored: u64,
        /// Which of eight states are helix and strand, e.g. `ghi-eb`.
        reduction: String,
    },
}

impl Default for ComparedExamples {
    fn default() -> Self {
        Self::Windows { bound: 0, width: 0 }
    }
}

/// One network on one data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparedNetwork {
    /// The architecture.
    pub arch: String,
    /// The number of trained numbers.
    pub parameters: u64,
    /// The highest learning rate of its runs.
    pub learning_rate: f64,
    /// The learning rates that were tried with the first seed; empty when there was no choice.
    pub trials: Vec<Trial>,
    /// The runs, one per seed.
    pub runs: Vec<ComparedRun>,
    /// The differences of metrics to those of the reference; none for the reference itself.
    pub differences: BTreeMap<String, Metric>,
    /// Millions of bases per second of a scan with this network, when that was measured.
    pub scan_megabases_per_second: Option<f64>,
}

/// A learning rate that was tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// The learning rate.
    pub learning_rate: f64,
    /// The best validation AUPRC of the run; absent when its loss was no longer a number.
    pub valid_auprc: Option<f64>,
}

/// One training run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparedRun {
    /// The seed.
    pub seed: u64,
    /// The epoch whose weights were kept, from 1.
    pub best_epoch: usize,
    /// The wall time of the training in seconds.
    pub train_seconds: f64,
    /// The test metrics.
    pub metrics: BTreeMap<String, Metric>,
}

impl Comparison {
    /// The rows of the table: for every data set its networks, one block per seed, then its baselines.
    pub fn rows(&self) -> Vec<EvaluationRow> {
        self.sets.iter().flat_map(|set| self.rows_of(set)).collect()
    }

    fn rows_of(&self, set: &ComparedSet) -> Vec<EvaluationRow> {
        let report = |name: &str, metrics: &BTreeMap<String, Metric>| EvaluationReport {
            task: self.task.name().to_owned(),
            model: name.to_owned(),
            arch: name.to_owned(),
            dataset: set.name.clone(),
            n: set.test,
            metrics: metrics.clone(),
            ..EvaluationReport::default()
        };
        let networks = set.networks.iter().flat_map(|network| {
            network.runs.iter().map(move |run| EvaluationReport {
                seed: Some(run.seed),
                parameters: Some(network.parameters),
                train_seconds: Some(run.train_seconds),
                ..report(&network.arch, &run.metrics)
            })
        });
        let baselines = set.baselines.iter().map(|(name, metrics)| report(name, metrics));
        networks.chain(baselines).flat_map(|report| report.rows()).collect()
    }
}

impl ComparedSet {
    /// The training examples that every network saw, or the residues of chains; repeats counted.
    pub fn seen(&self) -> u64 {
        let once = match self.examples {
            ComparedExamples::Windows { .. } => self.train,
            ComparedExamples::Chains { residues, .. } => residues,
        };
        once * self.epochs as u64
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn metric(value: f64, low: f64, high: f64) -> Metric {
        Metric {
            value,
            ci_low: Some(low),
            ci_high: Some(high),
        }
    }

    fn run(seed: u64, auroc: f64) -> ComparedRun {
        ComparedRun {
            seed,
            best_epoch: 2,
            train_seconds: 10.0,
            metrics: BTreeMap::from([
                ("mcc".to_owned(), metric(auroc - 0.3, auroc - 0.4, auroc - 0.2)),
                ("auroc".to_owned(), metric(auroc, auroc - 0.02, auroc + 0.02)),
            ]),
        }
    }

    fn set(name: &str, gain: f64) -> ComparedSet {
        let network = |arch: &str, auroc: f64, difference: Option<Metric>| ComparedNetwork {
            arch: arch.to_owned(),
            parameters: 50_123,
            learning_rate: 0.002,
            trials: Vec::new(),
            runs: vec![run(1, auroc), run(101, auroc + 0.01)],
            differences: difference
                .map(|difference| ("auroc".to_owned(), difference))
                .into_iter()
                .collect(),
            scan_megabases_per_second: Some(1.25),
        };
        ComparedSet {
            name: name.to_owned(),
            train: 2_000,
            valid: 100,
            test: 200,
            examples: ComparedExamples::Windows { bound: 80, width: 101 },
            epochs: 5,
            networks: vec![
                network("bag-cnn", 0.9, None),
                network("bilstm", 0.9 + gain, Some(metric(gain, gain - 0.01, gain + 0.01))),
            ],
            baselines: BTreeMap::from([(
                "gc".to_owned(),
                BTreeMap::from([("auroc".to_owned(), metric(0.6, 0.55, 0.65))]),
            )]),
        }
    }

    /// Two networks, two seeds, two data sets.
    pub(crate) fn comparison() -> Comparison {
        Comparison {
            task: ComparedTask::Binding,
            seeds: vec![1, 101],
            reference: "bag-cnn".to_owned(),
            matched_parameters: Some(50_000),
            threads_per_run: 1,
            jobs: 2,
            scan_threads: Some(2),
            sets: vec![set("one", 0.02), set("two", -0.005)],
            mean_differences: vec![MeanDifference {
                arch: "bilstm".to_owned(),
                difference: Some(metric(0.0075, 0.001, 0.014)),
            }],
        }
    }

    #[test]
    fn rows_hold_every_seed_and_then_the_baselines() {
        let rows = comparison().rows();
        let keys: Vec<(&str, &str, Option<u64>, &str)> = rows
            .iter()
            .take(9)
            .map(|row| (row.arch.as_str(), row.model.as_str(), row.seed, row.metric.as_str()))
            .collect();
        let expected = [
            ("bag-cnn", "bag-cnn", Some(1), "auroc"),
            ("bag-cnn", "bag-cnn", Some(1), "mcc"),
            ("bag-cnn", "bag-cnn", Some(101), "auroc"),
            ("bag-cnn", "bag-cnn", Some(101), "mcc"),
            ("bilstm", "bilstm", Some(1), "auroc"),
            ("bilstm", "bilstm", Some(1), "mcc"),
            ("bilstm", "bilstm", Some(101), "auroc"),
            ("bilstm", "bilstm", Some(101), "mcc"),
            ("gc", "gc", None, "auroc"),
        ];
        assert_eq!(keys, expected);
        assert_eq!(rows.len(), 18);
        assert!(rows[..9].iter().all(|row| row.dataset == "one" && row.n == 200));
        assert_eq!((rows[8].parameters, rows[8].train_seconds), (None, None));
        assert_eq!((rows[0].parameters, rows[0].train_seconds), (Some(50_123), Some(10.0)));
    }
}
