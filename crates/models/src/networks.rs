//! The networks, one file each; a body reads like the figure of its paper.

mod bag_cnn;
mod cnn;
mod dilated_cnn;
mod recurrent_net;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use bag_cnn::BagCnn;
pub use cnn::Cnn;
pub use dilated_cnn::DilatedCnn;
pub use recurrent_net::RecurrentNet;

use crate::config::{Architecture, ArchitectureConfig};
use crate::error::ModelError;
use crate::layers::{Features, Head, HeadConfig, Input, Mode, MotifConv, MotifConvConfig, Padding, Pool};

/// A network of any architecture.
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "there are a handful of networks in a program, never an array of them"
)]
pub enum Network {
    /// `bag-cnn`
    BagCnn(BagCnn),
    /// `cnn`
    Cnn(Cnn),
    /// `dilated-cnn`
    DilatedCnn(DilatedCnn),
    /// `elman`, `gru`, `lstm`, from the other end or from both, and all of these over a convolutional stem
    Recurrent(RecurrentNet),
}

impl Network {
    /// Makes a network with weights drawn from `seed`.
    ///
    /// # Errors
    /// [`ModelError::Setting`] when the settings do not make a network.
    pub fn init(config: &ArchitectureConfig, classes: usize, seed: u64, device: &Device) -> Result<Self, ModelError> {
        config.validate()?;
        config.require_max_lag()?;
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        Ok(match config.arch {
            Architecture::BagCnn => Self::BagCnn(BagCnn::init(config, classes, device, rng)),
            Architecture::Cnn => Self::Cnn(Cnn::init(config, classes, device, rng)),
            Architecture::DilatedCnn => Self::DilatedCnn(DilatedCnn::init(config, classes, device, rng)),
            Architecture::Recurrent { .. } => Self::Recurrent(RecurrentNet::init(config, classes, device, rng)),
        })
    }

    /// Computes the features of every step, before the read-out joins them.
    ///
    /// # Shapes
    /// - output: `[batch, steps, channels]`, one step per [`stride`](ArchitectureConfig::stride) bases, of which a network
    ///   with whole [edges](ArchitectureConfig::edges) has the whole ones only
    pub fn features(&self, input: &Input, mode: &mut Mode<'_>) -> Features {
        match self {
            Self::BagCnn(network) => network.features(input, mode),
            Self::Cnn(network) => network.features(input, mode),
            Self::DilatedCnn(network) => network.features(input, mode),
            Self::Recurrent(network) => network.features(input, mode),
        }
    }

    /// Computes the logits of every sequence, or with [`Readout::Each`](crate::Readout::Each) of every step.
    ///
    /// # Shapes
    /// - output: `[batch, classes]`, or `[batch · steps, classes]`
    pub fn forward(&self, input: &Input, mode: &mut Mode<'_>) -> Tensor<2> {
        self.head().forward(&self.features(input, mode), mode)
    }

    /// The first convolution, when the network has one.
    pub fn motif_conv(&self) -> Option<&MotifConv> {
        match self {
            Self::BagCnn(network) => Some(&network.stem),
            Self::Cnn(network) => Some(&network.stem),
            Self::DilatedCnn(network) => Some(&network.stem),
            Self::Recurrent(network) => network.stem.as_ref(),
        }
    }

    /// Replaces the weights of the first convolution; a network without one stays as it is.
    #[must_use]
    pub fn with_motif_conv(mut self, conv: MotifConv) -> Self {
        match &mut self {
            Self::BagCnn(network) => network.stem = conv,
            Self::Cnn(network) => network.stem = conv,
            Self::DilatedCnn(network) => network.stem = conv,
            Self::Recurrent(network) => network.stem = network.stem.as_ref().map(|_| conv),
        }
        self
    }

    /// The read-out and what follows it.
    pub fn head(&self) -> &Head {
        match self {
            Self::BagCnn(network) => &network.head,
            Self::Cnn(network) => &network.head,
            Self::DilatedCnn(network) => &network.head,
            Self::Recurrent(network) => &network.head,
        }
    }
}

/// The convolutional stem that several networks start with.
fn stem(config: &ArchitectureConfig, device: &Device, rng: &mut ChaCha8Rng) -> MotifConv {
    let stem = MotifConvConfig {
        alphabet: config.alphabet,
        filters: config.filters,
        kernel: config.kernel,
        padding: Padding::Same,
        pool: Pool::Local(config.pool),
    };
    stem.init(device, rng)
}

/// The head over `channels` features per step.
fn head(config: &ArchitectureConfig, channels: usize, forward_channels: usize, classes: usize) -> HeadConfig {
    HeadConfig {
        readout: config.readout,
        channels,
        forward_channels,
        reach: config.reach,
        dense: config.dense,
        classes,
        dropout: config.dropout,
    }
}
