//! Motifs in windows that slide along a sequence: every position is scored once, and compared a few times however many
//! windows it lies in.
//!
//! Positions are cut where some window begins or ends, into runs of one length or of two in turn; a window is a fixed
//! number of runs. The maxima of runs are taken a *stretch* at a time, as many runs as a window has: a window is the end of
//! one stretch, whose maxima are known from each run on, and the beginning of the next, whose maximum is kept as it grows. The
//! maxima of the last stretch are no longer needed from where the next one's are known, so that both share their memory.
//!
//! # Source
//! van Herk 1992; Gil & Werman 1993.

use super::motifs::{Motifs, TRIPLE};
use super::search::{AT_ONCE, Blocks, Keep, Maxima, MaximaOrNan, WIDE};
use super::words::Words;
use super::{CodeConvShape, Runs};
use crate::panels::padded;
use crate::simd::{Backend, Kernel, LANES, Line, Simd};

/// Windows of equal length along a sequence: window `w` covers the bases `w * step .. w * step + window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slide {
    /// The number of windows.
    pub count: usize,
    /// Bases of a window.
    pub window: usize,
    /// Bases from the beginning of one window to that of the next.
    pub step: usize,
}

/// Positions that are searched for one block of motifs before the next block: their maxima stay in the second-level cache.
const POSITIONS: usize = 2048;
/// Windows that are written before the next block, for the same reason.
const WINDOWS: usize = 512;

/// The largest positive score of every motif in every window, some windows at a time.
///
/// A window has the places in which a motif lies inside it.
#[derive(Clone, Debug)]
pub struct SlidingMaxima<'a> {
    backend: Backend,
    motifs: &'a Motifs,
    words: Words<TRIPLE>,
    plan: Plan,
    /// The windows that are done.
    done: usize,
    /// The stretches that are done.
    stretches: usize,
    /// `[blocks, runs of a window]`: the maxima of the last stretch from each of its runs on.
    ends: Vec<Line>,
}

/// Windows in runs.
#[derive(Clone, Copy, Debug)]
struct Plan {
    count: usize,
    runs: Runs,
    /// Runs of a window.
    width: usize,
    /// Runs from one window to the next.
    advance: usize,
}

impl Plan {
    fn new(slide: Slide, kernel: usize) -> Self {
        let Slide { count, window, step } = slide;
        assert!(
            window >= kernel && step > 0,
            "a window holds a motif, and windows move on"
        );
        let places = window - kernel + 1;
        let (runs, width, advance) = match places % step {
            0 => (Runs::equal(step), places / step, 1),
            rest => {
                let runs = Runs {
                    even: rest,
                    odd: step - rest,
                };
                (runs, places / step * 2 + 1, 2)
            }
        };
        Self {
            count,
            runs,
            width,
            advance,
        }
    }

    /// The stretches that are searched at a time.
    fn at_a_time(&self) -> usize {
        let positions = self.width * (self.runs.even + self.runs.odd) / 2;
        let windows = self.width.div_ceil(self.advance);
        (POSITIONS / positions).min(WINDOWS / windows).max(1)
    }

    /// The window that ends with a run.
    #[inline(always)]
    fn ends_with(&self, run: usize) -> Option<usize> {
        let beyond = (run + 1).checked_sub(self.width)?;
        // Runs to the next window are 1 or 2.
        let window = beyond >> (self.advance - 1);
        (window << (self.advance - 1) == beyond && window < self.count).then_some(window)
    }

    /// The windows that end before the end of so many stretches.
    fn ended(&self, stretches: usize) -> usize {
        let runs = stretches * self.width;
        let windows = |beyond: usize| beyond / self.advance + 1;
        runs.checked_sub(self.width).map_or(0, windows).min(self.count)
    }
}

impl<'a> SlidingMaxima<'a> {
    pub(super) fn new(motifs: &'a Motifs, codes: &[u8], slide: Slide) -> Self {
        let plan = Plan::new(slide, motifs.kernel);
        let last = slide.count.saturating_sub(1) * slide.step;
        assert!(
            codes.len() >= last + slide.window,
            "the windows lie inside the sequence"
        );
        let shape = CodeConvShape {
            batch: 1,
            width: codes.len(),
            kernel: motifs.kernel,
            filters: motifs.filters,
            pad_left: 0,
            pad_right: 0,
            pool: 1,
        };
        Self {
            backend: Backend::current(),
            motifs,
            words: Words::new(shape, codes),
            plan,
            done: 0,
            stretches: 0,
            ends: vec![Line::ZERO; padded(motifs.filters) / LANES * plan.width],
        }
    }

    #[cfg(test)]
    pub(super) fn on(self, backend: Backend) -> Self {
        Self { backend, ..self }
    }

    /// Writes the maxima in the next windows, `[windows, filters]`, and returns how many these are; 0 at the end.
    pub fn next(&mut self, maxima: &mut Vec<f32>) -> usize {
        let mut windows = 0;
        let mut last = self.stretches;
        while windows == 0 && self.done < self.plan.count {
            last += self.plan.at_a_time();
            windows = self.plan.ended(last) - self.done;
        }
        maxima.resize(windows * self.motifs.filters, 0.0);
        if windows > 0 {
            self.backend.run(Search {
                sliding: self,
                last,
                maxima,
            });
        }
        self.stretches = last;
        self.done += windows;
        windows
    }
}

/// The search of some stretches.
struct Search<'a, 'b> {
    sliding: &'a mut SlidingMaxima<'b>,
    /// The first stretch that is left for later.
    last: usize,
    /// `[windows, filters]`, from the first window that is not done.
    maxima: &'a mut [f32],
}

