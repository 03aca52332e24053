//! Scores over a data set.

use processive_encode::{PaddedBatch, length_buckets};
use processive_models::{Input, Mode, Network, values_of};

use crate::dataset::Dataset;
use crate::sampler::plain_batch;

/// Sequences per batch when no gradient is needed.
const BATCH: usize = 256;

/// Scores examples in batches of similar length; `score` gives one number per row of its batch. The scores come back in
/// the order of the examples.
pub fn score_in_batches(dataset: &Dataset, score: impl Fn(&PaddedBatch) -> Vec<f32>) -> Vec<f32> {
    let lengths: Vec<usize> = dataset.examples().iter().map(|example| example.codes.len()).collect();
    let mut all = vec![0.0; dataset.len()];
    for indices in length_buckets(&lengths, BATCH, None) {
        let scores = score(&plain_batch(dataset, &indices));
        for (index, score) in indices.into_iter().zip(scores) {
            all[index] = score;
        }
    }
    all
}

/// Returns one logit per example: the mean over the sequence and its reverse complement.
pub fn logits(network: &Network, dataset: &Dataset) -> Vec<f32> {
    let read = |batch: PaddedBatch| values_of(network.forward(&Input::codes(batch), &mut Mode::Infer));
    score_in_batches(dataset, |batch| {
        let (plus, minus) = (read(batch.clone()), read(batch.reverse_complement()));
        plus.into_iter()
            .zip(minus)
            .map(|(plus, minus)| f32::midpoint(plus, minus))
            .collect()
    })
}
