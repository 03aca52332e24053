//! Networks packed to score the windows of tiles on the processor: what overlapping windows share is computed once, and
//! weights are packed once.
//!
//! The layers are those of [`layers`](crate::layers), on the same kernels, without burn: a scan calls them with nothing
//! around them.

mod model;
mod trunk;

use processive_core::Alphabet;
use processive_kernels::code_conv::{Motifs, Slide};
use processive_kernels::windows::Windows;

use crate::compute::Compute;
use crate::layers::{MotifConv, Readout, ReadoutLayer};
use crate::networks::Network;
use crate::packed::FloatHead;
use crate::weights::{all_finite, values_of};

pub use model::TileModel;

use trunk::Trunk;

/// Windows of equal length along a tile: window `w` covers the bases `w * step .. w * step + window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileWindows {
    /// The number of windows, 1 or more.
    pub count: usize,
    /// Bases of a window.
    pub window: usize,
    /// Bases from the beginning of one window to that of the next.
    pub step: usize,
}

impl TileWindows {
    /// The length of the tile that they cover, in bases.
    pub fn tile(&self) -> usize {
        (self.count - 1) * self.step + self.window
    }
}

/// A convolutional network that reads out whole steps only, packed to score the windows of tiles.
#[derive(Clone, Debug)]
pub struct TileNetwork {
    window: usize,
    body: Body,
    head: FloatHead,
}

/// What comes before the head.
#[derive(Clone, Debug)]
enum Body {
    /// The maxima of motifs over whole windows.
    Motifs(Motifs),
    /// Steps, how windows of them are read out, and with which weights.
    Steps(Trunk, ReadoutLayer, Vec<f32>),
}

/// Memory that tiles use one after the other.
#[derive(Clone, Debug, Default)]
pub struct TileMemory {
    steps: trunk::Memory,
    rows: Vec<f32>,
    hidden: Vec<f32>,
    some_logits: Vec<f32>,
    /// The logits of the last tile, `[windows, classes]`.
    pub logits: Vec<f32>,
}

impl TileNetwork {
    /// Packs a network for windows of one length; nothing when they cannot share their features, when a weight is no number, or
    /// when bytes are to be multiplied and no layer does so.
    pub fn of_network(network: &Network, window: usize, compute: Compute) -> Option<Self> {
        let body = match network {
            Network::BagCnn(network) if network.stem.is_bag() && compute == Compute::F32 => {
                let motifs = motifs(&network.stem).filter(|motifs| window >= motifs.kernel())?;
                Body::Motifs(motifs)
            }
            Network::Cnn(cnn) => Body::steps(Trunk::of_cnn(cnn, compute)?, &cnn.head.readout, window)?,
            Network::DilatedCnn(cnn) if compute == Compute::F32 => {
                Body::steps(Trunk::of_dilated_cnn(cnn)?, &cnn.head.readout, window)?
            }
            Network::BagCnn(_) | Network::DilatedCnn(_) | Network::Recurrent(_) => return None,
        };
        let weights = network.weights();
        all_finite(weights.iter().flat_map(|tensor| &tensor.values)).then(|| Self {
            window,
            body,
            head: FloatHead::of_head(network.head()),
        })
    }

    /// Bases that the beginnings of windows that share their features are multiples of.
    pub(crate) fn stride(&self) -> usize {
        match &self.body {
            Body::Motifs(_) => 1,
            Body::Steps(trunk, ..) => trunk.whole().stride(),
        }
    }

    /// Whether windows that begin this far apart have their features in common: they begin where steps begin.
    pub fn shares(&self, step: usize) -> bool {
        step > 0 && step.is_multiple_of(self.stride())
    }

    /// Computes the logits of every window of a tile, given by the codes of its bases: those of the windows alone up to
    /// rounding, for a fraction of the work.
    ///
    /// # Panics
    /// When the windows do not [share](Self::shares) their features, or the tile has another length.
    pub fn logits(&self, codes: &[u8], windows: TileWindows, memory: &mut TileMemory) {
        let TileWindows { count, window, step } = windows;
        assert!(
            window == self.window && self.shares(step),
            "these windows share nothing"
        );
        assert_eq!(codes.len(), windows.tile(), "the windows cover the tile");
        memory.logits.clear();
        match &self.body {
            Body::Motifs(motifs) => {
                let mut maxima = motifs.slide(codes, Slide { count, window, step });
                if let Some(layer) = self.head.single() {
                    while maxima.next_outputs(layer, &mut memory.some_logits) > 0 {
                        memory.logits.extend_from_slice(&memory.some_logits);
                    }
                } else {
                    while maxima.next(&mut memory.rows) > 0 {
                        self.head(memory);
                    }
                }
            }
            Body::Steps(trunk, readout, weights) => {
                let whole = trunk.whole();
                let windows = Windows {
                    count,
                    width: whole.count(window),
                    step: step / whole.stride(),
                };
                let steps = trunk.steps(codes, &mut memory.steps);
                readout.read_windows(steps, trunk.channels(), windows, weights, &mut memory.rows);
                self.head(memory);
            }
        }
    }

    /// Appends the logits of rows that are read out.
    fn head(&self, memory: &mut TileMemory) {
        let TileMemory {
            rows,
            hidden,
            some_logits,
            logits,
            ..
        } = memory;
        self.head.logits(rows, hidden, some_logits);
        logits.extend_from_slice(some_logits);
    }
}

impl Body {
    /// Nothing for windows without a step, and for a read-out of single steps.
    fn steps(trunk: Trunk, readout: &ReadoutLayer, window: usize) -> Option<Self> {
        let width = trunk.whole().inside(window);
        let reads = width > 0 && !matches!(readout.kind(), Readout::Last | Readout::Each);
        reads.then(|| Self::Steps(trunk, readout.clone(), readout.window_weights(width)))
    }
}

/// The largest score of every motif, 0 at least: that of its best sequence.
pub(crate) fn largest_scores(conv: &MotifConv) -> Vec<f32> {
    let [_, letters, filters] = conv.weight.dims();
    let weights = values_of(conv.weight.val());
    let mut largest = values_of(conv.bias.val());
    for column in weights.chunks_exact(letters * filters) {
        for (filter, largest) in largest.iter_mut().enumerate() {
            // An unknown letter adds nothing.
            let of_letters = column.iter().skip(filter).step_by(filters);
            *largest += of_letters.fold(0.0_f32, |most, &weight| most.max(weight));
        }
    }
    largest.iter().map(|score| score.max(0.0)).collect()
}

/// Packs motif filters over DNA; nothing when sums of their weights may overflow.
pub(crate) fn motifs(conv: &MotifConv) -> Option<Motifs> {
    let [kernel, letters, filters] = conv.weight.dims();
    if letters != Alphabet::Dna.size() {
        return None;
    }
    let motifs = Motifs::new(
        kernel,
        filters,
        &values_of(conv.weight.val()),
        &values_of(conv.bias.val()),
    );
    motifs.is_finite().then_some(motifs)
}
