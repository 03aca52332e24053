//! `processive evaluate` on chains: secondary structure by models and by other programs.

mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use processive_core::{ChainRow, Reduction};
use processive_ingest::{read_structure_predictions, read_structure_table};
use processive_models::{ModelDescription, STRUCTURE};
use processive_report::EvaluationReport;
use processive_train::bootstrap::BootstrapSettings;
use processive_train::metrics::structure::{ChainTally, StructureTotals, compare_structure, evaluate_structure};

use crate::bundled::load_model;
use crate::chains::ChainDataArgs;
use crate::numbers::counted;
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
}

/// What was judged.
pub(crate) struct Judged {
    /// A report for every predictor; the first has the baselines, too.
    pub(crate) reports: Vec<EvaluationReport>,
    /// All of it for people.
    pub(crate) text: String,
    /// The digests of the models.
    pub(crate) digests: Vec<String>,
    /// What was judged on, in words.
    pub(crate) counts: String,
}

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
    let mut digests = Vec::new();
    let mut loaded = Vec::new();
    for name in models {
        let model = load_model(name)?;
        if model.description().task != STRUCTURE {
            let task = &model.description().task;
            bail!("{name} is a model for {task}, and chains are judged with one for {STRUCTURE}");
        }
        if model.description().reduction.is_some_and(|own| own != rule) {
            log::warn!("{name} was trained with another rule than {rule}");
        }
        digests.push(model.digest().to_owned());
        loaded.push(model);
    }
    let rows = args.data.read()?;
    let mut predictors = Vec::new();
    for model in &loaded {
        let description = model.description().clone();
        predictors.push(Predictor {
            name: description.name.clone(),
            tallies: tallies(&rows, &predictions_of(model, &rows)?, rule)?,
            description: Some(description),
        });
    }
    for path in &args.predictions {
        predictors.push(of_file(path, &rows, rule)?);
    }
    // Chains that one predictor does not know are left out for all: differences are of the same chains.
    let common = |index: usize| predictors.iter().all(|predictor| predictor.tallies[index].is_some());
    let kept: Vec<usize> = (0..rows.len()).filter(|&index| common(index)).collect();
    let runs: Vec<Vec<ChainTally>> = predictors
        .iter()
        .map(|predictor| {
            kept.iter()
                .filter_map(|&index| predictor.tallies[index].clone())
                .collect()
        })
        .collect();
    let kept: Vec<ChainRow> = kept.into_iter().map(|index| rows[index].clone()).collect();
    let baselines = baselines(args, &kept, bootstrap)?;
    let residues: u64 = kept.iter().map(|row| row.chain.scored_residues() as u64).sum();
    let mut reports = Vec::new();
    for (index, (predictor, run)) in predictors.iter().zip(&runs).enumerate() {
        reports.push(EvaluationReport {
            baselines: if index == 0 { baselines.clone() } else { BTreeMap::new() },
            ..report(predictor, args, residues, evaluate_structure(run, bootstrap)?)
        });
    }
    let mut differences = Vec::new();
    for run in runs.iter().skip(1) {
        differences.push(compare_structure(&[run], &[&runs[0]], bootstrap)?);
    }
    let totals: Vec<StructureTotals> = runs.iter().map(|run| StructureTotals::of(run)).collect();
    Ok(Judged {
        text: text::of(&reports, &totals, &differences, rule),
        counts: format!(
            "{}, {} scored",
            counted(kept.len() as u64, "chain"),
            counted(residues, "residue")
        ),
        reports,
        digests,
    })
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
        learn.extend(read_structure_table(path).with_context(|| format!("reading {}", path.display()))?);
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
        arch: description.map_or_else(|| "external".to_owned(), architecture),
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
