//! The backward pass: every output's gradient goes to the weights that its winning position read.

use super::CodeConvShape;
use super::words::{Words, count};
use crate::panels::padded;
use crate::simd::{Kernel, LANES, Line, Simd};

/// The number of pairs of codes.
const PAIRS: usize = count::<2>();
type Pairs = Words<2>;

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
    /// `[pooled, blocks]`
    pub(super) on: &'a [u16],
    /// `[pooled, padded filters]`; empty without pooling
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
            on,
            winners,
            d_output,
        } = self;
        let CodeConvShape {
            kernel, filters, pool, ..
        } = sums.shape;
        let tables = kernel.div_ceil(2) * PAIRS;
        let blocks = padded(filters) / LANES;
        for (block, (rows, bias)) in sums.rows.chunks_exact_mut(tables).zip(&mut sums.bias).enumerate() {
            // One block at a time: its tables (16 KiB for 19 columns) stay in the first-level cache.
            let first = block * LANES;
            let width = LANES.min(filters - first);
            for (at, on) in on.chunks_exact(blocks).enumerate() {
                let on = on[block];
                let gradients = simd.keep(on, load(simd, &d_output[at * filters + first..][..width]));
                simd.store(simd.add(simd.load(&bias.0), gradients), &mut bias.0);
                if pool == 1 {
                    // Every motif that is on won at this one position.
                    let pair = pairs.at(at, kernel);
                    for (table, rows) in rows.chunks_exact_mut(PAIRS).enumerate() {
                        let row = &mut rows[pair(2 * table)].0;
                        simd.store(simd.add(simd.load(row), gradients), row);
                    }
                } else {
                    let mut lanes = [0.0; LANES];
                    simd.store(gradients, &mut lanes);
                    let winners = winners[at * padded(filters) + first..].first_chunk();
                    scatter(
                        pairs,
                        kernel,
                        on,
                        winners.expect("winners are whole blocks"),
                        &lanes,
                        rows,
                    );
                }
            }
        }
    }
}

/// Up to [`LANES`] values, and zeros.
#[inline(always)]
fn load<S: Simd>(simd: S, values: &[f32]) -> S::Vector {
    if let Some(values) = values.first_chunk() {
        simd.load(values)
    } else {
        let mut lanes = [0.0; LANES];
        lanes[..values.len()].copy_from_slice(values);
        simd.load(&lanes)
    }
}

/// Adds the gradient of every lane that is on to the rows that its own winning position read.
#[inline(always)]
fn scatter(
    pairs: &Pairs,
    kernel: usize,
    mut on: u16,
    winners: &[u32; LANES],
    gradients: &[f32; LANES],
    rows: &mut [Line],
) {
    while on != 0 {
        let lane = on.trailing_zeros() as usize;
        let gradient = gradients[lane];
        let pair = pairs.at(winners[lane] as usize, kernel);
        for (table, rows) in rows.chunks_exact_mut(PAIRS).enumerate() {
            rows[pair(2 * table)].0[lane] += gradient;
        }
        on &= on - 1;
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
