//! Read-outs of windows that overlap: maxima and weighted sums over runs of rows.

use crate::simd::{Backend, Kernel, LANES, Simd};

/// Windows over the rows of a matrix: window `w` covers the rows `w * step .. w * step + width`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The number of windows.
    pub count: usize,
    /// Rows of a window, 1 or more.
    pub width: usize,
    /// Rows from one window's first row to the next one's, 1 or more.
    pub step: usize,
}

impl Windows {
    /// The number of rows that they cover.
    pub fn rows(&self) -> usize {
        self.count
            .checked_sub(1)
            .map_or(0, |last| last * self.step + self.width)
    }

    fn assert(&self, channels: usize, values: &[f32]) {
        assert!(
            self.width > 0 && self.step > 0 && channels > 0,
            "windows have rows, and rows have channels"
        );
        assert!(values.len() >= self.rows() * channels, "there are rows for all windows");
    }
}

/// Returns the maximum of every channel in every window; NaN where a window holds one.
///
/// Takes three comparisons per row, however wide the windows are.
///
/// # Shapes
/// - `values`: `[rows, channels]`, at least the rows that the windows cover; output: `[count, channels]`
///
/// # Source
/// van Herk 1992; Gil & Werman 1993: the rows in blocks of a window's width, so that a window is the end of one block
/// and the beginning of the next.
///
/// # Panics
/// When a size is 0 or there are too few rows.
pub fn maxima(windows: Windows, channels: usize, values: &[f32]) -> Vec<f32> {
    windows.assert(channels, values);
    Backend::current().run(Maxima {
        windows,
        channels,
        values,
    })
}

/// Returns the sums of every window's rows, each row weighted by its place in the window and by channel.
///
/// `y[w, c] = Σ_r weights[r, c] · values[w · step + r, c]`, added in the order of the rows.
///
/// # Shapes
/// - `values`: `[rows, channels]`; `weights`: `[width, channels]`; output: `[count, channels]`
///
/// # Panics
/// When sizes do not agree.
pub fn weighted_sums(windows: Windows, channels: usize, values: &[f32], weights: &[f32]) -> Vec<f32> {
    windows.assert(channels, values);
    assert_eq!(weights.len(), windows.width * channels, "weights are [width, channels]");
    Backend::current().run(WeightedSums {
        windows,
        channels,
        values,
        weights,
    })
}

struct Maxima<'a> {
    windows: Windows,
    channels: usize,
    values: &'a [f32],
}

impl Kernel for Maxima<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self {
            windows: Windows { count, width, step },
            channels,
            values,
        } = self;
        let row = |row: usize| &values[row * channels..(row + 1) * channels];
        let mut output = Vec::with_capacity(count * channels);
        // The maxima of a block's last rows, from each of its rows on, and those of the next block's first rows.
        let mut ends = vec![0.0; width * channels];
        let mut first_rows = vec![0.0; channels];
        let mut block = usize::MAX;
        let mut taken = 0;
        for window in 0..count {
            let (start, offset) = (window * step, window * step % width);
            if start / width != block {
                block = start / width;
                end_maxima(
                    simd,
                    &mut ends,
                    &values[block * width * channels..][..width * channels],
                    channels,
                );
                taken = 0;
            }
            let end = &ends[offset * channels..(offset + 1) * channels];
            while taken < offset {
                let next = row((block + 1) * width + taken);
                if taken == 0 {
                    first_rows.copy_from_slice(next);
                } else {
                    raise(simd, &mut first_rows, next);
                }
                taken += 1;
            }
            output.extend_from_slice(end);
            if offset > 0 {
                raise(simd, &mut output[window * channels..], &first_rows);
            }
        }
        output
    }
}

/// Sets every row of `ends` to the maximum of that row of `block` and those behind it.
#[inline(always)]
fn end_maxima<S: Simd>(simd: S, ends: &mut [f32], block: &[f32], channels: usize) {
    ends.copy_from_slice(block);
    for row in (1..block.len() / channels).rev() {
        let (before, from) = ends.split_at_mut(row * channels);
        raise(simd, &mut before[(row - 1) * channels..], &from[..channels]);
    }
}

/// Takes what is larger, or NaN, into `best`.
#[inline(always)]
fn raise<S: Simd>(simd: S, best: &mut [f32], values: &[f32]) {
    let nowhere = simd.splat_position(0);
    let (best, best_rest) = best.as_chunks_mut::<LANES>();
    let (values, values_rest) = values.as_chunks::<LANES>();
    for (best, value) in best.iter_mut().zip(values) {
        // A NaN counts as the largest of all, so that the first one stays.
        let (most, _) = simd.raise(simd.load(best), nowhere, simd.load(value), nowhere);
        simd.store(most, best);
    }
    for (best, &value) in best_rest.iter_mut().zip(values_rest) {
        *best = if *best > value || best.is_nan() { *best } else { value };
    }
}

struct WeightedSums<'a> {
    windows: Windows,
    channels: usize,
    values: &'a [f32],
    weights: &'a [f32],
}

impl Kernel for WeightedSums<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Vec<f32> {
        let Self {
            windows: Windows { count, width, step },
            channels,
            values,
            weights,
        } = self;
        let mut output = vec![0.0; count * channels];
        for (window, sums) in output.chunks_exact_mut(channels).enumerate() {
            let rows = values[window * step * channels..][..width * channels].chunks_exact(channels);
            for (row, weights) in rows.zip(weights.chunks_exact(channels)) {
                for ((sum, &value), &weight) in sums.iter_mut().zip(row).zip(weights) {
                    *sum += weight * value;
                }
            }
        }
        output
    }
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

    proptest! {
        #[test]
        fn a_window_is_read_as_it_is_alone(
            count in 0usize..40, width in 1usize..30, step in 1usize..35, channels in 1usize..40, seed: u64,
        ) {
            let windows = Windows { count, width, step };
            let values = random((windows.rows() + 2) * channels, seed);
            let weights = random(width * channels, seed ^ 1);
            for backend in Backend::available() {
                let maxima = backend.run(Maxima { windows, channels, values: &values });
                let sums = backend.run(WeightedSums { windows, channels, values: &values, weights: &weights });
                prop_assert_eq!(maxima.len(), count * channels);
                prop_assert_eq!(sums.len(), count * channels);
                for window in 0..count {
                    for channel in 0..channels {
                        let of_row = |row: usize| values[(window * step + row) * channels + channel];
                        let most = (0..width).map(of_row).fold(f32::NEG_INFINITY, f32::max);
                        prop_assert_eq!(maxima[window * channels + channel].to_bits(), most.to_bits());
                        let sum: f64 = (0..width)
                            .map(|row| f64::from(of_row(row)) * f64::from(weights[row * channels + channel]))
                            .sum();
                        let found = f64::from(sums[window * channels + channel]);
                        prop_assert!((found - sum).abs() < 1e-5, "{} {}", found, sum);
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
        for channels in [1, 16, 19] {
            let mut values = random(40 * channels, 3);
            values[17 * channels + channels - 1] = f32::NAN;
            let maxima = maxima(windows, channels, &values);
            for (window, maxima) in maxima.chunks_exact(channels).enumerate() {
                let holds = (window * 3..window * 3 + 7).contains(&17);
                assert_eq!(
                    maxima[channels - 1].is_nan(),
                    holds,
                    "window {window}, {channels} channels"
                );
                assert!(maxima[..channels - 1].iter().all(|maximum| maximum.is_finite()));
            }
        }
    }
}
