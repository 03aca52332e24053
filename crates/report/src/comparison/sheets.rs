//! The tables of a comparison.

use std::collections::BTreeMap;

use processive_core::Metric;

use super::cells::{NOTHING, amount, difference, mean, of_runs};
use super::sheet::Sheet;
use super::{ComparedExamples, ComparedNetwork, ComparedSet, ComparedTask, Comparison};
use crate::numbers::grouped;

impl Comparison {
    /// What the tables hold, in words.
    pub(super) fn legend(&self) -> Vec<String> {
        let seeds: Vec<String> = self.seeds.iter().map(u64::to_string).collect();
        let size = match self.matched_parameters {
            Some(size) => format!("All networks have {} parameters, within 10 %.", grouped(size as u64)),
            None => "The networks differ in size.".to_owned(),
        };
        let spread = if seeds.len() > 1 {
            "mean over the seeds (lowest-highest) "
        } else {
            "value "
        };
        let words = self.task.words();
        let scan = self.scan_threads.map_or(String::new(), |scan_threads| {
            format!(
                " Scan: a random sequence, bins of a quarter of the window, both strands, {}.",
                threads(scan_threads)
            )
        });
        vec![
            format!(
                "{size} Every network saw the same number of training {}; its epoch was chosen on the validation \
                 examples, and the test examples were read once. Seeds: {}.",
                words.seen,
                seeds.join(", ")
            ),
            format!(
                "A cell: {spread}[95 % bootstrap interval of the first seed over the {}].",
                words.resampled
            ),
            format!(
                "The difference to {} is {}, with the 95 % interval of a paired bootstrap over the {}; * where it leaves \
                 0 out.",
                self.reference, words.difference, words.resampled
            ),
            format!(
                "Training: wall time of a run, {} at a time with {} each.{scan}",
                self.jobs,
                threads(self.threads_per_run)
            ),
        ]
    }

