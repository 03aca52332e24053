//! Read-outs of windows that overlap: maxima, sums and weighted sums over runs of rows.

use crate::product::block;
use crate::simd::{Backend, Kernel, LANES, Line, Simd};

/// Windows of equal width over the rows of a matrix: window `w` covers rows `w * step .. w * step + width`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The number of windows.
    pub count: usize,
    /// Rows of a window, 1 or more.
    pub width: usize,
    /// Rows from the beginning of one window to that of the next.
    pub step: usize,
}

impl Windows {
    /// The first row of a window.
    pub fn start(&self, window: usize) -> usize {
        window * self.step
    }

    /// The number of rows from the first of all to the last of the last window.
    pub fn rows(&self) -> usize {
        self.count
            .checked_sub(1)
            .map_or(0, |last| self.start(last) + self.width)
    }
}

/// Where the channels of every window go: columns of a matrix with a row for each window.
#[derive(Debug)]
pub struct Columns<'a> {
    /// The matrix, row after row.
    pub rows: &'a mut [f32],
    /// The length of a row.
    pub width: usize,
    /// The first of the columns.
    pub first: usize,
}

/// Takes the maximum of every channel in every window; NaN where a window holds one.
///
/// Takes three comparisons per row, however wide the windows are.
///
/// # Shapes
/// - `values`: `[rows, channels]`, at least the rows that the windows cover; output: `[count, channels]`
///
/// # Source
/// van Herk 1992; Gil & Werman 1993: the rows in stretches of a window's width, so that a window is the end of one stretch
/// and the beginning of the next.
///
/// # Panics
/// When a size is 0 or does not agree with the others.
pub fn maxima(windows: Windows, channels: usize, values: &[f32], to: Columns<'_>) {
    join::<Largest>(Backend::current(), windows, channels, values, to);
}

/// Takes the sum of every channel in every window.
///
/// The sums of the end of a stretch of rows and of the beginning of the next are added, as [`maxima`] joins theirs: three
/// additions per row, and nothing is subtracted, so that a sum is as exact as one that is taken row by row.
///
/// # Shapes
/// - As [`maxima`]
///
/// # Panics
/// As [`maxima`].
pub fn sums(windows: Windows, channels: usize, values: &[f32], to: Columns<'_>) {
    join::<Total>(Backend::current(), windows, channels, values, to);
}

/// Takes the sums of every window's rows, each row weighted by its place in the window and by channel.
///
/// `y[w, c] = Σ_r weights[r, c] · values[start(w) + r, c]`, added in the order of the rows.
///
/// # Shapes
/// - `weights`: `[width, channels]`; otherwise as [`maxima`]
///
/// # Panics
/// As [`maxima`].
pub fn weighted_sums(windows: Windows, channels: usize, values: &[f32], weights: &[f32], to: Columns<'_>) {
    assert_sizes(windows, channels, values, &to);
    assert_eq!(weights.len(), windows.width * channels, "weights are [width, channels]");
    Backend::current().run(WeightedSums {
        windows,
        channels,
        values,
        weights,
        to,
    });
}

fn assert_sizes(windows: Windows, channels: usize, values: &[f32], to: &Columns<'_>) {
    assert!(
        windows.width > 0 && channels > 0,
        "windows have rows, and rows have channels"
    );
    assert!(
        values.len() >= windows.rows() * channels,
        "there are rows for all windows"
    );
    assert!(
        to.first + channels <= to.width && to.rows.len() == windows.count * to.width,
        "there is a row with all channels for every window"
    );
}

fn join<J: Joint>(backend: Backend, windows: Windows, channels: usize, values: &[f32], to: Columns<'_>) {
    assert_sizes(windows, channels, values, &to);
    backend.run(Join {
        windows,
        channels,
        values,
        to,
        joint: std::marker::PhantomData::<J>,
    });
}

/// How rows are joined; the order does not matter but for rounding.
trait Joint {
    /// Joined with it, a row stays as it is.
    const NOTHING: f32;
    /// Joins a row with what was joined before it.
    fn join<S: Simd>(simd: S, row: S::Vector, before: S::Vector) -> S::Vector;
}

struct Largest;

impl Joint for Largest {
    const NOTHING: f32 = f32::NEG_INFINITY;

    #[inline(always)]
    fn join<S: Simd>(simd: S, row: S::Vector, before: S::Vector) -> S::Vector {
        let nowhere = simd.splat_position(0);
        // A NaN counts as the largest of all, so that it stays.
        simd.raise(row, nowhere, before, nowhere).0
    }
}

struct Total;

impl Joint for Total {
    const NOTHING: f32 = 0.0;

