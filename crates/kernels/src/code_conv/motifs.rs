//! Motifs that are packed once for many sequences.

use super::search::Search;
use super::sliding::{Slide, SlidingMaxima};
use super::words::{WordTables, Words};
use super::{CodeConvShape, Runs};
use crate::simd::Backend;

/// Bases of a word: a table is read once for three columns, and a block of motifs of 15 columns stays in the first-level
/// cache.
pub(super) const TRIPLE: usize = 3;

/// Motifs packed for searches, what [`infer`](super::infer) does anew in every call; a search runs on the calling thread.
#[derive(Clone, Debug)]
pub struct Motifs {
    pub(super) kernel: usize,
    pub(super) filters: usize,
    pub(super) tables: WordTables<TRIPLE>,
}

impl Motifs {
    /// Packs `filters` motifs of `kernel` columns.
    ///
    /// # Shapes
    /// - `weights`: `[kernel, 4, filters]`; `bias`: `[filters]`
    ///
    /// # Panics
    /// When a size is 0 or a slice has another length.
    pub fn new(kernel: usize, filters: usize, weights: &[f32], bias: &[f32]) -> Self {
        assert!(kernel > 0 && filters > 0, "there are motifs, and they have columns");
        Self {
            kernel,
            filters,
            tables: WordTables::new(kernel, filters, weights, bias),
        }
    }

    /// The number of motifs.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// The number of columns of a motif.
    pub fn kernel(&self) -> usize {
        self.kernel
    }

    /// Whether every score is a number, whatever the sequence: no weight is a NaN or so large that sums overflow.
    pub fn is_finite(&self) -> bool {
        self.tables.finite
    }

    /// Scans one sequence as [`infer`](super::infer) does, with the given padding and pool, into `output`, `[pooled,
    /// filters]`.
    ///
    /// # Panics
    /// When the pool is 0.
    pub fn pooled(&self, codes: &[u8], pads: [usize; 2], pool: usize, output: &mut Vec<f32>) {
        self.pooled_on(Backend::current(), codes, pads, pool, output);
    }

    pub(super) fn pooled_on(
        &self,
        backend: Backend,
        codes: &[u8],
        [pad_left, pad_right]: [usize; 2],
        pool: usize,
        output: &mut Vec<f32>,
    ) {
        assert!(pool > 0, "a run has a position");
        let shape = CodeConvShape {
            batch: 1,
            width: codes.len(),
            kernel: self.kernel,
            filters: self.filters,
            pad_left,
            pad_right,
            pool,
        };

        output.resize(shape.pooled(codes.len()) * self.filters, 0.0);
        backend.run(Search {
            shape,
            runs: Runs::equal(pool),
            tables: &self.tables,
            words: &[Words::new(shape, codes)],
            output,
            on: &mut [],
            winners: &mut [],
        });
    }

    /// The maxima of every motif in windows that slide along a sequence.
    ///
    /// # Panics
    /// When a window or a step is 0, or when the windows do not fit into the sequence.
    pub fn slide<'a>(&'a self, codes: &[u8], slide: Slide) -> SlidingMaxima<'a> {
        SlidingMaxima::new(self, codes, slide)
    }
}
