//! Dropout with an explicit random stream.

use burn::tensor::{Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Whether a forward pass serves training (dropout drawn from a stream) or inference.
#[derive(Debug)]
pub enum Mode<'a> {
    /// No dropout.
    Infer,
    /// Dropout masks come from this stream.
    Train(&'a mut ChaCha8Rng),
}

/// Zeroes whole channels with probability `rate` and scales the others by `1 / (1 - rate)`.
///
/// A channel is dropped over all steps of a sequence at once (neighbouring steps carry nearly the same
/// information, so dropping single values hides little).
///
/// # Shapes
/// - `values`: `[batch, steps, channels]`
///
/// # Source
/// Srivastava et al. 2014; Tompson et al. 2015 for whole channels.
pub fn dropout_channels(values: Tensor<3>, rate: f64, mode: &mut Mode<'_>) -> Tensor<3> {
    let Mode::Train(rng) = mode else { return values };
    if rate <= 0.0 {
        return values;
    }
    let [batch, _, channels] = values.dims();
    let keep = (1.0 / (1.0 - rate)) as f32;
    let mask: Vec<f32> = (0..batch * channels)
        .map(|_| if rng.random::<f64>() < rate { 0.0 } else { keep })
        .collect();
    let mask = Tensor::<3>::from_data(TensorData::new(mask, [batch, 1, channels]), &values.device());
    values * mask
}
