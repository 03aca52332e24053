//! Training.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context;
use processive_models::{Model, ModelDescription, Network, STRUCTURE, Storage, TrainingRecord, device, sha256};
use processive_train::{Fitted, StructureLoss, StructureScores, fit_structure};

use super::super::journal::{Journal, Record, StructureRunRecord};
use super::super::progress::{Advance, Progress};
use super::plan::{Plan, Run};
use crate::chain_splits::{calibrated, state_classes};
use crate::numbers::seconds;
use crate::options::ProgressOption;
use crate::session::Session;
use crate::workers::{Jobs, work_through};

/// Trains every network that is not known already.
pub(super) fn run_all(
    plan: &Plan,
    journal: &Journal,
    jobs: Jobs,
    option: ProgressOption,
    session: &Session,
) -> anyhow::Result<()> {
    fs::create_dir_all(&plan.models).with_context(|| format!("making the folder {}", plan.models.display()))?;
    let runs = plan.runs();
    let chains = chains_of(plan) * runs.len() as u64;
    let progress = Progress::start(session, option, runs.len(), chains, "chains");
    work_through(&runs, jobs, |&run| {
        train(plan, run, journal, &progress).with_context(|| format!("training {}", run.name()))
    })
}

/// The training chains that one run sees.
fn chains_of(plan: &Plan) -> u64 {
    (plan.splits.train.len() * plan.fit.epochs) as u64
}

/// A finished run and its model; nothing when there is no such run, or its file is another's.
pub(super) fn known(plan: &Plan, run: Run<'_>, journal: &Journal) -> Option<(StructureRunRecord, Model)> {
    let Some(Record::StructureRun(record)) = journal.get(&plan.fingerprint(run)) else {
        return None;
    };
    let bytes = fs::read(plan.model_of(run)).ok()?;
    if sha256(&bytes) != record.model {
        return None;
    }
    let model = Model::from_bytes(&bytes, &run.name()).ok()?;
    Some((record, model))
}

/// Trains a network and writes its model.
fn train(plan: &Plan, run: Run<'_>, journal: &Journal, progress: &Progress) -> anyhow::Result<()> {
    if known(plan, run, journal).is_some() {
        progress.skip(chains_of(plan));
        return Ok(());
    }
    let settings = plan.fit_of(run);
    let classes = state_classes();
    let network = Network::init(&run.entrant.config, classes.len(), run.seed, &device::cpu_autodiff())?;
    let mut observer = Advance::new(progress, run.name());
    let begin = Instant::now();
    let (train, valid) = (&plan.splits.train, &plan.splits.valid);
    let weights = StructureLoss {
        q8_weight: plan.q8_weight,
        ..StructureLoss::default()
    };
    let fitted = fit_structure(network, &settings, weights, train, valid, None, &mut observer)?;
    let time = begin.elapsed();
    let fitted = fitted.expect("a fit without a checkpoint does not pause");
    let (best_epoch, valid_q3) = (fitted.best_epoch, fitted.valid().valid_q3);
    let model = calibrated(&model_of(plan, run, fitted), valid);
    let bytes = model.to_bytes();
    let path = plan.model_of(run);
    model
        .save(&path)
        .with_context(|| format!("writing {}", path.display()))?;
    let record = StructureRunRecord {
        fingerprint: plan.fingerprint(run),
        arch: run.entrant.name.clone(),
        seed: run.seed,
        parameters: model.description().parameters,
        learning_rate: settings.learning_rate,
        epochs: settings.epochs,
        best_epoch,
        valid_q3,
        train_seconds: time.as_secs_f64(),
        residues_per_second: (plan.residues() * settings.epochs as u64) as f64 / time.as_secs_f64(),
        model: sha256(&bytes),
    };
    journal.add(&Record::StructureRun(record.clone()))?;
    progress.finished(&in_words(&record));
    Ok(())
}

/// The model of one network, not yet calibrated.
fn model_of(plan: &Plan, run: Run<'_>, fitted: Fitted<StructureScores>) -> Model {
    let counts = |chains: &processive_train::ChainSet| [chains.len() as u64, chains.scored_residues() as u64];
    let description = ModelDescription {
        name: format!("{}-{}", run.entrant.name, run.seed),
        parameters: fitted.network.parameters(),
        storage: Storage::Single,
        reduction: Some(plan.reduction),
        training: TrainingRecord {
            sources: plan.sources.clone(),
            train: counts(&plan.splits.train),
            valid: counts(&plan.splits.valid),
            seeds: vec![run.seed],
            epochs: vec![fitted.best_epoch as u64],
            valid_q3: vec![fitted.valid().valid_q3],
            settings: serde_json::json!({ "fit": plan.fit_of(run), "q8_weight": plan.q8_weight }),
            ..TrainingRecord::default()
        },
        ..ModelDescription::untrained(STRUCTURE, state_classes(), run.entrant.config.clone(), 1)
    };
    Model::new(description, vec![fitted.network])
}

/// What a run has given.
fn in_words(run: &StructureRunRecord) -> String {
    format!(
        "{} seed {}: validation Q3 {:.4} in epoch {} of {}, {:.0} residues/s, {}",
        run.arch,
        run.seed,
        run.valid_q3,
        run.best_epoch,
        run.epochs,
        run.residues_per_second,
        seconds(Duration::from_secs_f64(run.train_seconds))
    )
}
