//! Motifs in windows that slide along a sequence: every position is scored once, and compared a few times however many
//! windows it lies in.
//!
//! Positions are cut where some window begins or ends, into runs of one length or of two in turn; a window is a fixed
//! number of runs. The maxima of runs are taken a *stretch* at a time, as many runs as a window has: a window is the end of
//! one stretch, whose maxima are known from each run on, and the beginning of the next, whose maximum is kept as it grows.
//!
//! # Source
//! van Herk 1992; Gil & Werman 1993.

use out::{MaximaRows, Out, Products};

use super::every::Scores;
use super::motifs::{Motifs, TRIPLE};
use super::search::{Blocks, Keep, Maxima, MaximaOrNan, WIDE};
use super::words::Words;
use super::{CodeConvShape, Runs};
use crate::dense::Dense;
use crate::panels::padded;
use crate::simd::{Backend, Kernel, LANES, Line, Simd};

mod bases;
mod out;

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
    /// `[blocks, runs of a window + 1]`: the maxima of the last stretch from each of its runs on, and 0. For windows at every
    /// base the first line is left out.
    ends: Vec<Line>,
    /// `[WIDE, runs of a window]`: the maxima of the runs of a stretch; not for windows at every base.
    found: Vec<Line>,
    /// The products of the maxima in windows and a layer's weights, added up lane by lane.
    sums: Vec<Line>,
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

    /// Whether a window begins at every base.
    fn is_every_base(&self) -> bool {
        self.advance == 1 && self.runs == Runs::equal(1)
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
            ends: vec![Line::ZERO; padded(motifs.filters) / LANES * (plan.width + 1)],
            found: vec![Line::ZERO; WIDE * plan.width],
            sums: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn on(self, backend: Backend) -> Self {
        Self { backend, ..self }
    }

    /// Writes the maxima in the next windows, `[windows, filters]`, and returns how many these are; 0 at the end.
    pub fn next(&mut self, maxima: &mut Vec<f32>) -> usize {
        let filters = self.motifs.filters;
        let (last, windows) = self.ahead();
        maxima.resize(windows * filters, 0.0);
        self.search(last, windows, MaximaRows { maxima, filters });
        windows
    }

    /// Writes what a layer of one output makes of the maxima in the next windows, and returns how many these are; 0 at the
    /// end. The bits are those of [`Dense::run`].
    ///
    /// # Panics
    /// When the layer has several outputs, or other inputs.
    pub fn next_outputs(&mut self, layer: &Dense, outputs: &mut Vec<f32>) -> usize {
        let weights = layer.weights_of_one(self.motifs.filters);
        let (last, windows) = self.ahead();
        let mut sums = std::mem::take(&mut self.sums);
        sums.resize(windows, Line::ZERO);
        self.search(
            last,
            windows,
            Products {
                weights,
                sums: &mut sums,
            },
        );
        layer.finish(self.backend, &sums, outputs);
        self.sums = sums;
        windows
    }

    /// The first stretch that is left for later, and the windows that end before it.
    fn ahead(&self) -> (usize, usize) {
        let mut windows = 0;
        let mut last = self.stretches;
        while windows == 0 && self.done < self.plan.count {
            last += self.plan.at_a_time();
            windows = self.plan.ended(last) - self.done;
        }
        (last, windows)
    }

    fn search(&mut self, last: usize, windows: usize, out: impl Out) {
        if windows > 0 {
            let sliding = &mut *self;
            sliding.backend.run(Search { sliding, last, out });
        }
        self.stretches = last;
        self.done += windows;
    }
}

/// The search of some stretches.
struct Search<'a, 'b, O> {
    sliding: &'a mut SlidingMaxima<'b>,
    /// The first stretch that is left for later.
    last: usize,
    /// What takes the maxima, from the first window that is not done.
    out: O,
}

