//! Sequences of values and markers, and their answers.

use burn::tensor::{Device, Tensor, TensorData};
use processive_models::layers::Features;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::HELD_OUT;

/// What random numbers are for; each purpose has a stream of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// First weights.
    Weights,
    /// Training examples.
    Training,
    /// The examples that are kept for evaluation.
    Evaluation,
}

/// The random numbers of a purpose.
pub(super) fn stream(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(purpose as u64);
    rng
}

/// Some examples of one length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Examples {
    length: usize,
    /// `[examples, length, 2]`: a value and its marker.
    pairs: Vec<f32>,
    /// The sum of the marked values of every example.
    sums: Vec<f32>,
}

impl Examples {
    /// Draws `count` examples of `length` pairs.
    pub(super) fn draw(count: usize, length: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut pairs = Vec::with_capacity(count * length * 2);
        let mut sums = Vec::with_capacity(count);
        for _ in 0..count {
            let begin = pairs.len();
            pairs.extend((0..length).flat_map(|_| [rng.random::<f32>(), 0.0]));
            let example = &mut pairs[begin..];
            let marked = [rng.random_range(0..length / 2), rng.random_range(length / 2..length)];
            sums.push(marked.map(|at| example[2 * at]).iter().sum());
            for at in marked {
                example[2 * at + 1] = 1.0;
            }
        }
        Self { length, pairs, sums }
    }

    /// The examples of evaluation.
    pub(super) fn held_out(length: usize) -> Self {
        Self::draw(HELD_OUT, length, &mut stream(0, Purpose::Evaluation))
    }

    /// The number of examples.
    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    /// The same examples, `size` at a time.
    pub(super) fn chunks(&self, size: usize) -> impl Iterator<Item = Self> {
        let pairs = self.pairs.chunks(size * self.length * 2);
        pairs.zip(self.sums.chunks(size)).map(|(pairs, sums)| Self {
            length: self.length,
            pairs: pairs.to_vec(),
            sums: sums.to_vec(),
        })
    }

    /// What a network reads, `[examples, length, 2]`.
    pub(super) fn inputs(&self, device: &Device) -> Features {
        let data = TensorData::new(self.pairs.clone(), [self.len(), self.length, 2]);
        Features {
            values: Tensor::from_data(data, device),
            lengths: vec![self.length; self.len()].into(),
        }
    }

    /// What it should answer, `[examples, 1]`.
    pub(super) fn targets(&self, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.sums.clone(), [self.len(), 1]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adding::CONSTANT_MSE;

    #[test]
    fn an_example_has_one_marker_in_each_half_and_the_sum_of_what_they_mark() {
        for length in [2, 3, 10, 101] {
            let examples = Examples::draw(50, length, &mut stream(3, Purpose::Training));
            for (pairs, sum) in examples.pairs.chunks(2 * length).zip(&examples.sums) {
                let marked: Vec<usize> = (0..length).filter(|at| pairs[2 * at + 1] > 0.0).collect();
                assert_eq!(marked.len(), 2);
                assert!(
                    marked[0] < length / 2 && marked[1] >= length / 2,
                    "{marked:?} of {length}"
                );
                let expected = pairs[2 * marked[0]] + pairs[2 * marked[1]];
                assert!((sum - expected).abs() < f32::EPSILON);
            }
        }
    }

    #[test]
    fn the_best_constant_answer_has_an_error_of_a_sixth() {
        let sums = Examples::draw(100_000, 2, &mut stream(1, Purpose::Training)).sums;
        let mse = sums.iter().map(|&sum| f64::from(sum - 1.0).powi(2)).sum::<f64>() / 1e5;
        // The variance of the squared error is 7/180: five standard errors are 0.0031.
        assert!((mse - CONSTANT_MSE).abs() < 0.0031, "{mse}");
    }

    #[test]
    fn held_out_examples_are_always_the_same_and_no_training_examples() {
        let held_out = Examples::held_out(20);
        assert_eq!(held_out, Examples::held_out(20));
        let training = Examples::draw(HELD_OUT, 20, &mut stream(0, Purpose::Training));
        assert_ne!(held_out, training);
        let joined: Vec<f32> = held_out.chunks(100).flat_map(|chunk| chunk.sums).collect();
        assert_eq!(joined, held_out.sums);
    }
}
