//! The norm of all gradients, and clipping to it.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use processive_models::{Network, values_of};

/// Scales all gradients down together when their global norm exceeds `limit` (0: never); returns the norm
/// before. The sum runs over the parameters in the network's order.
///
/// # Source
/// Pascanu, Mikolov & Bengio 2013.
pub(crate) fn clip(network: &Network, gradients: &mut GradientsParams, limit: f64) -> f64 {
    let mut sum = SumOfSquares { gradients, sum: 0.0 };
    network.visit(&mut sum);
    let norm = sum.sum.sqrt();
    if limit > 0.0 && norm > limit {
        network.visit(&mut Scale {
            gradients,
            factor: limit / norm,
        });
    }
    norm
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    sum: f64,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sum += values_of(gradient)
                .into_iter()
                .map(|value| f64::from(value).powi(2))
                .sum::<f64>();
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient * self.factor);
        }
    }
}
