//! The first convolution: motif filters over letters.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation::relu};
use processive_core::Alphabet;
use processive_kernels::code_conv::CodeConvShape;
use processive_kernels::conv1d::ConvShape;
use rand_chacha::ChaCha8Rng;

use crate::init::{constant, he_bound, parameter, uniform};
use crate::layers::{Features, Input};
use crate::ops::{Conv1dSpec, MotifConvSpec, conv1d, motif_conv};

/// How far filters reach past the ends of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// One position per letter.
    Same,
    /// Every overlap of filter and sequence, down to a single letter: `length + kernel - 1` positions.
    Full,
    /// No further than the ends: `length - kernel + 1` positions. A sequence shorter than the filters has nothing but
    /// zeros.
    Whole,
}

/// What is kept of the positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The maximum of every run of this many positions.
    Local(usize),
    /// The maximum over the whole sequence.
    Global,
}

/// Configuration of a [`MotifConv`].
#[derive(Clone, Copy, Debug)]
pub struct MotifConvConfig {
    /// The letters.
    pub alphabet: Alphabet,
    /// The number of motif filters.
    pub filters: usize,
    /// The width of a filter in letters.
    pub kernel: usize,
    /// How far filters reach past the ends.
    pub padding: Padding,
    /// What is kept of the positions.
    pub pool: Pool,
}

/// Convolution of letters with motif filters, ReLU, and max pooling.
///
/// `y[p, f] = max over the pool of relu(b[f] + Σ_j W[j, code[p + j - left], f])`; unknown letters and the
/// outside of a sequence contribute nothing.
///
/// # Source
/// Alipanahi et al. 2015 (DeepBind).
#[derive(Module, Debug)]
pub struct MotifConv {
    /// `[kernel, letters, filters]`
    pub weight: Param<Tensor<3>>,
    /// `[filters]`
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    padding: Padding,
    #[module(skip)]
    pool: Pool,
}

impl MotifConvConfig {
    /// Draws the layer's weights.
    ///
    /// The scale is He's for `4 · kernel` inputs of a filter, of which a quarter are 1 (for whatever alphabet: one
    /// letter is 1 at every position): outputs start with a standard deviation near 0.7, small enough for the maxima
    /// above them not to saturate what follows.
    pub fn init(&self, device: &Device, rng: &mut ChaCha8Rng) -> MotifConv {
        let shape = [self.kernel, self.alphabet.size(), self.filters];
        let weights = uniform(shape.iter().product(), he_bound(4 * self.kernel), rng);
        MotifConv {
            weight: parameter(weights, shape, device),
            bias: constant(0.0, [self.filters], device),
            padding: self.padding,
            pool: self.pool,
        }
    }
}

impl MotifConv {
    /// Applies the layer.
    ///
    /// # Shapes
    /// - output: `[batch, pooled, filters]`
    pub fn forward(&self, input: &Input) -> Features {
        let width = match input {
            Input::Codes(batch) => batch.width(),
            Input::OneHot(columns) => columns.values.dims()[1],
        };
        if self.shape(1, width).positions(width) == 0 {
            return self.nothing(input.lengths().len());
        }
        match input {
            Input::Codes(batch) if batch.alphabet() != Alphabet::Dna => {
                self.forward_one_hot(&Input::one_hot(batch, &self.weight.device()))
            }
            Input::Codes(batch) => {
                let shape = self.shape(batch.len(), batch.width());
                let lengths = steps_of(shape, batch.lengths());
                let batch = batch.clone();
                Features {
                    values: motif_conv(self.weight.val(), self.bias.val(), MotifConvSpec { shape, batch }),
                    lengths,
                }
            }
            Input::OneHot(columns) => self.forward_one_hot(columns),
        }
    }

    /// Whether filters stay inside a sequence and only their maximum over it counts.
    pub(crate) fn is_bag(&self) -> bool {
        self.padding == Padding::Whole && self.pool == Pool::Global
    }

    /// Bases per step of its features; nothing when one step covers a whole sequence.
    pub(crate) fn stride(&self) -> Option<usize> {
        match self.pool {
            Pool::Local(size) => Some(size),
            Pool::Global => None,
        }
    }

    /// The number of filters.
    fn filters(&self) -> usize {
        self.weight.dims()[2]
    }