    #[inline(always)]
    fn join<S: Simd>(simd: S, row: S::Vector, before: S::Vector) -> S::Vector {
        simd.add(before, row)
    }
}

struct Join<'a, J> {
    windows: Windows,
    channels: usize,
    values: &'a [f32],
    to: Columns<'a>,
    joint: std::marker::PhantomData<J>,
}

impl<J: Joint> Kernel for Join<'_, J> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let mut ends = vec![Line::ZERO; self.windows.width];
        for channel in (0..self.channels).step_by(LANES) {
            if channel + LANES <= self.channels {
                self.join_channels::<S, true>(simd, channel, &mut ends);
            } else {
                self.join_channels::<S, false>(simd, channel, &mut ends);
            }
        }
    }
}

impl<J: Joint> Join<'_, J> {
    /// Joins the rows of [`LANES`] channels, or of the last few.
    #[inline(always)]
    fn join_channels<S: Simd, const ALL: bool>(&mut self, simd: S, channel: usize, ends: &mut [Line]) {
        let width = self.windows.width;
        // `ends` holds the joints of a stretch's last rows, from each of its rows on; `begun` that of the next one's first.
        let mut begun = simd.splat(J::NOTHING);
        let (mut stretch, mut taken) = (usize::MAX, 0);
        for window in 0..self.windows.count {
            let start = self.windows.start(window);
            if start / width != stretch {
                stretch = start / width;
                let mut joined = simd.splat(J::NOTHING);
                for offset in (0..width).rev() {
                    joined = J::join(
                        simd,
                        self.row::<S, ALL>(simd, stretch * width + offset, channel),
                        joined,
                    );
                    simd.store(joined, &mut ends[offset].0);
                }
                (begun, taken) = (simd.splat(J::NOTHING), 0);
            }
            let offset = start % width;
            while taken < offset {
                begun = J::join(
                    simd,
                    self.row::<S, ALL>(simd, (stretch + 1) * width + taken, channel),
                    begun,
                );
                taken += 1;
            }
            let whole = J::join(simd, begun, simd.load(&ends[offset].0));
            self.write::<S, ALL>(simd, window, channel, whole);
        }
    }

    #[inline(always)]
    fn row<S: Simd, const ALL: bool>(&self, simd: S, row: usize, channel: usize) -> S::Vector {
        let row = &self.values[row * self.channels + channel..];
        if ALL {
            return simd.load(row.first_chunk().expect("there are channels for a whole vector"));
        }
        few(simd, &row[..self.channels - channel])
    }

    #[inline(always)]
    fn write<S: Simd, const ALL: bool>(&mut self, simd: S, window: usize, channel: usize, values: S::Vector) {
        let to = &mut self.to.rows[window * self.to.width + self.to.first + channel..];
        if ALL {
            simd.store(values, to.first_chunk_mut().expect("a row has all channels"));
            return;
        }
        let mut lanes = [0.0; LANES];
        simd.store(values, &mut lanes);
        let count = self.channels - channel;
        to[..count].copy_from_slice(&lanes[..count]);
    }
}

struct WeightedSums<'a> {
    windows: Windows,
    channels: usize,
    values: &'a [f32],
    weights: &'a [f32],
    to: Columns<'a>,
}

/// Windows that share the reading of the weights.
const TOGETHER: usize = 4;

impl Kernel for WeightedSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let all = self.windows.count - self.windows.count % TOGETHER;
        for channel in (0..self.channels).step_by(LANES) {
            for window in (0..all).step_by(TOGETHER) {
                self.sum::<S, TOGETHER>(simd, window, channel);
            }
            for window in all..self.windows.count {
                self.sum::<S, 1>(simd, window, channel);
            }
        }
    }
}

impl WeightedSums<'_> {
    /// The sums of [`LANES`] channels, or of the last few, in `W` windows.
    #[inline(always)]
    fn sum<S: Simd, const W: usize>(&mut self, simd: S, window: usize, channel: usize) {
        let Self {
            windows,
            channels,
            values,
            weights,
            ..
        } = *self;
        let mut starts = [0; W];
        for (w, start) in starts.iter_mut().enumerate() {
            *start = windows.start(window + w) * channels + channel;
        }
        let mut sums = [simd.splat(0.0); W];
        let count = LANES.min(channels - channel);
        for row in 0..windows.width {
            let at = row * channels;
            if count == LANES {
                let weight = simd.load(block(&weights[at + channel..]));
                for w in 0..W {
                    sums[w] = simd.mul_add(weight, simd.load(block(&values[starts[w] + at..])), sums[w]);
                }
            } else {
                let weight = few(simd, &weights[at + channel..][..count]);
                for w in 0..W {
                    sums[w] = simd.mul_add(weight, few(simd, &values[starts[w] + at..][..count]), sums[w]);
                }
            }
        }
        let Columns { rows, width, first } = &mut self.to;
        for (w, sum) in sums.into_iter().enumerate() {
            let mut lanes = [0.0; LANES];
            simd.store(sum, &mut lanes);
            let to = &mut rows[(window + w) * *width + *first + channel..];
            to[..count].copy_from_slice(&lanes[..count]);
        }
    }
}

