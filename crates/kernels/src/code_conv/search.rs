//! The forward pass: scores, rectifier and maxima.

use std::ops::Range;

use super::pairs::{PAIRS, PairTables, Pairs};
use super::{CodeConvShape, Runs};
use crate::panels::padded;
use crate::simd::{Kernel, LANES, Line, Simd};

/// The search of a few sequences for all motifs.
pub(super) struct Search<'a> {
    pub(super) shape: CodeConvShape,
    pub(super) runs: Runs,
    pub(super) tables: &'a PairTables,
    /// One for each sequence.
    pub(super) pairs: Vec<Pairs>,
    /// `[sequences, runs, filters]`.
    pub(super) output: &'a mut [f32],
    /// The tape's part, `[sequences, runs, blocks]`; empty if it is not wanted.
    pub(super) on: &'a mut [u16],
    /// `[sequences, runs, padded filters]`; empty if they are not wanted.
    pub(super) winners: &'a mut [u32],
}

impl Kernel for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        if self.winners.is_empty() {
            self.search_blocks::<S, false>(simd);
        } else {
            self.search_blocks::<S, true>(simd);
        }
    }
}

impl Search<'_> {
    /// Searches for all motifs, with the positions of the maxima or without.
    #[inline(always)]
    fn search_blocks<S: Simd, const WINNERS: bool>(&mut self, simd: S) {
        let blocks = self.shape.filters.div_ceil(LANES);
        let mut block = 0;
        while block < blocks {
            // Two blocks share the reading of the codes: measured 1.5 times as fast as one at a time.
            if block + 2 <= blocks {
                self.search::<S, 2, WINNERS>(simd, block);
                block += 2;
            } else {
                self.search::<S, 1, WINNERS>(simd, block);
                block += 1;
            }
        }
    }

    /// Searches for `W` blocks of motifs.
    #[inline(always)]
    fn search<S: Simd, const W: usize, const WINNERS: bool>(&mut self, simd: S, block: usize) {
        let CodeConvShape { width, kernel, .. } = self.shape;
        let count = self.runs.count(self.shape.positions(width));
        let tables: [_; W] = std::array::from_fn(|w| self.tables.block(block + w));
        for row in 0..self.pairs.len() {
            let positions = self.pairs[row].positions;
            for q in 0..self.runs.count(positions) {
                let run = self.runs.positions(q);
                let run = run.start..run.end.min(positions);
                let best = maxima::<S, W, WINNERS>(simd, tables, &self.pairs[row], kernel, run);
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

/// The largest positive scores of some blocks of motifs in a run of positions, and with `WINNERS` where they are.
#[inline(always)]
#[allow(unsafe_code, reason = "bounds checks are a third of the instructions of this loop")]
fn maxima<S: Simd, const W: usize, const WINNERS: bool>(
    simd: S,
    tables: [(&Line, &[Line]); W],
    pairs: &Pairs,
    kernel: usize,
    run: Range<usize>,
) -> [(S::Vector, S::Positions); W] {
    let count = kernel.div_ceil(2);
    assert!(tables.iter().all(|(_, rows)| rows.len() >= count * PAIRS));
    let mut best = [(simd.splat(0.0), simd.splat_position(0)); W];
    for position in run {
        let pairs = pairs.at(position, kernel);
        let mut scores: [S::Vector; W] = tables.map(|(bias, _)| simd.load(&bias.0));
        // Plain indices: iterator adaptors are not always inlined, and then not compiled for the instruction set.
        for table in 0..count {
            // SAFETY: `pairs` has `kernel` entries, and 2 · table is below that.
            let pair = unsafe { *pairs.get_unchecked(2 * table) };
            let row = table * PAIRS + usize::from(pair);
            for w in 0..W {
                // SAFETY: a pair is below PAIRS (the invariant of `Pairs`), so that the row is below count · PAIRS, which
                // the assertion above found within every table.
                let weights = unsafe { tables[w].1.get_unchecked(row) };
                scores[w] = simd.add(scores[w], simd.load(&weights.0));
            }
        }
        for w in 0..W {
            let winner = simd.splat_position(if WINNERS { position as u32 } else { 0 });
            best[w] = simd.raise(scores[w], winner, best[w].0, best[w].1);
        }
    }
    best
}
