//! `processive evaluate` on chains: secondary structure by models and by other programs.

mod text;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use processive_core::{ChainRow, Reduction};
use processive_ingest::read_structure_predictions;
use processive_models::{Compute, Model, ModelDescription, STRUCTURE};
use processive_report::EvaluationReport;
use processive_train::bootstrap::BootstrapSettings;
use processive_train::metrics::structure::{
    ChainTally, StructureTotals, compare_boundaries, compare_structure, evaluate_boundaries, evaluate_structure,
};

use crate::bundled::load_model;
use crate::chains::{ChainDataArgs, read_chains};
use crate::numbers::counted;
use crate::options::ResiduePrecisionOption;
use crate::structure_judge::{
    Metrics, Predictions, gor, majority, matched, measure_predictions, predictions_of, tallies,
};

/// Options of `processive evaluate` that are about chains.
#[derive(Args, Clone, Debug)]
pub(crate) struct StructureEvaluateArgs {
    #[command(flatten)]
    pub(crate) data: ChainDataArgs,
    /// What other programs predict for the chains: .ss2, .horiz, FASTA of states, tables, or a folder of them
    #[arg(long, value_name = "PATH", num_args = 1.., help_heading = "Labelled chains")]
    pub(crate) predictions: Vec<PathBuf>,
    /// Which of eight states are helix and strand, in chains that tell eight: ghi-eb, gh-eb, h-e
    #[arg(long, value_name = "RULE", default_value_t, help_heading = "Labelled chains")]
    reduction: Reduction,
    /// Tables of chains that the baselines learn from: the most frequent state, and the GOR method
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Labelled chains")]
    baseline_chains: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) compute: ResiduePrecisionOption,
}

/// What was judged.
pub(crate) struct Judged {
    /// A report for every predictor; the first has the baselines, too.
    pub(crate) reports: Vec<EvaluationReport>,
    /// A report for what every further predictor has more than the first.
    pub(crate) differences: Vec<EvaluationReport>,
    /// All of it for people.
    pub(crate) text: String,
    /// The digests of the models.
    pub(crate) digests: Vec<String>,
    /// The numbers that they multiplied.
    pub(crate) compute: Vec<Compute>,
    /// What was judged on, in words.
    pub(crate) counts: String,
}

/// The architecture of what another program predicted.
const EXTERNAL: &str = "external";

/// The architecture of a difference of two predictors.
const DIFFERENCE: &str = "difference";

/// A predictor and what it says.
struct Predictor {
    name: String,
    description: Option<ModelDescription>,
    tallies: Vec<Option<ChainTally>>,
}

/// Judges models and predictions on the chains.
pub(crate) fn judge(
    args: &StructureEvaluateArgs,
    models: &[String],
    bootstrap: &BootstrapSettings,
) -> anyhow::Result<Judged> {
    let rule = args.reduction;
    let models = load_models(models, args)?;
    let rows = args.data.read()?;
    let predictors = predictors(args, &models, &rows)?;
    let (kept, runs) = common(&predictors, &rows)?;
    let residues: u64 = kept.iter().map(|row| row.chain.scored_residues() as u64).sum();
    let mut reports = Vec::new();
    let mut differences = Vec::new();
    for (predictor, run) in predictors.iter().zip(&runs) {
        let mut metrics = evaluate_structure(run, bootstrap)?;
        metrics.extend(evaluate_boundaries(run, bootstrap));
        reports.push(report(predictor, args, residues, metrics));
    }
    for (predictor, run) in predictors.iter().zip(&runs).skip(1) {
        let (run, first) = ([run.as_slice()], [runs[0].as_slice()]);
        let mut metrics = compare_structure(&run, &first, bootstrap)?;
        metrics.extend(compare_boundaries(&run, &first, bootstrap));
        differences.push(EvaluationReport {
            model: [&predictor.name, " less ", &predictors[0].name].concat(),
            arch: DIFFERENCE.to_owned(),
            metrics,
            seed: None,
            parameters: None,
            ..reports[0].clone()
        });
    }
    reports[0].baselines = baselines(args, &kept, bootstrap)?;
    let totals: Vec<StructureTotals> = runs.iter().map(|run| StructureTotals::of(run)).collect();
    Ok(Judged {
        text: text::of(&reports, &totals, &differences, rule),
        counts: format!(
            "{}, {} scored",
            counted(kept.len() as u64, "chain"),
            counted(residues, "residue")
        ),
        reports,
        differences,
        digests: models.iter().map(|model| model.digest().to_owned()).collect(),
        compute: models.iter().map(Model::residue_compute).collect(),
    })
}

fn load_models(names: &[String], args: &StructureEvaluateArgs) -> anyhow::Result<Vec<Model>> {
    let rule = args.reduction;
    let load = |name: &String| {
        let model = load_model(name)?;
        let ModelDescription { task, reduction, .. } = model.description();
        if task != STRUCTURE {
            bail!("{name} is a model for {task}, and chains are judged with one for {STRUCTURE}");
        }
        if let Some(own) = reduction.filter(|own| *own != rule) {
            log::warn!("{name} predicts helix, strand and coil by the rule {own}; the chains are judged by {rule}");
        }
        args.compute.of(model)
    };
    names.iter().map(load).collect()
}

