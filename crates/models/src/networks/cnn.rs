//! Stacked convolutions with local pooling.

use burn::module::Module;
use burn::tensor::{Device, activation::relu};
use rand_chacha::ChaCha8Rng;

use crate::config::ArchitectureConfig;
use crate::layers::{Conv1d, Conv1dConfig, Features, Head, Input, Mode, MotifConv, WholeSteps, dropout_channels};
use crate::networks::{head, stem};

/// Motif filters, local maxima, then convolutions that see neighbouring motifs in order.
///
/// # Source
/// Zhou & Troyanskaya 2015 (DeepSEA); Kelley et al. 2016 (Basset). Departures: any length, by a read-out
/// over the steps in place of a flattened layer; one pooling; no batch normalisation.
#[derive(Module, Debug)]
pub struct Cnn {
    /// Motif filters and local maxima.
    pub stem: MotifConv,
    /// The convolutions over the maxima.
    pub convs: Vec<Conv1d>,
    /// From features to logits.
    pub head: Head,
    dropout: f64,
    #[module(skip)]
    pub(crate) whole: Option<WholeSteps>,
}

impl Cnn {
    /// Draws the network's weights.
    pub(crate) fn init(config: &ArchitectureConfig, classes: usize, device: &Device, rng: &mut ChaCha8Rng) -> Self {
        let stem = stem(config, device, rng);
        let mut channels = config.filters;
        let convs = (0..config.layers)
            .map(|_| {
                let conv = Conv1dConfig {
                    d_input: channels,
                    d_output: config.channels,
                    kernel: config.inner_kernel,
                    dilation: 1,
                };
                channels = config.channels;
                conv.init(device, rng)
            })
            .collect();
        Self {
            stem,
            convs,
            head: head(config, channels, channels, classes).init(device, rng),
            dropout: config.dropout,
            whole: WholeSteps::of_config(config),
        }
    }

    /// The features after the last convolution.
    pub(crate) fn features(&self, input: &Input, mode: &mut Mode<'_>) -> Features {
        let mut features = self.stem.forward(input); // [batch, steps, filters]
        for conv in &self.convs {
            features.values = dropout_channels(features.values, self.dropout, mode);
            features = conv.forward(&features); // [batch, steps, channels]
            features.values = relu(features.values);
        }
        match self.whole {
            Some(whole) => whole.keep(&features, input.lengths()),
            None => features,
        }
    }
}
