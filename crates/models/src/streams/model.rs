//! A model packed for streams.

use std::sync::{Mutex, PoisonError};

use processive_kernels::dense::add_sigmoids;

use super::{StreamMemory, StreamNetwork, StreamRule, StreamTile};
use crate::description::{Calibration, ModelDescription};
use crate::networks::Network;

/// All networks of a model, packed to stream. Called from several threads at once.
#[derive(Debug)]
pub struct StreamModel {
    networks: Vec<StreamNetwork>,
    window: usize,
    calibration: Calibration,
    /// What batches that are done have left for the next ones.
    memories: Mutex<Vec<StreamMemory>>,
}

impl StreamModel {
    /// Packs a model; nothing unless all of its networks are recurrent and label windows of DNA.
    pub(crate) fn new(description: &ModelDescription, networks: &[Network]) -> Option<Self> {
        Some(Self {
            networks: networks.iter().map(StreamNetwork::of_network).collect::<Option<_>>()?,
            window: description.window,
            calibration: description.calibration,
            memories: Mutex::default(),
        })
    }

    /// Bases that steps and halos are multiples of: the strides of all networks divide it.
    pub fn unit(&self) -> usize {
        let strides = self.networks.iter().map(StreamNetwork::stride);
        strides.reduce(least_common_multiple).unwrap_or(1)
    }

    /// The width of a window in bases.
    pub fn window(&self) -> usize {
        self.window
    }

    /// The member networks.
    pub fn networks(&self) -> &[StreamNetwork] {
        &self.networks
    }

    /// Returns the probability of every class for every window of some tiles, as written (one strand), with states that
    /// come from the halo around the windows: the tiles are read as long sequences.
    ///
    /// # Shapes
    /// - output: `[windows of all tiles, classes]`, row-major
    ///
    /// # Panics
    /// When step or halo is no multiple of the [`unit`](Self::unit), or a tile has another length than its windows and two
    /// halos.
    pub fn probabilities(&self, tiles: &[StreamTile<'_>], step: usize, halo: usize) -> Vec<f32> {
        let rule = StreamRule {
            window: self.window,
            step,
            halo,
        };
        let memory = self.memories.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = memory.unwrap_or_default();
        let (slope, offset) = (self.calibration.slope as f32, self.calibration.offset as f32);
        let mut sums = Vec::new();
        for network in &self.networks {
            network.logits(tiles, rule, &mut memory);
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

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut divisor, mut rest) = (a, b);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    a / divisor * b
}
