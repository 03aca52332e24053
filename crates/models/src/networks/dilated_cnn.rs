//! Residual convolutions of doubling dilation.

use burn::module::Module;
use burn::tensor::{Device, activation::relu};
use rand_chacha::ChaCha8Rng;

use crate::config::ArchitectureConfig;
use crate::layers::{Conv1d, Conv1dConfig, Features, Head, Input, Mode, MotifConv, WholeSteps, dropout_channels};
use crate::networks::{head, stem};

/// Motif filters, then residual blocks whose reach doubles: a convolutional network that sees far.
///
/// # Source
/// Avsec et al. 2021 (BPNet). Departures: 1. local maxima after the motif filters; 2. a read-out and a
/// head in place of a profile; 3. dropout of whole channels before every block.
#[derive(Module, Debug)]
pub struct DilatedCnn {
    /// Motif filters and local maxima.
    pub stem: MotifConv,
    /// The residual blocks: block `i` has dilation `2^i`.
    pub blocks: Vec<Conv1d>,
    /// From features to logits.
    pub head: Head,
    dropout: f64,
    #[module(skip)]
    pub(crate) whole: Option<WholeSteps>,
}

impl DilatedCnn {
    /// Draws the network's weights.
    pub(crate) fn init(config: &ArchitectureConfig, classes: usize, device: &Device, rng: &mut ChaCha8Rng) -> Self {
        let stem = stem(config, device, rng);
        let blocks = (0..config.layers)
            .map(|block| {
                let conv = Conv1dConfig {
                    d_input: config.filters,
                    d_output: config.filters,
                    kernel: config.inner_kernel,
                    dilation: 1 << block,
                };
                conv.init(device, rng)
            })
            .collect();
        Self {
            stem,
            blocks,
            head: head(config, config.filters, config.filters, classes).init(device, rng),
            dropout: config.dropout,
            whole: WholeSteps::of_config(config),
        }
    }

    /// The features after the last block.
    pub(crate) fn features(&self, input: &Input, mode: &mut Mode<'_>) -> Features {
        let mut features = self.stem.forward(input); // [batch, steps, filters]
        for block in &self.blocks {
            let mut inner = features.clone();
            inner.values = dropout_channels(inner.values, self.dropout, mode);
            features.values = features.values + relu(block.forward(&inner).values);
        }
        match self.whole {
            Some(whole) => whole.keep(&features, input.lengths()),
            None => features,
        }
    }
}
