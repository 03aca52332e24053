//! The convolution of a stretch of one sequence.

use super::ConvShape;
use super::minimal::Minimal;
use super::sparse::{Sparse, Values};
use crate::activation::rectify;
use crate::panels::{Panels, padded};
use crate::product::{Product, Rows};
use crate::simd::{Kernel, Simd};

/// Output positions of one task: whole tiles, and a stretch of 128 channels stays in the second-level cache.
pub(super) const LENGTH: usize = 132;

/// Which inputs an output position reads: `t + offset + j · dilation` for `j < kernel`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taps {
    pub(super) kernel: usize,
    pub(super) dilation: usize,
    pub(super) offset: isize,
}

impl Taps {
    pub(super) fn new(shape: &ConvShape, offset: isize) -> Self {
        // One tap has no distance to another.
        let dilation = if shape.kernel == 1 { 1 } else { shape.dilation };
        Self {
            kernel: shape.kernel,
            dilation,
            offset,
        }
    }

    /// How many products there are, and how many taps each of them takes.
    pub(super) fn products(&self) -> (usize, usize) {
        if self.dilation == 1 {
            (1, self.kernel)
        } else {
            (self.kernel, 1)
        }
    }

    /// Packs the weights for every product; `at` gives those of a row `tap · input + channel` and a column.
    fn panels(&self, input: usize, output: usize, at: impl Fn(usize, usize) -> f32) -> Vec<Panels> {
        let (products, taps) = self.products();
        let depth = taps * input;
        (0..products)
            .map(|i| Panels::new(depth, output, |row, column| at(i * depth + row, column)))
            .collect()
    }

    /// Copies what `count` positions from `first` read: row `r` is position `first + offset + r`, zero outside `x`.
    pub(super) fn gather(&self, x: &[f32], input: usize, first: usize, count: usize) -> Vec<f32> {
        let mut gathered = Vec::new();
        let gathered = self.rows(x, input, first, count, &mut gathered);
        gathered.to_vec()
    }

    /// What `count` positions from `first` read: row `r` is position `first + offset + r`, zero outside `x`; copied only
    /// where it reaches outside.
    pub(super) fn rows<'a, T: Copy + Default>(
        &self,
        x: &'a [T],
        input: usize,
        first: usize,
        count: usize,
        copy: &'a mut Vec<T>,
    ) -> &'a [T] {
        let rows = (count + (self.kernel - 1) * self.dilation).cast_signed();
        let length = (x.len() / input).cast_signed();
        let begin = first.cast_signed() + self.offset;
        let inside = begin.clamp(0, length)..(begin + rows).clamp(0, length);
        let values = |rows: isize| rows.cast_unsigned() * input;
        let from = &x[values(inside.start)..values(inside.end)];
        if inside.end - inside.start == rows {
            return from;
        }
        copy.clear();
        if inside.is_empty() {
            copy.resize(values(rows), T::default());
        } else {
            copy.resize(values(inside.start - begin), T::default());
            copy.extend_from_slice(from);
            copy.resize(values(rows), T::default());
        }
        copy
    }
}

/// The weights of a convolution, packed in the way that fits it.
#[derive(Clone, Debug)]
pub(super) enum Filters {
    /// One product, or one for each tap.
    Plain(Vec<Panels>),
    /// Fewer multiplications.
    Minimal(Box<Minimal>),
    /// For values that are mostly zeros, and never negative.
    Sparse(Sparse),
}

impl Filters {
    /// Packs the weights, given by row `tap · input + channel` and column.
    pub(super) fn new(taps: Taps, input: usize, output: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        match Minimal::new(taps, input, output, &at) {
            Some(minimal) => Self::Minimal(Box::new(minimal)),
            None => Self::Plain(taps.panels(input, output, at)),
        }
    }
}

/// What follows a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Nothing,
    /// The rectifier, `max(y, 0)`.
    Rectify,
    /// The rectifier, and the input added: `x + max(y, 0)`.
    AddRectified,
}

/// Memory that stretches use one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers {
    rows: Vec<f32>,
    sums: Vec<f32>,
    minimal: super::minimal::Buffers,
    values: Values,
}

/// The convolution of one stretch.
pub(super) struct Stretch<'a> {
    pub(super) taps: Taps,
    /// The whole sequence, `[length, input]`.
    pub(super) x: &'a [f32],
    pub(super) input: usize,
    /// The first position of the stretch.
    pub(super) first: usize,
    pub(super) filters: &'a Filters,
    pub(super) bias: &'a [f32],
    /// The outputs of the stretch, `[positions, output]`.
    pub(super) out: &'a mut [f32],
    pub(super) after: After,
    pub(super) buffers: &'a mut Buffers,
}

impl Kernel for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            taps,
            x,
            input,
            first,
            filters,
            bias,
            out,
            after,
            buffers,
        } = self;
        let (output, width) = (bias.len(), padded(bias.len()));
        let count = out.len() / output;
        let Buffers {
            rows,
            sums,
            minimal,
            values,
        } = buffers;
        // Outputs in pairs read one row more.
        let rows = taps.rows(x, input, first, count.next_multiple_of(2), rows);
        let mut start = vec![0.0; width];
        start[..output].copy_from_slice(bias);
        let memory = (minimal, values);
        if output == width {
            convolve(simd, taps, filters, rows, input, &start, memory, out);
        } else {
            sums.resize(count * width, 0.0);
            convolve(simd, taps, filters, rows, input, &start, memory, sums);
            for (out, sums) in out.chunks_exact_mut(output).zip(sums.chunks_exact(width)) {
                out.copy_from_slice(&sums[..output]);
            }
        }
        match after {
            After::Nothing => {}
            After::Rectify => rectify(simd, out),
            After::AddRectified => {
                rectify(simd, out);
                add(out, &x[first * output..]);
            }
        }
    }
}

#[inline(always)]
fn add(to: &mut [f32], values: &[f32]) {
    for (to, value) in to.iter_mut().zip(values) {
        *to += value;
    }
}

/// Convolves gathered rows; every row of `out` is as wide as `start`, which it begins with.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the inside of one function")]
fn convolve<S: Simd>(
    simd: S,
    taps: Taps,
    filters: &Filters,
    x: &[f32],
    input: usize,
    start: &[f32],
    (minimal_buffers, values): (&mut super::minimal::Buffers, &mut Values),
    out: &mut [f32],
) {
    let count = out.len() / start.len();
    match filters {
        Filters::Minimal(minimal) => minimal.run(simd, x, input, count, start, minimal_buffers, out),
        Filters::Sparse(sparse) => sparse.run(simd, x, input, start, values, out),
        Filters::Plain(panels) => {
            for (tap, panels) in panels.iter().enumerate() {
                let a = Rows {
                    data: &x[tap * taps.dilation * input..],
                    stride: input,
                    count,
                };
                simd.run(Product {
                    a,
                    b: panels,
                    start: (tap == 0).then_some(start),
                    c: out,
                    c_stride: start.len(),
                });
            }
        }
    }
}
