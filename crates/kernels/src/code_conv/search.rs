//! The forward pass: scores, rectifier and maxima.

use std::ops::Range;

use super::words::{WordTables, Words, count};
use super::{CodeConvShape, Runs};
use crate::panels::padded;
use crate::simd::{Kernel, LANES, Line, Simd};

/// Blocks of motifs that are searched for together.
pub(super) const WIDE: usize = 2;
/// Positions that are scored together.
pub(super) const AT_ONCE: usize = 2;

/// The search of a few sequences for all motifs.
pub(super) struct Search<'a, const N: usize> {
    pub(super) shape: CodeConvShape,
    pub(super) runs: Runs,
    pub(super) tables: &'a WordTables<N>,
    /// One for each sequence.
    pub(super) words: &'a [Words<N>],
    /// `[sequences, runs, filters]`.
    pub(super) output: &'a mut [f32],
    /// The tape's part, `[sequences, runs, blocks]`; empty if it is not wanted.
    pub(super) on: &'a mut [u16],
    /// `[sequences, runs, padded filters]`; empty if they are not wanted.
    pub(super) winners: &'a mut [u32],
}

impl<const N: usize> Kernel for Search<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        match (self.winners.is_empty(), self.tables.finite) {
            (true, true) => self.search_blocks::<S, Maxima>(simd),
            (true, false) => self.search_blocks::<S, MaximaOrNan>(simd),
            (false, _) => self.search_blocks::<S, Winners>(simd),
        }
    }
}

impl<'a, const N: usize> Search<'a, N> {
    /// Searches for all motifs.
    #[inline(always)]
    fn search_blocks<S: Simd, K: Keep>(&mut self, simd: S) {
        let blocks = self.shape.filters.div_ceil(LANES);
        let mut block = 0;
        while block < blocks {
            if block + WIDE <= blocks {
                self.search::<S, K, WIDE>(simd, block);
                block += WIDE;
            } else {
                self.search::<S, K, 1>(simd, block);
                block += 1;
            }
        }
    }

    /// Searches for `W` blocks of motifs.
    #[inline(always)]
    fn search<S: Simd, K: Keep, const W: usize>(&mut self, simd: S, block: usize) {
        match self.shape.kernel.div_ceil(N) {
            5 => self.search_tables::<S, K, W, 5>(simd, block),
            7 => self.search_tables::<S, K, W, 7>(simd, block),
            8 => self.search_tables::<S, K, W, 8>(simd, block),
            _ => self.search_tables::<S, K, W, 0>(simd, block),
        }
    }

    /// Searches for `W` blocks of motifs with `T` tables, or any number when it is 0.
    #[inline(always)]
    fn search_tables<S: Simd, K: Keep, const W: usize, const T: usize>(&mut self, simd: S, block: usize) {
        let CodeConvShape { width, kernel, .. } = self.shape;
        let count = self.runs.count(self.shape.positions(width));
        let (tables, sequences): (&'a WordTables<N>, &'a [Words<N>]) = (self.tables, self.words);
        for (row, words) in sequences.iter().enumerate() {
            let blocks = Blocks::<N, W, T>::new(tables, block, words, kernel);
            for q in 0..self.runs.count(words.positions) {
                let run = self.runs.positions(q);
                let run = run.start..run.end.min(words.positions);
                let best = blocks.maxima::<S, K>(simd, run);
                for (w, best) in best.into_iter().enumerate() {
                    self.write(simd, row * count + q, block + w, best);
                }
            }
        }
    }

    /// Writes one block's maxima.
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, at: usize, block: usize, (best, winner): (S::Vector, S::Positions)) {
        let filters = self.shape.filters;
        let first = block * LANES;
        let to = &mut self.output[at * filters + first..(at + 1) * filters];
        if let Some(to) = to.first_chunk_mut() {
            simd.store(best, to);
        } else {
            let mut lanes = [0.0; LANES];
            simd.store(best, &mut lanes);
            to.copy_from_slice(&lanes[..to.len()]);
        }
        if !self.on.is_empty() {
            self.on[at * padded(filters) / LANES + block] = simd.on(best);
        }
        if !self.winners.is_empty() {
            let to = &mut self.winners[at * padded(filters) + first..];
            simd.store_positions(winner, to.first_chunk_mut().expect("winners are whole blocks"));
        }
    }
}

/// What is kept of the scores of a run.
pub(super) trait Keep {
    /// Takes the score at a position into the maxima and their positions so far.
    fn raise<S: Simd>(
        simd: S,
        score: S::Vector,
        position: usize,
        best: S::Vector,
        winner: S::Positions,
    ) -> (S::Vector, S::Positions);
}

/// The maxima, of scores that are numbers.
pub(super) struct Maxima;

impl Keep for Maxima {
    #[inline(always)]
    fn raise<S: Simd>(
        simd: S,
        score: S::Vector,
        _: usize,
        best: S::Vector,
        winner: S::Positions,
    ) -> (S::Vector, S::Positions) {
        (simd.max(score, best), winner)
    }
}

/// The maxima, or NaN where there is one.
pub(super) struct MaximaOrNan;

impl Keep for MaximaOrNan {
    #[inline(always)]
    fn raise<S: Simd>(
        simd: S,
        score: S::Vector,
        _: usize,
        best: S::Vector,
        winner: S::Positions,
    ) -> (S::Vector, S::Positions) {
        simd.raise(score, winner, best, winner)
    }
}

/// The maxima, or NaN where there is one, and their positions.
pub(super) struct Winners;

