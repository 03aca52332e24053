//! Secondary structure judged: what models and other programs say of chains whose structure is known.

mod matching;

use std::collections::BTreeMap;

use anyhow::bail;
use processive_core::{Alphabet, ChainRow, Metric, Reduction, State3, State8};
use processive_encode::{PaddedBatch, encode, letter_buckets};
use processive_models::Model;
use processive_predict::FoldRequest;
use processive_train::baselines::{Gor, majority_state};
use processive_train::bootstrap::BootstrapSettings;
use processive_train::metrics::structure::{ChainTally, StructurePrediction, evaluate_structure};
use rayon::prelude::*;

pub(crate) use self::matching::matched;

/// What a predictor says of every chain; nothing of those that it does not know.
pub(crate) type Predictions = Vec<Option<StructurePrediction>>;

/// Metrics by name.
pub(crate) type Metrics = BTreeMap<String, Metric>;

/// Labels chains with a model for secondary structure.
pub(crate) fn predictions_of(model: &Model, rows: &[ChainRow]) -> anyhow::Result<Predictions> {
    let rule = model.description().reduction.unwrap_or_default();
    if let Some(row) = rows.iter().find(|row| row.chain.sequence.is_empty()) {
        bail!("the chain {} has no residues", row.chain.id);
    }
    let codes: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| encode(Alphabet::Protein, &row.chain.sequence))
        .collect();
    let codes: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    let prediction = |probabilities: Vec<f32>| {
        let residues = probabilities.as_chunks::<8>().0.to_vec();
        Ok(Some(StructurePrediction::of_eight(residues, rule)?))
    };
    probabilities_of_chains(model, &codes)
        .into_iter()
        .map(prediction)
        .collect()
}

/// The probabilities of the eight states of every residue of chains of codes, `[residues, 8]` each; no chain is empty.
pub(crate) fn probabilities_of_chains(model: &Model, chains: &[&[u8]]) -> Vec<Vec<f32>> {
    const STATES: usize = State8::ALL.len();
    let lengths: Vec<usize> = chains.iter().map(|codes| codes.len()).collect();
    let label = |indices: Vec<usize>| {
        let sequences: Vec<&[u8]> = indices.iter().map(|&index| chains[index]).collect();
        let batch = PaddedBatch::of(Alphabet::Protein, &sequences).expect("the chains hold residues");
        let probabilities = model.residue_probabilities(&batch);
        let rows = probabilities.chunks_exact(batch.width() * STATES);
        let rows = rows
            .zip(batch.lengths())
            .map(|(row, length)| row[..length * STATES].to_vec());
        indices.into_iter().zip(rows).collect::<Vec<_>>()
    };
    let labelled: Vec<_> = letter_buckets(&lengths, FoldRequest::BATCH_SIZE.get())
        .into_par_iter()
        .map(label)
        .collect();
    let mut all = vec![Vec::new(); chains.len()];
    for (index, probabilities) in labelled.into_iter().flatten() {
        all[index] = probabilities;
    }
    all
}

/// Judges the chains that have a prediction; the others have no tally.
pub(crate) fn tallies(
    rows: &[ChainRow],
    predictions: &Predictions,
    rule: Reduction,
) -> anyhow::Result<Vec<Option<ChainTally>>> {
    let tally = |(row, prediction): (&ChainRow, &Option<StructurePrediction>)| {
        let prediction = prediction.as_ref();
        Ok(prediction
            .map(|prediction| ChainTally::new(&row.chain, prediction, rule))
            .transpose()?)
    };
    rows.iter().zip(predictions).map(tally).collect()
}

/// Measures a model on chains: metrics with their 95 % intervals over chains.
pub(crate) fn measure(
    model: &Model,
    rows: &[ChainRow],
    rule: Reduction,
    bootstrap: &BootstrapSettings,
) -> anyhow::Result<Metrics> {
    measure_predictions(rows, &predictions_of(model, rows)?, rule, bootstrap)
}

/// Measures predictions of chains; those without one are left out.
pub(crate) fn measure_predictions(
    rows: &[ChainRow],
    predictions: &Predictions,
    rule: Reduction,
    bootstrap: &BootstrapSettings,
) -> anyhow::Result<Metrics> {
    let tallies = tallies(rows, predictions, rule)?;
    let tallies: Vec<ChainTally> = tallies.into_iter().flatten().collect();
    Ok(evaluate_structure(&tallies, bootstrap)?)
}

/// The states and marks of a chain, as baselines read them.
struct Observed {
    codes: Vec<u8>,
    three: Vec<u8>,
    eight: Option<Vec<u8>>,
    scored: Vec<bool>,
}

impl Observed {
    fn of(rows: &[ChainRow], rule: Reduction) -> Vec<Self> {
        let of_row = |row: &ChainRow| Self {
            codes: encode(Alphabet::Protein, &row.chain.sequence),
            three: row.chain.labels.three(rule).iter().map(|&state| state as u8).collect(),
            eight: row
                .chain
                .labels
                .eight()
                .map(|states| states.iter().map(|&state| state as u8).collect()),
            scored: row.chain.scored.clone(),
        };
        rows.iter().map(of_row).collect()
    }
}

/// The most frequent state for every residue: of the chains to learn from, or of those to judge when there are none.
pub(crate) fn majority(learn: &[ChainRow], rows: &[ChainRow], rule: Reduction) -> Predictions {
    let source = Observed::of(if learn.is_empty() { rows } else { learn }, rule);
    let three = majority_state::<3>(source.iter().map(|chain| (&chain.three[..], &chain.scored[..])));
    let with_eight = source
        .iter()
        .filter_map(|chain| Some((chain.eight.as_deref()?, &chain.scored[..])));
    let eight = majority_state::<8>(with_eight);
    let prediction = |row: &ChainRow| {
        let residues = row.chain.sequence.len();
        Some(StructurePrediction::of_both(
            vec![State3::ALL[usize::from(three)]; residues],
            Some(vec![State8::ALL[usize::from(eight)]; residues]),
        ))
    };
    rows.iter().map(prediction).collect()
}

/// The GOR method with a window of 17, fitted on the chains to learn from.
pub(crate) fn gor(learn: &[ChainRow], rows: &[ChainRow], rule: Reduction) -> Predictions {
    let source = Observed::of(learn, rule);
    let three = Gor::<3>::fit(
        source
            .iter()
            .map(|chain| (&chain.codes[..], &chain.three[..], &chain.scored[..])),
    );
    let with_eight: Vec<_> = source
        .iter()
        .filter_map(|chain| Some((&chain.codes[..], chain.eight.as_deref()?, &chain.scored[..])))
        .collect();
    let eight = (!with_eight.is_empty()).then(|| Gor::<8>::fit(with_eight));
    let prediction = |row: &ChainRow| {
        let codes = encode(Alphabet::Protein, &row.chain.sequence);
        let three = three
            .predict(&codes)
            .into_iter()
            .map(|state| State3::ALL[usize::from(state)]);
        let eight = eight.as_ref().map(|gor| {
            let states = gor.predict(&codes).into_iter();
            states.map(|state| State8::ALL[usize::from(state)]).collect()
        });
        Some(StructurePrediction::of_both(three.collect(), eight))
    };
    rows.iter().map(prediction).collect()
}