    /// The same layer written with a general convolution, through which gradients reach the columns.
    fn forward_one_hot(&self, columns: &Features) -> Features {
        let [batch, width, _] = columns.values.dims();
        let shape = self.shape(batch, width);
        let positions = match self.padding {
            Padding::Same => self.correlate(columns, shape, shape.pad_left),
            Padding::Full | Padding::Whole => self.overlaps(columns, shape),
        };
        Features {
            values: max_pool(relu(positions.values), shape.pool),
            lengths: steps_of(shape, &columns.lengths),
        }
    }

    /// The features of sequences in which no filter has a place.
    fn nothing(&self, batch: usize) -> Features {
        let filters = self.filters();
        Features {
            values: Tensor::zeros([batch, 1, filters], &self.weight.device()),
            lengths: vec![1; batch].into(),
        }
    }

    /// Scores every step of features; zero past a sequence's length.
    fn correlate(&self, input: &Features, shape: CodeConvShape, pad_left: usize) -> Features {
        let [batch, steps, letters] = input.values.dims();
        let spec = Conv1dSpec {
            shape: ConvShape {
                batch,
                steps,
                input: letters,
                output: shape.filters,
                kernel: shape.kernel,
                dilation: 1,
                pad_left,
            },
            lengths: input.lengths.clone(),
        };
        Features {
            values: conv1d(input.values.clone(), self.weight.val(), self.bias.val(), spec),
            lengths: input.lengths.clone(),
        }
    }

    /// Scores every overlap of filter and sequence; zero past the last overlap.
    fn overlaps(&self, columns: &Features, shape: CodeConvShape) -> Features {
        let [batch, width, letters] = columns.values.dims();
        let device = columns.values.device();
        let zeros = |steps| Tensor::<3>::zeros([batch, steps, letters], &device);
        // Padding becomes part of the sequence: position p then reads p .. p + kernel.
        let parts = vec![zeros(shape.pad_left), columns.values.clone(), zeros(shape.pad_right)];
        let around = shape.pad_left + shape.pad_right;
        let extended = Features {
            values: Tensor::cat(parts, 1),
            lengths: columns.lengths.iter().map(|&length| length + around).collect(),
        };
        let all = self.correlate(&extended, shape, 0).values;
        let inside = Features {
            values: all.slice([0..batch, 0..shape.positions(width)]),
            lengths: columns.lengths.iter().map(|&length| shape.positions(length)).collect(),
        };
        Features {
            values: inside.values.clone() * inside.mask(),
            lengths: inside.lengths,
        }
    }

    fn shape(&self, batch: usize, width: usize) -> CodeConvShape {
        let [kernel, _, filters] = self.weight.dims();
        let (pad_left, pad_right) = match self.padding {
            Padding::Same => ((kernel - 1) / 2, kernel / 2),
            Padding::Full => (kernel - 1, kernel - 1),
            Padding::Whole => (0, 0),
        };
        let mut shape = CodeConvShape {
            batch,
            width,
            kernel,
            filters,
            pad_left,
            pad_right,
            pool: 1,
        };
        shape.pool = match self.pool {
            Pool::Local(size) => size,
            Pool::Global => shape.positions(width).max(1),
        };
        shape
    }
}

/// The number of steps of sequences, one at least: one in which no filter has a place has zeros.
fn steps_of(shape: CodeConvShape, lengths: &[usize]) -> Arc<[usize]> {
    lengths.iter().map(|&length| shape.pooled(length).max(1)).collect()
}

/// Takes the maximum of every run of `size` steps of non-negative features; the last run may be short.
///
/// # Shapes
/// - `values`: `[batch, steps, channels]`; output: `[batch, ceil(steps / size), channels]`
pub(crate) fn max_pool(values: Tensor<3>, size: usize) -> Tensor<3> {
    let [batch, steps, channels] = values.dims();
    let runs = steps.div_ceil(size);
    let missing = runs * size - steps;
    let values = if missing == 0 {
        values
    } else {
        let zeros = Tensor::zeros([batch, missing, channels], &values.device());
        Tensor::cat(vec![values, zeros], 1)
    };
    values.reshape([batch, runs, size, channels]).max_dim(2).squeeze_dim(2)
}
