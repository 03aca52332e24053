//! Overlapping windows of a long tile, whose features are computed once.

use burn::tensor::{Tensor, TensorData};
use processive_encode::PaddedBatch;
use processive_kernels::code_conv::Runs;
use processive_kernels::windows::{Windows, maxima};

use crate::layers::{Input, Mode, MotifConv, WholeSteps};
use crate::networks::Network;
use crate::weights::values_of;

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

impl Network {
    /// Whether windows of this length that begin this far apart have their features in common: the network reads out
    /// [whole](crate::Edges::Whole) steps only, a window has some, and windows begin where steps begin.
    pub fn shares_windows(&self, window: usize, step: usize) -> bool {
        let shares = |whole: Option<WholeSteps>| {
            whole.is_some_and(|whole| whole.inside(window) > 0 && step.is_multiple_of(whole.stride()))
        };
        step > 0
            && match self {
                Self::BagCnn(network) => network.stem.places(window) > 0,
                Self::Cnn(network) => shares(network.whole),
                Self::DilatedCnn(network) => shares(network.whole),
                Self::Recurrent(_) => false,
            }
    }

    /// Returns the logits of every window of a tile: those of the windows alone up to rounding, for a fraction of the
    /// work.
    ///
    /// # Shapes
    /// - `tile`: one sequence of [`TileWindows::tile`] bases; output: `[count, classes]`
    ///
    /// # Panics
    /// When the windows do not [share](Self::shares_windows) their features, or the tile has another length.
    pub fn window_logits(&self, tile: PaddedBatch, windows: TileWindows) -> Vec<f32> {
        assert!(
            self.shares_windows(windows.window, windows.step),
            "these windows share nothing"
        );
        assert_eq!(
            (tile.len(), tile.width()),
            (1, windows.tile()),
            "the windows cover the tile"
        );
        let rows = match self {
            Self::BagCnn(network) => read_maxima(&network.stem, &tile, windows),
            Self::Cnn(network) => self.read_steps(tile, windows, network.whole),
            Self::DilatedCnn(network) => self.read_steps(tile, windows, network.whole),
            Self::Recurrent(_) => unreachable!("recurrent networks share nothing"),
        };
        values_of(self.head().of_rows(rows, [windows.count, 1], &mut Mode::Infer))
    }

    /// Reads the windows out of the whole steps of the tile.
    fn read_steps(&self, tile: PaddedBatch, windows: TileWindows, whole: Option<WholeSteps>) -> Tensor<2> {
        let whole = whole.expect("the windows share whole steps");
        let windows = Windows {
            count: windows.count,
            width: whole.count(windows.window),
            step: windows.step / whole.stride(),
        };
        let features = self.features(&Input::codes(tile), &mut Mode::Infer);
        self.head().readout.windows(features.values, windows)
    }
}

/// Reads the maximum of every filter in every window, `[count, filters]`.
///
/// Positions are cut where some window begins or ends, which gives runs of two lengths in turn; a window is a few whole
/// runs.
fn read_maxima(stem: &MotifConv, tile: &PaddedBatch, windows: TileWindows) -> Tensor<2> {
    let places = stem.places(windows.window);
    let (runs, width, advance) = match places % windows.step {
        0 => (Runs::equal(windows.step), places / windows.step, 1),
        rest => {
            let runs = Runs {
                even: rest,
                odd: windows.step - rest,
            };
            (runs, places / windows.step * 2 + 1, 2)
        }
    };
    let windows = Windows {
        count: windows.count,
        width,
        step: advance,
    };
    let maxima = maxima(windows, stem.filters(), &stem.run_maxima(tile.codes(), runs));
    Tensor::from_data(
        TensorData::new(maxima, [windows.count, stem.filters()]),
        &stem.weight.device(),
    )
}
