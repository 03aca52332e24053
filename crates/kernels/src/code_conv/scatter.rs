//! The backward pass: every output's gradient goes to the weights that its winning position read.

use super::pairs::{PAIRS, Pairs};
use super::{CodeConvShape, OFF};
use crate::panels::padded;
use crate::simd::LANES;

/// Gradients of the pair tables and of the bias, in blocks of [`LANES`] motifs: `[block, table, pair]` rows.
#[derive(Clone, Debug)]
pub(super) struct Scatter {
    shape: CodeConvShape,
    rows: Vec<[f32; LANES]>,
    bias: Vec<f32>,
}

impl Scatter {
    pub(super) fn new(shape: CodeConvShape) -> Self {
        let blocks = padded(shape.filters) / LANES;
        Self {
            shape,
            rows: vec![[0.0; LANES]; blocks * shape.kernel.div_ceil(2) * PAIRS],
            bias: vec![0.0; shape.filters],
        }
    }

    /// Adds one sequence: `winners` is `[pooled, padded filters]`, `d_output` is `[pooled, filters]`.
    pub(super) fn add(&mut self, pairs: &Pairs, winners: &[u32], d_output: &[f32]) {
        let CodeConvShape { kernel, filters, .. } = self.shape;
        let tables = kernel.div_ceil(2) * PAIRS;
        for (block, rows) in self.rows.chunks_exact_mut(tables).enumerate() {
            // One block at a time: its tables (16 KiB for 19 columns) stay in the first-level cache.
            let first = block * LANES;
            let lanes = first..filters.min(first + LANES);
            let bias = &mut self.bias[lanes.clone()];
            for (winners, d_output) in winners
                .chunks_exact(padded(filters))
                .zip(d_output.chunks_exact(filters))
            {
                let winners = &winners[lanes.clone()];
                for (lane, (&winner, &gradient)) in winners.iter().zip(&d_output[lanes.clone()]).enumerate() {
                    if winner != OFF {
                        bias[lane] += gradient;
                        let pairs = pairs.at(winner as usize, kernel);
                        for (table, rows) in rows.chunks_exact_mut(PAIRS).enumerate() {
                            rows[usize::from(pairs[2 * table])][lane] += gradient;
                        }
                    }
                }
            }
        }
    }

    /// Adds the sums of other sequences.
    pub(super) fn merge(&mut self, other: &Self) {
        let (sums, _) = (self.rows.as_flattened_mut(), &mut self.bias);
        sums.iter_mut()
            .zip(other.rows.as_flattened())
            .for_each(|(sum, part)| *sum += part);
        self.bias
            .iter_mut()
            .zip(&other.bias)
            .for_each(|(sum, part)| *sum += part);
    }

    /// The gradients of the weights, `[kernel, 4, filters]`, and of the bias.
    pub(super) fn gradients(self) -> (Vec<f32>, Vec<f32>) {
        let CodeConvShape { kernel, filters, .. } = self.shape;
        let tables = kernel.div_ceil(2);
        let mut weights = vec![0.0; kernel * 4 * filters];
        for (index, row) in self.rows.iter().enumerate() {
            let (block, table, pair) = (index / (tables * PAIRS), index / PAIRS % tables, index % PAIRS);
            let first = block * LANES;
            let count = LANES.min(filters - first);
            for (column, code) in [(2 * table, pair / 5), (2 * table + 1, pair % 5)] {
                if column < kernel && code < 4 {
                    let to = &mut weights[(column * 4 + code) * filters + first..][..count];
                    to.iter_mut().zip(row).for_each(|(to, value)| *to += value);
                }
            }
        }
        (weights, self.bias)
    }
}
