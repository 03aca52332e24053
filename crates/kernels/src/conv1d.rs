//! Convolution along channels-last sequences.
//!
//! A stretch of a sequence is copied between zeros; then the inputs of one output position are a row of a matrix whose
//! rows overlap, and the convolution is a product with the weights. With a dilation it is one product for each tap. Wide
//! layers without dilation take fewer multiplications (`minimal`), and values that are mostly zeros are listed (`sparse`; `bytes` with a byte each).
//! The gradient of the input is the convolution of the output's gradient with the turned weights; that of the weights
//! is the product of the same overlapping rows, transposed, with the output's gradient.

use rayon::prelude::*;

use crate::panels::padded;
use crate::simd::Backend;
use crate::zeros::zeros;
use correlate::{Correlate, WeightSums};
use stretch::{Buffers, Filters, Stretch, Taps};

pub use bytes::{ByteConvolution, ByteScratch};
pub use packed::{Convolution, Scratch};
pub use stretch::After;

mod bytes;
mod correlate;
mod minimal;
#[cfg(test)]
mod oracle;
mod packed;
mod sparse;
mod stretch;
#[cfg(test)]
mod tests;

/// The sizes of a convolution whose output is as long as its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// The number of sequences.
    pub batch: usize,
    /// The padded length of every sequence.
    pub steps: usize,
    /// The number of input channels.
    pub input: usize,
    /// The number of output channels.
    pub output: usize,
    /// The number of taps.
    pub kernel: usize,
    /// The distance between taps, from 1.
    pub dilation: usize,
    /// Where the taps begin: position `t` reads `t - pad_left + j · dilation`.
    pub pad_left: usize,
}

impl ConvShape {
    /// Asserts that weights and bias are those of a convolution of these sizes, whatever it reads.
    fn assert_layer(&self, weights: &[f32], bias: &[f32]) {
        let empty = Self {
            batch: 0,
            steps: 0,
            ..*self
        };
        empty.assert(&[], &[], weights);
        assert_eq!(bias.len(), self.output, "the bias is [output]");
    }

    fn assert(&self, lengths: &[usize], x: &[f32], weights: &[f32]) {
        let Self {
            batch,
            steps,
            input,
            output,
            kernel,
            dilation,
            ..
        } = *self;
        assert!(
            input > 0 && output > 0 && kernel > 0 && dilation > 0,
            "a convolution has channels, taps and a dilation"
        );
        assert_eq!(lengths.len(), batch, "one length for every sequence");
        assert!(
            lengths.iter().all(|&length| length <= steps),
            "no sequence is longer than the padded length"
        );
        assert_eq!(x.len(), batch * steps * input, "x is [batch, steps, input]");
        assert_eq!(
            weights.len(),
            kernel * input * output,
            "the weights are [kernel, input, output]"
        );
    }
}

/// Convolves sequences: `y_t = bias + Σ_j x_(t - pad_left + j · dilation) W_j`.
///
/// # Shapes
/// - `x`: `[batch, steps, input]`; what lies past a sequence's length counts as 0
/// - `weights`: `[kernel, input, output]`; `bias`: `[output]`
/// - result: `[batch, steps, output]`; zero past a sequence's length
///
/// # Panics
/// If a slice does not have the length that `shape` says, or a sequence is longer than `steps`.
pub fn forward(shape: ConvShape, lengths: &[usize], x: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f32> {
    forward_on(Backend::current(), shape, lengths, x, weights, bias)
}

fn forward_on(
    backend: Backend,
    shape: ConvShape,
    lengths: &[usize],
    x: &[f32],
    weights: &[f32],
    bias: &[f32],
) -> Vec<f32> {
    shape.assert(lengths, x, weights);
    assert_eq!(bias.len(), shape.output, "the bias is [output]");
    let ConvShape { input, output, .. } = shape;
    let taps = Taps::new(&shape, -shape.pad_left.cast_signed());
    let at = |row: usize, column: usize| weights[row * output + column];
    let filters = Filters::new(taps, input, output, at);
    convolve(backend, taps, shape.steps, lengths, x, input, &filters, bias)
}

/// Convolves every sequence with packed weights.
#[allow(clippy::too_many_arguments, reason = "one private step of two public functions")]
fn convolve(
    backend: Backend,
    taps: Taps,
    steps: usize,
    lengths: &[usize],
    x: &[f32],
    input: usize,
    filters: &Filters,
    bias: &[f32],
) -> Vec<f32> {
    let output = bias.len();
    let mut out = zeros(lengths.len() * steps * output);
    if out.is_empty() {
        return out;
    }
    out.par_chunks_mut(steps * output)
        .zip(lengths)
        .enumerate()
        .for_each(|(b, (out, &length))| {
            let x = &x[b * steps * input..][..length * input];
            out[..length * output]
                .par_chunks_mut(stretch::LENGTH * output)
                .enumerate()
                .for_each_init(Buffers::default, |buffers, (i, out)| {
                    let first = i * stretch::LENGTH;
                    backend.run(Stretch {
                        taps,
                        x,
                        input,
                        first,
                        filters,
                        bias,
                        out,
                        after: After::Nothing,
                        buffers,
                    });
                });
        });
    out
}

/// The most partial sums of the weights' gradients; they do not depend on the number of threads.
const MOST_SUMS: usize = 16;

/// The gradients of a convolution, in the shapes of what they belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// Of the input; zero past a sequence's length, and empty unless it was asked for.
    pub x: Vec<f32>,
    /// Of the weights.
    pub weights: Vec<f32>,
    /// Of the bias.
    pub bias: Vec<f32>,
}

