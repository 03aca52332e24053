//! Training and measuring.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use processive_core::Motif;
use processive_models::{ArchitectureConfig, Network, device};
use processive_train::bootstrap::BootstrapSettings;
use processive_train::{BindingScores, FitSettings, Fitted, TrainError, fit};

use super::entrants::Entrant;
use super::journal::{BaselineRecord, Journal, Record, RunRecord, TrialRecord};
use super::plan::{DataSet, Plan};
use super::progress::{Advance, Progress};
use crate::assemble::{Card, assemble};
use crate::judge::{measure_baselines, probabilities};
use crate::numbers::seconds;
use crate::options::ProgressOption;
use crate::session::Session;
use crate::workers::{Jobs, work_through};

/// A piece of work.
enum Task<'a> {
    Baselines(&'a DataSet),
    Run(Run<'a>),
}

/// A network to be trained on a data set with a seed.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) set: &'a DataSet,
    pub(super) entrant: &'a Entrant,
    pub(super) seed: u64,
    /// The learning rate; `None` when it is to be chosen.
    rate: Option<f64>,
}

impl Run<'_> {
    fn architecture(&self) -> ArchitectureConfig {
        self.entrant.config.clone().for_window(self.set.splits.window)
    }
}

/// Does everything that the journal does not hold.
pub(super) fn run_all(
    plan: &Plan,
    journal: &Journal,
    motifs: Option<&[Motif]>,
    bootstrap: &BootstrapSettings,
    jobs: Jobs,
    option: ProgressOption,
    session: &Session,
) -> anyhow::Result<()> {
    if let Some(folder) = &plan.models {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    // When learning rates are tried, the other seeds wait for those that the first seed finds.
    let at_once = if plan.rates.is_empty() { plan.seeds.len() } else { 1 };
    let first: Vec<Run> = runs(plan, &plan.seeds[..at_once], |_, _| Ok(first_rate(plan)))?;
    let others = plan.seeds.len() - 1;
    let trials = plan.rates.len().max(1);
    let total = plan
        .sets
        .iter()
        .map(|set| examples_of(set) * (trials + others) as u64)
        .sum::<u64>()
        * plan.entrants.len() as u64;
    let runs_in_all = plan.sets.len() * plan.entrants.len() * plan.seeds.len();
    let progress = Progress::start(session, option, runs_in_all, total, "examples");
    let work = |task: &Task<'_>| match task {
        Task::Baselines(set) => baselines(set, journal, motifs, bootstrap),
        Task::Run(run) => train(plan, run, journal, &progress).with_context(|| {
            format!(
                "training {} on {} with seed {}",
                run.entrant.name, run.set.name, run.seed
            )
        }),
    };
    let baselines = plan.sets.iter().map(Task::Baselines);
    let tasks: Vec<Task> = baselines.chain(first.into_iter().map(Task::Run)).collect();
    work_through(&tasks, jobs, work)?;
    let rest = runs(plan, &plan.seeds[at_once..], |set, entrant| {
        Ok(Some(chosen_rate(plan, journal, set, entrant)?))
    })?;
    let tasks: Vec<Task> = rest.into_iter().map(Task::Run).collect();
    work_through(&tasks, jobs, work)
}

/// Every data set with every network and seed, the data set changing last.
fn runs<'a>(
    plan: &'a Plan,
    seeds: &[u64],
    rate: impl Fn(&DataSet, &Entrant) -> anyhow::Result<Option<f64>>,
) -> anyhow::Result<Vec<Run<'a>>> {
    let mut runs = Vec::new();
    for set in &plan.sets {
        for entrant in &plan.entrants {
            let rate = rate(set, entrant)?;
            runs.extend(seeds.iter().map(|&seed| Run {
                set,
                entrant,
                seed,
                rate,
            }));
        }
    }
    Ok(runs)
}

/// The learning rate of the first seed, if there is no choice.
fn first_rate(plan: &Plan) -> Option<f64> {
    plan.rates.is_empty().then_some(plan.sets[0].fit.learning_rate)
}

