//! Logits of a network over a data set.

use processive_models::{Input, Mode, Network, values_of};

use processive_encode::length_buckets;

use crate::dataset::Dataset;
use crate::sampler::plain_batch;

/// Sequences per batch when no gradient is needed.
const BATCH: usize = 256;

/// Returns one logit per example: the mean over the sequence and its reverse complement, or, with `both`
/// off, of the sequence as written.
pub fn logits(network: &Network, dataset: &Dataset, strands: Strands) -> Vec<f32> {
    let lengths: Vec<usize> = dataset.examples().iter().map(|example| example.codes.len()).collect();
    let mut all = vec![0.0; dataset.len()];
    for indices in length_buckets(&lengths, BATCH, None) {
        let batch = plain_batch(dataset, &indices);
        let reverse = batch.reverse_complement();
        let plus = values_of(network.forward(&Input::codes(batch), &mut Mode::Infer));
        let scores = match strands {
            Strands::Plus => plus,
            Strands::Both => {
                let minus = values_of(network.forward(&Input::codes(reverse), &mut Mode::Infer));
                plus.into_iter()
                    .zip(minus)
                    .map(|(plus, minus)| f32::midpoint(plus, minus))
                    .collect()
            }
        };
        for (index, score) in indices.into_iter().zip(scores) {
            all[index] = score;
        }
    }
    all
}

/// Which strands of a sequence are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strands {
    /// The sequence as written.
    Plus,
    /// The sequence and its reverse complement, averaged.
    Both,
}