impl<O: Out> Kernel for Search<'_, '_, O> {
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

impl<O: Out> Search<'_, '_, O> {
    #[inline(always)]
    fn search_blocks<S: Simd, K: Keep>(&mut self, simd: S) {
        let blocks = self.sliding.motifs.filters.div_ceil(LANES);
        let at_once = if self.sliding.plan.is_every_base() { 1 } else { WIDE };
        let mut block = 0;
        while block < blocks {
            if at_once == WIDE && block + WIDE <= blocks {
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
            found,
            ..
        } = &mut *self.sliding;
        let blocks = Blocks::<TRIPLE, W, T>::new(&motifs.tables, block, words, motifs.kernel);
        let mut windows = Windows {
            plan: *plan,
            done: *done,
            ends: &mut ends[block * (plan.width + 1)..(block + W) * (plan.width + 1)],
            out: &mut self.out,
            block,
        };
        if plan.is_every_base() {
            let mut scores = Scores::new(simd, blocks.first(), *stretches * plan.width);
            for stretch in *stretches..self.last {
                windows.every_base::<S, K, T>(simd, &mut scores, stretch);
            }
        } else {
            for stretch in *stretches..self.last {
                plan.find::<S, K, W, T>(simd, &blocks, stretch, found);
                windows.stretch::<S, K>(simd, &found[..W * plan.width], stretch);
            }
        }
    }
}

impl Plan {
    /// Writes the maxima of the runs of a stretch, `[W, runs]`.
    #[inline(always)]
    fn find<S: Simd, K: Keep, const W: usize, const T: usize>(
        &self,
        simd: S,
        blocks: &Blocks<'_, TRIPLE, W, T>,
        stretch: usize,
        found: &mut [Line],
    ) {
        for offset in 0..self.width {
            let run = self.runs.positions(stretch * self.width + offset);
            let most = blocks.maxima::<S, K>(simd, run.start..run.end.min(blocks.positions()));
            for w in 0..W {
                simd.store(most[w].0, &mut found[w * self.width + offset].0);
            }
        }
    }
}

/// What some blocks of motifs read and write.
struct Windows<'a, O> {
    plan: Plan,
    /// The first window that `out` takes.
    done: usize,
    /// `[blocks, runs of a window + 1]`: the maxima of the last stretch from each of its runs on, and 0.
    ends: &'a mut [Line],
    out: &'a mut O,
    /// The first block.
    block: usize,
}

impl<O: Out> Windows<'_, O> {
    /// Writes the windows that end in a stretch, of whose runs these are the maxima, `[blocks, runs of a window]`.
    #[inline(always)]
    fn stretch<S: Simd, K: Keep>(&mut self, simd: S, found: &[Line], stretch: usize) {
        let Plan { width, advance, .. } = self.plan;
        // The last run of window `w` is number `w * advance + width - 1`, and that of this stretch `first`.
        let first = stretch * width;
        let begin = (first + 1).saturating_sub(width).div_ceil(advance);
        let last_run = begin * advance + (width - 1) - first;
        let blocks = found.chunks_exact(width).zip(self.ends.chunks_exact_mut(width + 1));
        for (block, (runs, ends)) in blocks.enumerate() {
            let windows = begin - self.done..self.out.count();
            let mut most = simd.splat(0.0);
            let mut read = 0;
            for (window, last) in windows.zip((last_run..width).step_by(advance)) {
                for run in &runs[read..=last] {
                    most = raise::<S, K>(simd, simd.load(&run.0), most);
                }
                read = last + 1;
                let whole = raise::<S, K>(simd, simd.load(&ends[read].0), most);
                self.out.take(simd, window, self.block + block, whole);
            }
            end_maxima::<S, K>(simd, runs, ends);
        }
    }
}

/// Writes the maxima of the runs of a stretch from each run on, which are not below 0.
#[inline(always)]
fn end_maxima<S: Simd, K: Keep>(simd: S, runs: &[Line], ends: &mut [Line]) {
    let mut most = simd.splat(0.0);
    for (run, end) in runs.iter().zip(&mut ends[..runs.len()]).rev() {
        most = raise::<S, K>(simd, simd.load(&run.0), most);
        simd.store(most, &mut end.0);
    }
}

#[inline(always)]
fn raise<S: Simd, K: Keep>(simd: S, value: S::Vector, best: S::Vector) -> S::Vector {
    let nowhere = simd.splat_position(0);
    K::raise(simd, value, 0, best, nowhere).0
}
