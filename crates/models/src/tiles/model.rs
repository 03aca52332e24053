//! A model packed for tiles.

use super::{TileMemory, TileNetwork, TileWindows};
use crate::compute::Compute;
use crate::description::ModelDescription;
use crate::ensemble::Ensemble;
use crate::networks::Network;

/// All networks of a model, packed to score the windows of tiles. Called from several threads at once.
#[derive(Debug)]
pub struct TileModel {
    members: Ensemble<TileNetwork, TileMemory>,
    window: usize,
}

impl TileModel {
    /// Packs a model; nothing when the windows of one of its networks share nothing.
    pub(crate) fn new(description: &ModelDescription, networks: &[Network], compute: Compute) -> Option<Self> {
        let networks = networks
            .iter()
            .map(|network| TileNetwork::of_network(network, description.window, compute))
            .collect::<Option<_>>()?;
        Some(Self {
            members: Ensemble::new(networks, description.calibration),
            window: description.window,
        })
    }

    /// Whether windows `step` bases apart share their features in every network.
    pub fn shares(&self, step: usize) -> bool {
        self.members.networks().iter().all(|network| network.shares(step))
    }

    /// Returns the probability of every class for windows alone, as [`probabilities`](Self::probabilities) does for those of
    /// tiles.
    ///
    /// # Panics
    /// When a window has another length.
    pub fn probabilities_alone<'a>(&self, windows: impl Iterator<Item = &'a [u8]>) -> Vec<f32> {
        let step = self.members.networks().iter().map(TileNetwork::stride).product();
        windows.flat_map(|codes| self.probabilities(codes, 1, step)).collect()
    }

    /// Returns the probability of every class for every window of a tile, as written (one strand); up to rounding those
    /// that [`Model::probabilities`](crate::Model::probabilities) gives the windows alone.
    ///
    /// # Shapes
    /// - `codes`: the bases that `count` windows of the model's length cover, which begin `step` bases apart; output:
    ///   `[count, classes]`, row-major
    ///
    /// # Panics
    /// When the windows do not [share](Self::shares) their features, or the tile has another length.
    pub fn probabilities(&self, codes: &[u8], count: usize, step: usize) -> Vec<f32> {
        let windows = TileWindows {
            count,
            window: self.window,
            step,
        };
        self.members.probabilities(|network, memory| {
            network.logits(codes, windows, memory);
            &memory.logits
        })
    }
}
