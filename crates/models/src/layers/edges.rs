//! Which steps are read out at the ends of a sequence.

use burn::tensor::{Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::config::{Architecture, ArchitectureConfig};
use crate::layers::Features;

/// What a convolutional network reads out near the ends of a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edges {
    /// Every step; filters reach past the ends, where there is nothing.
    #[default]
    Padded,
    /// The steps whose whole receptive field lies inside the sequence: windows that overlap have them in common, so
    /// that a scan computes them once.
    Whole,
}

impl Edges {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(crate) fn is_padded(&self) -> bool {
        *self == Self::Padded
    }
}

/// Keeps the steps of pooled features whose whole receptive field lies inside their sequence.
///
/// A sequence without such a step keeps its middle one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WholeSteps {
    /// Bases per step.
    pool: usize,
    /// Steps at the beginning that reach past it.
    left: usize,
    /// Bases behind a step's own that the first convolution reads.
    after: usize,
    /// Steps behind a step that the other convolutions read.
    right: usize,
}

impl WholeSteps {
    /// The whole steps of a network that pools the maxima of its first convolution; nothing when its edges are padded.
    pub(crate) fn of_config(config: &ArchitectureConfig) -> Option<Self> {
        if config.edges == Edges::Padded {
            return None;
        }
        let dilations = match config.arch {
            Architecture::DilatedCnn => (1 << config.layers) - 1,
            _ => config.layers,
        };
        let before = (config.inner_kernel - 1) / 2 * dilations;
        Some(Self {
            pool: config.pool,
            left: before + ((config.kernel - 1) / 2).div_ceil(config.pool),
            after: config.kernel / 2,
            right: (config.inner_kernel - 1) * dilations - before,
        })
    }

    /// Bases per step.
    pub fn stride(&self) -> usize {
        self.pool
    }

    /// The number of whole steps of a sequence of `length` bases, before the middle one is kept for want of any.
    pub(crate) fn inside(&self, length: usize) -> usize {
        let complete = length.saturating_sub(self.after) / self.pool;
        complete.saturating_sub(self.left + self.right)
    }

    /// The number of steps that are kept of a sequence of `length` bases.
    pub fn count(&self, length: usize) -> usize {
        self.inside(length).max(1)
    }

    /// The first step that is kept.
    pub(crate) fn first(&self, length: usize) -> usize {
        if self.inside(length) > 0 {
            self.left
        } else {
            length.div_ceil(self.pool).saturating_sub(1) / 2
        }
    }

    /// Keeps the whole steps; `lengths` are those of the sequences in bases.
    ///
    /// # Shapes
    /// - `features`, output: `[batch, steps, channels]`
    pub(crate) fn keep(&self, features: &Features, lengths: &[usize]) -> Features {
        let [batch, steps, channels] = features.values.dims();
        let kept = lengths.iter().map(|&length| self.count(length)).max().unwrap_or(1);
        let of_row = |(row, &length): (usize, &usize)| {
            let first = self.first(length);
            (first..first + kept).map(move |step| (row * steps + step.min(steps - 1)) as i64)
        };
        let index: Vec<i64> = lengths.iter().enumerate().flat_map(of_row).collect();
        let index = Tensor::<1, Int>::from_data(TensorData::new(index, [batch * kept]), &features.values.device());
        let rows = features
            .values
            .clone()
            .reshape([batch * steps, channels])
            .select(0, index);
        let whole = Features {
            values: rows.reshape([batch, kept, channels]),
            lengths: lengths.iter().map(|&length| self.count(length)).collect(),
        };
        if whole.is_ragged() {
            return Features {
                values: whole.values.clone() * whole.mask(),
                lengths: whole.lengths,
            };
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(arch: &str, change: impl Fn(&mut ArchitectureConfig)) -> WholeSteps {
        let mut config = ArchitectureConfig::new(arch.parse().unwrap());
        config.edges = Edges::Whole;
        change(&mut config);
        WholeSteps::of_config(&config).unwrap()
    }

    /// Counts the steps that read only `0..length`, by the definition of every layer.
    fn counted(config: &ArchitectureConfig, length: usize) -> usize {
        let dilations: Vec<usize> = match config.arch {
            Architecture::DilatedCnn => (0..config.layers).map(|block| 1 << block).collect(),
            _ => vec![1; config.layers],
        };
        let reads = |step: usize| {
            let (mut low, mut high) = (step as i64, step as i64);
            for dilation in dilations.iter().rev() {
                let before = (config.inner_kernel - 1) / 2 * dilation;
                low -= before as i64;
                high += ((config.inner_kernel - 1) * dilation - before) as i64;
            }
            let (pool, kernel) = (config.pool as i64, config.kernel as i64);
            (low * pool - (kernel - 1) / 2, (high + 1) * pool - 1 + kernel / 2)
        };
        (0..length.div_ceil(config.pool))
            .filter(|&step| {
                let (low, high) = reads(step);
                low >= 0 && high < length as i64
            })
            .count()
    }

    #[test]
    fn steps_are_whole_when_no_layer_reads_past_an_end() {
        for arch in ["cnn", "dilated-cnn"] {
            for (kernel, pool, inner_kernel, layers) in
                [(19, 8, 7, 1), (4, 3, 2, 2), (1, 1, 1, 0), (15, 5, 3, 3), (6, 4, 4, 1)]
            {
                let change = |config: &mut ArchitectureConfig| {
                    config.kernel = kernel;
                    config.pool = pool;
                    config.inner_kernel = inner_kernel;
                    config.layers = layers;
                };
                let whole = steps(arch, change);
                let mut config = ArchitectureConfig::new(arch.parse().unwrap());
                change(&mut config);
                for length in 1..260 {
                    assert_eq!(whole.inside(length), counted(&config, length), "{config:?} {length}");
                }
            }
        }
    }
}
