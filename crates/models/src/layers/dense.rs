//! The head: from features per sequence to logits.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation::relu};
use rand_chacha::ChaCha8Rng;

use crate::init::{constant, glorot_bound, he_bound, parameter, uniform};
use crate::layers::{Features, Mode, Readout, ReadoutLayer, dropout_channels};

/// Configuration of a [`Head`].
#[derive(Clone, Copy, Debug)]
pub struct HeadConfig {
    /// How steps become one vector.
    pub readout: Readout,
    /// Features per step.
    pub channels: usize,
    /// The features, of `channels`, that a forward direction made (all of them for a convolution).
    pub forward_channels: usize,
    /// How far a profile read-out reaches to each side, in steps.
    pub reach: usize,
    /// The width of the hidden layer; 0 for none.
    pub dense: usize,
    /// Logits.
    pub classes: usize,
    /// The share of features dropped in training.
    pub dropout: f64,
}

/// Read-out, dropout, an optional rectified hidden layer, and a linear map to logits.
#[derive(Module, Debug)]
pub struct Head {
    /// From steps to one vector.
    pub readout: ReadoutLayer,
    /// The hidden layer.
    pub dense: Option<Linear>,
    /// The map to logits.
    pub output: Linear,
    dropout: f64,
}

impl HeadConfig {
    /// Draws the head's weights.
    pub fn init(&self, device: &Device, rng: &mut ChaCha8Rng) -> Head {
        let width = ReadoutLayer::d_output(self.readout, self.channels);
        let dense = (self.dense > 0).then(|| linear(width, self.dense, he_bound(width), device, rng));
        let last = if self.dense > 0 { self.dense } else { width };
        Head {
            readout: ReadoutLayer::new(self.readout, self.channels, self.forward_channels, self.reach, device),
            dense,
            output: linear(last, self.classes, 0.1 * glorot_bound(last, self.classes), device, rng),
            dropout: self.dropout,
        }
    }
}

fn linear(d_input: usize, d_output: usize, bound: f64, device: &Device, rng: &mut ChaCha8Rng) -> Linear {
    Linear {
        weight: parameter(uniform(d_input * d_output, bound, rng), [d_input, d_output], device),
        bias: Some(constant(0.0, [d_output], device)),
    }
}

impl Head {
    /// Computes logits.
    ///
    /// # Shapes
    /// - input: `[batch, steps, channels]`; output: `[batch, classes]`, or with [`Readout::Each`]
    ///   `[batch · steps, classes]`
    pub fn forward(&self, input: &Features, mode: &mut Mode<'_>) -> Tensor<2> {
        let rows = self.readout.forward(input);
        let shape = match self.readout.kind() {
            Readout::Each => [input.values.dims()[0], input.values.dims()[1]],
            _ => [rows.dims()[0], 1],
        };
        self.of_rows(rows, shape, mode)
    }

    /// Computes logits of features that are read out already.
    ///
    /// # Shapes
    /// - `rows`: `[batch · steps, d_output]` with `shape` `[batch, steps]`; output: `[batch · steps, classes]`
    pub(crate) fn of_rows(&self, rows: Tensor<2>, shape: [usize; 2], mode: &mut Mode<'_>) -> Tensor<2> {
        let [batch, steps] = shape;
        let mut drop = |values: Tensor<2>| {
            let [rows, channels] = values.dims();
            dropout_channels(values.reshape([batch, steps, channels]), self.dropout, mode).reshape([rows, channels])
        };
        let mut vector = drop(rows);
        if let Some(dense) = &self.dense {
            vector = drop(relu(dense.forward(vector)));
        }
        self.output.forward(vector)
    }
}
