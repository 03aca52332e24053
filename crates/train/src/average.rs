//! A running mean of the weights.

use processive_models::Network;

/// The exponential running mean of a network's weights over the steps of a run.
///
/// Early steps average fewer weights: the decay of step `t` is `min(decay, (1 + t) / (10 + t))`.
///
/// # Source
/// Polyak & Juditsky 1992; the warm-up as in TensorFlow's `ExponentialMovingAverage`.
#[derive(Clone, Debug)]
pub(crate) struct WeightAverage {
    decay: f64,
    steps: u64,
    mean: Vec<Vec<f32>>,
}

impl WeightAverage {
    /// Starts from a network's weights.
    pub(crate) fn new(network: &Network, decay: f64) -> Self {
        Self::resume(decay, 0, weights(network))
    }

    /// Goes on from stored values.
    pub(crate) fn resume(decay: f64, steps: u64, mean: Vec<Vec<f32>>) -> Self {
        Self { decay, steps, mean }
    }

    /// Takes in the weights after a step.
    pub(crate) fn update(&mut self, network: &Network) {
        self.steps += 1;
        if self.decay <= 0.0 {
            self.mean = weights(network);
            return;
        }
        let steps = self.steps as f64;
        let decay = self.decay.min((1.0 + steps) / (10.0 + steps)) as f32;
        for (mean, current) in self.mean.iter_mut().zip(weights(network)) {
            for (mean, current) in mean.iter_mut().zip(current) {
                *mean += (1.0 - decay) * (current - *mean);
            }
        }
    }

    /// The number of steps taken in.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// The mean, in the order of [`Network::weights`].
    pub(crate) fn mean(&self) -> &[Vec<f32>] {
        &self.mean
    }
}

/// A network's weights without their names.
pub(crate) fn weights(network: &Network) -> Vec<Vec<f32>> {
    network.weights().into_iter().map(|tensor| tensor.values).collect()
}

#[cfg(test)]
mod tests {
    use processive_models::{Architecture, ArchitectureConfig, device};

    use super::*;

    #[test]
    fn the_mean_warms_up_and_then_forgets_at_its_decay() {
        let config = ArchitectureConfig::new(Architecture::BagCnn);
        let network = Network::init(&config, 1, 1, &device::cpu()).unwrap();
        let zeros: Vec<Vec<f32>> = weights(&network).iter().map(|values| vec![0.0; values.len()]).collect();
        let ones = zeros.iter().map(|values| vec![1.0; values.len()]).collect();
        let network = network.with_weights(ones);
        let mut average = WeightAverage::resume(0.5, 0, zeros);
        let mut expected = 0.0f32;
        for step in 1..=20 {
            average.update(&network);
            let decay = 0.5f32.min((1.0 + step as f32) / (10.0 + step as f32));
            expected += (1.0 - decay) * (1.0 - expected);
            assert!((average.mean()[0][0] - expected).abs() < 1e-6);
        }
    }
}
