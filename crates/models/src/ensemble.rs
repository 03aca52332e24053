//! The members of a model, packed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use processive_kernels::dense::add_sigmoids;

use crate::description::Calibration;

/// Packed networks of type `N` whose calibrated probabilities are averaged. Called from several threads at once.
#[derive(Debug)]
pub(crate) struct Ensemble<N, M> {
    networks: Vec<N>,
    calibration: Calibration,
    /// What calls that are done have left for the next ones.
    memories: Mutex<Vec<M>>,
}

impl<N, M: Default> Ensemble<N, M> {
    pub(crate) fn new(networks: Vec<N>, calibration: Calibration) -> Self {
        Self {
            networks,
            calibration,
            memories: Mutex::default(),
        }
    }

    /// The members.
    pub(crate) fn networks(&self) -> &[N] {
        &self.networks
    }

    /// What logits are multiplied with before they become probabilities.
    pub(crate) fn slope(&self) -> f32 {
        self.calibration.slope as f32
    }

    /// The mean over the members of the calibrated probabilities of what `logits` has a member compute.
    pub(crate) fn probabilities(&self, logits: impl for<'m> Fn(&N, &'m mut M) -> &'m [f32]) -> Vec<f32> {
        let offset = self.calibration.offset as f32;
        self.mean(|network, memory, sums| {
            let logits = logits(network, memory);
            sums.resize(logits.len(), 0.0);
            add_sigmoids(logits, self.slope(), offset, sums);
        })
    }

    /// The mean over the members of what `add` adds to sums, which begin empty.
    pub(crate) fn mean(&self, add: impl Fn(&N, &mut M, &mut Vec<f32>)) -> Vec<f32> {
        let mut memory = self.memories().pop().unwrap_or_default();
        let mut sums = Vec::new();
        for network in &self.networks {
            add(network, &mut memory, &mut sums);
        }
        self.memories().push(memory);
        let members = self.networks.len() as f32;
        for sum in &mut sums {
            *sum /= members;
        }
        sums
    }

    fn memories(&self) -> MutexGuard<'_, Vec<M>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
