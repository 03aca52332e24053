//! A model packed for streams.

use super::{StreamMemory, StreamNetwork, StreamRule, StreamTile};
use crate::compute::Compute;
use crate::description::ModelDescription;
use crate::ensemble::Ensemble;
use crate::networks::Network;

/// All networks of a model, packed to stream. Called from several threads at once.
#[derive(Debug)]
pub struct StreamModel {
    members: Ensemble<StreamNetwork, StreamMemory>,
    window: usize,
}

impl StreamModel {
    /// Packs a model; nothing unless all of its networks are recurrent and label windows of DNA.
    pub(crate) fn new(description: &ModelDescription, networks: &[Network], compute: Compute) -> Option<Self> {
        let packed = |network| StreamNetwork::of_network(network, compute);
        let networks = networks.iter().map(packed).collect::<Option<_>>()?;
        Some(Self {
            members: Ensemble::new(networks, description.calibration),
            window: description.window,
        })
    }

    /// Bases that steps and halos are multiples of: the strides of all networks divide it.
    pub fn unit(&self) -> usize {
        let strides = self.members.networks().iter().map(StreamNetwork::stride);
        strides.reduce(least_common_multiple).unwrap_or(1)
    }

    /// The width of a window in bases.
    pub fn window(&self) -> usize {
        self.window
    }

    /// The member networks.
    pub fn networks(&self) -> &[StreamNetwork] {
        self.members.networks()
    }

    /// How windows that begin `step` bases apart are read out of long sequences, with a halo of so many bases.
    pub fn rule(&self, step: usize, halo: usize) -> StreamRule {
        StreamRule {
            window: self.window,
            step,
            halo,
            row: None,
        }
        .in_rows()
    }

    /// Returns the probability of every class for every window of some tiles, as written (one strand), with states that
    /// come from what lies around the windows: the tiles are read as long sequences.
    ///
    /// # Shapes
    /// - output: `[windows of all tiles, classes]`, row-major
    ///
    /// # Panics
    /// When the rule's step or halo is no multiple of the [`unit`](Self::unit), or a tile has another length than its windows
    /// and two [margins](StreamRule::margin).
    pub fn probabilities(&self, tiles: &[StreamTile<'_>], rule: StreamRule) -> Vec<f32> {
        self.members.probabilities(|network, memory| {
            network.logits(tiles, rule, memory);
            &memory.logits
        })
    }
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut divisor, mut rest) = (a, b);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    a / divisor * b
}