/// Returns the gradients of a loss whose gradient with respect to the output is `d_output`.
///
/// `d_output` past a sequence's length is not read. `wants_x` asks for the gradient of the input.
///
/// # Panics
/// As [`forward`].
pub fn backward(
    shape: ConvShape,
    lengths: &[usize],
    x: &[f32],
    weights: &[f32],
    d_output: &[f32],
    wants_x: bool,
) -> Gradients {
    backward_on(Backend::training(), shape, lengths, x, weights, d_output, wants_x)
}

fn backward_on(
    backend: Backend,
    shape: ConvShape,
    lengths: &[usize],
    x: &[f32],
    weights: &[f32],
    d_output: &[f32],
    wants_x: bool,
) -> Gradients {
    shape.assert(lengths, x, weights);
    let ConvShape {
        batch, steps, output, ..
    } = shape;
    assert_eq!(
        d_output.len(),
        batch * steps * output,
        "the output's gradient is [batch, steps, output]"
    );
    let (d_weights, d_bias) = weight_gradient(backend, shape, lengths, x, d_output);
    let d_x = wants_x.then(|| input_gradient(backend, shape, lengths, weights, d_output));
    Gradients {
        x: d_x.unwrap_or_default(),
        weights: d_weights,
        bias: d_bias,
    }
}

/// The convolution of the output's gradient with the weights, taps in reverse order and channels exchanged.
fn input_gradient(
    backend: Backend,
    shape: ConvShape,
    lengths: &[usize],
    weights: &[f32],
    d_output: &[f32],
) -> Vec<f32> {
    let ConvShape {
        steps,
        input,
        output,
        kernel,
        dilation,
        pad_left,
        ..
    } = shape;
    let taps = Taps::new(&shape, pad_left.cast_signed() - ((kernel - 1) * dilation).cast_signed());
    let at = |row: usize, column: usize| {
        let (tap, channel) = (kernel - 1 - row / output, row % output);
        weights[(tap * input + column) * output + channel]
    };
    let filters = Filters::new(taps, output, input, at);
    convolve(
        backend,
        taps,
        steps,
        lengths,
        d_output,
        output,
        &filters,
        &vec![0.0; input],
    )
}

fn weight_gradient(
    backend: Backend,
    shape: ConvShape,
    lengths: &[usize],
    x: &[f32],
    d_output: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let ConvShape {
        steps,
        input,
        output,
        pad_left,
        ..
    } = shape;
    let taps = Taps::new(&shape, -pad_left.cast_signed());
    let starts = |(b, &length): (usize, &usize)| (0..length).step_by(stretch::LENGTH).map(move |first| (b, first));
    let stretches: Vec<(usize, usize)> = lengths.iter().enumerate().flat_map(starts).collect();
    let add_up = |stretches: &[(usize, usize)]| {
        let mut sums = WeightSums::zero(&shape);
        for &(b, first) in stretches {
            let x = &x[b * steps * input..][..lengths[b] * input];
            let d_output = &d_output[b * steps * output..][..lengths[b] * output];
            backend.run(Correlate {
                taps,
                x,
                input,
                first,
                d_output,
                output,
                sums: &mut sums,
            });
        }
        sums
    };
    let size = stretches.len().div_ceil(MOST_SUMS).max(1);
    let parts: Vec<WeightSums> = stretches.par_chunks(size).map(add_up).collect();
    let mut total = WeightSums::zero(&shape);
    for part in &parts {
        total.add(part);
    }
    let rows = total.weights.chunks_exact(padded(output));
    let d_weights = rows.flat_map(|row| &row[..output]).copied().collect();
    total.bias.truncate(output);
    (d_weights, total.bias)
}
