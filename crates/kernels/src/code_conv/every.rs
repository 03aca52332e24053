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
            let (triples, _) = rows.as_chunks();
            for triple in triples {
                // SAFETY: these are rows of the blocks.
                unsafe { scores.add_words(*triple) };
            }
        }
        scores
    }

    /// Writes the scores at the next positions; 0 behind the last one.
    #[inline(always)]
    pub(super) fn write(&mut self, to: &mut [Line]) {
        let count = self.blocks.positions().saturating_sub(self.next).min(to.len());
        let (to, behind) = to.split_at_mut(count);
        behind.fill(Line::ZERO);
        if Self::IN_REGISTERS {
            self.write_sums(to);
        } else {
            self.write_pairs(to);
        }
        self.next += count;
    }

    #[inline(always)]
    fn write_sums(&mut self, to: &mut [Line]) {
        if to.is_empty() {
            return;
        }
        let rows = &self.blocks.rows(self.next..self.next + to.len())[TRIPLE * (T - 1)..][..to.len()];
        let (rows, rows_left) = rows.as_chunks::<TRIPLE>();
        let (lines, lines_left) = to.as_chunks_mut::<TRIPLE>();
        let simd = self.simd;
        for (rows, lines) in rows.iter().zip(lines) {
            // SAFETY: these are rows of the blocks.
            let done = unsafe { self.add_words(*rows) };
            for c in 0..TRIPLE {
                simd.store(done[c], &mut lines[c].0);
            }
        }
        for (&row, line) in rows_left.iter().zip(lines_left) {
            // SAFETY: as above.
            let done = unsafe { self.add_word(0, row) };
            simd.store(done, &mut line.0);
            self.sums.rotate_left(1);
        }
    }

    /// Adds the rows of three words, and returns the sums that they end.
    ///
    /// # Safety
    /// As of [`Self::add_word`].
    #[inline(always)]
    unsafe fn add_words(&mut self, rows: [u16; TRIPLE]) -> [S::Vector; TRIPLE] {
        let mut done = [self.simd.splat(0.0); TRIPLE];
        for c in 0..TRIPLE {
            // SAFETY: the caller's.
            done[c] = unsafe { self.add_word(c, rows[c]) };
        }
        done
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
    fn write_pairs(&self, to: &mut [Line]) {
        let simd = self.simd;
        let (pairs, rest) = to.as_chunks_mut::<AT_ONCE>();
        let mut position = self.next;
        for pair in pairs {
            let scores = self.blocks.scores::<S, AT_ONCE>(simd, position);
            for p in 0..AT_ONCE {
                simd.store(scores[p][0], &mut pair[p].0);
            }
            position += AT_ONCE;
        }
        for line in rest {
            let [[score]] = self.blocks.scores::<S, 1>(simd, position);
            simd.store(score, &mut line.0);
            position += 1;
        }
    }
}
