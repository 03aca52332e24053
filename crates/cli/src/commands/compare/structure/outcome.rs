//! From trained networks to the comparison.

use std::collections::BTreeMap;

use anyhow::Context;
use processive_core::ChainRow;
use processive_models::Model;
use processive_report::{ComparedExamples, ComparedNetwork, ComparedRun, ComparedSet, ComparedTask, Comparison};
use processive_train::metrics::structure::{
    ChainTally, compare_boundaries, compare_structure, evaluate_boundaries, evaluate_structure,
};

use super::super::entrants::Entrant;
use super::super::journal::{Journal, StructureRunRecord};
use super::plan::{Plan, Run};
use super::run::known;
use super::test_sets::TestSet;
use crate::structure_judge::{Metrics, Predictions, gor, majority, predictions_of, tallies};
use crate::workers::Jobs;

/// What of the eight states is told in the table; of the three everything is.
const OF_EIGHT: [&str; 3] = ["q8", "q8_per_protein", "q8_nll"];

/// The runs of one network.
struct Runs<'a> {
    entrant: &'a Entrant,
    records: Vec<StructureRunRecord>,
    models: Vec<Model>,
}

/// The runs of one network on one test set, a list of tallies for each.
struct Judged<'a> {
    runs: &'a Runs<'a>,
    tallies: Vec<Vec<ChainTally>>,
}

/// Measures every network on every test set and puts the comparison together.
pub(super) fn outcome(plan: &Plan, journal: &Journal, jobs: Jobs) -> anyhow::Result<Comparison> {
    let all: Vec<Runs<'_>> = plan
        .entrants
        .iter()
        .map(|entrant| runs_of(plan, journal, entrant))
        .collect::<anyhow::Result<_>>()?;
    let sets = plan.tests.iter().map(|test| {
        log::info!("measuring on {}", test.name);
        compared_set(plan, test, &all).with_context(|| format!("test set {}", test.name))
    });
    Ok(Comparison {
        task: ComparedTask::Structure,
        seeds: plan.seeds.clone(),
        reference: plan.reference.clone(),
        matched_parameters: plan.matched_parameters,
        threads_per_run: jobs.threads_each(),
        jobs: jobs.at_a_time.get(),
        scan_threads: None,
        sets: sets.collect::<anyhow::Result<_>>()?,
        mean_differences: Vec::new(),
    })
}

fn runs_of<'a>(plan: &Plan, journal: &Journal, entrant: &'a Entrant) -> anyhow::Result<Runs<'a>> {
    let found = plan.seeds.iter().map(|&seed| {
        let run = Run { entrant, seed };
        known(plan, run, journal).with_context(|| format!("no run of {}", run.name()))
    });
    let found: Vec<(StructureRunRecord, Model)> = found.collect::<anyhow::Result<_>>()?;
    let (records, models) = found.into_iter().unzip();
    Ok(Runs {
        entrant,
        records,
        models,
    })
}

fn compared_set(plan: &Plan, test: &TestSet, all: &[Runs<'_>]) -> anyhow::Result<ComparedSet> {
    let (rows, rule) = (&test.chains[..], plan.reduction);
    let judged: Vec<Judged<'_>> = all
        .iter()
        .map(|runs| judge(plan, rows, runs))
        .collect::<anyhow::Result<_>>()?;
    let reference = judged.iter().find(|judged| judged.runs.entrant.name == plan.reference);
    let networks = judged.iter().map(|network| compared_network(plan, network, reference));
    let baselines = [
        ("majority", majority(&plan.train, rows, rule)),
        ("gor17", gor(&plan.train, rows, rule)),
    ];
    let baselines = baselines.into_iter().map(|(name, predictions)| -> anyhow::Result<_> {
        let tallies = tallies_of(rows, &predictions, plan)?;
        Ok((name.to_owned(), metrics(plan, &tallies)?))
    });
    Ok(ComparedSet {
        name: test.name.clone(),
        train: plan.splits.train.len() as u64,
        valid: plan.splits.valid.len() as u64,
        test: rows.len() as u64,
        examples: ComparedExamples::Chains {
            residues: plan.residues(),
            scored: test.scored_residues() as u64,
            reduction: plan.reduction.to_string(),
        },
        epochs: plan.fit.epochs,
        networks: networks.collect::<anyhow::Result<_>>()?,
        baselines: baselines.collect::<anyhow::Result<_>>()?,
    })
}

fn judge<'a>(plan: &Plan, rows: &[ChainRow], runs: &'a Runs<'a>) -> anyhow::Result<Judged<'a>> {
    let models = runs.models.iter();
    let tallies = models.map(|model| tallies_of(rows, &predictions_of(model, rows)?, plan));
    Ok(Judged {
        runs,
        tallies: tallies.collect::<anyhow::Result<_>>()?,
    })
}

/// Judges predictions of all rows.
fn tallies_of(rows: &[ChainRow], predictions: &Predictions, plan: &Plan) -> anyhow::Result<Vec<ChainTally>> {
    let tallies = tallies(rows, predictions, plan.reduction)?;
    Ok(tallies.into_iter().flatten().collect())
}

fn compared_network(
    plan: &Plan,
    network: &Judged<'_>,
    reference: Option<&Judged<'_>>,
) -> anyhow::Result<ComparedNetwork> {
    let first = &network.runs.records[0];
    let runs = network.runs.records.iter().zip(&network.tallies);
    let runs = runs.map(|(record, tallies)| -> anyhow::Result<ComparedRun> {
        Ok(ComparedRun {
            seed: record.seed,
            best_epoch: record.best_epoch,
            train_seconds: record.train_seconds,
            metrics: metrics(plan, tallies)?,
        })
    });
    let others = reference.filter(|_| network.runs.entrant.name != plan.reference);
    Ok(ComparedNetwork {
        arch: first.arch.clone(),
        parameters: first.parameters as u64,
        learning_rate: first.learning_rate,
        trials: Vec::new(),
        runs: runs.collect::<anyhow::Result<_>>()?,
        differences: match others {
            None => BTreeMap::new(),
            Some(reference) => differences(plan, network, reference)?,
        },
        scan_megabases_per_second: None,
    })
}

/// The metrics of one run, those by the distance from the ends of segments among them.
fn metrics(plan: &Plan, tallies: &[ChainTally]) -> anyhow::Result<Metrics> {
    let mut metrics = told(evaluate_structure(tallies, &plan.bootstrap)?);
    metrics.extend(evaluate_boundaries(tallies, &plan.bootstrap));
    Ok(metrics)
}

fn differences(plan: &Plan, a: &Judged<'_>, b: &Judged<'_>) -> anyhow::Result<Metrics> {
    let [a, b] = [a, b].map(|judged| judged.tallies.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let mut differences = told(compare_structure(&a, &b, &plan.bootstrap)?);
    differences.extend(compare_boundaries(&a, &b, &plan.bootstrap));
    Ok(differences)
}

fn told(mut metrics: Metrics) -> Metrics {
    metrics.retain(|name, _| !name.starts_with("q8") || OF_EIGHT.contains(&name.as_str()));
    metrics
}
