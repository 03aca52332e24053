//! Motif filters and their global maximum.

use burn::module::Module;
use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

use crate::config::ArchitectureConfig;
use crate::layers::{Edges, Features, Head, Input, Mode, MotifConv, MotifConvConfig, Padding, Pool};
use crate::networks::head;

/// A bag of motifs: which motifs occur, whatever their order and spacing.
///
/// Filters slide over every overlap with the sequence, down to one letter, so that swapping two blocks
/// that unknown letters separate changes nothing at all; with [`Edges::Whole`] only whole filters count.
///
/// # Source
/// Alipanahi et al. 2015 (DeepBind). Departures: AdamW, dropout on the pooled filters, no thresholds but
/// the bias.
#[derive(Module, Debug)]
pub struct BagCnn {
    /// Motif filters and their maximum.
    pub stem: MotifConv,
    /// From the maxima to logits.
    pub head: Head,
}

impl BagCnn {
    /// Draws the network's weights.
    pub(crate) fn init(config: &ArchitectureConfig, classes: usize, device: &Device, rng: &mut ChaCha8Rng) -> Self {
        let stem = MotifConvConfig {
            alphabet: config.alphabet,
            filters: config.filters,
            kernel: config.kernel,
            padding: match config.edges {
                Edges::Padded => Padding::Full,
                Edges::Whole => Padding::Whole,
            },
            pool: Pool::Global,
        };
        Self {
            stem: stem.init(device, rng),
            head: head(config, config.filters, config.filters, classes).init(device, rng),
        }
    }

    /// One step: the maximum of every filter. Dropout waits for the head.
    pub(crate) fn features(&self, input: &Input, _: &mut Mode<'_>) -> Features {
        self.stem.forward(input) // [batch, 1, filters]
    }
}
