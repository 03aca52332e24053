//! Convolution of values that are mostly zeros: what rectified motifs leave, of which few are there at a place.
//!
//! The values above zero are listed once; every output adds the rows of weights of those among its inputs.

use super::stretch::Taps;
use crate::panels::padded;
use crate::simd::{LANES, Line, Simd};

/// Lines of outputs that are summed up in registers at a time.
const WIDE: usize = 3;

/// Values that are compared together.
const MANY: usize = 64;

/// The weights of a convolution, a row for every tap and channel.
#[derive(Clone, Debug)]
pub(super) struct Sparse {
    /// For each run of at most [`WIDE`] lines of outputs, `[taps · input, lines]`.
    parts: Vec<Part>,
    taps: Taps,
}

/// The weights of some outputs.
#[derive(Clone, Debug)]
struct Part {
    rows: Vec<Line>,
    lines: usize,
}

/// The values above zero of some rows, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// As many as there were rows for; those behind the last start are of no meaning.
    values: Vec<Value>,
    /// Where the values of every row begin, and where those of the last end.
    starts: Vec<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Value {
    value: f32,
    /// `row · input + channel`
    place: u32,
}

impl Sparse {
    /// Packs the weights, given by row `tap · input + channel` and column.
    pub(super) fn new(taps: Taps, input: usize, output: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let lines = padded(output) / LANES;
        let part = |first: usize| {
            let lines = WIDE.min(lines - first);
            let line = |row: usize, line: usize| {
                let value = |lane: usize| {
                    let column = (first + line) * LANES + lane;
                    if column < output { at(row, column) } else { 0.0 }
                };
                Line(std::array::from_fn(value))
            };
            let rows = (0..taps.kernel * input).flat_map(|row| (0..lines).map(move |at| (row, at)));
            Part {
                rows: rows.map(|(row, at)| line(row, at)).collect(),
                lines,
            }
        };
        Self {
            parts: (0..lines).step_by(WIDE).map(part).collect(),
            taps,
        }
    }

    /// Convolves gathered rows of values of which none is negative: output position `t` reads row `t` and those a dilation
    /// apart from it. Rows of `out` are as wide as `start`, which they begin with.
    #[inline(always)]
    pub(super) fn run<S: Simd>(
        &self,
        simd: S,
        x: &[f32],
        input: usize,
        start: &[f32],
        values: &mut Values,
        out: &mut [f32],
    ) {
        values.list(simd, x, input);
        for (part, first) in self.parts.iter().zip((0..start.len()).step_by(WIDE * LANES)) {
            match part.lines {
                1 => self.part::<S, 1>(
                    simd,
                    part,
                    input,
                    values,
                    &start[first..],
                    &mut out[first..],
                    start.len(),
                ),
                2 => self.part::<S, 2>(
                    simd,
                    part,
                    input,
                    values,
                    &start[first..],
                    &mut out[first..],
                    start.len(),
                ),
                _ => self.part::<S, WIDE>(
                    simd,
                    part,
                    input,
                    values,
                    &start[first..],
                    &mut out[first..],
                    start.len(),
                ),
            }
        }
    }

    /// Some outputs of all positions, in rows of `width`.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "the inside of one function")]
    fn part<S: Simd, const L: usize>(
        &self,
        simd: S,
        part: &Part,
        input: usize,
        values: &Values,
        start: &[f32],
        out: &mut [f32],
        width: usize,
    ) {
        let (rows, _) = part.rows.as_chunks::<L>();
        let (start, _) = start.as_chunks::<LANES>();
        // Neighbouring rows are one run of values, whose places count on from one to the next.
        let (runs, taps) = self.taps.products();
        for (position, out) in out.chunks_mut(width).enumerate() {
            let mut sums = [simd.splat(0.0); L];
            for line in 0..L {
                sums[line] = simd.load(&start[line]);
            }
            for run in 0..runs {
                let first = position + run * self.taps.dilation;
                // The place of the first value of this run in the weights.
                let shift = first * input - run * taps * input;
                for value in &values.values[values.starts[first]..values.starts[first + taps]] {
                    let (factor, row) = (simd.splat(value.value), &rows[value.place as usize - shift]);
                    for line in 0..L {
                        sums[line] = simd.mul_add(factor, simd.load(&row[line].0), sums[line]);
                    }
                }
            }
            let (out, _) = out.as_chunks_mut::<LANES>();
            for line in 0..L {
                simd.store(sums[line], &mut out[line]);
            }
        }
    }
}

impl Values {
    /// Lists the values above zero of `x`, `[rows, input]`.
    #[inline(always)]
    fn list<S: Simd>(&mut self, simd: S, x: &[f32], input: usize) {
        assert!(u32::try_from(x.len()).is_ok(), "a stretch is short");
        self.values.resize(x.len().max(self.values.len()), Value::default());
        self.starts.clear();
        self.starts.push(0);
        let mut count = 0;
        for (row, x) in x.chunks_exact(input).enumerate() {
            // As many values as there are bits in a number: a loop that ends at another place every time costs more than a
            // comparison.
            for (part, x) in x.chunks(MANY).enumerate() {
                let mut bits = 0;
                let (lines, rest) = x.as_chunks::<LANES>();
                for (line, x) in lines.iter().enumerate() {
                    bits |= u64::from(simd.on(simd.load(x))) << (line * LANES);
                }
                if !rest.is_empty() {
                    let mut line = [0.0; LANES];
                    line[..rest.len()].copy_from_slice(rest);
                    bits |= u64::from(simd.on(simd.load(&line))) << (lines.len() * LANES);
                }
                while bits != 0 {
                    let at = bits.trailing_zeros() as usize;
                    self.values[count] = Value {
                        value: x[at],
                        place: (row * input + part * MANY + at) as u32,
                    };
                    count += 1;
                    bits &= bits - 1;
                }
            }
            self.starts.push(count);
        }
    }
}
