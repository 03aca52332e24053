//! The definition of the convolution: one output at a time, in f64.

use super::ConvShape;

/// Inputs of a convolution in f64.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) shape: ConvShape,
    pub(super) lengths: Vec<usize>,
    /// x, weights, bias.
    pub(super) tensors: [Vec<f64>; 3],
}

impl Problem {
    /// The output, `[batch, steps, output]`.
    pub(super) fn output(&self) -> Vec<f64> {
        let ConvShape {
            batch,
            steps,
            input,
            output,
            kernel,
            dilation,
            pad_left,
        } = self.shape;
        let [x, weights, bias] = &self.tensors;
        let mut out = vec![0.0; batch * steps * output];
        for b in 0..batch {
            for t in 0..self.lengths[b] {
                for o in 0..output {
                    let mut sum = bias[o];
                    for j in 0..kernel {
                        let at = (t + j * dilation).cast_signed() - pad_left.cast_signed();
                        if at >= 0 && at < self.lengths[b].cast_signed() {
                            for i in 0..input {
                                let value = x[(b * steps + at.cast_unsigned()) * input + i];
                                sum += value * weights[(j * input + i) * output + o];
                            }
                        }
                    }
                    out[(b * steps + t) * output + o] = sum;
                }
            }
        }
        out
    }

    /// The derivative of `sum(weight ⊙ output)` when `tensor` moves along `direction`, by a central difference
    /// that is exact up to rounding because the output is linear in each tensor.
    pub(super) fn slope(&self, weight: &[f32], tensor: usize, direction: &[f64]) -> f64 {
        let moved = |by: f64| -> f64 {
            let mut problem = self.clone();
            problem.tensors[tensor]
                .iter_mut()
                .zip(direction)
                .for_each(|(v, d)| *v += by * d);
            problem
                .output()
                .iter()
                .zip(weight)
                .map(|(y, &w)| y * f64::from(w))
                .sum()
        };
        (moved(1.0) - moved(-1.0)) / 2.0
    }
}
