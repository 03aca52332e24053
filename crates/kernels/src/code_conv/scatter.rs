//! The backward pass: every output's gradient goes to the weights that its winning position read.

use super::pairs::{PAIRS, Pairs};
use super::{CodeConvShape, OFF};
use crate::panels::padded;
use crate::simd::{Kernel, LANES, Line, Simd};

/// Gradients of the pair tables and of the bias, in blocks of [`LANES`] motifs: `[block, table, pair]` rows.
#[derive(Clone, Debug)]
pub(super) struct Scatter {
    shape: CodeConvShape,
    rows: Vec<Line>,
    bias: Vec<Line>,
}

/// What one sequence adds.
pub(super) struct Addition<'a> {
    pub(super) sums: &'a mut Scatter,
    pub(super) pairs: &'a Pairs,
    /// `[pooled, padded filters]`
    pub(super) winners: &'a [u32],
    /// `[pooled, filters]`
    pub(super) d_output: &'a [f32],
}

impl Kernel for Addition<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            sums,
            pairs,
            winners,
            d_output,
        } = self;
        let CodeConvShape {
            kernel, filters, pool, ..
        } = sums.shape;
        let tables = kernel.div_ceil(2) * PAIRS;
        for (block, (rows, bias)) in sums.rows.chunks_exact_mut(tables).zip(&mut sums.bias).enumerate() {
            // One block at a time: its tables (16 KiB for 19 columns) stay in the first-level cache.
            let first = block * LANES;
            let width = LANES.min(filters - first);
            for (at, winners) in winners.chunks_exact(padded(filters)).enumerate() {
                let winners: &[u32; LANES] = winners[first..].first_chunk().expect("winners are whole blocks");
                let gradients = where_on(winners, &d_output[at * filters + first..][..width]);
                let sum = simd.add(simd.load(&bias.0), simd.load(&gradients));
                simd.store(sum, &mut bias.0);
                if pool == 1 {
                    // Every motif that is on won at this one position.
                    let pairs = pairs.at(at, kernel);
                    for (table, rows) in rows.chunks_exact_mut(PAIRS).enumerate() {
                        let row = &mut rows[usize::from(pairs[2 * table])].0;
                        simd.store(simd.add(simd.load(row), simd.load(&gradients)), row);
                    }
                } else {
                    scatter(pairs, kernel, winners, &gradients, rows);
                }
            }
        }
    }
}

/// The gradients of motifs whose rectifier is on, and zeros.
#[inline(always)]
fn where_on(winners: &[u32; LANES], d_output: &[f32]) -> [f32; LANES] {
    let mut gradients = [0.0; LANES];
    gradients[..d_output.len()].copy_from_slice(d_output);
    std::array::from_fn(|lane| if winners[lane] == OFF { 0.0 } else { gradients[lane] })
}

/// Adds every lane's gradient to the rows that its own winning position read.
#[inline(always)]
fn scatter(pairs: &Pairs, kernel: usize, winners: &[u32; LANES], gradients: &[f32; LANES], rows: &mut [Line]) {
    for (lane, (&winner, &gradient)) in winners.iter().zip(gradients).enumerate() {
        if winner != OFF {
            let pairs = pairs.at(winner as usize, kernel);
            for (table, rows) in rows.chunks_exact_mut(PAIRS).enumerate() {
                rows[usize::from(pairs[2 * table])].0[lane] += gradient;
            }
        }
    }
}

impl Scatter {
    pub(super) fn new(shape: CodeConvShape) -> Self {
        let blocks = padded(shape.filters) / LANES;
        Self {
            shape,
            rows: vec![Line::ZERO; blocks * shape.kernel.div_ceil(2) * PAIRS],
            bias: vec![Line::ZERO; blocks],
        }
    }

    /// Adds the sums of other sequences.
    pub(super) fn merge(&mut self, other: &Self) {
        for (sums, parts) in [(&mut self.rows, &other.rows), (&mut self.bias, &other.bias)] {
            for (sum, part) in sums.iter_mut().zip(parts) {
                sum.0.iter_mut().zip(&part.0).for_each(|(sum, part)| *sum += part);
            }
        }
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
                    to.iter_mut().zip(&row.0).for_each(|(to, value)| *to += value);
                }
            }
        }
        let bias = self.bias.iter().flat_map(|line| line.0).take(filters).collect();
        (weights, bias)
    }
}
