//! Dense layers over many rows, with packed weights and without a backward pass.

use crate::activation::{exp, rectify, sigmoid};
use crate::panels::{Panels, padded};
use crate::product::{Product, Rows};
use crate::simd::{Backend, Kernel, LANES, Line, Simd};

pub use bytes::ByteDense;

mod bytes;

/// `y = x W + b`, with the rectifier `max(y, 0)` behind it if it is asked for; it runs on the calling thread.
#[derive(Clone, Debug)]
pub struct Dense {
    input: usize,
    weights: Weights,
    /// Filled with zeros to whole panels.
    bias: Vec<f32>,
    output: usize,
    rectifies: bool,
}

/// Weights in the order that fits their number.
#[derive(Clone, Debug)]
enum Weights {
    /// Many outputs: a product.
    Panels(Panels),
    /// Few outputs: for each of them one sum over the row, `[output, input in whole vectors]`.
    Rows(Vec<Line>),
}

/// The most outputs whose sums take less time than a product with the padded weights.
const FEW: usize = 8;

impl Dense {
    /// Packs the weights.
    ///
    /// # Shapes
    /// - `weights`: `[input, output]`; `bias`: `[output]`
    ///
    /// # Panics
    /// When a size is 0 or a slice has another length.
    pub fn new(input: usize, weights: &[f32], bias: &[f32]) -> Self {
        let output = bias.len();
        assert!(input > 0 && output > 0, "a layer has inputs and outputs");
        assert_eq!(weights.len(), input * output, "the weights are [input, output]");
        let mut wide_bias = bias.to_vec();
        wide_bias.resize(padded(output), 0.0);
        let at = |row: usize, column: usize| weights[row * output + column];
        let weights = if output > FEW {
            Weights::Panels(Panels::new(input, output, at))
        } else {
            let line = |column: usize, first: usize| {
                let value = |i: usize| if first + i < input { at(first + i, column) } else { 0.0 };
                Line(std::array::from_fn(value))
            };
            let lines = |column| (0..input).step_by(LANES).map(move |first| line(column, first));
            Weights::Rows((0..output).flat_map(lines).collect())
        };
        Self {
            input,
            weights,
            bias: wide_bias,
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

    /// The number of outputs.
    pub fn output(&self) -> usize {
        self.output
    }

    /// The weights of a layer of one output and so many inputs, filled with zeros to whole lines.
    ///
    /// # Panics
    /// When the layer is another.
    pub(crate) fn weights_of_one(&self, input: usize) -> &[Line] {
        match &self.weights {
            Weights::Rows(lines) if self.output == 1 && self.input == input => lines,
            _ => panic!("the layer has one output and {input} inputs"),
        }
    }

    /// What a layer of one output makes of the products of its weights and rows, added up lane by lane.
    pub(crate) fn finish(&self, backend: Backend, sums: &[Line], y: &mut Vec<f32>) {
        y.resize(sums.len(), 0.0);
        backend.run(Finish { layer: self, sums, y });
    }

    /// Computes `y`, `[rows, output]`, of `x`, `[rows, input]`.
    ///
    /// # Panics
    /// When `x` has not whole rows.
    pub fn run(&self, x: &[f32], y: &mut Vec<f32>) {
        assert!(x.len().is_multiple_of(self.input), "x is [rows, input]");
        y.resize(x.len() / self.input * self.output, 0.0);
        Backend::current().run(Forward { layer: self, x, y });
    }
}

struct Forward<'a> {
    layer: &'a Dense,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { layer, x, y } = self;
        match &layer.weights {
            Weights::Rows(lines) => few(simd, layer, lines, x, y),
            Weights::Panels(panels) if layer.output == layer.bias.len() => product(simd, layer, panels, x, y),
            Weights::Panels(panels) => {
                let width = layer.bias.len();
                let mut wide = vec![0.0; x.len() / layer.input * width];
                product(simd, layer, panels, x, &mut wide);
                for (y, wide) in y.chunks_exact_mut(layer.output).zip(wide.chunks_exact(width)) {
                    y.copy_from_slice(&wide[..layer.output]);
                }
            }
        }
        if layer.rectifies {
            rectify(simd, y);
        }
    }
}

/// The last step of a layer of one output.
struct Finish<'a> {
    layer: &'a Dense,
    sums: &'a [Line],
    y: &'a mut [f32],
}

impl Kernel for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { layer, sums, y } = self;
        for (lines, y) in sums.chunks(ROWS).zip(y.chunks_mut(ROWS)) {
            let mut vectors = [simd.splat(0.0); ROWS];
            for (vector, line) in vectors.iter_mut().zip(lines) {
                *vector = simd.load(&line.0);
            }
            for (y, sum) in y.iter_mut().zip(simd.sums(vectors)) {
                *y = layer.bias[0] + sum;
            }
        }
        if layer.rectifies {
            rectify(simd, y);
        }
    }
}

