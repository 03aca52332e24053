//! Windows whose states are carried in from what lies around them: recurrent networks over long stretches.

mod model;

use std::ops::Range;

use processive_core::alphabet::UNKNOWN;
use processive_kernels::code_conv::Motifs;
use processive_kernels::recurrent::Input;
use processive_kernels::windows::Windows;

use crate::layers::{PackedRecurrent, Readout, ReadoutLayer, Recurrent};
use crate::networks::{Network, RecurrentNet};
use crate::tiles::{TileHead, TileWindows, motifs};

pub use model::StreamModel;

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

/// A recurrent network that labels windows, packed to read long stretches of DNA.
#[derive(Clone, Debug)]
pub struct StreamNetwork {
    stem: Option<(Motifs, usize)>,
    layers: Vec<PackedRecurrent>,
    readout: ReadoutLayer,
    head: TileHead,
}

/// Memory that batches use one after the other: fresh pages for every batch took a tenth of a scan's time.
#[derive(Clone, Debug, Default)]
pub struct StreamMemory {
    codes: Vec<u8>,
    some_steps: Vec<f32>,
    before: Vec<f32>,
    after: Vec<f32>,
    joined: Vec<f32>,
    read: Vec<f32>,
    hidden: Vec<f32>,
    some_logits: Vec<f32>,
    /// The logits of the last batch, `[windows of all tiles, classes]`.
    pub logits: Vec<f32>,
}

impl StreamNetwork {
    /// Packs a network; nothing unless it is a recurrent one that labels windows of DNA.
    pub fn of_network(network: &Network) -> Option<Self> {
        let Network::Recurrent(RecurrentNet { stem, layers, head, .. }) = network else {
            return None;
        };
        let stem = match stem {
            None => None,
            Some(stem) => Some((motifs(stem)?, stem.stride()?)),
        };
        (head.readout.kind() != Readout::Each).then(|| Self {
            stem,
            layers: layers.iter().map(Recurrent::packed).collect(),
            readout: head.readout.clone(),
            head: TileHead::of_head(head),
        })
    }

    /// Bases per step: windows, their steps and halos begin where steps begin.
    pub fn stride(&self) -> usize {
        self.stem.as_ref().map_or(1, |(_, stride)| *stride)
    }

    fn channels(&self) -> usize {
        self.layers.last().map_or(0, PackedRecurrent::d_output)
    }

    /// Computes the logits of windows whose first and last states come from what lies around them, not from zero: the
    /// network reads the stretch under the windows as one sequence.
    ///
    /// Rows of the stretch are read side by side, and each begins a halo early (from both ends, when the network reads from
    /// both), so that a state at its own steps is what it would be after the whole sequence, as far as the network
    /// [forgets](crate::Forgetting).
    ///
    /// # Panics
    /// When the [`stride`](Self::stride) does not divide the rule's step and halo, or a tile has not the bases of its windows
    /// and two halos.
    pub fn logits(&self, tiles: &[StreamTile<'_>], rule: StreamRule, memory: &mut StreamMemory) {
        let stride = self.stride();
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
        let width = self.features(&rows.collect::<Vec<_>>(), memory);
        let row_len = width * self.channels();
        let weights = self.readout.window_weights(rule.window.div_ceil(stride));
        memory.logits.clear();
        let mut first = 0;
        for (tile, rows) in tiles.iter().zip(&cuts) {
            memory.joined.clear();
            for (row, features) in rows.iter().zip(memory.before[first * row_len..].chunks_exact(row_len)) {
                let own = &features[halo * self.channels()..][..row.len() * self.channels()];
                memory.joined.extend_from_slice(own);
            }
            first += rows.len();
            let windows = Windows {
                count: tile.windows,
                width: rule.window.div_ceil(stride),
                step: rule.step / stride,
            };
            self.readout
                .read_windows(&memory.joined, self.channels(), windows, &weights, &mut memory.read);
            self.head
                .logits(&memory.read, &mut memory.hidden, &mut memory.some_logits);
            memory.logits.extend_from_slice(&memory.some_logits);
        }
    }

    /// The features of some sequences, `[sequences, width, channels]` in `memory.before`; returns the width.
    fn features(&self, sequences: &[&[u8]], memory: &mut StreamMemory) -> usize {
        let stride = self.stride();
        let lengths: Vec<usize> = sequences.iter().map(|codes| codes.len().div_ceil(stride)).collect();
        let width = lengths.iter().copied().max().unwrap_or(0);
        let (first, inner) = self.layers.split_first().expect("a recurrent network has a layer");
        match &self.stem {
            None => {
                memory.codes.clear();
                for codes in sequences {
                    memory.codes.extend_from_slice(codes);
                    memory.codes.resize(memory.codes.len() + width - codes.len(), UNKNOWN);
                }
                first.run(Input::Codes(&memory.codes), &lengths, width, &mut memory.before);
            }
            Some((motifs, _)) => {
                let (kernel, row_len) = (motifs.kernel(), width * motifs.filters());
                memory.after.resize(sequences.len() * row_len, 0.0);
                for (codes, row) in sequences.iter().zip(memory.after.chunks_exact_mut(row_len)) {
                    motifs.pooled(codes, [(kernel - 1) / 2, kernel / 2], stride, &mut memory.some_steps);
                    row[..memory.some_steps.len()].copy_from_slice(&memory.some_steps);
                }
                first.run(Input::Features(&memory.after), &lengths, width, &mut memory.before);
            }
        }
        for layer in inner {
            layer.run(Input::Features(&memory.before), &lengths, width, &mut memory.after);
            std::mem::swap(&mut memory.before, &mut memory.after);
        }
        width
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
