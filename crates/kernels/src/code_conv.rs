//! Motif convolution over base codes, with bias, rectifier and max pooling.
//!
//! A convolution over one-hot columns only adds rows of the weights. The rows of two neighbouring bases are added
//! beforehand, for every pair of codes, so that a motif of 19 bases takes 10 additions per position; score, bias,
//! rectifier and maximum stay in registers. The backward pass touches the winning positions only.

use std::ops::Range;

use rayon::prelude::*;

use crate::panels::padded;
use crate::simd::{Backend, LANES};
use crate::zeros::zeros;
use scatter::{Addition, Scatter};
use search::Search;
use words::{WordTables, Words};

pub use motifs::Motifs;
pub use sliding::{Slide, SlidingMaxima};

mod every;
mod motifs;
#[cfg(test)]
mod oracle;
mod scatter;
mod search;
mod sliding;
#[cfg(test)]
mod tests;
mod words;

/// The sizes of a motif convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeConvShape {
    /// The number of sequences.
    pub batch: usize,
    /// The padded length of every sequence.
    pub width: usize,
    /// The width of a motif, in bases.
    pub kernel: usize,
    /// The number of motifs.
    pub filters: usize,
    /// The number of unknown bases put before a sequence.
    pub pad_left: usize,
    /// The number of unknown bases put after a sequence.
    pub pad_right: usize,
    /// The number of positions that share one maximum.
    pub pool: usize,
}

impl CodeConvShape {
    /// The number of motif positions of a sequence of `length` bases.
    pub fn positions(&self, length: usize) -> usize {
        (length + self.pad_left + self.pad_right + 1).saturating_sub(self.kernel)
    }

    /// The number of outputs of a sequence of `length` bases: `ceil(positions / pool)`.
    pub fn pooled(&self, length: usize) -> usize {
        self.positions(length).div_ceil(self.pool)
    }

    fn assert(&self, codes: &[u8], lengths: &[usize]) {
        let Self {
            batch,
            width,
            kernel,
            filters,
            pool,
            ..
        } = *self;
        assert!(
            kernel > 0 && filters > 0 && pool > 0,
            "kernel, filters and pool are at least 1"
        );
        assert_eq!(codes.len(), batch * width, "codes are [batch, width]");
        assert_eq!(lengths.len(), batch, "one length for every sequence");
        assert!(
            lengths.iter().all(|&length| length <= width),
            "no sequence is longer than the padded length"
        );
    }
}

/// How positions are cut into runs of which only the maximum is kept: runs of two lengths in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Runs {
    /// Positions of the first run, the third, and so on; 1 or more.
    even: usize,
    /// Positions of the second run, the fourth, and so on; 1 or more.
    odd: usize,
}

impl Runs {
    /// Runs of one length.
    fn equal(length: usize) -> Self {
        Self {
            even: length,
            odd: length,
        }
    }

    /// The number of runs of so many positions; the last may be short.
    fn count(self, positions: usize) -> usize {
        let both = self.even + self.odd;
        let rest = positions % both;
        positions / both * 2 + usize::from(rest > 0) + usize::from(rest > self.even)
    }

    /// The positions of run `index`.
    #[inline(always)]
    fn positions(self, index: usize) -> Range<usize> {
        let start = index / 2 * (self.even + self.odd) + index % 2 * self.even;
        let length = if index.is_multiple_of(2) { self.even } else { self.odd };
        start..start + length
    }
}

/// What [`backward`] needs of a forward pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeConvTape {
    /// `[batch, pooled, blocks of filters]`: one bit for each motif, set where the rectifier is on.
    on: Vec<u16>,
    /// `[batch, pooled, padded filters]`: the position of every maximum that is on. Empty without pooling, where it is
    /// the place of the output.
    winners: Vec<u32>,
}

/// Sequences that one task searches; a block of motifs' tables is read once for all of them.
const TASK_ROWS: usize = 4;

/// Scans sequences with motifs: `max_pool(relu(conv(one_hot(codes)) + bias))`.
///
/// Position `p` reads codes `p - pad_left .. p - pad_left + kernel`; codes above 3 and whatever lies outside a
/// sequence contribute nothing.
///
/// # Shapes
/// - `codes`: `[batch, width]`; `weights`: `[kernel, 4, filters]`; `bias`: `[filters]`
/// - result: `[batch, pooled(width), filters]`; zero past `pooled(length)`
///
/// # Panics
/// If a slice does not have the length that `shape` says, or a sequence is longer than `width`.
pub fn forward(
    shape: CodeConvShape,
    codes: &[u8],
    lengths: &[usize],
    weights: &[f32],
    bias: &[f32],
) -> (Vec<f32>, CodeConvTape) {
    let runs = Runs::equal(shape.pool);
    search(Backend::current(), shape, runs, codes, lengths, weights, bias, true)
}

