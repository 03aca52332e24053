//! Convolution with fewer multiplications: two outputs of three taps take four products in place of six.
//!
//! With `d` four neighbouring inputs and `g` three taps, the outputs `d0 g0 + d1 g1 + d2 g2` and
//! `d1 g0 + d2 g1 + d3 g2` are `m0 + m1 + m2` and `m1 - m2 - m3`, where `m0 = (d0 - d2) g0`,
//! `m1 = (d1 + d2) (g0 + g1 + g2) / 2`, `m2 = (d2 - d1) (g0 - g1 + g2) / 2` and `m3 = (d1 - d3) g2`.
//! Taps are taken in threes, whose products are added up before the outputs are formed; one or two taps that are left
//! over are a plain product. Seven taps take 10 products in place of 14, and 1.4 times less time is the most there is
//! to gain.
//!
//! # Source
//! Winograd 1980, "Arithmetic Complexity of Computations", F(2, 3); for convolutional networks Lavin & Gray 2016. The
//! sums that enter the products are of two inputs and three taps, so that errors stay near those of the plain sum.

use super::stretch::Taps;
use crate::panels::Panels;
use crate::product::{Product, Rows};
use crate::simd::{Kernel, Simd};

/// Taps that are taken together.
const GROUP: usize = 3;
/// Fewer channels do not repay the additions.
const FEWEST_CHANNELS: usize = 32;

/// The weights of a convolution, transformed and packed.
#[derive(Clone, Debug)]
pub(super) struct Minimal {
    /// For each of the four products, `[groups · input, output]`.
    products: [Panels; 4],
    /// The taps left over, `[taps · input, output]`.
    rest: Panels,
    groups: usize,
}

/// Memory that stretches use one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers {
    sums: Vec<f32>,
    left: Vec<f32>,
}

impl Minimal {
    /// Transforms the weights, given by row `tap · input + channel` and column, when that pays.
    pub(super) fn new(taps: Taps, input: usize, output: usize, at: impl Fn(usize, usize) -> f32) -> Option<Self> {
        let groups = taps.kernel / GROUP;
        if groups == 0 || taps.dilation != 1 || input.min(output) < FEWEST_CHANNELS {
            return None;
        }
        let tap = |row: usize, column: usize, tap: usize| {
            let (group, channel) = (row / input, row % input);
            at((group * GROUP + tap) * input + channel, column)
        };
        let product = |weigh: &dyn Fn([f32; 3]) -> f32| {
            Panels::new(groups * input, output, |row, column| {
                weigh([tap(row, column, 0), tap(row, column, 1), tap(row, column, 2)])
            })
        };
        let left_over = taps.kernel - groups * GROUP;
        Some(Self {
            products: [
                product(&|g| g[0]),
                product(&|g| (g[0] + g[2] + g[1]) * 0.5),
                product(&|g| (g[0] + g[2] - g[1]) * 0.5),
                product(&|g| g[2]),
            ],
            rest: Panels::new(left_over * input, output, |row, column| {
                at(groups * GROUP * input + row, column)
            }),
            groups,
        })
    }

    /// Convolves `count` positions: position `t` reads rows `t..` of `x`, which has a row to spare when `count` is odd.
    ///
    /// `start` is what every output begins with; rows of `out` are `start.len()` wide.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "the inside of one function")]
    pub(super) fn run<S: Simd>(
        &self,
        simd: S,
        x: &[f32],
        input: usize,
        count: usize,
        start: &[f32],
        buffers: &mut Buffers,
        out: &mut [f32],
    ) {
        let width = start.len();
        let (pairs, depth) = (count.div_ceil(2), self.groups * input);
        let Buffers { sums, left } = buffers;
        // Every value is written before it is read.
        sums.resize(4 * pairs * width, 0.0);
        left.resize(pairs * depth, 0.0);
        let zeros = vec![0.0; width];
        for (product, sums) in sums.chunks_exact_mut(pairs * width).enumerate() {
            simd.run(Differences {
                product,
                x,
                input,
                groups: self.groups,
                to: left,
            });
            simd.run(Product {
                a: Rows {
                    data: left,
                    stride: depth,
                    count: pairs,
                },
                b: &self.products[product],
                start: Some(&zeros),
                c: sums,
                c_stride: width,
            });
        }
        simd.run(Outputs { sums, start, out });
        simd.run(Product {
            a: Rows {
                data: &x[GROUP * depth..],
                stride: input,
                count,
            },
            b: &self.rest,
            start: None,
            c: out,
            c_stride: width,
        });
    }
}

/// The left factor of one of the four products, `[pairs, groups · input]`.
struct Differences<'a> {
    product: usize,
    x: &'a [f32],
    input: usize,
    groups: usize,
    to: &'a mut [f32],
}

impl Kernel for Differences<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self {
            product,
            x,
            input,
            groups,
            to,
        } = self;
        for (place, to) in to.chunks_exact_mut(input).enumerate() {
            let first = 2 * (place / groups) + GROUP * (place % groups);
            let d = |i: usize| &x[(first + i) * input..][..input];
            match product {
                0 => each(to, d(0), d(2), |a, b| a - b),
                1 => each(to, d(1), d(2), |a, b| a + b),
                2 => each(to, d(2), d(1), |a, b| a - b),
                _ => each(to, d(1), d(3), |a, b| a - b),
            }
        }
    }
}

#[inline(always)]
fn each(to: &mut [f32], a: &[f32], b: &[f32], combine: impl Fn(f32, f32) -> f32) {
    for ((to, &a), &b) in to.iter_mut().zip(a).zip(b) {
        *to = combine(a, b);
    }
}

/// The outputs, two for every row of the four products.
struct Outputs<'a> {
    sums: &'a [f32],
    start: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Outputs<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { sums, start, out } = self;
        let width = start.len();
        let size = sums.len() / 4;
        for (place, out) in out.chunks_exact_mut(width).enumerate() {
            let row = |product: usize| &sums[product * size + place / 2 * width..][..width];
            let (middle, last) = (row(1).iter().zip(row(2)), row(if place % 2 == 0 { 0 } else { 3 }));
            let terms = out.iter_mut().zip(start).zip(middle.zip(last));
            if place % 2 == 0 {
                terms.for_each(|((out, start), ((m1, m2), m0))| *out = start + (m0 + (m1 + m2)));
            } else {
                terms.for_each(|((out, start), ((m1, m2), m3))| *out = start + ((m1 - m2) - m3));
            }
        }
    }
}