#[inline(always)]
fn product<S: Simd>(simd: S, layer: &Dense, panels: &Panels, x: &[f32], c: &mut [f32]) {
    simd.run(Product {
        a: Rows {
            data: x,
            stride: layer.input,
            count: x.len() / layer.input,
        },
        b: panels,
        start: Some(&layer.bias),
        c,
        c_stride: layer.bias.len(),
    });
}

/// One sum over the row for each output.
#[inline(always)]
fn few<S: Simd>(simd: S, layer: &Dense, lines: &[Line], x: &[f32], y: &mut [f32]) {
    let Dense { input, output, .. } = *layer;
    let of_output = lines.len() / output;
    let rows = x.len() / input;
    for (column, lines) in lines.chunks_exact(of_output).enumerate() {
        let bias = layer.bias[column];
        for first in (0..rows).step_by(ROWS) {
            let mut these: [&[f32]; ROWS] = [&x[..input]; ROWS];
            for row in 0..ROWS.min(rows - first) {
                these[row] = &x[(first + row) * input..][..input];
            }
            let sums = simd.sums(products(simd, these, lines));
            for row in 0..ROWS.min(rows - first) {
                y[(first + row) * output + column] = bias + sums[row];
            }
        }
    }
}

/// Rows whose sums are taken together.
const ROWS: usize = 4;

/// The products of rows and weights in whole vectors, added up lane by lane.
#[inline(always)]
fn products<S: Simd>(simd: S, rows: [&[f32]; ROWS], weights: &[Line]) -> [S::Vector; ROWS] {
    let whole = rows[0].len() / LANES;
    let mut blocks: [&[[f32; LANES]]; ROWS] = [&[]; ROWS];
    for row in 0..ROWS {
        blocks[row] = &rows[row].as_chunks::<LANES>().0[..whole];
    }
    let mut sums = [simd.splat(0.0); ROWS];
    for (block, weights) in weights[..whole].iter().enumerate() {
        let weights = simd.load(&weights.0);
        for row in 0..ROWS {
            sums[row] = simd.mul_add(simd.load(&blocks[row][block]), weights, sums[row]);
        }
    }
    if let Some(weights) = weights.get(whole) {
        for row in 0..ROWS {
            let rest = rows[row].as_chunks::<LANES>().1;
            let mut lanes = [0.0; LANES];
            lanes[..rest.len()].copy_from_slice(rest);
            sums[row] = simd.mul_add(simd.load(&lanes), simd.load(&weights.0), sums[row]);
        }
    }
    sums
}

/// Adds `σ(slope · logit + offset)` of every logit to `sums`, within 1e-7 and the rounding of the argument.
///
/// # Panics
/// When there are not as many sums as logits.
pub fn add_sigmoids(logits: &[f32], slope: f32, offset: f32, sums: &mut [f32]) {
    assert_eq!(logits.len(), sums.len(), "one sum for every logit");
    Backend::current().run(Sigmoids {
        logits,
        slope,
        offset,
        sums,
    });
}

/// Adds the probabilities of every row of `classes` logits, `softmax(slope · logits)`, to the sums of that row; there may be more
/// sums than logits.
///
/// # Panics
/// When there are fewer sums than logits.
pub fn add_softmaxes(logits: &[f32], classes: usize, slope: f32, sums: &mut [f32]) {
    let sums = &mut sums[..logits.len()];
    Backend::current().run(Softmaxes {
        logits,
        classes,
        slope,
        sums,
    });
}

struct Softmaxes<'a> {
    logits: &'a [f32],
    classes: usize,
    slope: f32,
    sums: &'a mut [f32],
}

impl Kernel for Softmaxes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            logits,
            classes,
            slope,
            sums,
        } = self;
        // Rows that lie in one vector are computed together.
        let whole = (LANES / classes).max(1) * classes;
        let mut powers = vec![0.0; whole.next_multiple_of(LANES)];
        for (logits, sums) in logits.chunks(whole).zip(sums.chunks_mut(whole)) {
            for (powers, logits) in powers.chunks_mut(classes).zip(logits.chunks(classes)) {
                let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                for (power, logit) in powers.iter_mut().zip(logits) {
                    *power = slope * (logit - largest);
                }
            }
            for line in powers.as_chunks_mut::<LANES>().0 {
                simd.store(exp(simd, simd.load(line)), line);
            }
            for (powers, sums) in powers.chunks(classes).zip(sums.chunks_mut(classes)) {
                let total: f32 = powers[..sums.len()].iter().sum();
                for (sum, power) in sums.iter_mut().zip(powers) {
                    *sum += power / total;
                }
            }
        }
    }
}

struct Sigmoids<'a> {
    logits: &'a [f32],
    slope: f32,
    offset: f32,
    sums: &'a mut [f32],
}

