//! Motifs along bases: every window whose integer score reaches a threshold.
//!
//! The score of a window is a sum of whole numbers, one per position, so every backend finds exactly the same hits.
//! The portable one adds up every window. The vector one looks first at a bound: what a window loses against the best one,
//! rounded down to at most 254 steps between the best score and the threshold. A byte holds it, one shuffle looks it up for 32 windows and
//! two neighbouring positions, and saturating addition keeps hopeless windows hopeless. Only windows whose bound
//! does not exclude them, a few more than there are hits, are added up.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod bound;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::bound::Bound;
use crate::simd::Backend;

/// The score of a base that is impossible at a position: no window with it is a hit.
pub const IMPOSSIBLE: i32 = i32::MIN;

/// Windows that are searched with one motif after the other, while their bases are in the nearest cache.
const STRETCH: usize = 8192;

/// Known bases, each with the one behind it.
#[derive(Clone, Debug, Default)]
pub struct BasePairs {
    /// `4 · code + next code`, and zeros behind the last, for vectors that reach beyond it.
    numbers: Vec<u8>,
    length: usize,
}

impl BasePairs {
    /// How far a vector may reach beyond the last base.
    const REACH: usize = 128;

    /// Takes other bases, as codes 0 to 3 (A, C, G, T).
    ///
    /// # Panics
    /// In debug builds, when a base is unknown.
    pub fn fill(&mut self, codes: &[u8]) {
        debug_assert!(codes.iter().all(|&code| code < 4), "bases are known");
        self.length = codes.len();
        self.numbers.resize(codes.len() + Self::REACH, 0);
        self.numbers[codes.len()..].fill(0);
        let Some((last, firsts)) = codes.split_last() else {
            return;
        };
        for ((number, first), second) in self.numbers.iter_mut().zip(firsts).zip(&codes[1..]) {
            *number = 4 * first + second;
        }
        self.numbers[firsts.len()] = 4 * last;
    }

    /// The number of bases.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no base.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// A matrix of integer scores and the threshold that makes a window a hit.
#[derive(Clone, Debug)]
pub struct ThresholdMatrix {
    columns: Vec<[i32; 4]>,
    threshold: i32,
    bound: Bound,
}

impl ThresholdMatrix {
    /// Prepares a matrix: the scores of A, C, G and T at every position, or [`IMPOSSIBLE`]. No sum of them, and no
    /// difference of two sums, may exceed 32 bits.
    ///
    /// # Panics
    /// Without columns, and when a column has no possible base.
    pub fn new(columns: Vec<[i32; 4]>, threshold: i32) -> Self {
        assert!(!columns.is_empty(), "a motif has positions");
        let bound = Bound::new(&columns, threshold);
        Self {
            columns,
            threshold,
            bound,
        }
    }

    /// The number of positions.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The score of the window at `start` when it is a hit.
    #[inline]
    fn hit_at(&self, bases: &BasePairs, start: usize) -> Option<i32> {
        let window = &bases.numbers[start..start + self.columns.len()];
        let mut score = 0;
        for (column, number) in self.columns.iter().zip(window) {
            let cell = column[usize::from(number >> 2 & 3)];
            if cell == IMPOSSIBLE {
                return None;
            }
            score += cell;
        }
        (score >= self.threshold).then_some(score)
    }

    /// Passes the hits among the windows that begin in `starts` to `hit`: start and score, starts ascending.
    fn search(&self, bases: &BasePairs, starts: Range<usize>, backend: Backend, hit: &mut impl FnMut(usize, i32)) {
        let mut look = |start| {
            if let Some(score) = self.hit_at(bases, start) {
                hit(start, score);
            }
        };
        #[cfg(target_arch = "x86_64")]
        if let Some(proof) = backend.avx2() {
            return avx2::candidates(proof, &self.bound, bases, starts, &mut look);
        }
        starts.for_each(look);
    }
}

/// Passes every hit of every matrix in `bases` to `hit`: the place of the matrix, the first base of the window, the
/// score. Hits of one matrix come with ascending starts; those of different matrices are mixed.
pub fn find_hits(matrices: &[ThresholdMatrix], bases: &BasePairs, hit: impl FnMut(usize, usize, i32)) {
    find_hits_with(Backend::current(), matrices, bases, hit);
}

fn find_hits_with(
    backend: Backend,
    matrices: &[ThresholdMatrix],
    bases: &BasePairs,
    mut hit: impl FnMut(usize, usize, i32),
) {
    for stretch in (0..bases.len()).step_by(STRETCH) {
        for (place, matrix) in matrices.iter().enumerate() {
            let windows = (bases.len() + 1).saturating_sub(matrix.width());
            let starts = stretch..windows.min(stretch + STRETCH);
            if !starts.is_empty() && matrix.bound.is_reachable() {
                matrix.search(bases, starts, backend, &mut |start, score| hit(place, start, score));
            }
        }
    }
}
