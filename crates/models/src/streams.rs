//! Windows whose states are carried in from what lies around them: recurrent networks over long stretches.

mod model;

use std::ops::Range;

use processive_core::alphabet::UNKNOWN;
use processive_kernels::code_conv::Motifs;
use processive_kernels::windows::Windows;

use crate::compute::Compute;
use crate::layers::{Readout, ReadoutLayer};
use crate::networks::{Network, RecurrentNet};
use crate::packed::{FloatHead, RecurrentStack, StackMemory};
use crate::tiles::{TileWindows, largest_scores, motifs};

pub use model::StreamModel;

/// Bases of a row at least.
const ROW: usize = 1 << 13;
/// Bases of a row at least, in halos: shorter rows would be read for their halos more than for themselves.
const HALOS: usize = 4;

/// Consecutive windows with what lies around them.
#[derive(Clone, Copy, Debug)]
pub struct StreamTile<'a> {
    /// The bases under the windows, with a [margin](StreamRule::margin) in front of them and behind them.
    pub codes: &'a [u8],
    /// The number of windows, 1 or more.
    pub windows: usize,
    /// The number of the first window, counted along the sequence in the direction of the codes from any window on: rows
    /// begin where this says, in whatever tiles the sequence comes.
    pub first: i64,
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
    /// Steps of windows in a row, of which several are read side by side; nothing when a tile is one row.
    pub row: Option<usize>,
}

/// A recurrent network that labels windows, packed to read long stretches of DNA.
#[derive(Clone, Debug)]
pub struct StreamNetwork {
    stem: Option<(Motifs, usize)>,
    layers: RecurrentStack,
    readout: ReadoutLayer,
    head: FloatHead,
}

/// Steps that are read side by side with those of other rows, counted from the first base of their tile.
type Row = Range<usize>;

/// Memory that batches use one after the other.
#[derive(Clone, Debug, Default)]
pub struct StreamMemory {
    codes: Vec<u8>,
    some_steps: Vec<f32>,
    stack: StackMemory,
    joined: Vec<f32>,
    read: Vec<f32>,
    hidden: Vec<f32>,
    some_logits: Vec<f32>,
    /// The logits of the last batch, `[windows of all tiles, classes]`.
    pub logits: Vec<f32>,
}

impl StreamNetwork {
    /// Packs a network; nothing unless it is a recurrent one that labels windows of DNA, and when bytes are to be multiplied and a
    /// weight is no number.
    pub fn of_network(network: &Network, compute: Compute) -> Option<Self> {
        let Network::Recurrent(RecurrentNet { stem, layers, head, .. }) = network else {
            return None;
        };
        let largest = stem.as_ref().map(largest_scores);
        let stem = match stem {
            None => None,
            Some(stem) => Some((motifs(stem)?, stem.stride()?)),
        };
        let layers = RecurrentStack::new(layers, largest.as_deref(), compute)?;
        (head.readout.kind() != Readout::Each).then(|| Self {
            stem,
            layers,
            readout: head.readout.clone(),
            head: FloatHead::of_head(head),
        })
    }

    /// Bases per step: windows, their steps and halos begin where steps begin.
    pub fn stride(&self) -> usize {
        self.stem.as_ref().map_or(1, |(_, stride)| *stride)
    }