/// Asks the models, then reads the predictions of other programs.
fn predictors(args: &StructureEvaluateArgs, models: &[Model], rows: &[ChainRow]) -> anyhow::Result<Vec<Predictor>> {
    let mut predictors = Vec::new();
    for model in models {
        let description = model.description().clone();
        predictors.push(Predictor {
            name: description.name.clone(),
            tallies: tallies(rows, &predictions_of(model, rows)?, args.reduction)?,
            description: Some(description),
        });
    }
    for path in &args.predictions {
        predictors.push(of_file(path, rows, args.reduction)?);
    }
    let mut names = HashSet::new();
    if let Some(twice) = predictors.iter().find(|predictor| !names.insert(&predictor.name)) {
        bail!(
            "two models or predictions are called {}: tables could not tell them apart",
            twice.name
        );
    }
    Ok(predictors)
}

/// The chains that all predictors know, and their tallies by predictor: chains that one of them does not know are left
/// out for all, since differences are of the same chains.
fn common(predictors: &[Predictor], rows: &[ChainRow]) -> anyhow::Result<(Vec<ChainRow>, Vec<Vec<ChainTally>>)> {
    let known = |index: &usize| predictors.iter().all(|predictor| predictor.tallies[*index].is_some());
    let kept: Vec<usize> = (0..rows.len()).filter(known).collect();
    if kept.is_empty() {
        bail!(
            "no chain is known to all of the {} models and predictions",
            predictors.len()
        );
    }
    let of_kept = |predictor: &Predictor| {
        let tallies = kept.iter().filter_map(|&index| predictor.tallies[index].clone());
        tallies.collect()
    };
    let runs = predictors.iter().map(of_kept).collect();
    Ok((kept.into_iter().map(|index| rows[index].clone()).collect(), runs))
}

fn of_file(path: &Path, rows: &[ChainRow], rule: Reduction) -> anyhow::Result<Predictor> {
    let predicted = read_structure_predictions(path).with_context(|| format!("reading {}", path.display()))?;
    let origin = path.display().to_string();
    let predictions = matched(rows, &predicted, rule, &origin)?;
    warn_of_missing(rows, &predictions, &origin);
    Ok(Predictor {
        name: stem(path),
        description: None,
        tallies: tallies(rows, &predictions, rule)?,
    })
}

fn warn_of_missing(rows: &[ChainRow], predictions: &Predictions, origin: &str) {
    let missing: Vec<&str> = rows
        .iter()
        .zip(predictions)
        .filter(|(_, prediction)| prediction.is_none())
        .map(|(row, _)| row.chain.id.as_str())
        .collect();
    if !missing.is_empty() {
        let names = missing[..missing.len().min(5)].join(", ");
        log::warn!(
            "{origin} says nothing of {} of {} chains ({names}{}): they are left out",
            missing.len(),
            rows.len(),
            if missing.len() > 5 { ", ..." } else { "" }
        );
    }
}

fn baselines(
    args: &StructureEvaluateArgs,
    rows: &[ChainRow],
    bootstrap: &BootstrapSettings,
) -> anyhow::Result<BTreeMap<String, Metrics>> {
    let rule = args.reduction;
    let mut learn = Vec::new();
    for path in &args.baseline_chains {
        learn.extend(read_chains(path)?);
    }
    let mut found = BTreeMap::new();
    let mut measure = |name: &str, predictions: &Predictions| -> anyhow::Result<()> {
        found.insert(
            name.to_owned(),
            measure_predictions(rows, predictions, rule, bootstrap)?,
        );
        Ok(())
    };
    measure("majority", &majority(&learn, rows, rule))?;
    if !learn.is_empty() {
        measure("gor17", &gor(&learn, rows, rule))?;
    }
    Ok(found)
}

fn report(predictor: &Predictor, args: &StructureEvaluateArgs, residues: u64, metrics: Metrics) -> EvaluationReport {
    let description = predictor.description.as_ref();
    EvaluationReport {
        task: STRUCTURE.to_owned(),
        model: predictor.name.clone(),
        arch: description.map_or_else(|| EXTERNAL.to_owned(), architecture),
        dataset: args.data.name(),
        seed: description.and_then(|description| description.training.seeds.first().copied()),
        n: residues,
        parameters: description.map(|description| description.parameters as u64),
        train_seconds: None,
        metrics,
        baselines: BTreeMap::new(),
    }
}

/// The architectures of a model's members, each once.
fn architecture(description: &ModelDescription) -> String {
    let mut names: Vec<String> = (0..description.members)
        .map(|member| description.member_architecture(member).arch.to_string())
        .collect();
    names.dedup();
    names.join("+")
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}
