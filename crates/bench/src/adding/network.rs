//! A recurrent layer and a linear answer.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use processive_models::layers::{Features, Reading, Recurrent, RecurrentConfig};
use processive_models::parameter;
use rand::RngExt;

use super::AddingSettings;
use super::examples::{Purpose, stream};

/// A recurrent layer over pairs, and a linear map of its last state to the answer.
#[derive(Module, Debug)]
pub(super) struct AddingNet {
    recurrent: Recurrent,
    output: Linear,
}

impl AddingNet {
    /// Draws the weights.
    pub(super) fn new(settings: &AddingSettings, device: &Device) -> Self {
        let mut rng = stream(settings.seed, Purpose::Weights);
        let hidden = settings.hidden;
        let recurrent = RecurrentConfig {
            cell: settings.cell,
            d_input: 2,
            d_hidden: hidden,
            reading: Reading::Forward,
            init: settings.init,
            max_lag: settings.max_lag,
        };
        let recurrent = recurrent.init(device, &mut rng);
        let bound = 1.0 / (hidden as f32).sqrt();
        let weight = (0..hidden).map(|_| rng.random_range(-bound..bound)).collect();
        Self {
            recurrent,
            output: Linear {
                weight: parameter(weight, [hidden, 1], device),
                bias: Some(parameter(vec![0.0], [1], device)),
            },
        }
    }

    /// Answers, `[examples, 1]`, from pairs, `[examples, length, 2]`.
    pub(super) fn forward(&self, pairs: &Features) -> Tensor<2> {
        let states = self.recurrent.forward(pairs).values; // [examples, length, hidden]
        let [examples, length, hidden] = states.dims();
        let last = states
            .slice([0..examples, length - 1..length, 0..hidden])
            .squeeze_dim(1); // [examples, hidden]
        self.output.forward(last)
    }
}