impl Kernel for Search<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        if self.sliding.motifs.is_finite() {
            self.search_blocks::<S, Maxima>(simd);
        } else {
            self.search_blocks::<S, MaximaOrNan>(simd);
        }
    }
}

impl Search<'_, '_> {
    #[inline(always)]
    fn search_blocks<S: Simd, K: Keep>(&mut self, simd: S) {
        let blocks = self.sliding.motifs.filters.div_ceil(LANES);
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

    /// Searches all stretches for `W` blocks of motifs.
    #[inline(always)]
    fn search<S: Simd, K: Keep, const W: usize>(&mut self, simd: S, block: usize) {
        match self.sliding.motifs.kernel.div_ceil(TRIPLE) {
            5 => self.search_tables::<S, K, W, 5>(simd, block),
            7 => self.search_tables::<S, K, W, 7>(simd, block),
            8 => self.search_tables::<S, K, W, 8>(simd, block),
            _ => self.search_tables::<S, K, W, 0>(simd, block),
        }
    }

    /// Searches all stretches for `W` blocks of motifs with `T` tables, or any number when it is 0.
    #[inline(always)]
    fn search_tables<S: Simd, K: Keep, const W: usize, const T: usize>(&mut self, simd: S, block: usize) {
        let SlidingMaxima {
            motifs,
            words,
            plan,
            done,
            stretches,
            ends,
            ..
        } = &mut *self.sliding;
        let blocks = Blocks::<TRIPLE, W, T>::new(&motifs.tables, block, words, motifs.kernel);
        let mut windows = Reading {
            plan: *plan,
            done: *done,
            ends: &mut ends[block * plan.width..(block + W) * plan.width],
            maxima: self.maxima,
            column: block * LANES,
            filters: motifs.filters,
        };
        for stretch in *stretches..self.last {
            windows.stretch::<S, K, W, T>(simd, &blocks, words.positions, stretch);
        }
    }
}

/// What some blocks of motifs read and write.
struct Reading<'a> {
    plan: Plan,
    /// The window of the first row of `maxima`.
    done: usize,
    /// `[blocks, runs of a window]`: the maxima of the last stretch from each of its runs on; those of the runs of this
    /// stretch as far as it is read.
    ends: &'a mut [Line],
    /// `[windows, filters]`
    maxima: &'a mut [f32],
    /// The first motif.
    column: usize,
    filters: usize,
}

impl Reading<'_> {
    /// Searches a stretch, and writes the windows that end in it.
    #[inline(always)]
    fn stretch<S: Simd, K: Keep, const W: usize, const T: usize>(
        &mut self,
        simd: S,
        blocks: &Blocks<'_, TRIPLE, W, T>,
        positions: usize,
        stretch: usize,
    ) {
        let Plan { runs, width, .. } = self.plan;
        let singles = runs == Runs::equal(1);
        let first = stretch * width;
        let mut most = [simd.splat(0.0); W];
        let mut offset = 0;
        while offset < width {
            let run = first + offset;
            if singles && offset + AT_ONCE <= width && run + AT_ONCE <= positions {
                let scores = blocks.scores::<S, AT_ONCE>(simd, run);
                for scores in scores {
                    self.take::<S, K, W>(simd, first, offset, scores, &mut most);
                    offset += 1;
                }
            } else {
                let range = runs.positions(run);
                let found = blocks.maxima::<S, K>(simd, range.start..range.end.min(positions));
                self.take::<S, K, W>(simd, first, offset, found.map(|(most, _)| most), &mut most);
                offset += 1;
            }
        }
        for ends in self.ends.chunks_exact_mut(width) {
            end_maxima::<S, K>(simd, ends);
        }
    }

    /// Takes the maxima of a run, of the stretch whose first run is `first`, into those of the stretch so far, and writes the
    /// window that ends with it.
    #[inline(always)]
    fn take<S: Simd, K: Keep, const W: usize>(
        &mut self,
        simd: S,
        first: usize,
        offset: usize,
        run: [S::Vector; W],
        most: &mut [S::Vector; W],
    ) {
        let width = self.plan.width;
        let ends_here = self.plan.ends_with(first + offset);
        for w in 0..W {
            most[w] = raise::<S, K>(simd, run[w], most[w]);
            let ends = &mut self.ends[w * width..(w + 1) * width];
            if let Some(window) = ends_here {
                // The whole stretch is a window of its own.
                let whole = match ends.get(offset + 1) {
                    Some(end) => raise::<S, K>(simd, simd.load(&end.0), most[w]),
                    None => most[w],
                };
                let row = &mut self.maxima[(window - self.done) * self.filters..][..self.filters];
                write(simd, whole, &mut row[self.column + w * LANES..]);
            }
            simd.store(run[w], &mut ends[offset].0);
        }
    }
}

/// Turns the maxima of the runs of a stretch into those from each run on, which are not below 0.
#[inline(always)]
fn end_maxima<S: Simd, K: Keep>(simd: S, runs: &mut [Line]) {
    let mut most = simd.splat(0.0);
    for run in runs.iter_mut().rev() {
        most = raise::<S, K>(simd, simd.load(&run.0), most);
        simd.store(most, &mut run.0);
    }
}

#[inline(always)]
fn raise<S: Simd, K: Keep>(simd: S, value: S::Vector, best: S::Vector) -> S::Vector {
    let nowhere = simd.splat_position(0);
    K::raise(simd, value, 0, best, nowhere).0
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
