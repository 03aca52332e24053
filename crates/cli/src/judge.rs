//! Test metrics of a model, beside those of the trivial baselines.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use processive_core::{Metric, Motif};
use processive_encode::PaddedBatch;
use processive_ingest::read_motifs;
use processive_models::Model;
use processive_report::EvaluationReport;
use processive_train::baselines::{CodedExample, evaluate_baseline, fit_baselines};
use processive_train::bootstrap::BootstrapSettings;
use processive_train::metrics::{ScoreKind, auprc, evaluate};
use processive_train::{Dataset, Example, score_in_batches};

use crate::labelled::Splits;

/// Returns the probability of the model's first class for every example, both strands averaged.
pub(crate) fn probabilities(model: &Model, dataset: &Dataset) -> Vec<f64> {
    let classes = model.description().classes.len();
    let first_class = |batch: &PaddedBatch| {
        let scores = model.probabilities_of_both_strands(batch);
        scores.into_iter().step_by(classes).collect()
    };
    score_in_batches(dataset, first_class)
        .into_iter()
        .map(f64::from)
        .collect()
}

/// Reads the motifs of a MEME file.
pub(crate) fn motifs_of(path: &Path) -> anyhow::Result<Vec<Motif>> {
    read_motifs(path).with_context(|| format!("reading {}", path.display()))
}

/// Measures a model on the test examples, and the baselines beside it when there are examples to fit them on.
pub(crate) fn report(
    model: &Model,
    dataset: String,
    splits: &Splits,
    motifs: Option<&[Motif]>,
    bootstrap: &BootstrapSettings,
) -> anyhow::Result<EvaluationReport> {
    let description = model.description();
    let baselines = if splits.train.is_empty() || splits.valid.is_empty() {
        log::warn!("no baselines: they are fitted on --train and chosen on --valid examples");
        BTreeMap::new()
    } else {
        measure_baselines(splits, motifs, bootstrap)?
    };
    Ok(EvaluationReport {
        task: description.task.clone(),
        model: description.name.clone(),
        arch: description.architecture.arch.to_string(),
        dataset,
        seed: description.training.seeds.first().copied(),
        n: splits.test.len() as u64,
        parameters: Some(description.parameters as u64),
        train_seconds: None,
        metrics: measure(model, &splits.test, bootstrap)?,
        baselines,
    })
}

/// Metrics with their 95 % intervals, by name.
type Metrics = BTreeMap<String, Metric>;

/// Measures a model on the test examples, at its own threshold.
fn measure(model: &Model, test: &Dataset, bootstrap: &BootstrapSettings) -> anyhow::Result<Metrics> {
    let scores = probabilities(model, test);
    let threshold = Some(model.description().threshold);
    evaluate(&scores, &test.labels(), threshold, ScoreKind::Probability, bootstrap).context("evaluating the model")
}

/// Fits the baselines on training and validation examples and measures them on the test examples.
///
/// Examples that are bins hold more than the bin: every baseline then reads the stretch around the centre
/// (the bin alone, a little more, or the whole window) that serves it best on the validation examples.
pub(crate) fn measure_baselines(
    splits: &Splits,
    motifs: Option<&[Motif]>,
    bootstrap: &BootstrapSettings,
) -> anyhow::Result<BTreeMap<String, Metrics>> {
    let mut best: BTreeMap<String, (f64, Metrics)> = BTreeMap::new();
    for width in widths(splits) {
        let [train, valid, test] = [&splits.train, &splits.valid, &splits.test].map(|dataset| centre(dataset, width));
        let baselines = fit_baselines(&coded(&train), &coded(&valid), motifs).context("fitting the baselines")?;
        for baseline in baselines {
            let scores: Vec<f64> = valid
                .examples()
                .iter()
                .map(|example| baseline.score(&example.codes))
                .collect();
            let fit = auprc(&scores, &valid.labels()).unwrap_or(0.0);
            if best.get(baseline.name()).is_none_or(|(known, _)| fit > *known) {
                let metrics = evaluate_baseline(baseline.as_ref(), &coded(&test), bootstrap)?;
                best.insert(baseline.name().to_owned(), (fit, metrics));
            }
        }
    }
    Ok(best.into_iter().map(|(name, (_, metrics))| (name, metrics)).collect())
}

/// The stretches that baselines may read, in bases around the centre.
fn widths(splits: &Splits) -> Vec<usize> {
    let Some(bin) = splits.bin else { return vec![usize::MAX] };
    let mut widths: Vec<usize> = [bin, bin + 20, bin + 50, splits.window]
        .map(|width| width.min(splits.window))
        .into();
    widths.dedup();
    widths
}

/// The examples cut to `width` bases around their centre.
fn centre(dataset: &Dataset, width: usize) -> Dataset {
    let cut = |example: &Example| {
        let start = example.codes.len().saturating_sub(width) / 2;
        let end = example.codes.len().min(start.saturating_add(width));
        Example {
            codes: example.codes[start..end].to_vec(),
            label: example.label,
        }
    };
    Dataset::new(dataset.examples().iter().map(cut).collect())
}

/// The examples as the baselines read them.
pub(crate) fn coded(dataset: &Dataset) -> Vec<CodedExample<'_>> {
    let examples = dataset.examples().iter();
    examples
        .map(|example| CodedExample {
            codes: &example.codes,
            label: example.label,
        })
        .collect()
}