/// The learning rate that the first seed found.
fn chosen_rate(plan: &Plan, journal: &Journal, set: &DataSet, entrant: &Entrant) -> anyhow::Result<f64> {
    let first = record_of(plan, journal, set, entrant, plan.seeds[0])?;
    Ok(first.learning_rate)
}

/// The finished run of a network on a data set.
pub(super) fn record_of(
    plan: &Plan,
    journal: &Journal,
    set: &DataSet,
    entrant: &Entrant,
    seed: u64,
) -> anyhow::Result<RunRecord> {
    let rate = if seed == plan.seeds[0] {
        first_rate(plan)
    } else {
        Some(chosen_rate(plan, journal, set, entrant)?)
    };
    let found = journal.run(&plan.run_fingerprint(set, entrant, seed, rate));
    found.with_context(|| format!("no run of {} on {} with seed {seed}", entrant.name, set.name))
}

/// The training examples that one run sees.
fn examples_of(set: &DataSet) -> u64 {
    (set.splits.train.len() * set.fit.epochs) as u64
}

/// The name under which the baselines of a data set are kept.
fn baselines_fingerprint(set: &DataSet, motifs: Option<&[Motif]>, bootstrap: &BootstrapSettings) -> String {
    let motifs = motifs.map(|motifs| format!("{motifs:?}"));
    set.fingerprint(&(motifs, bootstrap))
}

/// Measures the baselines of a data set, unless that is done.
fn baselines(
    set: &DataSet,
    journal: &Journal,
    motifs: Option<&[Motif]>,
    bootstrap: &BootstrapSettings,
) -> anyhow::Result<()> {
    let fingerprint = baselines_fingerprint(set, motifs, bootstrap);
    if journal.get(&fingerprint).is_some() {
        return Ok(());
    }
    let metrics = measure_baselines(&set.splits, motifs, bootstrap)?;
    log::info!("{}: baselines are measured", set.name);
    journal.add(&Record::Baselines(BaselineRecord {
        fingerprint,
        dataset: set.name.clone(),
        metrics,
    }))
}

/// The measured baselines of a data set.
pub(super) fn baselines_of(
    set: &DataSet,
    journal: &Journal,
    motifs: Option<&[Motif]>,
    bootstrap: &BootstrapSettings,
) -> BTreeMap<String, BTreeMap<String, processive_core::Metric>> {
    match journal.get(&baselines_fingerprint(set, motifs, bootstrap)) {
        Some(Record::Baselines(record)) => record.metrics,
        _ => BTreeMap::new(),
    }
}

/// A fitted network and how it came to be.
struct Trained {
    settings: FitSettings,
    fitted: Fitted<BindingScores>,
    seconds: f64,
}

/// Trains a network, choosing its learning rate when it has none, and scores the test examples once.
fn train(plan: &Plan, run: &Run<'_>, journal: &Journal, progress: &Progress) -> anyhow::Result<()> {
    let fingerprint = plan.run_fingerprint(run.set, run.entrant, run.seed, run.rate);
    let file = format!("{}-{}-{}.safetensors", run.set.name, run.entrant.name, run.seed);
    let model_path = plan.models.as_ref().map(|folder| folder.join(file));
    let is_kept = model_path.as_ref().is_none_or(|path| path.exists());
    let rates = run.rate.map_or(plan.rates.clone(), |rate| vec![rate]);
    if is_kept && journal.run(&fingerprint).is_some() {
        progress.skip(examples_of(run.set) * rates.len() as u64);
        return Ok(());
    }
    let (trained, trials) = best_of(run, &rates, progress)?;
    let Trained {
        settings,
        fitted,
        seconds,
    } = trained;
    let name = format!("{}-{}", run.set.name, run.entrant.name);
    let card = Card {
        class: run.set.name.clone(),
        name,
        summary: String::new(),
        provenance: String::new(),
        bin: None,
    };
    let (best_epoch, valid_auprc) = (fitted.best_epoch, fitted.valid().valid_auprc);
    let model = assemble(card, run.architecture(), &settings, &run.set.splits, &[fitted]);
    let test_probabilities = probabilities(&model, &run.set.splits.test);
    if let Some(path) = &model_path {
        model
            .save(path)
            .with_context(|| format!("writing {}", path.display()))?;
    }
    let record = RunRecord {
        fingerprint,
        dataset: run.set.name.clone(),
        arch: run.entrant.name.clone(),
        seed: run.seed,
        parameters: model.description().parameters,
        learning_rate: settings.learning_rate,
        trials: if run.rate.is_some() { Vec::new() } else { trials },
        epochs: settings.epochs,
        best_epoch,
        valid_auprc,
        train_seconds: seconds,
        examples_per_second: examples_of(run.set) as f64 / seconds,
        threshold: model.description().threshold,
        test_probabilities: test_probabilities.into_iter().map(|p| p as f32).collect(),
    };
    journal.add(&Record::Run(record.clone()))?;
    progress.finished(&in_words(&record));
    Ok(())
}