impl Kernel for Sigmoids<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            logits,
            slope,
            offset,
            sums,
        } = self;
        for (logits, sums) in logits.chunks(LANES).zip(sums.chunks_mut(LANES)) {
            let mut lanes = [0.0; LANES];
            lanes[..logits.len()].copy_from_slice(logits);
            let argument = simd.mul_add(simd.load(&lanes), simd.splat(slope), simd.splat(offset));
            simd.store(sigmoid(simd, argument), &mut lanes);
            for (sum, value) in sums.iter_mut().zip(&lanes) {
                *sum += value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    pub(super) fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    proptest! {
        #[test]
        fn rows_are_the_definition(rows in 0usize..20, input in 1usize..70, output in 1usize..40, seed: u64) {
            let (x, weights, bias) = (random(rows * input, seed), random(input * output, seed ^ 1), random(output, seed ^ 2));
            let layer = Dense::new(input, &weights, &bias);
            for backend in Backend::available() {
                let mut y = vec![f32::NAN; rows * output];
                backend.run(Forward { layer: &layer, x: &x, y: &mut y });
                let rectified = layer.clone().rectified();
                let mut positive = vec![f32::NAN; rows * output];
                backend.run(Forward { layer: &rectified, x: &x, y: &mut positive });
                for (at, (&y, &positive)) in y.iter().zip(&positive).enumerate() {
                    let (row, column) = (at / output, at % output);
                    let products = (0..input).map(|k| f64::from(x[row * input + k]) * f64::from(weights[k * output + column]));
                    let expected = f64::from(bias[column]) + products.sum::<f64>();
                    // At most 71 terms below 1, each rounded once or twice.
                    prop_assert!((f64::from(y) - expected).abs() < 2e-5, "{} {}", y, expected);
                    prop_assert_eq!(positive.to_bits(), y.max(0.0).to_bits());
                }
            }
        }

        #[test]
        fn probabilities_are_added(count in 0usize..40, slope in -3.0f32..3.0, offset in -3.0f32..3.0, seed: u64) {
            let (logits, before) = (random(count, seed), random(count, seed ^ 1));
            for backend in Backend::available() {
                let mut sums = before.clone();
                backend.run(Sigmoids { logits: &logits, slope, offset, sums: &mut sums });
                for ((sum, before), logit) in sums.iter().zip(&before).zip(&logits) {
                    let argument = f64::from(slope) * f64::from(*logit) + f64::from(offset);
                    let expected = f64::from(*before) + 1.0 / (1.0 + (-argument).exp());
                    prop_assert!((f64::from(*sum) - expected).abs() < 5e-7, "{} {}", sum, expected);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn softmaxes_are_added(rows in 0usize..9, classes in 1usize..40, slope in 0.1f32..30.0, seed: u64) {
            let (logits, before) = (random(rows * classes, seed), random((rows + 1) * classes, seed ^ 1));
            for backend in Backend::available() {
                let mut sums = before.clone();
                backend.run(Softmaxes { logits: &logits, classes, slope, sums: &mut sums[..rows * classes] });
                for (row, logits) in logits.chunks_exact(classes).enumerate() {
                    let powers: Vec<f64> = logits.iter().map(|&logit| (f64::from(slope) * f64::from(logit)).exp()).collect();
                    for (class, power) in powers.iter().enumerate() {
                        let at = row * classes + class;
                        let expected = f64::from(before[at]) + power / powers.iter().sum::<f64>();
                        // An argument of 60 is rounded by 4e-6, and its exp by as much of itself.
                        prop_assert!((f64::from(sums[at]) - expected).abs() < 1e-5, "{} {}", sums[at], expected);
                    }
                }
            }
        }
    }

    #[test]
    fn a_nan_shows() {
        for output in [1, 20] {
            for layer in [
                Dense::new(3, &vec![1.0; 3 * output], &vec![0.0; output]),
                Dense::new(3, &vec![1.0; 3 * output], &vec![0.0; output]).rectified(),
            ] {
                let mut y = Vec::new();
                layer.run(&[1.0, f32::NAN, 2.0, 1.0, 1.0, 1.0], &mut y);
                assert!(y[..output].iter().all(|y| y.is_nan()));
                assert!(y[output..].iter().all(|&y| y.to_bits() == 3.0f32.to_bits()));
            }
        }
        let mut sums = [0.0];
        add_sigmoids(&[f32::NAN], 1.0, 0.0, &mut sums);
        assert!(sums[0].is_nan());
        let mut sums = [0.0; 5];
        add_softmaxes(&[1.0, f32::NAN, 1.0, 2.0], 2, 1.0, &mut sums);
        assert!(sums[..2].iter().all(|sum| sum.is_nan()) && sums[2..].iter().all(|sum| sum.is_finite()));
    }
}