impl Keep for Winners {
    #[inline(always)]
    fn raise<S: Simd>(
        simd: S,
        score: S::Vector,
        position: usize,
        best: S::Vector,
        winner: S::Positions,
    ) -> (S::Vector, S::Positions) {
        simd.raise(score, simd.splat_position(position as u32), best, winner)
    }
}

/// The motifs of some blocks, in the words of one sequence. `T` is the number of tables, or 0 when it is known later.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a, const N: usize, const W: usize, const T: usize> {
    tables: [&'a [Line]; W],
    words: &'a Words<N>,
    kernel: usize,
}

impl<'a, const N: usize, const W: usize, const T: usize> Blocks<'a, N, W, T> {
    /// Motifs of `kernel` columns from block `first` on.
    pub(super) fn new(tables: &'a WordTables<N>, first: usize, words: &'a Words<N>, kernel: usize) -> Self {
        let tables: [_; W] = std::array::from_fn(|w| tables.block(first + w));
        let rows = kernel.div_ceil(N) * count::<N>();
        assert!(
            (T == 0 || T == kernel.div_ceil(N)) && tables.iter().all(|table| table.len() == rows),
            "tables are of this kernel"
        );
        Self { tables, words, kernel }
    }

    /// The first of the blocks.
    pub(super) fn first(&self) -> Blocks<'a, N, 1, T> {
        Blocks {
            tables: [self.tables[0]],
            words: self.words,
            kernel: self.kernel,
        }
    }

    /// The number of motif positions.
    #[inline(always)]
    pub(super) fn positions(&self) -> usize {
        self.words.positions
    }

    /// The rows of tables that a run of positions reads: table `i` of its position `p` reads number `p + N i`.
    #[inline(always)]
    pub(super) fn rows(&self, run: Range<usize>) -> &'a [u16] {
        self.words.rows(run, self.kernel)
    }

    /// A row of a table of block `w`.
    ///
    /// # Safety
    /// `table` is one of them, and `row` is from [`Self::rows`].
    #[inline(always)]
    #[allow(unsafe_code, reason = "as in `maxima`")]
    pub(super) unsafe fn line(&self, w: usize, table: usize, row: u16) -> &'a Line {
        // SAFETY: a row begins a whole number of lines, fewer than count::<N>(), after its table (the invariant of
        // `Words`); there are kernel.div_ceil(N) tables of count::<N>() lines (the assertion in `new`).
        unsafe {
            &*self.tables[w]
                .as_ptr()
                .add(table * count::<N>())
                .byte_add(usize::from(row))
        }
    }

    /// The largest positive scores in a run of positions, and where they are if they are kept.
    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "bounds checks and the computation of addresses are most of the instructions of this loop"
    )]
    pub(super) fn maxima<S: Simd, K: Keep>(&self, simd: S, run: Range<usize>) -> [(S::Vector, S::Positions); W] {
        let mut best = [(simd.splat(0.0), simd.splat_position(0)); W];
        if run.is_empty() {
            return best;
        }
        let rows = self.rows(run.clone());
        let positions = run.len();
        let mut position = 0;
        // Two at a time: the sums of one alone wait for each other.
        while position + 1 < positions {
            // SAFETY: positions up to this one and the next have their rows.
            let scores = unsafe { self.scores_of::<S, AT_ONCE>(simd, rows, position) };
            for (p, scores) in scores.iter().enumerate() {
                for w in 0..W {
                    best[w] = K::raise(simd, scores[w], run.start + position + p, best[w].0, best[w].1);
                }
            }
            position += AT_ONCE;
        }
        if position < positions {
            // SAFETY: as above.
            let [scores] = unsafe { self.scores_of::<S, 1>(simd, rows, position) };
            for w in 0..W {
                best[w] = K::raise(simd, scores[w], run.start + position, best[w].0, best[w].1);
            }
        }
        best
    }

    /// The scores at `P` positions from `first` on.
    #[inline(always)]
    #[allow(unsafe_code, reason = "as in `maxima`")]
    pub(super) fn scores<S: Simd, const P: usize>(&self, simd: S, first: usize) -> [[S::Vector; W]; P] {
        let rows = self.rows(first..first + P);
        // SAFETY: these are the rows of `P` positions.
        unsafe { self.scores_of(simd, rows, 0) }
    }

    /// The scores at `P` positions from `first` on.
    ///
    /// # Safety
    /// `rows` are those of `first + P` positions or more.
    #[inline(always)]
    #[allow(unsafe_code, reason = "as in `maxima`")]
    unsafe fn scores_of<S: Simd, const P: usize>(&self, simd: S, rows: &[u16], first: usize) -> [[S::Vector; W]; P] {
        let line = |p: usize, w: usize, table: usize| {
            // SAFETY: there are `kernel - 1` rows more than positions, and `N · table` is below `kernel`; they are those of `words`.
            unsafe { &self.line(w, table, *rows.get_unchecked(first + N * table + p)).0 }
        };
        let mut scores: [[S::Vector; W]; P] =
            std::array::from_fn(|p| std::array::from_fn(|w| simd.load(line(p, w, 0))));
        let tables = if T == 0 { self.kernel.div_ceil(N) } else { T };
        // Plain indices: iterator adaptors are not always inlined, and then not compiled for the instruction set.
        for table in 1..tables {
            for (p, scores) in scores.iter_mut().enumerate() {
                for (w, score) in scores.iter_mut().enumerate() {
                    *score = simd.add(*score, simd.load(line(p, w, table)));
                }
            }
        }
        scores
    }
}
