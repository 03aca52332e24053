//! Test metrics of a model, beside those of the trivial baselines.

use std::collections::BTreeMap;

use anyhow::Context;
use processive_core::{Metric, Motif};
use processive_encode::{PaddedBatch, length_buckets};
use processive_models::Model;
use processive_train::baselines::{CodedExample, evaluate_baseline, fit_baselines};
use processive_train::bootstrap::BootstrapSettings;
use processive_train::metrics::{ScoreKind, auprc, evaluate};
use processive_train::{Dataset, Example};

use crate::labelled::Splits;

/// Sequences per batch.
const BATCH: usize = 256;

/// Returns the probability of the model's first class for every example, both strands averaged.
pub(crate) fn probabilities(model: &Model, dataset: &Dataset) -> Vec<f64> {
    let lengths: Vec<usize> = dataset.examples().iter().map(|example| example.codes.len()).collect();
    let classes = model.description().classes.len();
    let mut all = vec![0.0; dataset.len()];
    for indices in length_buckets(&lengths, BATCH, None) {
        let rows: Vec<&[u8]> = indices
            .iter()
            .map(|&index| dataset.examples()[index].codes.as_slice())
            .collect();
        let batch = PaddedBatch::new(&rows).expect("empty examples are refused when they are read");
        let scores = model.probabilities_of_both_strands(&batch);
        for (index, row) in indices.into_iter().zip(scores.chunks(classes)) {
            all[index] = f64::from(row[0]);
        }
    }
    all
}

/// Metrics with their 95 % intervals, by name.
pub(crate) type Metrics = BTreeMap<String, Metric>;

/// Measures a model on the test examples, at its own threshold.
pub(crate) fn measure(model: &Model, test: &Dataset, bootstrap: &BootstrapSettings) -> anyhow::Result<Metrics> {
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
