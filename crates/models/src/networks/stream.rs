//! Windows whose states are carried in from what lies around them: recurrent networks over long stretches.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use processive_encode::PaddedBatch;
use processive_kernels::windows::Windows;

use crate::layers::{Input, Mode, Readout};
use crate::networks::Network;
use crate::tiles::TileWindows;
use crate::weights::values_of;

/// Rows that a stretch is cut into, unless they would be short: a recurrent product over this many rows is near the
/// machine's speed.
const ROWS: usize = 32;
/// Steps of a row at least, in halos: shorter rows would be read for their halos more than for themselves.
const HALOS: usize = 4;

/// Consecutive windows with what lies around them.
#[derive(Clone, Copy, Debug)]
pub struct StreamTile<'a> {
    /// The bases under the windows, with a halo in front of them and behind them.
    pub codes: &'a [u8],
    /// The number of windows, 1 or more.
    pub windows: usize,
}

/// How windows are read out of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamRule {
    /// Bases of a window.
    pub window: usize,
    /// Bases from the beginning of one window to that of the next.
    pub step: usize,
    /// Bases on both sides of whatever is read out, that the states settle on; a multiple of the stride.
    pub halo: usize,
}

impl Network {
    /// Bases per step of a network that can be [streamed](Self::stream_logits): it is recurrent and labels windows.
    pub fn stream_stride(&self) -> Option<usize> {
        match self {
            Self::Recurrent(network) if network.head.readout.kind() != Readout::Each => match &network.stem {
                None => Some(1),
                Some(stem) => stem.stride(),
            },
            _ => None,
        }
    }

    /// Returns the logits of windows whose first and last states come from what lies around them, not from zero: the
    /// network reads the stretch under the windows as one sequence.
    ///
    /// Rows of the stretch are read side by side, and each begins a halo early (from both ends, when the network reads from
    /// both), so that a state at its own steps is what it would be after the whole sequence, as far as the network
    /// [forgets](crate::Forgetting).
    ///
    /// # Shapes
    /// - output: `[windows of all tiles, classes]`
    ///
    /// # Panics
    /// When the network has no [`stream_stride`](Self::stream_stride), or that does not divide the rule's step and halo; when
    /// a tile has not the bases of its windows and two halos.
    pub fn stream_logits(&self, tiles: &[StreamTile<'_>], rule: StreamRule) -> Vec<f32> {
        let stride = self.stream_stride().expect("the network can be streamed");
        assert!(
            rule.step.is_multiple_of(stride) && rule.halo.is_multiple_of(stride) && rule.step > 0,
            "windows and halos begin where steps begin"
        );
        let halo = rule.halo / stride;
        let steps: Vec<usize> = tiles.iter().map(|tile| rule.steps(tile, stride)).collect();
        let cuts = cut(&steps, halo);
        let rows = tiles.iter().zip(&cuts).flat_map(|(tile, rows)| {
            rows.iter().map(|row| {
                let end = (row.end + 2 * halo) * stride;
                &tile.codes[row.start * stride..end.min(tile.codes.len())]
            })
        });
        let batch = PaddedBatch::new(&rows.collect::<Vec<_>>()).expect("tiles have windows, and windows have bases");
        let features = self.features(&Input::codes(batch), &mut Mode::Infer).values; // [rows, steps, channels]
        let device = features.device();
        let mut streams = Streams::new(features, halo);
        let readout = &self.head().readout;
        let weights = readout.window_weights(rule.window.div_ceil(stride));
        let (mut read, mut of_tile) = (Vec::new(), Vec::new());
        for (tile, rows) in tiles.iter().zip(&cuts) {
            let windows = Windows {
                count: tile.windows,
                width: rule.window.div_ceil(stride),
                step: rule.step / stride,
            };
            readout.read_windows(&streams.join(rows), streams.channels, windows, &weights, &mut of_tile);
            read.extend_from_slice(&of_tile);
        }
        let windows = tiles.iter().map(|tile| tile.windows).sum();
        let shape = [windows, read.len() / windows];
        let read = Tensor::from_data(TensorData::new(read, shape), &device); // [windows, d_output]
        values_of(self.head().of_rows(read, [windows, 1], &mut Mode::Infer))
    }
}

impl StreamRule {
    /// The bases of a tile of `windows` windows.
    pub fn tile(&self, windows: usize) -> usize {
        let StreamRule { window, step, halo } = *self;
        2 * halo
            + TileWindows {
                count: windows,
                window,
                step,
            }
            .tile()
    }

    /// The steps under the windows of a tile.
    fn steps(&self, tile: &StreamTile<'_>, stride: usize) -> usize {
        assert_eq!(
            tile.codes.len(),
            self.tile(tile.windows),
            "a tile has its windows and two halos"
        );
        (tile.codes.len() - 2 * self.halo).div_ceil(stride)
    }
}

/// Cuts tiles of so many steps into rows of about the same length.
fn cut(tiles: &[usize], halo: usize) -> Vec<Vec<Range<usize>>> {
    let longest = tiles.iter().sum::<usize>().div_ceil(ROWS).max(HALOS * halo);
    let cut = |&steps: &usize| {
        let parts = steps.div_ceil(longest);
        (0..parts)
            .map(|part| part * steps / parts..(part + 1) * steps / parts)
            .collect()
    };
    tiles.iter().map(cut).collect()
}

/// The features of rows with their halos, `[rows, width, channels]`, that are taken one after the other.
struct Streams {
    values: Vec<f32>,
    width: usize,
    channels: usize,
    halo: usize,
    taken: usize,
}

impl Streams {
    fn new(features: Tensor<3>, halo: usize) -> Self {
        let [_, width, channels] = features.dims();
        Self {
            values: values_of(features),
            width,
            channels,
            halo,
            taken: 0,
        }
    }

    /// The features of the next rows without their halos, `[steps, channels]`; `rows` are their steps.
    fn join(&mut self, rows: &[Range<usize>]) -> Vec<f32> {
        let steps = rows.iter().map(Range::len).sum::<usize>();
        let mut joined = Vec::with_capacity(steps * self.channels);
        for row in rows {
            let start = (self.taken * self.width + self.halo) * self.channels;
            joined.extend_from_slice(&self.values[start..][..row.len() * self.channels]);
            self.taken += 1;
        }
        joined
    }
}
