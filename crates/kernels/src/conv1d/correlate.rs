//! The gradient of the weights over a stretch of one sequence.

use super::ConvShape;
use super::stretch::{LENGTH, Taps};
use crate::outer::{Outer, pack_columns};
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
    transposed: Vec<f32>,
}

impl WeightSums {
    pub(super) fn zero(shape: &ConvShape) -> Self {
        let width = padded(shape.output);
        Self {
            weights: vec![0.0; shape.kernel * shape.input * width],
            bias: vec![0.0; width],
            packed: Vec::new(),
            transposed: Vec::new(),
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
        let x = taps.gather(x, input, first, count);
        let mut rows = vec![0.0; count * width];
        for (to, from) in rows
            .chunks_exact_mut(width)
            .zip(d_output[first * output..].chunks_exact(output))
        {
            to[..output].copy_from_slice(from);
            sums.bias.iter_mut().zip(&*to).for_each(|(sum, value)| *sum += value);
        }
        pack_columns(
            Rows {
                data: &rows,
                stride: width,
                count,
            },
            width,
            &mut sums.packed,
        );
        let (products, merged) = taps.products();
        let size = merged * input;
        for product in 0..products {
            simd.run(Outer {
                a: Rows {
                    data: &x[product * taps.dilation * input..],
                    stride: input,
                    count,
                },
                width: size,
                b: &sums.packed,
                c: &mut sums.weights[product * size * width..(product + 1) * size * width],
                c_stride: width,
                scratch: &mut sums.transposed,
            });
        }
    }
}
