//! Large outputs.

use rayon::prelude::*;

use crate::simd::LANES;

/// Returns zeros that all threads have written: one thread would wait for the pages of a large output alone.
pub(crate) fn zeros(count: usize) -> Vec<f32> {
    /// Blocks below which a part is not worth a task (64 KiB).
    const LEAST: usize = 1 << 10;
    let mut blocks = Vec::new();
    rayon::iter::repeat_n([0.0; LANES], count.div_ceil(LANES))
        .with_min_len(LEAST)
        .collect_into_vec(&mut blocks);
    let mut zeros = blocks.into_flattened();
    zeros.truncate(count);
    zeros
}
