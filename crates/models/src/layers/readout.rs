//! From features per step to features per sequence.

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};
use processive_kernels::windows::{Columns, Windows, maxima, sums, weighted_sums};
use serde::{Deserialize, Serialize};

use crate::init::constant;
use crate::layers::Features;
use crate::weights::values_of;

/// How the steps of a sequence become one vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readout {
    /// The maximum of every channel.
    Max,
    /// The mean of every channel.
    Mean,
    /// Both, side by side.
    #[default]
    MaxMean,
    /// The state after the last step of each direction; only for recurrent layers.
    Last,
    /// The maximum, and beside it a sum whose weights are learned per channel and distance from the
    /// sequence's centre: a peak's motif lies near its summit.
    Profile,
    /// Every step stays by itself: the network labels positions, not sequences.
    Each,
}

/// The read-out of a network, with its weights if it has any.
#[derive(Module, Debug)]
pub struct ReadoutLayer {
    /// `[2 · reach + 1, channels]`: the weight of a step by its distance from the centre ([`Readout::Profile`]).
    pub profile: Option<Param<Tensor<2>>>,
    #[module(skip)]
    kind: Readout,
    /// Channels of the forward direction; the rest is the reverse direction's.
    forward_channels: usize,
}

impl ReadoutLayer {
    /// Creates a read-out of `channels` features, of which the first `forward_channels` belong to a forward pass.
    ///
    /// A profile reaches `reach` steps to both sides of the centre; steps further out share the outermost weight.
    pub fn new(kind: Readout, channels: usize, forward_channels: usize, reach: usize, device: &Device) -> Self {
        let distances = 2 * reach + 1;
        Self {
            profile: (kind == Readout::Profile)
                .then(|| constant(1.0 / distances as f32, [distances, channels], device)),
            kind,
            forward_channels,
        }
    }

    /// How the steps become one vector.
    pub fn kind(&self) -> Readout {
        self.kind
    }

    /// Features per sequence for features of `channels` per step.
    pub fn d_output(kind: Readout, channels: usize) -> usize {
        match kind {
            Readout::Max | Readout::Mean | Readout::Last | Readout::Each => channels,
            Readout::MaxMean | Readout::Profile => 2 * channels,
        }
    }

    /// Reads out a batch.
    ///
    /// # Shapes
    /// - input: `[batch, steps, channels]`; output: `[batch, d_output]`, or `[batch · steps, channels]` for every step
    pub fn forward(&self, input: &Features) -> Tensor<2> {
        match self.kind {
            Readout::Max => maximum(input),
            Readout::Mean => mean(input),
            Readout::MaxMean => Tensor::cat(vec![maximum(input), mean(input)], 1),
            Readout::Last => self.last(input),
            Readout::Profile => Tensor::cat(vec![maximum(input), self.weighted_sum(input)], 1),
            Readout::Each => {
                let [batch, steps, channels] = input.values.dims();
                input.values.clone().reshape([batch * steps, channels])
            }
        }
    }

    /// The weights of a window's steps for [`read_windows`](Self::read_windows): `[width, channels]` of a profile, else
    /// none.
    pub(crate) fn window_weights(&self, width: usize) -> Vec<f32> {
        match self.kind {
            Readout::Profile => self.profile_weights(width),
            _ => Vec::new(),
        }
    }

    /// Reads every window out of the steps of one sequence.
    ///
    /// # Shapes
    /// - `steps`: `[steps, channels]`; `weights`: as [`window_weights`](Self::window_weights) gives them; `rows`: `[windows,
    ///   d_output]`
    ///
    /// # Panics
    /// For [`Readout::Each`], which has no windows.
    pub(crate) fn read_windows(
        &self,
        steps: &[f32],
        channels: usize,
        windows: Windows,
        weights: &[f32],
        rows: &mut Vec<f32>,
    ) {
        let width = Self::d_output(self.kind, channels);
        rows.resize(windows.count * width, 0.0);
        let first = width - channels;
        if matches!(self.kind, Readout::Max | Readout::MaxMean | Readout::Profile) {
            maxima(windows, channels, steps, Columns { rows, width, first: 0 });
        }
        match self.kind {
            Readout::Max => {}
            Readout::Mean | Readout::MaxMean => {
                sums(windows, channels, steps, Columns { rows, width, first });
                let share = 1.0 / windows.width as f32;
                for row in rows.chunks_exact_mut(width) {
                    row[first..].iter_mut().for_each(|sum| *sum *= share);
                }
            }
            Readout::Profile => weighted_sums(windows, channels, steps, weights, Columns { rows, width, first }),
            Readout::Last => self.window_ends(steps, channels, windows, rows),
            Readout::Each => panic!("a network that labels every step has no windows"),
        }
    }

