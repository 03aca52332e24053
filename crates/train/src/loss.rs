//! The loss of a batch.

use burn::tensor::{Device, Tensor, TensorData, activation::relu};

use crate::settings::ClassWeights;

/// The weight of an unbound and of a bound example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LabelWeights {
    unbound: f32,
    bound: f32,
}

impl LabelWeights {
    /// Returns the weights for `n` examples of which `bound` are bound.
    pub(crate) fn new(rule: ClassWeights, n: usize, bound: usize) -> Self {
        let share = |count: usize| n as f32 / (2 * count.max(1)) as f32;
        match rule {
            ClassWeights::Equal => Self {
                unbound: 1.0,
                bound: 1.0,
            },
            ClassWeights::Balanced => Self {
                unbound: share(n - bound),
                bound: share(bound),
            },
        }
    }

    fn of(self, label: bool) -> f32 {
        if label { self.bound } else { self.unbound }
    }
}

/// Returns the weighted mean of the binary cross-entropy of logits.
///
/// For a logit `x` and a label `y`: `max(x, 0) - x·y + ln(1 + exp(-|x|))`, which neither overflows nor loses
/// the small end.
///
/// # Shapes
/// - `logits`: `[batch, 1]`
pub(crate) fn cross_entropy(logits: Tensor<2>, labels: &[bool], weights: LabelWeights) -> Tensor<1> {
    let device = logits.device();
    let column = |values: Vec<f32>| column(values, &device);
    let targets = column(labels.iter().map(|&label| f32::from(u8::from(label))).collect());
    let row_weights: Vec<f32> = labels.iter().map(|&label| weights.of(label)).collect();
    let total: f32 = row_weights.iter().sum();
    let softplus = logits.clone().abs().neg().exp().log1p();
    let losses = relu(logits.clone()) - logits * targets + softplus;
    (losses * column(row_weights)).sum() / total
}

fn column(values: Vec<f32>, device: &Device) -> Tensor<2> {
    let rows = values.len();
    Tensor::from_data(TensorData::new(values, [rows, 1]), device)
}

#[cfg(test)]
mod tests {
    use processive_models::{device, values_of};

    use super::*;

    #[test]
    fn the_loss_is_the_weighted_mean_of_minus_log_probability() {
        let logits = [0.0f32, 2.0, -3.0, 60.0];
        let labels = [true, false, true, true];
        let weights = LabelWeights {
            unbound: 1.0,
            bound: 3.0,
        };
        let tensor = Tensor::<2>::from_data(TensorData::new(logits.to_vec(), [4, 1]), &device::cpu());
        let loss = f64::from(values_of(cross_entropy(tensor, &labels, weights))[0]);
        let nll = |x: f64| (1.0 + (-x).exp()).ln();
        let expected = (3.0 * nll(0.0) + nll(-2.0) + 3.0 * nll(-3.0) + 3.0 * nll(60.0)) / 10.0;
        assert!((loss - expected).abs() < 1e-6, "{loss} against {expected}");
    }

    #[test]
    fn balanced_classes_weigh_the_same_in_sum() {
        let weights = LabelWeights::new(ClassWeights::Balanced, 10, 2);
        assert!((weights.of(true) * 2.0 - weights.of(false) * 8.0).abs() < 1e-6);
        assert!((weights.of(true) * 2.0 + weights.of(false) * 8.0 - 10.0).abs() < 1e-5);
    }
}
