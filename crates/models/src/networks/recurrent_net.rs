//! Recurrent networks, over letters or over a convolutional stem.

use burn::module::Module;
use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

use crate::config::{Architecture, ArchitectureConfig, SHORTEST_LAG};
use crate::layers::{
    Cell, Features, Head, Input, Mode, MotifConv, Reading, Recurrent, RecurrentConfig, dropout_channels,
};
use crate::networks::{head, stem};

/// A recurrent network: order and spacing, and with a second direction both sides of every step.
///
/// # Source
/// Quang & Xie 2016 (DanQ: convolution, pooling, BiLSTM). Departures: any length, by a read-out over the
/// steps in place of a flattened layer.
#[derive(Module, Debug)]
pub struct RecurrentNet {
    /// Motif filters and local maxima, for the architectures called `cnn-…`.
    pub stem: Option<MotifConv>,
    /// The recurrent layers.
    pub layers: Vec<Recurrent>,
    /// From features to logits.
    pub head: Head,
    dropout: f64,
}

impl RecurrentNet {
    /// Draws the network's weights.
    pub(crate) fn init(config: &ArchitectureConfig, classes: usize, device: &Device, rng: &mut ChaCha8Rng) -> Self {
        let (cell, reading, has_stem) = match config.arch {
            Architecture::Recurrent { cell, reading, stem } => (cell, reading, stem),
            _ => (Cell::Lstm, Reading::Both, true),
        };
        let stem = has_stem.then(|| stem(config, device, rng));
        // `Network::init` has refused settings that lack it where it counts.
        let max_lag = config.max_lag.unwrap_or(SHORTEST_LAG);
        let mut channels = if has_stem {
            config.filters
        } else {
            config.alphabet.size()
        };
        let layers = (0..config.layers)
            .map(|_| {
                let layer = RecurrentConfig {
                    cell,
                    d_input: channels,
                    d_hidden: config.hidden,
                    reading,
                    init: config.init,
                    max_lag,
                };
                let layer = layer.init(device, rng);
                channels = layer.d_output();
                layer
            })
            .collect();
        Self {
            stem,
            layers,
            head: head(config, channels, reading.forward_channels(config.hidden), classes).init(device, rng),
            dropout: config.dropout,
        }
    }

    /// The states of the last layer.
    pub(crate) fn features(&self, input: &Input, mode: &mut Mode<'_>) -> Features {
        let (first, inner) = self.layers.split_first().expect("a recurrent network has a layer");
        let mut features = match &self.stem {
            None => first.forward_letters(input), // [batch, length, directions · hidden]
            Some(stem) => {
                let mut motifs = stem.forward(input); // [batch, steps, filters]
                motifs.values = dropout_channels(motifs.values, self.dropout, mode);
                first.forward(&motifs) // [batch, steps, directions · hidden]
            }
        };
        for layer in inner {
            features.values = dropout_channels(features.values, self.dropout, mode);
            features = layer.forward(&features); // [batch, steps, directions · hidden]
        }
        features
    }
}
