//! Dense layers over states with a byte each.

use std::ops::Range;

use crate::activation::rectify;
use crate::byte_panels::{self, BytePanels};
use crate::byte_product::{ByteProduct, ByteRows};
use crate::bytes::Rounding;
use crate::panels::padded;
use crate::recurrent::ByteStates;
use crate::simd::{Backend, ByteKernel, Dots};

/// `y = x W + b` with weights and inputs of a byte, with the rectifier `max(y, 0)` behind it if it is asked for; it runs on the
/// calling thread. Sums are exact.
#[derive(Clone, Debug)]
pub struct ByteDense {
    input: usize,
    weights: BytePanels,
    /// Filled with zeros to whole panels.
    bias: Vec<f32>,
    output: usize,
    rectifies: bool,
}

impl ByteDense {
    /// The most inputs whose sums are certain to fit into 32 bits.
    pub const MOST_INPUTS: usize = byte_panels::DEEPEST;

    /// Packs the weights, which are finite: every column is rounded to 255 multiples of its own scale.
    ///
    /// # Shapes
    /// - `weights`: `[input, output]`; `bias`: `[output]`
    ///
    /// # Panics
    /// When a size is 0, a slice has another length, or there are too many inputs.
    pub fn new(input: usize, weights: &[f32], bias: &[f32]) -> Self {
        let output = bias.len();
        assert!(input > 0 && output > 0, "a layer has inputs and outputs");
        assert_eq!(weights.len(), input * output, "the weights are [input, output]");
        let states = Rounding::states(input);
        let weights = BytePanels::new(input, output, states.inputs(), |row, column| {
            weights[row * output + column] * states.unit(row)
        });
        let mut bias = bias.to_vec();
        bias.resize(padded(output), 0.0);
        Self {
            input,
            weights,
            bias,
            output,
            rectifies: false,
        }
    }

    /// The same layer with the rectifier behind it.
    #[must_use]
    pub fn rectified(mut self) -> Self {
        self.rectifies = true;
        self
    }

    /// Computes `y`, `[rows, output]`, of some rows of states.
    ///
    /// # Panics
    /// When the rows are not there, or are not as wide as the layer's input.
    pub fn run(&self, states: &ByteStates, rows: Range<usize>, y: &mut Vec<f32>) {
        self.run_on(Backend::current(), states, rows, y);
    }

    fn run_on(&self, backend: Backend, states: &ByteStates, rows: Range<usize>, y: &mut Vec<f32>) {
        assert_eq!(states.width(), self.input, "the states are as wide as the input");
        let (bytes, stride) = states.rows();
        let x = ByteRows {
            data: &bytes[rows.start * stride..rows.end * stride],
            stride,
            count: rows.len(),
        };
        let width = self.bias.len();
        y.resize(rows.len() * width, 0.0);
        backend.run_bytes(Forward { layer: self, x, y });
        if self.output < width {
            for row in 1..rows.len() {
                y.copy_within(row * width..row * width + self.output, row * self.output);
            }
            y.truncate(rows.len() * self.output);
        }
    }
}

struct Forward<'a> {
    layer: &'a ByteDense,
    x: ByteRows<'a>,
    /// Rows of whole panels.
    y: &'a mut [f32],
}

impl ByteKernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<D: Dots>(self, dots: D) {
        let Self { layer, x, y } = self;
        let product = ByteProduct {
            a: x,
            b: &layer.weights,
            start: Some(&layer.bias),
            c: y,
            c_stride: layer.bias.len(),
        };
        product.run(dots);
        if layer.rectifies {
            rectify(dots.floats(), y);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dense::tests::random;

    proptest! {
        #[test]
        fn rows_are_the_definition_with_rounded_numbers(
            rows in 0_usize..20, before in 0_usize..3, input in 1_usize..70, output in 1_usize..40, seed: u64,
        ) {
            let (weights, bias) = (random(input * output, seed ^ 1), random(output, seed ^ 2));
            let x = random((before + rows) * input, seed);
            let layer = ByteDense::new(input, &weights, &bias);
            let rectified = layer.clone().rectified();
            for backend in Backend::available() {
                let states = ByteStates::of(backend, &x, input);
                let (mut y, mut positive) = (vec![f32::NAN; 7], Vec::new());
                layer.run_on(backend, &states, before..before + rows, &mut y);
                rectified.run_on(backend, &states, before..before + rows, &mut positive);
                prop_assert_eq!(y.len(), rows * output);
                for (at, (&y, &positive)) in y.iter().zip(&positive).enumerate() {
                    let (row, column) = (before + at / output, at % output);
                    let of_column = || weights.iter().skip(column).step_by(output).map(|&w| f64::from(w));
                    let scale = of_column().map(f64::abs).fold(0.0, f64::max) / 127.0;
                    let products = of_column().zip(&x[row * input..]).map(|(weight, &x)| {
                        (weight / scale).round_ties_even() * scale * (f64::from(x) * 127.0).round_ties_even() / 127.0
                    });
                    let expected = f64::from(bias[column]) + products.sum::<f64>();
                    // A sum is exact; a number at the border of two bytes may fall to the other side, which is worth 1/127.
                    prop_assert!((f64::from(y) - expected).abs() < 0.009, "{} {}", y, expected);
                    prop_assert_eq!(positive.to_bits(), y.max(0.0).to_bits());
                }
            }
        }
    }
}
