//! Matrices of weights in one byte each.

use crate::simd::{ByteLine, LANES};

/// The largest weight; the same to both sides, so that a column and its negative round alike.
const MOST: f32 = 127.0;
/// Inputs whose sum of products is certain to fit into 32 bits.
pub(crate) const DEEPEST: usize = 1 << 16;
/// The input that stands for 0 where inputs have both signs.
pub(crate) const ZERO: u8 = 128;

/// The inputs of a matrix of weights: what a byte stands for is folded into the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inputs {
    /// `0..=255`, and 0 is 0.
    Unsigned,
    /// `1..=255`, and [`ZERO`] is 0.
    Signed,
}

/// The nearest integer of a number up to `2^22`, the even one of two: `f32::round_ties_even`, which is a call of a library.
fn nearest(value: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    (value + SHIFT) - SHIFT
}

/// A matrix cut into panels of [`LANES`] columns: panel `p` holds its rows one after another, four to a line.
///
/// Every column is rounded to whole multiples of its own scale. Missing rows and columns are zeros.
#[derive(Clone, Debug)]
pub(crate) struct BytePanels {
    /// Lines of a panel.
    depth: usize,
    lines: Vec<ByteLine>,
    /// What sums begin with: minus the sum that inputs of zero would give.
    starts: Vec<[i32; LANES]>,
    /// What a sum is multiplied with.
    scales: Vec<[f32; LANES]>,
}

impl BytePanels {
    /// Packs a `[depth, columns]` matrix of finite numbers, given by its elements.
    ///
    /// # Panics
    /// When sums may not fit into 32 bits.
    pub(crate) fn new(depth: usize, columns: usize, inputs: Inputs, at: impl Fn(usize, usize) -> f32) -> Self {
        assert!(depth <= DEEPEST, "sums of products of so many bytes fit into 32 bits");
        let (lines_deep, panels) = (depth.div_ceil(4), columns.div_ceil(LANES));
        let mut packed = Self {
            depth: lines_deep,
            lines: vec![ByteLine::ZERO; lines_deep * panels],
            starts: vec![[0; LANES]; panels],
            scales: vec![[0.0; LANES]; panels],
        };
        for panel in 0..panels {
            let first = panel * LANES;
            let width = LANES.min(columns - first);
            let mut largest = [0.0_f32; LANES];
            for k in 0..depth {
                for (lane, most) in largest[..width].iter_mut().enumerate() {
                    *most = most.max(at(k, first + lane).abs());
                }
            }
            let scales = largest.map(|most| most / MOST);
            let mut sums = [0; LANES];
            for k in 0..depth {
                let line = &mut packed.lines[panel * lines_deep + k / 4].0;
                for lane in (0..width).filter(|&lane| scales[lane] > 0.0) {
                    let weight = nearest(at(k, first + lane) / scales[lane]).clamp(-MOST, MOST) as i8;
                    line[4 * lane + k % 4] = weight;
                    sums[lane] += i32::from(weight);
                }
            }
            packed.scales[panel] = scales;
            if inputs == Inputs::Signed {
                packed.starts[panel] = sums.map(|sum| -sum * i32::from(ZERO));
            }
        }
        packed
    }

    /// The number of lines of a panel: every one takes four inputs.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The number of panels.
    pub(crate) fn count(&self) -> usize {
        self.scales.len()
    }

    /// All panels: line `k` of panel `p` at `p * depth + k`.
    pub(crate) fn lines(&self) -> &[ByteLine] {
        &self.lines
    }

    /// What the sums of every panel begin with.
    pub(crate) fn starts(&self) -> &[[i32; LANES]] {
        &self.starts
    }

    /// What the sums of every panel are multiplied with.
    pub(crate) fn scales(&self) -> &[[f32; LANES]] {
        &self.scales
    }

    /// The rounded weight of a row and column, and what it is a multiple of.
    #[cfg(test)]
    pub(crate) fn weight(&self, row: usize, column: usize) -> (i8, f32) {
        let (panel, lane) = (column / LANES, column % LANES);
        let four = &self.lines[panel * self.depth + row / 4].0[4 * lane..];
        (four[row % 4], self.scales[panel][lane])
    }
}
