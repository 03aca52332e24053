//! Scores at every position of a sequence, one after the other.
//!
//! The sum of a position begins with the first table's row for the word there, and goes on with the second one's for the word
//! three bases on. So a word belongs to as many sums as there are tables. All sums that have begun stay in registers, where
//! there is room for them: every word is looked up once, and every row is read by an addition.
#![allow(
    unsafe_code,
    reason = "bounds checks would be most of the instructions of the loop over words"
)]

use super::motifs::TRIPLE;
use super::search::{AT_ONCE, Blocks};
use crate::simd::{Line, Simd};

/// Takes the scores of positions, one after the other.
pub(super) trait Take<S: Simd> {
    /// Takes the score of the next position, and the line that the caller keeps for it. Inlined, as kernels are.
    fn take(&mut self, simd: S, score: S::Vector, line: &mut Line);
}

/// The scores of one block of motifs.
pub(super) struct Scores<'a, S: Simd, const T: usize> {
    simd: S,
    blocks: Blocks<'a, TRIPLE, 1, T>,
    /// The sums that have begun, those to which the next word belongs first: each is of every third position, the latest first.
    sums: [[S::Vector; T]; TRIPLE],
    /// The next position.
    next: usize,
}

impl<'a, S: Simd, const T: usize> Scores<'a, S, T> {
    /// Whether all sums that have begun stay in registers.
    const IN_REGISTERS: bool = T > 0 && TRIPLE * T <= S::TILE_ROWS * S::TILE_PANELS;

    /// The scores from a position on.
    #[inline(always)]
    pub(super) fn new(simd: S, blocks: Blocks<'a, TRIPLE, 1, T>, first: usize) -> Self {
        let mut scores = Self {
            simd,
            blocks,
            sums: [[simd.splat(0.0); T]; TRIPLE],
            next: first,
        };
        if Self::IN_REGISTERS && first < blocks.positions() {
            let rows = &blocks.rows(first..first + 1)[..TRIPLE * (T - 1)];
            let (triples, _) = rows.as_chunks::<TRIPLE>();
            for triple in triples {
                for (class, &row) in triple.iter().enumerate() {
                    // SAFETY: these are rows of the blocks.
                    unsafe { scores.add_word(class, row) };
                }
            }
        }
        scores
    }

    /// Hands over the scores at the next positions, one for each line; 0 behind the last position.
    #[inline(always)]
    pub(super) fn each<To: Take<S>>(&mut self, lines: &mut [Line], to: &mut To) {
        let count = self.blocks.positions().saturating_sub(self.next).min(lines.len());
        let (lines, behind) = lines.split_at_mut(count);
        if Self::IN_REGISTERS {
            self.each_sum(lines, to);
        } else {
            self.each_pair(lines, to);
        }
        self.next += count;
        for line in behind {
            to.take(self.simd, self.simd.splat(0.0), line);
        }
    }

    #[inline(always)]
    fn each_sum<To: Take<S>>(&mut self, lines: &mut [Line], to: &mut To) {
        if lines.is_empty() {
            return;
        }
        let rows = &self.blocks.rows(self.next..self.next + lines.len())[TRIPLE * (T - 1)..][..lines.len()];
        let (rows, rows_left) = rows.as_chunks::<TRIPLE>();
        let (lines, lines_left) = lines.as_chunks_mut::<TRIPLE>();
        let simd = self.simd;
        for (rows, lines) in rows.iter().zip(lines) {
            for c in 0..TRIPLE {
                // SAFETY: these are rows of the blocks.
                let score = unsafe { self.add_word(c, rows[c]) };
                to.take(simd, score, &mut lines[c]);
            }
        }
        for (&row, line) in rows_left.iter().zip(lines_left) {
            // SAFETY: as above.
            let score = unsafe { self.add_word(0, row) };
            to.take(simd, score, line);
            self.sums.rotate_left(1);
        }
    }

    /// Adds the rows of a word to the sums at every third position, and returns the one that it ends.
    ///
    /// # Safety
    /// `row` is one of the blocks' rows.
    #[inline(always)]
    unsafe fn add_word(&mut self, class: usize, row: u16) -> S::Vector {
        let simd = self.simd;
        let sums = &mut self.sums[class];
        for table in (1..T).rev() {
            // SAFETY: there are `T` tables, and the row is the caller's.
            let line = unsafe { self.blocks.line(0, table, row) };
            sums[table] = simd.add(sums[table - 1], simd.load(&line.0));
        }
        // SAFETY: as above.
        sums[0] = simd.load(&unsafe { self.blocks.line(0, 0, row) }.0);
        sums[T - 1]
    }

    #[inline(always)]
    fn each_pair<To: Take<S>>(&self, lines: &mut [Line], to: &mut To) {
        let simd = self.simd;
        let (pairs, rest) = lines.as_chunks_mut::<AT_ONCE>();
        let mut position = self.next;
        for pair in pairs {
            let scores = self.blocks.scores::<S, AT_ONCE>(simd, position);
            for p in 0..AT_ONCE {
                to.take(simd, scores[p][0], &mut pair[p]);
            }
            position += AT_ONCE;
        }
        for line in rest {
            let [[score]] = self.blocks.scores::<S, 1>(simd, position);
            to.take(simd, score, line);
            position += 1;
        }
    }
}