/// A vector of fewer values than it has lanes.
#[inline(always)]
fn few<S: Simd>(simd: S, values: &[f32]) -> S::Vector {
    let mut lanes = [0.0; LANES];
    lanes[..values.len()].copy_from_slice(values);
    simd.load(&lanes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    fn joined<J: Joint>(backend: Backend, windows: Windows, channels: usize, values: &[f32]) -> Vec<f32> {
        let mut rows = vec![7.0; windows.count * (channels + 3)];
        let to = Columns {
            rows: &mut rows,
            width: channels + 3,
            first: 2,
        };
        join::<J>(backend, windows, channels, values, to);
        columns(&rows, channels)
    }

    /// The columns that were written; those around them have stayed as they were.
    fn columns(rows: &[f32], channels: usize) -> Vec<f32> {
        let around = |row: &[f32]| [row[0], row[1], row[channels + 2]];
        let mut rows = rows.chunks_exact(channels + 3);
        assert!(
            rows.clone()
                .flat_map(around)
                .all(|value| value.to_bits() == 7.0_f32.to_bits())
        );
        rows.by_ref().flat_map(|row| &row[2..channels + 2]).copied().collect()
    }

    proptest! {
        #[test]
        fn a_window_is_read_as_it_is_alone(
            count in 0usize..40, width in 1usize..30, step in 0usize..35,
            channels in 1usize..40, seed: u64,
        ) {
            let windows = Windows { count, width, step };
            let values = random((windows.rows() + 2) * channels, seed);
            let weights = random(width * channels, seed ^ 1);
            let mut weighted = vec![7.0; count * (channels + 3)];
            let to = Columns { rows: &mut weighted, width: channels + 3, first: 2 };
            weighted_sums(windows, channels, &values, &weights, to);
            let weighted = columns(&weighted, channels);
            for backend in Backend::available() {
                let maxima = joined::<Largest>(backend, windows, channels, &values);
                let sums = joined::<Total>(backend, windows, channels, &values);
                prop_assert_eq!((maxima.len(), sums.len()), (count * channels, count * channels));
                for window in 0..count {
                    let begin = window * step;
                    for channel in 0..channels {
                        let of_row = |row: usize| values[(begin + row) * channels + channel];
                        let at = window * channels + channel;
                        let most = (0..width).map(of_row).fold(f32::NEG_INFINITY, f32::max);
                        prop_assert_eq!(maxima[at].to_bits(), most.to_bits());
                        // At most 30 terms below 1: a sum rounds by less than 30 · 30 · 2^-24.
                        let sum: f64 = (0..width).map(|row| f64::from(of_row(row))).sum();
                        prop_assert!((f64::from(sums[at]) - sum).abs() < 5.4e-5, "{} {}", sums[at], sum);
                        let weight = |row: usize| f64::from(weights[row * channels + channel]);
                        let sum: f64 = (0..width).map(|row| f64::from(of_row(row)) * weight(row)).sum();
                        prop_assert!((f64::from(weighted[at]) - sum).abs() < 5.4e-5, "{} {}", weighted[at], sum);
                    }
                }
            }
        }
    }

    #[test]
    fn a_nan_shows_in_every_window_that_holds_it_and_in_no_other() {
        let windows = Windows {
            count: 12,
            width: 7,
            step: 3,
        };
        for (channels, backend) in [1, 16, 19].into_iter().zip(Backend::available().into_iter().cycle()) {
            let mut values = random(40 * channels, 3);
            values[17 * channels + channels - 1] = f32::NAN;
            for found in [
                joined::<Largest>(backend, windows, channels, &values),
                joined::<Total>(backend, windows, channels, &values),
            ] {
                for (window, found) in found.chunks_exact(channels).enumerate() {
                    let holds = (window * 3..window * 3 + 7).contains(&17);
                    assert_eq!(
                        found[channels - 1].is_nan(),
                        holds,
                        "window {window}, {channels} channels"
                    );
                    assert!(found[..channels - 1].iter().all(|value| value.is_finite()));
                }
            }
        }
    }
}