/// What a run has given.
fn in_words(run: &RunRecord) -> String {
    let rate = if run.trials.is_empty() {
        String::new()
    } else {
        let trial = |trial: &TrialRecord| {
            let score = trial
                .valid_auprc
                .map_or("diverged".to_owned(), |score| format!("{score:.4}"));
            format!("{} {score}", trial.learning_rate)
        };
        let trials: Vec<String> = run.trials.iter().map(trial).collect();
        format!(", learning rate {} ({})", run.learning_rate, trials.join(", "))
    };
    format!(
        "{} {} seed {}: validation AUPRC {:.4} in epoch {} of {}{rate}, {:.0} examples/s, {}",
        run.dataset,
        run.arch,
        run.seed,
        run.valid_auprc,
        run.best_epoch,
        run.epochs,
        run.examples_per_second,
        seconds(Duration::from_secs_f64(run.train_seconds))
    )
}

/// Fits a network with every learning rate and keeps the one with the best validation AUPRC; the first of equals.
fn best_of(run: &Run<'_>, rates: &[f64], progress: &Progress) -> anyhow::Result<(Trained, Vec<TrialRecord>)> {
    let mut best: Option<Trained> = None;
    let mut trials = Vec::with_capacity(rates.len());
    for &learning_rate in rates {
        let trained = match fit_once(run, learning_rate, progress) {
            Err(TrainError::Diverged { epoch, .. }) if rates.len() > 1 => {
                log::warn!(
                    "{} on {}: learning rate {learning_rate} diverged in epoch {epoch}",
                    run.entrant.name,
                    run.set.name
                );
                None
            }
            trained => Some(trained?),
        };
        let valid_auprc = trained.as_ref().map(|trained| trained.fitted.valid().valid_auprc);
        trials.push(TrialRecord {
            learning_rate,
            valid_auprc,
        });
        let known = best.as_ref().map(|best| best.fitted.valid().valid_auprc);
        if valid_auprc > known {
            best = trained;
        }
    }
    match best {
        Some(best) => Ok((best, trials)),
        None => bail!("every learning rate diverged"),
    }
}

fn fit_once(run: &Run<'_>, learning_rate: f64, progress: &Progress) -> Result<Trained, TrainError> {
    let settings = FitSettings {
        seed: run.seed,
        learning_rate,
        ..run.set.fit.clone()
    };
    let network = Network::init(&run.architecture(), 1, run.seed, &device::cpu_autodiff())
        .expect("the settings were checked when the comparison was planned");
    let begin = Instant::now();
    let (train, valid) = (&run.set.splits.train, &run.set.splits.valid);
    let name = format!("{} {} seed {}", run.set.name, run.entrant.name, run.seed);
    let mut observer = Advance::new(progress, name);
    let fitted = fit(network, &settings, train, valid, None, &mut observer)?;
    Ok(Trained {
        settings,
        fitted: fitted.expect("a fit without a checkpoint does not pause"),
        seconds: begin.elapsed().as_secs_f64(),
    })
}