    fn difference_of<'a>(&self, network: &'a ComparedNetwork) -> Option<&'a Metric> {
        network.differences.get(self.task.words().main.0)
    }

    fn difference_heading(&self) -> String {
        format!("{} - {}", self.task.words().main.1, self.reference)
    }

    /// The tables: the means when there are several data sets, then one per set.
    pub(super) fn sheets(&self) -> Vec<Sheet> {
        let sets = self.sets.iter().flat_map(|set| self.sheets_of(set));
        self.mean_sheet().into_iter().chain(sets).collect()
    }

    /// The tables of a data set: its metrics, and where in segments the networks are right when that is known.
    pub(super) fn sheets_of(&self, set: &ComparedSet) -> Vec<Sheet> {
        std::iter::once(self.set_sheet(set))
            .chain(self.boundary_sheets(set))
            .collect()
    }

    pub(super) fn set_sheet(&self, set: &ComparedSet) -> Sheet {
        let has_trials = set.networks.iter().any(|network| !network.trials.is_empty());
        let mut header = vec!["arch".to_owned(), "parameters".to_owned()];
        header.extend(has_trials.then(|| "learning rate".to_owned()));
        let words = self.task.words();
        let scans = self.scan_threads.is_some();
        header.extend(words.shown.iter().map(|(_, heading)| (*heading).to_owned()));
        header.push(self.difference_heading());
        header.extend(["training s".to_owned(), format!("{}/s", words.seen)]);
        header.extend(scans.then(|| "scan Mbp/s".to_owned()));
        let width = header.len();
        let networks = set.networks.iter().map(|network| {
            let mut row = vec![network.arch.clone(), grouped(network.parameters)];
            row.extend(has_trials.then(|| network.learning_rate.to_string()));
            row.extend(words.shown.iter().map(|(name, _)| of_runs(network.metrics(), name)));
            row.push(difference(self.difference_of(network)));
            row.push(amount(network.mean_seconds()));
            row.push(amount(set.seen() as f64 / network.mean_seconds()));
            row.extend(network.scan_megabases_per_second.map(amount));
            row
        });
        let baselines = set.baselines.iter().map(|(name, metrics)| {
            let mut row = vec![name.clone(), NOTHING.to_owned()];
            row.extend(has_trials.then(|| NOTHING.to_owned()));
            let shown = words.shown.iter();
            row.extend(shown.map(|(metric, _)| of_runs(std::iter::once(metrics), metric)));
            row.resize(width, NOTHING.to_owned());
            row
        });
        Sheet {
            title: set.name.clone(),
            about: format!(
                "{}; every run saw {} training {} ({}).",
                set.in_words(),
                grouped(set.seen()),
                words.seen,
                epochs(set.epochs)
            ),
            header,
            rows: networks.chain(baselines).collect(),
        }
    }

    /// The means over the data sets; `None` for a single one, and when the networks are the same on all of them: then a
    /// set is a view of one outcome, not another.
    pub(super) fn mean_sheet(&self) -> Option<Sheet> {
        if self.sets.len() < 2 || self.task == ComparedTask::Structure {
            return None;
        }
        let mut header = vec!["arch".to_owned(), "parameters".to_owned()];
        let words = self.task.words();
        header.extend(words.shown.iter().map(|(_, heading)| (*heading).to_owned()));
        header.push(self.difference_heading());
        header.extend(["better on", "worse on", "training s", "scan Mbp/s"].map(str::to_owned));
        let width = header.len();
        let names = self
            .sets
            .first()
            .map(|set| set.networks.iter().map(|network| &network.arch));
        let networks = names.into_iter().flatten().map(|arch| self.mean_row(arch));
        let baselines = self.sets.first().map(|set| set.baselines.keys());
        let baselines = baselines
            .into_iter()
            .flatten()
            .map(|name| self.mean_baseline(name, width));
        Some(Sheet {
            title: format!("Mean over {} data sets", self.sets.len()),
            about: format!(
                "Better and worse: data sets on which the difference to {} is marked *. Training: all data sets, one \
                 seed.",
                self.reference
            ),
            header,
            rows: networks.chain(baselines).collect(),
        })
    }

    fn mean_row(&self, arch: &str) -> Vec<String> {
        let networks: Vec<&ComparedNetwork> = self
            .sets
            .iter()
            .flat_map(|set| set.networks.iter().filter(|network| network.arch == arch))
            .collect();
        let mut row = vec![arch.to_owned(), grouped(networks[0].parameters)];
        row.extend(self.task.words().shown.iter().map(|(name, _)| {
            let values: Option<Vec<f64>> = networks.iter().map(|network| network.mean_of(name)).collect();
            values.map_or(NOTHING.to_owned(), |values| format!("{:.3}", mean(&values)))
        }));
        let overall = self.mean_differences.iter().find(|mean| mean.arch == arch);
        row.push(difference(overall.and_then(|mean| mean.difference.as_ref())));
        let marked = |is_marked: fn(&Metric) -> bool| {
            let differences = networks.iter().filter_map(|network| self.difference_of(network));
            differences.filter(|difference| is_marked(difference)).count()
        };
        if arch == self.reference {
            row.extend([NOTHING, NOTHING].map(str::to_owned));
        } else {
            row.push(marked(|difference| difference.ci_low.is_some_and(|low| low > 0.0)).to_string());
            row.push(marked(|difference| difference.ci_high.is_some_and(|high| high < 0.0)).to_string());
        }
        row.push(amount(networks.iter().map(|network| network.mean_seconds()).sum()));
        let speeds = networks.iter().filter_map(|network| network.scan_megabases_per_second);
        row.push(amount(mean(&speeds.collect::<Vec<f64>>())));
        row
    }

    fn mean_baseline(&self, name: &str, width: usize) -> Vec<String> {
        let mut row = vec![name.to_owned(), NOTHING.to_owned()];
        row.extend(self.task.words().shown.iter().map(|(metric, _)| {
            let value = |set: &ComparedSet| Some(set.baselines.get(name)?.get(*metric)?.value);
            let values: Option<Vec<f64>> = self.sets.iter().map(value).collect();
            values.map_or(NOTHING.to_owned(), |values| format!("{:.3}", mean(&values)))
        }));
        row.resize(width, NOTHING.to_owned());
        row
    }
}

impl ComparedSet {
    /// How many examples there are, and what they are.
    fn in_words(&self) -> String {
        let [train, valid, test] = [self.train, self.valid, self.test].map(grouped);
        match &self.examples {
            ComparedExamples::Windows { bound, width } => format!(
                "{train} training, {valid} validation and {test} test examples ({} bound) of {width} bp",
                grouped(*bound)
            ),
            ComparedExamples::Chains { scored, reduction, .. } => format!(
                "{train} training, {valid} validation and {test} test chains, {} scored residues, three states by \
                 {reduction}",
                grouped(*scored)
            ),
        }
    }
}

impl ComparedNetwork {
    fn metrics(&self) -> impl Iterator<Item = &BTreeMap<String, Metric>> + Clone {
        self.runs.iter().map(|run| &run.metrics)
    }

    pub(super) fn mean_of(&self, name: &str) -> Option<f64> {
        let values: Option<Vec<f64>> = self.metrics().map(|metrics| Some(metrics.get(name)?.value)).collect();
        values.map(|values| mean(&values))
    }

    fn mean_seconds(&self) -> f64 {
        let seconds: Vec<f64> = self.runs.iter().map(|run| run.train_seconds).collect();
        mean(&seconds)
    }
}

fn epochs(number: usize) -> String {
    if number == 1 {
        "1 epoch".to_owned()
    } else {
        format!("{number} epochs")
    }
}

fn threads(number: usize) -> String {
    if number == 1 {
        "1 thread".to_owned()
    } else {
        format!("{number} threads")
    }
}
