//! The members of a model, packed for scans.

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

    /// The mean over the members of the calibrated probabilities of what `logits` has a member compute.
    pub(crate) fn probabilities(&self, logits: impl for<'m> Fn(&N, &'m mut M) -> &'m [f32]) -> Vec<f32> {
        let mut memory = self.memories().pop().unwrap_or_default();
        let (slope, offset) = (self.calibration.slope as f32, self.calibration.offset as f32);
        let mut sums = Vec::new();
        for network in &self.networks {
            let logits = logits(network, &mut memory);
            sums.resize(logits.len(), 0.0);
            add_sigmoids(logits, slope, offset, &mut sums);
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
