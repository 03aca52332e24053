//! Initial weights, drawn from an explicit random stream.
//!
//! The scale of a layer follows the fan-in of one step; the number of steps that a recurrent layer is
//! unrolled over never enters.

use burn::module::{Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Wraps values as a parameter; on an autodiff device it is trained.
///
/// # Panics
/// If there are not as many values as `shape` says.
pub fn parameter<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    let tensor = Tensor::from_data(TensorData::new(values, shape), device);
    let tensor = if device.is_autodiff() {
        tensor.require_grad()
    } else {
        tensor
    };
    Param::initialized(ParamId::new(), tensor)
}

/// A parameter of one repeated value.
pub(crate) fn constant<const D: usize>(value: f32, shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    parameter(vec![value; shape.iter().product()], shape, device)
}

/// Draws from `U(-bound, bound)`.
pub(crate) fn uniform(count: usize, bound: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let bound = bound as f32;
    (0..count).map(|_| rng.random_range(-bound..bound)).collect()
}

/// The bound of He's uniform initialisation for a rectified layer: `sqrt(6 / fan_in)`.
///
/// # Source
/// He et al. 2015, "Delving deep into rectifiers".
pub(crate) fn he_bound(fan_in: usize) -> f64 {
    (6.0 / fan_in.max(1) as f64).sqrt()
}

/// The bound of Glorot's uniform initialisation: `sqrt(6 / (fan_in + fan_out))`.
///
/// # Source
/// Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
pub(crate) fn glorot_bound(fan_in: usize, fan_out: usize) -> f64 {
    (6.0 / (fan_in + fan_out).max(1) as f64).sqrt()
}

/// Draws an orthogonal `size × size` matrix (row-major) by Gram-Schmidt on normal vectors.
///
/// # Source
/// Saxe, McClelland & Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".
pub(crate) fn orthogonal(size: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(size);
    while rows.len() < size {
        let mut row: Vec<f64> = (0..size).map(|_| standard_normal(rng)).collect();
        // Twice: one pass of Gram-Schmidt leaves rounding errors of the size of the cancellation.
        for _ in 0..2 {
            for earlier in &rows {
                let overlap: f64 = row.iter().zip(earlier).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(earlier).for_each(|(a, b)| *a -= overlap * b);
            }
        }
        let norm = row.iter().map(|a| a * a).sum::<f64>().sqrt();
        if norm > 1e-6 {
            rows.push(row.into_iter().map(|a| a / norm).collect());
        }
    }
    rows.into_iter().flatten().map(|a| a as f32).collect()
}

/// Draws one standard normal number (Box & Muller 1958).
fn standard_normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn orthogonal_rows_have_unit_length_and_no_overlap() {
        for size in [1, 2, 7, 32] {
            let matrix = orthogonal(size, &mut ChaCha8Rng::seed_from_u64(1));
            for i in 0..size {
                for j in 0..size {
                    let dot: f32 = (0..size).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
                    let expected = f32::from(u8::from(i == j));
                    assert!((dot - expected).abs() < 1e-5, "size {size}, rows {i} and {j}: {dot}");
                }
            }
        }
    }

    #[test]
    fn normal_draws_have_mean_zero_and_variance_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let draws: Vec<f64> = (0..20_000).map(|_| standard_normal(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        // Five standard errors: 5 / sqrt(20000) and 5 * sqrt(2 / 20000).
        assert!(
            mean.abs() < 0.036 && (variance - 1.0).abs() < 0.05,
            "mean {mean}, variance {variance}"
        );
    }
}
