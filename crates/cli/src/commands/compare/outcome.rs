//! From finished runs to the comparison.

use std::collections::BTreeMap;

use anyhow::Context;
use processive_core::Motif;
use processive_report::{
    ComparedExamples, ComparedNetwork, ComparedRun, ComparedSet, ComparedTask, Comparison, MeanDifference, Trial,
};
use processive_train::bootstrap::{BootstrapSettings, PairedScores, mean_paired_difference, paired_difference};
use processive_train::metrics::{ScoreKind, auroc, evaluate};

use super::entrants::Entrant;
use super::journal::{Journal, RunRecord};
use super::plan::{DataSet, Plan};
use super::run::{baselines_of, record_of};
use super::scan_speed::SpeedKey;
use crate::workers::Jobs;

/// What is known about the whole, beside the runs.
pub(super) struct Measured<'a> {
    /// Bases per second of every network.
    pub(super) speeds: BTreeMap<SpeedKey, f64>,
    /// The motifs of the best-PWM baseline.
    pub(super) motifs: Option<&'a [Motif]>,
    /// How intervals are made.
    pub(super) bootstrap: BootstrapSettings,
    /// How the runs were done.
    pub(super) jobs: Jobs,
}

/// The runs of one network on one data set.
struct Runs<'a> {
    entrant: &'a Entrant,
    records: Vec<RunRecord>,
    /// The probability of every test example, averaged over the seeds.
    mean: Vec<f64>,
}

/// The runs on one data set.
struct SetRuns<'a> {
    set: &'a DataSet,
    labels: Vec<bool>,
    networks: Vec<Runs<'a>>,
}

/// Puts the comparison together.
pub(super) fn outcome(plan: &Plan, journal: &Journal, measured: &Measured<'_>) -> anyhow::Result<Comparison> {
    let all: Vec<SetRuns<'_>> = plan
        .sets
        .iter()
        .map(|set| set_runs(plan, journal, set))
        .collect::<anyhow::Result<_>>()?;
    let sets = all.iter().map(|runs| compared_set(plan, journal, runs, measured));
    Ok(Comparison {
        task: ComparedTask::Binding,
        seeds: plan.seeds.clone(),
        reference: plan.reference.clone(),
        matched_parameters: plan.matched_parameters,
        threads_per_run: measured.jobs.threads_each(),
        jobs: measured.jobs.at_a_time.get(),
        scan_threads: Some(measured.jobs.threads.get()),
        sets: sets.collect::<anyhow::Result<_>>()?,
        mean_differences: mean_differences(plan, &all, &measured.bootstrap),
    })
}

fn set_runs<'a>(plan: &'a Plan, journal: &Journal, set: &'a DataSet) -> anyhow::Result<SetRuns<'a>> {
    let runs_of = |entrant: &'a Entrant| -> anyhow::Result<Runs<'a>> {
        let seeds = plan.seeds.iter();
        let records: Vec<RunRecord> = seeds
            .map(|&seed| record_of(plan, journal, set, entrant, seed))
            .collect::<anyhow::Result<_>>()?;
        let mut mean = vec![0.0; set.splits.test.len()];
        for record in &records {
            for (sum, &probability) in mean.iter_mut().zip(&record.test_probabilities) {
                *sum += f64::from(probability) / records.len() as f64;
            }
        }
        Ok(Runs { entrant, records, mean })
    };
    Ok(SetRuns {
        set,
        labels: set.splits.test.labels(),
        networks: plan.entrants.iter().map(runs_of).collect::<anyhow::Result<_>>()?,
    })
}

fn compared_set(
    plan: &Plan,
    journal: &Journal,
    runs: &SetRuns<'_>,
    measured: &Measured<'_>,
) -> anyhow::Result<ComparedSet> {
    let splits = &runs.set.splits;
    let networks = runs
        .networks
        .iter()
        .map(|network| compared_network(plan, runs, network, measured));
    Ok(ComparedSet {
        name: runs.set.name.clone(),
        train: splits.train.len() as u64,
        valid: splits.valid.len() as u64,
        test: splits.test.len() as u64,
        examples: ComparedExamples::Windows {
            bound: splits.test.positives() as u64,
            width: splits.window,
        },
        epochs: runs.set.fit.epochs,
        networks: networks.collect::<anyhow::Result<_>>()?,
        baselines: baselines_of(runs.set, journal, measured.motifs, &measured.bootstrap),
    })
}

fn compared_network(
    plan: &Plan,
    runs: &SetRuns<'_>,
    network: &Runs<'_>,
    measured: &Measured<'_>,
) -> anyhow::Result<ComparedNetwork> {
    let first = &network.records[0];
    let trials = first.trials.iter().map(|trial| Trial {
        learning_rate: trial.learning_rate,
        valid_auprc: trial.valid_auprc,
    });
    let run = |record: &RunRecord| -> anyhow::Result<ComparedRun> {
        let scores: Vec<f64> = record.test_probabilities.iter().map(|&p| f64::from(p)).collect();
        let threshold = Some(record.threshold);
        let metrics = evaluate(
            &scores,
            &runs.labels,
            threshold,
            ScoreKind::Probability,
            &measured.bootstrap,
        );
        Ok(ComparedRun {
            seed: record.seed,
            best_epoch: record.best_epoch,
            train_seconds: record.train_seconds,
            metrics: metrics.with_context(|| format!("evaluating {} on {}", record.arch, record.dataset))?,
        })
    };
    let reference = reference_of(plan, runs).filter(|_| network.entrant.name != plan.reference);
    let difference = reference.and_then(|reference| {
        paired_difference(auroc, &network.mean, &reference.mean, &runs.labels, &measured.bootstrap)
    });
    let speed = measured.speeds[&(network.entrant.name.clone(), runs.set.splits.window)];
    Ok(ComparedNetwork {
        arch: network.entrant.name.clone(),
        parameters: first.parameters as u64,
        learning_rate: first.learning_rate,
        trials: trials.collect(),
        runs: network.records.iter().map(run).collect::<anyhow::Result<_>>()?,
        differences: difference
            .map(|difference| ("auroc".to_owned(), difference))
            .into_iter()
            .collect(),
        scan_megabases_per_second: Some(speed / 1e6),
    })
}

fn reference_of<'a>(plan: &Plan, runs: &'a SetRuns<'a>) -> Option<&'a Runs<'a>> {
    runs.networks
        .iter()
        .find(|network| network.entrant.name == plan.reference)
}

fn mean_differences(plan: &Plan, all: &[SetRuns<'_>], bootstrap: &BootstrapSettings) -> Vec<MeanDifference> {
    let others = plan
        .entrants
        .iter()
        .enumerate()
        .filter(|(_, entrant)| entrant.name != plan.reference);
    let of_entrant = |(index, entrant): (usize, &Entrant)| {
        let pairs: Option<Vec<PairedScores<'_>>> = all
            .iter()
            .map(|runs| {
                Some(PairedScores {
                    a: &runs.networks[index].mean,
                    b: &reference_of(plan, runs)?.mean,
                    labels: &runs.labels,
                })
            })
            .collect();
        MeanDifference {
            arch: entrant.name.clone(),
            difference: pairs.and_then(|pairs| mean_paired_difference(auroc, &pairs, bootstrap)),
        }
    };
    others.map(of_entrant).collect()
}
