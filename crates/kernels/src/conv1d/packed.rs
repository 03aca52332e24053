//! A convolution whose weights are packed once for many sequences.

use super::ConvShape;
use super::sparse::Sparse;
use super::stretch::{After, Buffers, Filters, LENGTH, Stretch, Taps};
use crate::simd::Backend;

/// A convolution with packed weights, what [`forward`](super::forward) packs anew in every call; it runs on the calling
/// thread.
#[derive(Clone, Debug)]
pub struct Convolution {
    taps: Taps,
    input: usize,
    filters: Filters,
    bias: Vec<f32>,
    after: After,
}

/// Memory that convolutions use one after the other.
#[derive(Clone, Debug, Default)]
pub struct Scratch(Buffers);

impl Convolution {
    /// Packs the weights of a convolution of sequences; `shape.batch` and `shape.steps` do not matter.
    ///
    /// # Shapes
    /// - `weights`: `[kernel, input, output]`; `bias`: `[output]`
    ///
    /// # Panics
    /// When a size is 0, a slice has another length, or the input is to be added and has not as many channels as the output.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], after: After) -> Self {
        Self::packed(shape, weights, bias, after, |taps, input, output, at| {
            Filters::new(taps, input, output, at)
        })
    }

    /// The same convolution for sequences without negative values, of which most are zeros: the work is that of the others.
    /// Sums are in the order of taps and channels, so that no bit of an output depends on where it stands.
    ///
    /// # Shapes
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn sparse(shape: ConvShape, weights: &[f32], bias: &[f32], after: After) -> Self {
        Self::packed(shape, weights, bias, after, |taps, input, output, at| {
            Filters::Sparse(Sparse::new(taps, input, output, at))
        })
    }

    fn packed(
        shape: ConvShape,
        weights: &[f32],
        bias: &[f32],
        after: After,
        pack: impl Fn(Taps, usize, usize, &dyn Fn(usize, usize) -> f32) -> Filters,
    ) -> Self {
        let ConvShape { input, output, .. } = shape;
        shape.assert_layer(weights, bias);
        assert!(
            after != After::AddRectified || input == output,
            "what is added has as many channels"
        );
        let taps = Taps::new(&shape, -shape.pad_left.cast_signed());
        let at = |row: usize, column: usize| weights[row * output + column];
        Self {
            taps,
            input,
            filters: pack(taps, input, output, &at),
            bias: bias.to_vec(),
            after,
        }
    }

    /// The number of output channels.
    pub fn output(&self) -> usize {
        self.bias.len()
    }

    /// Convolves one sequence, `[steps, input]`, into `out`, `[steps, output]`.
    ///
    /// # Panics
    /// When the sequence has not whole steps.
    pub fn run(&self, x: &[f32], out: &mut Vec<f32>, scratch: &mut Scratch) {
        self.run_on(Backend::current(), x, out, scratch);
    }

    pub(super) fn run_on(&self, backend: Backend, x: &[f32], out: &mut Vec<f32>, scratch: &mut Scratch) {
        out.resize(x.len() / self.input * self.output(), 0.0);
        self.run_into_on(backend, x, out, scratch);
    }

    /// The same into the memory of the outputs.
    ///
    /// # Panics
    /// When the sequence has not whole steps, or `out` has another length.
    pub fn run_into(&self, x: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        self.run_into_on(Backend::current(), x, out, scratch);
    }

    fn run_into_on(&self, backend: Backend, x: &[f32], out: &mut [f32], scratch: &mut Scratch) {
        assert!(x.len().is_multiple_of(self.input), "x is [steps, input]");
        assert_eq!(
            out.len(),
            x.len() / self.input * self.output(),
            "out is [steps, output]"
        );
        for (stretch, out) in out.chunks_mut(LENGTH * self.output()).enumerate() {
            backend.run(Stretch {
                taps: self.taps,
                x,
                input: self.input,
                first: stretch * LENGTH,
                filters: &self.filters,
                bias: &self.bias,
                out,
                after: self.after,
                buffers: &mut scratch.0,
            });
        }
    }
}