    /// Computes the logits of windows whose first and last states come from what lies around them, not from zero: the
    /// network reads the stretch under the windows as one sequence.
    ///
    /// Rows of the stretch are read side by side, and each begins a halo early (from both ends, when the network reads from
    /// both), so that a state at its own steps is what it would be after the whole sequence, as far as the network
    /// [forgets](crate::Forgetting). Rows lie at fixed places of the sequence, whatever tiles it comes in: a window's
    /// states are the same bits in every tile.
    ///
    /// # Panics
    /// When the [`stride`](Self::stride) does not divide the rule's step and halo, or a tile has not the bases of its windows
    /// and two margins.
    pub fn logits(&self, tiles: &[StreamTile<'_>], rule: StreamRule, memory: &mut StreamMemory) {
        let stride = self.stride();
        assert!(
            rule.step.is_multiple_of(stride) && rule.halo.is_multiple_of(stride) && rule.step > 0,
            "windows and halos begin where steps begin"
        );
        let (halo, channels) = (rule.halo / stride, self.layers.d_output());
        let cuts: Vec<Vec<Row>> = tiles.iter().map(|tile| rule.rows(tile, stride)).collect();
        let sequences: Vec<&[u8]> = tiles
            .iter()
            .zip(&cuts)
            .flat_map(|(tile, rows)| {
                rows.iter().map(|row| {
                    let end = (row.end + halo) * stride;
                    &tile.codes[(row.start - halo) * stride..end.min(tile.codes.len())]
                })
            })
            .collect();
        let row_len = self.features(&sequences, memory) * channels;
        let weights = self.readout.window_weights(rule.window.div_ceil(stride));
        memory.logits.clear();
        let mut features = memory.stack.states.chunks_exact(row_len.max(1));
        for (tile, rows) in tiles.iter().zip(&cuts) {
            let steps = rule.steps(tile, stride);
            memory.joined.clear();
            memory.joined.resize(steps.len() * channels, 0.0);
            for (row, features) in rows.iter().zip(&mut features) {
                let own = row.start.max(steps.start)..row.end.min(steps.end);
                let from = &features[(own.start - row.start + halo) * channels..][..own.len() * channels];
                memory.joined[(own.start - steps.start) * channels..][..from.len()].copy_from_slice(from);
            }
            let windows = Windows {
                count: tile.windows,
                width: rule.window.div_ceil(stride),
                step: rule.step / stride,
            };
            self.readout
                .read_windows(&memory.joined, channels, windows, &weights, &mut memory.read);
            self.head
                .logits(&memory.read, &mut memory.hidden, &mut memory.some_logits);
            memory.logits.extend_from_slice(&memory.some_logits);
        }
    }

    /// The features of some sequences, `[sequences, width, channels]` in the states of the stack; returns the width.
    fn features(&self, sequences: &[&[u8]], memory: &mut StreamMemory) -> usize {
        let stride = self.stride();
        let lengths: Vec<usize> = sequences.iter().map(|codes| codes.len().div_ceil(stride)).collect();
        let Some(width) = lengths.iter().copied().max() else {
            return 0;
        };
        let codes = match &self.stem {
            None => {
                memory.codes.clear();
                for codes in sequences {
                    memory.codes.extend_from_slice(codes);
                    memory.codes.resize(memory.codes.len() + width - codes.len(), UNKNOWN);
                }
                Some(&memory.codes[..])
            }
            Some((motifs, _)) => {
                let (kernel, row_len) = (motifs.kernel(), width * motifs.filters());
                let features = &mut memory.stack.features;
                features.resize(sequences.len() * row_len, 0.0);
                for (codes, row) in sequences.iter().zip(features.chunks_exact_mut(row_len)) {
                    motifs.pooled(codes, [(kernel - 1) / 2, kernel / 2], stride, &mut memory.some_steps);
                    row[..memory.some_steps.len()].copy_from_slice(&memory.some_steps);
                }
                None
            }
        };
        self.layers.run(codes, &lengths, width, &mut memory.stack);
        width
    }
}

impl StreamRule {
    /// The rule for long sequences: rows long beside their halos, and short beside a tile.
    #[must_use]
    pub fn in_rows(self) -> Self {
        let row = ROW.max(HALOS * self.halo).div_ceil(self.step);
        Self { row: Some(row), ..self }
    }

    /// Bases of a tile in front of its first window, and behind its last: the halo, and the rows that windows begin and end
    /// in.
    pub fn margin(&self) -> usize {
        match self.row {
            Some(row) => row * self.step + self.around(),
            None => self.halo,
        }
    }

    /// Bases around a row that its length depends on.
    fn around(&self) -> usize {
        self.halo.max(self.reach()).next_multiple_of(self.step)
    }

    /// How far a window's bases lie from the known base in its bin, at most.
    fn reach(&self) -> usize {
        self.window.max(self.step)
    }

    /// The bases of a tile of `windows` windows.
    pub fn tile(&self, windows: usize) -> usize {
        let windows = TileWindows {
            count: windows,
            window: self.window,
            step: self.step,
        };
        2 * self.margin() + windows.tile()
    }

    /// The steps under the windows of a tile, counted from its first base.
    fn steps(&self, tile: &StreamTile<'_>, stride: usize) -> Range<usize> {
        assert_eq!(
            tile.codes.len(),
            self.tile(tile.windows),
            "a tile has its windows and two margins"
        );
        let first = self.margin() / stride;
        first..first + (tile.codes.len() - 2 * self.margin()).div_ceil(stride)
    }

    /// The rows that hold the steps under those windows of a tile whose bins have a known base.
    fn rows(&self, tile: &StreamTile<'_>, stride: usize) -> Vec<Row> {
        let steps = self.steps(tile, stride);
        let Some(row) = self.row else {
            return vec![steps];
        };
        let (length, advance) = (row * self.step / stride, self.step / stride);
        // How far the first row begins before the steps.
        let early = tile.first.rem_euclid(row as i64) as usize * advance;
        let starts = (steps.start - early..steps.end).step_by(length);
        starts
            .map(|start| self.without_unknown(start..start + length, tile.codes, stride))
            .filter(|row| row.start.max(steps.start) < row.end.min(steps.end))
            .collect()
    }

    /// A row without the steps that no window needs, since no known base is near: at the ends of contigs.
    fn without_unknown(&self, row: Row, codes: &[u8], stride: usize) -> Row {
        let start = row.start * stride - self.around();
        let near = &codes[start..(row.end * stride + self.around()).min(codes.len())];
        let known = |&code: &u8| code != UNKNOWN;
        let (Some(first), Some(last)) = (near.iter().position(known), near.iter().rposition(known)) else {
            return row;
        };
        let first = (start + first).saturating_sub(self.reach()) / stride;
        let end = (start + last + self.reach()).div_ceil(stride) + 1;
        row.start.max(first)..row.end.min(end)
    }
}
