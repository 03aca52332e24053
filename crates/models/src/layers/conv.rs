//! Convolution of features.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use processive_kernels::conv1d::ConvShape;
use rand_chacha::ChaCha8Rng;

use crate::init::{constant, he_bound, parameter, uniform};
use crate::layers::Features;
use crate::ops::{Conv1dSpec, conv1d};

/// Configuration of a [`Conv1d`].
#[derive(Clone, Copy, Debug)]
pub struct Conv1dConfig {
    /// Channels in.
    pub d_input: usize,
    /// Channels out.
    pub d_output: usize,
    /// The width in steps; odd widths are symmetric.
    pub kernel: usize,
    /// The distance between the steps that a filter reads.
    pub dilation: usize,
}

/// Channels-last convolution that keeps the length: `y[t] = b + Σ_j x[t + (j - left) · dilation] W[j]`.
#[derive(Module, Debug)]
pub struct Conv1d {
    /// `[kernel, d_input, d_output]`
    pub weight: Param<Tensor<3>>,
    /// `[d_output]`
    pub bias: Param<Tensor<1>>,
    dilation: usize,
}

impl Conv1dConfig {
    /// Draws the layer's weights.
    pub fn init(&self, device: &Device, rng: &mut ChaCha8Rng) -> Conv1d {
        let shape = [self.kernel, self.d_input, self.d_output];
        let weights = uniform(shape.iter().product(), he_bound(self.kernel * self.d_input), rng);
        Conv1d {
            weight: parameter(weights, shape, device),
            bias: constant(0.0, [self.d_output], device),
            dilation: self.dilation,
        }
    }
}

impl Conv1d {
    /// The distance between the steps that a filter reads.
    pub fn dilation(&self) -> usize {
        self.dilation
    }

    /// Applies the layer; steps past a sequence's length are zero.
    ///
    /// # Shapes
    /// - input: `[batch, steps, d_input]`; output: `[batch, steps, d_output]`
    pub fn forward(&self, input: &Features) -> Features {
        let [batch, steps, _] = input.values.dims();
        let [kernel, d_input, d_output] = self.weight.dims();
        let shape = ConvShape {
            batch,
            steps,
            input: d_input,
            output: d_output,
            kernel,
            dilation: self.dilation,
            pad_left: (kernel - 1) / 2 * self.dilation,
        };
        let spec = Conv1dSpec {
            shape,
            lengths: input.lengths.clone(),
        };
        Features {
            values: conv1d(input.values.clone(), self.weight.val(), self.bias.val(), spec),
            lengths: input.lengths.clone(),
        }
    }
}
