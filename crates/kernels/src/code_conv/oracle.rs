//! The definition of the motif convolution: one position, one motif at a time, in f64.

use super::CodeConvShape;

/// Inputs of a motif convolution in f64.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) shape: CodeConvShape,
    pub(super) codes: Vec<u8>,
    pub(super) lengths: Vec<usize>,
    pub(super) weights: Vec<f64>,
    pub(super) bias: Vec<f64>,
}

impl Problem {
    fn score(&self, b: usize, position: usize, filter: usize) -> f64 {
        let CodeConvShape {
            width,
            kernel,
            filters,
            pad_left,
            ..
        } = self.shape;
        let mut sum = self.bias[filter];
        for k in 0..kernel {
            let at = (position + k).cast_signed() - pad_left.cast_signed();
            let inside = at >= 0 && at < self.lengths[b].cast_signed();
            if inside && self.codes[b * width + at.cast_unsigned()] < 4 {
                let code = usize::from(self.codes[b * width + at.cast_unsigned()]);
                sum += self.weights[(k * 4 + code) * filters + filter];
            }
        }
        sum
    }

    fn positions(&self, length: usize) -> usize {
        let CodeConvShape {
            kernel,
            pad_left,
            pad_right,
            ..
        } = self.shape;
        ((length + pad_left + pad_right).cast_signed() - kernel.cast_signed() + 1)
            .max(0)
            .cast_unsigned()
    }

    /// The output, `[batch, pooled, filters]`.
    pub(super) fn output(&self) -> Vec<f64> {
        let CodeConvShape {
            batch,
            width,
            filters,
            pool,
            ..
        } = self.shape;
        let pooled = self.positions(width).div_ceil(pool);
        let mut out = vec![0.0; batch * pooled * filters];
        for b in 0..batch {
            let positions = self.positions(self.lengths[b]);
            for q in 0..positions.div_ceil(pool) {
                for f in 0..filters {
                    let window = q * pool..positions.min((q + 1) * pool);
                    out[(b * pooled + q) * filters + f] = window.map(|p| self.score(b, p, f)).fold(0.0, f64::max);
                }
            }
        }
        out
    }

    /// `sum(weight ⊙ output)`.
    pub(super) fn loss(&self, weight: &[f32]) -> f64 {
        self.output().iter().zip(weight).map(|(y, &w)| y * f64::from(w)).sum()
    }
}