/// Scans sequences with motifs as [`forward`] does, without a tape.
///
/// # Panics
/// As [`forward`].
pub fn infer(shape: CodeConvShape, codes: &[u8], lengths: &[usize], weights: &[f32], bias: &[f32]) -> Vec<f32> {
    let runs = Runs::equal(shape.pool);
    search(Backend::current(), shape, runs, codes, lengths, weights, bias, false).0
}

/// The outputs; with `keep`, also what the way back needs.
#[allow(
    clippy::too_many_arguments,
    reason = "the two public functions and the tests, on any backend"
)]
fn search(
    backend: Backend,
    shape: CodeConvShape,
    runs: Runs,
    codes: &[u8],
    lengths: &[usize],
    weights: &[f32],
    bias: &[f32],
    keep: bool,
) -> (Vec<f32>, CodeConvTape) {
    shape.assert(codes, lengths);
    let CodeConvShape { filters, pool, .. } = shape;
    assert!(runs.even > 0 && runs.odd > 0, "a run has a position");
    let count = runs.count(shape.positions(shape.width));
    let outputs = shape.batch * count;
    let size = |wanted: bool, width: usize| if wanted { outputs * width } else { 0 };
    let tables = WordTables::<2>::new(shape.kernel, filters, weights, bias);
    let mut output = zeros(outputs * filters);
    let mut tape = CodeConvTape {
        on: vec![0; size(keep, padded(filters) / LANES)],
        winners: vec![0; size(keep && pool > 1, padded(filters))],
    };
    let tasks = shape.batch.div_ceil(TASK_ROWS);
    let task = TASK_ROWS * count;
    parts(&mut output, task * filters, tasks)
        .into_par_iter()
        .zip(parts(&mut tape.on, task * padded(filters) / LANES, tasks))
        .zip(parts(&mut tape.winners, task * padded(filters), tasks))
        .enumerate()
        .for_each(|(task, ((output, on), winners))| {
            backend.run(Search {
                shape,
                runs,
                tables: &tables,
                words: &Words::of_rows(shape, codes, lengths, task * TASK_ROWS),
                output,
                on,
                winners,
            });
        });
    (output, tape)
}

/// Cuts a slice into `count` parts of `size`, of which the last may be short; an empty one into empty parts.
fn parts<T>(mut all: &mut [T], size: usize, count: usize) -> Vec<&mut [T]> {
    let part = |_| {
        all.split_off_mut(..size.min(all.len()))
            .expect("a part is no longer than the rest")
    };
    (0..count).map(part).collect()
}

/// The most partial sums of the weights' gradients; they do not depend on the number of threads.
const MOST_SUMS: usize = 16;

/// Returns the gradients of the weights and of the bias of a loss whose gradient with respect to the output is
/// `d_output`.
///
/// A gradient goes to the first of equal maxima, and nowhere where the rectifier is off.
///
/// # Panics
/// If a slice does not have the length that `shape` says, or `tape` belongs to other arguments.
pub fn backward(
    shape: CodeConvShape,
    codes: &[u8],
    lengths: &[usize],
    tape: &CodeConvTape,
    d_output: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    backward_on(Backend::current(), shape, codes, lengths, tape, d_output)
}

fn backward_on(
    backend: Backend,
    shape: CodeConvShape,
    codes: &[u8],
    lengths: &[usize],
    tape: &CodeConvTape,
    d_output: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    shape.assert(codes, lengths);
    let CodeConvShape {
        batch,
        width,
        filters,
        pool,
        ..
    } = shape;
    let pooled = shape.pooled(width);
    assert_eq!(
        d_output.len(),
        batch * pooled * filters,
        "the output's gradient is [batch, pooled, filters]"
    );
    let (blocks, winners) = (padded(filters) / LANES, if pool > 1 { padded(filters) } else { 0 });
    assert!(
        tape.on.len() == batch * pooled * blocks && tape.winners.len() == batch * pooled * winners,
        "the tape is of these sequences"
    );
    let rows = batch.div_ceil(MOST_SUMS).max(TASK_ROWS);
    let starts: Vec<usize> = (0..batch).step_by(rows).collect();
    let scatter = |&start: &usize| {
        let mut scatter = Scatter::new(shape);
        for row in start..batch.min(start + rows) {
            let outputs = row * pooled..row * pooled + shape.pooled(lengths[row]);
            let pairs = Words::new(shape, &codes[row * width..row * width + lengths[row]]);
            backend.run(Addition {
                sums: &mut scatter,
                pairs: &pairs,
                on: &tape.on[outputs.start * blocks..outputs.end * blocks],
                winners: &tape.winners[outputs.start * winners..outputs.end * winners],
                d_output: &d_output[outputs.start * filters..outputs.end * filters],
            });
        }
        scatter
    };
    let parts: Vec<Scatter> = starts.par_iter().map(scatter).collect();
    let mut total = Scatter::new(shape);
    for part in &parts {
        total.merge(part);
    }
    total.gradients()
}
