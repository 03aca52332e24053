//! The gradient of the weights over a stretch of one sequence.

use super::ConvShape;
use super::stretch::{LENGTH, Taps};
use crate::outer::{Columns, Outer, pack_columns};
use crate::panels::padded;
use crate::product::Rows;
use crate::simd::{Kernel, Line, Simd};

/// Sums of the gradients of the weights, `[kernel, input, padded output]`, and of the bias.
#[derive(Clone, Debug)]
pub(super) struct WeightSums {
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    /// Buffers of [`Correlate`].
    packed: Vec<Line>,
    columns: Columns,
}

impl WeightSums {
    pub(super) fn zero(shape: &ConvShape) -> Self {
        let width = padded(shape.output);
        Self {
            weights: vec![0.0; shape.kernel * shape.input * width],
            bias: vec![0.0; width],
            packed: Vec::new(),
            columns: Columns::default(),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, part) in [(&mut self.weights, &other.weights), (&mut self.bias, &other.bias)] {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    }
}

/// The gradient of the weights over one stretch.
pub(super) struct Correlate<'a> {
    pub(super) taps: Taps,
    /// The whole sequence, `[length, input]`.
    pub(super) x: &'a [f32],
    pub(super) input: usize,
    /// The first position of the stretch.
    pub(super) first: usize,
    /// The gradient of the whole sequence's output, `[length, output]`.
    pub(super) d_output: &'a [f32],
    pub(super) output: usize,
    /// Where to add.
    pub(super) sums: &'a mut WeightSums,
}

impl Kernel for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            taps,
            x,
            input,
            first,
            d_output,
            output,
            sums,
        } = self;
        let width = padded(output);
        let count = LENGTH.min(d_output.len() / output - first);
        let d_output = &d_output[first * output..(first + count) * output];
        for row in d_output.chunks_exact(output) {
            sums.bias.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let mut wide = Vec::new();
        let d_rows = if output == width {
            d_output
        } else {
            wide.resize(count * width, 0.0);
            for (to, from) in wide.chunks_exact_mut(width).zip(d_output.chunks_exact(output)) {
                to[..output].copy_from_slice(from);
            }
            &wide
        };
        let d_rows = Rows {
            data: d_rows,
            stride: width,
            count,
        };
        pack_columns(d_rows, width, &mut sums.packed);
        // Every tap reads the same rows, further on.
        let x = Rows {
            data: &taps.gather(x, input, first, count),
            stride: input,
            count: count + (taps.kernel - 1) * taps.dilation,
        };
        sums.columns.pack(simd, x, input);
        for (tap, weights) in sums.weights.chunks_exact_mut(input * width).enumerate() {
            simd.run(Outer {
                a: &sums.columns,
                first: tap * taps.dilation,
                count,
                b: &sums.packed,
                c: weights,
                c_stride: width,
            });
        }
    }
}
