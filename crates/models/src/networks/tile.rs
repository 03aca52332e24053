//! Overlapping windows of a long tile, whose features are computed once.

use burn::tensor::Tensor;
use processive_encode::PaddedBatch;
use processive_kernels::windows::Windows;

use crate::layers::{Features, Input, Mode, MotifConv, WholeSteps};
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
        let input = Input::codes(tile);
        let rows = match self {
            Self::BagCnn(network) => read_maxima(&network.stem, &input, windows),
            Self::Cnn(network) => self.read_steps(&input, windows, network.whole),
            Self::DilatedCnn(network) => self.read_steps(&input, windows, network.whole),
            Self::Recurrent(_) => unreachable!("recurrent networks share nothing"),
        };
        values_of(self.head().of_rows(rows, [windows.count, 1], &mut Mode::Infer))
    }

    /// Reads the windows out of the whole steps of the tile.
    fn read_steps(&self, input: &Input, windows: TileWindows, whole: Option<WholeSteps>) -> Tensor<2> {
        let whole = whole.expect("the windows share whole steps");
        let windows = Windows {
            count: windows.count,
            width: whole.count(windows.window),
            step: windows.step / whole.stride(),
        };
        self.head()
            .readout
            .windows(self.features(input, &mut Mode::Infer).values, windows)
    }
}

/// Reads the maximum of every filter in every window.
///
/// Runs of filter positions that no window cuts are joined in the convolution itself.
fn read_maxima(stem: &MotifConv, input: &Input, windows: TileWindows) -> Tensor<2> {
    let places = stem.places(windows.window);
    let run = greatest_common_divisor(places, windows.step);
    let Features { values, .. } = stem.run_maxima(input, run); // [1, runs, filters]
    let windows = Windows {
        count: windows.count,
        width: places / run,
        step: windows.step / run,
    };
    crate::layers::window_maxima(values, windows)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