    /// The forward states at the last step of every window beside the reverse states at its first.
    fn window_ends(&self, steps: &[f32], channels: usize, windows: Windows, rows: &mut [f32]) {
        for (window, row) in rows.chunks_exact_mut(channels).enumerate() {
            let first = windows.start(window);
            let step = |at: usize| &steps[at * channels..][..channels];
            let (forward, reverse) = row.split_at_mut(self.forward_channels);
            forward.copy_from_slice(&step(first + windows.width - 1)[..self.forward_channels]);
            reverse.copy_from_slice(&step(first)[self.forward_channels..]);
        }
    }

    /// The weight of every step of a sequence of `length` steps, `[length, channels]`.
    fn profile_weights(&self, length: usize) -> Vec<f32> {
        let profile = self.profile.as_ref().expect("a profile read-out has its profile").val();
        let [distances, channels] = profile.dims();
        let profile = values_of(profile);
        let row = |step| distance_index(step, length, distances).cast_unsigned() as usize * channels;
        (0..length)
            .flat_map(|step| profile[row(step)..][..channels].to_vec())
            .collect()
    }

    fn last(&self, input: &Features) -> Tensor<2> {
        let [batch, steps, channels] = input.values.dims();
        let ends: Vec<i64> = (0..batch)
            .map(|row| (row * steps + input.lengths[row] - 1) as i64)
            .collect();
        let rows = input.values.clone().reshape([batch * steps, channels]);
        let device = rows.device();
        let reverse = |values: Tensor<3>| {
            values
                .slice([0..batch, 0..1, self.forward_channels..channels])
                .squeeze_dim(1)
        };
        if self.forward_channels == 0 {
            return reverse(input.values.clone());
        }
        let ends = Tensor::<1, Int>::from_data(TensorData::new(ends, [batch]), &device);
        let forward = rows.slice([0..batch * steps, 0..self.forward_channels]).select(0, ends);
        if self.forward_channels == channels {
            return forward;
        }
        Tensor::cat(vec![forward, reverse(input.values.clone())], 1)
    }

    fn weighted_sum(&self, input: &Features) -> Tensor<2> {
        let profile = self.profile.as_ref().expect("a profile read-out has its profile").val();
        let [distances, channels] = profile.dims();
        let [batch, steps, _] = input.values.dims();
        let rows = if input.is_ragged() { batch } else { 1 };
        let index: Vec<i64> = (0..rows)
            .flat_map(|row| (0..steps).map(move |step| (row, step)))
            .map(|(row, step)| distance_index(step, input.lengths[row], distances))
            .collect();
        let device = profile.device();
        let index = Tensor::<1, Int>::from_data(TensorData::new(index, [rows * steps]), &device);
        let weights = profile.select(0, index).reshape([rows, steps, channels]);
        (input.values.clone() * weights).sum_dim(1).squeeze_dim(1)
    }
}

/// The row of a profile for a step of a sequence of `length` steps.
fn distance_index(step: usize, length: usize, distances: usize) -> i64 {
    let centre = (length.saturating_sub(1) / 2) as i64;
    let reach = (distances / 2) as i64;
    (step as i64 - centre + reach).clamp(0, 2 * reach)
}

/// A value below every feature: what a maximum sees past a sequence's end.
const BELOW_ALL: f64 = -1e9;

fn maximum(input: &Features) -> Tensor<2> {
    let values = if input.is_ragged() {
        // Features past the end are zero, so adding 0 or -1e9 marks them exactly.
        input.values.clone() + (input.mask() - 1.0) * -BELOW_ALL
    } else {
        input.values.clone()
    };
    values.max_dim(1).squeeze_dim(1)
}

fn mean(input: &Features) -> Tensor<2> {
    let batch = input.lengths.len();
    let weights: Vec<f32> = input.lengths.iter().map(|&length| 1.0 / length.max(1) as f32).collect();
    let weights = Tensor::<2>::from_data(TensorData::new(weights, [batch, 1]), &input.values.device());
    input.values.clone().sum_dim(1).squeeze_dim::<2>(1) * weights
}
