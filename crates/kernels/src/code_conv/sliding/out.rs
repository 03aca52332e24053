//! What becomes of the maxima in windows.

use crate::simd::{LANES, Line, Simd};

/// Takes the maxima in windows.
pub(super) trait Out {
    /// The number of windows.
    fn count(&self) -> usize;
    /// Takes those of one block of motifs in one window; blocks come in their order. Inlined, as kernels are.
    fn take<S: Simd>(&mut self, simd: S, window: usize, block: usize, most: S::Vector);
}

/// Writes them, `[windows, filters]`.
pub(super) struct MaximaRows<'a> {
    pub(super) maxima: &'a mut [f32],
    pub(super) filters: usize,
}

impl Out for MaximaRows<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.maxima.len() / self.filters
    }

    #[inline(always)]
    fn take<S: Simd>(&mut self, simd: S, window: usize, block: usize, most: S::Vector) {
        let row = &mut self.maxima[window * self.filters..][..self.filters];
        write(simd, most, &mut row[block * LANES..]);
    }
}

/// Multiplies them with weights, and adds up the products lane by lane.
pub(super) struct Products<'a> {
    /// A line for each block.
    pub(super) weights: &'a [Line],
    /// A line for each window.
    pub(super) sums: &'a mut [Line],
}

impl Out for Products<'_> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.sums.len()
    }

    #[inline(always)]
    fn take<S: Simd>(&mut self, simd: S, window: usize, block: usize, most: S::Vector) {
        let sum = &mut self.sums[window].0;
        let before = if block == 0 { simd.splat(0.0) } else { simd.load(sum) };
        simd.store(simd.mul_add(most, simd.load(&self.weights[block].0), before), sum);
    }
}

/// Writes the lanes that a row has.
#[inline(always)]
fn write<S: Simd>(simd: S, values: S::Vector, row: &mut [f32]) {
    if let Some(to) = row.first_chunk_mut() {
        simd.store(values, to);
    } else {
        let mut lanes = [0.0; LANES];
        simd.store(values, &mut lanes);
        row.copy_from_slice(&lanes[..row.len()]);
    }
}
