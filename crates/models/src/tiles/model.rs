//! A model packed for tiles.

use std::sync::{Mutex, PoisonError};

use processive_kernels::dense::add_sigmoids;

use super::{TileMemory, TileNetwork, TileWindows};
use crate::description::{Calibration, ModelDescription};
use crate::networks::Network;

/// All networks of a model, packed to score the windows of tiles. Called from several threads at once.
#[derive(Debug)]
pub struct TileModel {
    networks: Vec<TileNetwork>,
    window: usize,
    calibration: Calibration,
    /// What tiles that are done have left for the next ones.
    memories: Mutex<Vec<TileMemory>>,
}

impl TileModel {
    /// Packs a model; nothing when the windows of one of its networks share nothing.
    pub(crate) fn new(description: &ModelDescription, networks: &[Network]) -> Option<Self> {
        Some(Self {
            networks: networks
                .iter()
                .map(|network| TileNetwork::of_network(network, description.window))
                .collect::<Option<_>>()?,
            window: description.window,
            calibration: description.calibration,
            memories: Mutex::default(),
        })
    }

    /// Whether windows `step` bases apart share their features in every network.
    pub fn shares(&self, step: usize) -> bool {
        self.networks.iter().all(|network| network.shares(step))
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
        let memory = self.memories.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = memory.unwrap_or_default();
        let (slope, offset) = (self.calibration.slope as f32, self.calibration.offset as f32);
        let mut sums = Vec::new();
        for network in &self.networks {
            network.logits(codes, windows, &mut memory);
            sums.resize(memory.logits.len(), 0.0);
            add_sigmoids(&memory.logits, slope, offset, &mut sums);
        }
        self.memories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(memory);
        let members = self.networks.len() as f32;
        for sum in &mut sums {
            *sum /= members;
        }
        sums
    }
}
