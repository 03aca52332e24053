#![allow(clippy::many_single_char_names, reason = "matrices and their indices")]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::outer::{Columns, Outer, pack_columns};
use crate::panels::padded;
use crate::simd::{Backend, tested_rounding};

fn random(rng: &mut ChaCha8Rng, n: usize) -> Vec<f32> {
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Sizes around every boundary: vectors, tiles, and the blocks of depth and rows.
const SIZES: [(usize, usize, usize); 14] = [
    (1, 1, 1),
    (1, 5, 70),
    (2, 16, 48),
    (2, 17, 49),
    (3, 15, 33),
    (4, 3, 17),
    (5, 31, 16),
    (6, 32, 15),
    (7, 255, 64),
    (8, 256, 16),
    (9, 257, 17),
    (13, 600, 3),
    (131, 9, 5),
    (140, 40, 33),
];

fn assert_is(ours: f32, exact: f64, terms: usize, what: &str) {
    // Rounding of a chain of `terms` sums of numbers below 1.
    let bound = 1e-7 * (terms as f64) + 1e-6;
    assert!(
        (f64::from(ours) - exact).abs() <= bound,
        "{what}: {ours} is not {exact}"
    );
}

/// Adds `a · b` to `c`, or begins its rows with `start`.
fn multiply(backend: Backend, a: Rows<'_>, b: &Panels, start: Option<&[f32]>, c: &mut [f32]) {
    let c_stride = b.count() * LANES;
    backend.run(Product {
        a,
        b,
        start,
        c,
        c_stride,
    });
}

fn rows_of(data: &[f32], stride: usize, count: usize) -> Rows<'_> {
    Rows { data, stride, count }
}

#[test]
fn products_are_sums_of_products() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (count, depth, columns) in SIZES {
        // Overlapping rows, as a convolution has them.
        for stride in [depth, depth + 3, 1] {
            let a = random(&mut rng, (count - 1) * stride + depth);
            let b = random(&mut rng, depth * columns);
            let start = random(&mut rng, count * padded(columns));
            let panels = Panels::new(depth, columns, |k, j| b[k * columns + j]);
            for backend in Backend::available() {
                let mut c = start.clone();
                multiply(backend, rows_of(&a, stride, count), &panels, None, &mut c);
                for (at, &ours) in c.iter().enumerate() {
                    let (i, j) = (at / padded(columns), at % padded(columns));
                    let term = |k: usize| {
                        if j < columns {
                            f64::from(a[i * stride + k]) * f64::from(b[k * columns + j])
                        } else {
                            0.0
                        }
                    };
                    let exact = f64::from(start[at]) + (0..depth).map(term).sum::<f64>();
                    assert_is(
                        ours,
                        exact,
                        depth,
                        &format!("{count} {depth} {columns} on {}", backend.name()),
                    );
                }
            }
        }
    }
}

#[test]
fn a_row_of_a_product_does_not_depend_on_the_other_rows() {
    for backend in Backend::available() {
        assert_rows_are_independent(backend, 14);
    }
}

/// Checks the products of all runs of up to 34 of so many rows.
fn assert_rows_are_independent(backend: Backend, count: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (depth, columns) = (300, 80);
    let a = random(&mut rng, count * depth);
    let b = random(&mut rng, depth * columns);
    let panels = Panels::new(depth, columns, |k, j| b[k * columns + j]);
    let product = |first: usize, rows: usize| {
        let mut c = vec![0.5; rows * columns];
        multiply(
            backend,
            rows_of(&a[first * depth..], depth, rows),
            &panels,
            None,
            &mut c,
        );
        c.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    };
    let all = product(0, count);
    for rows in 1..=count.min(34) {
        for first in 0..=count - rows {
            assert_eq!(
                product(first, rows),
                all[first * columns..(first + rows) * columns],
                "{first} {rows}"
            );
        }
    }
}

/// The nearest bfloat16, of two equally near ones the even one: 8 bits of a significand.
fn rounded(value: f32) -> f32 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = 2.0_f32.powi(value.abs().log2().floor() as i32 - 7);
    (value / unit).round_ties_even() * unit
}

#[test]
fn numbers_are_rounded_to_the_nearest_bfloat16() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut values = random(&mut rng, 1000);
    // Ties, of which one goes down and one up; a power of two that is reached from below; what stays.
    values.extend([1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0, 1.999, -0.75, 0.0, 3.0e38]);
    for pairs in values.chunks_exact(2) {
        let bits = crate::panels::pair(pairs[0], pairs[1]);
        let found = [bits << 16, bits & 0xffff_0000];
        assert_eq!(
            found,
            [pairs[0], pairs[1]].map(|value| rounded(value).to_bits()),
            "{pairs:?}"
        );
    }
    for (value, holds) in [
        (f32::NAN, f32::is_nan as fn(f32) -> bool),
        (-f32::NAN, f32::is_nan),
        (f32::INFINITY, f32::is_infinite),
    ] {
        assert!(holds(f32::from_bits(crate::panels::pair(value, value) & 0xffff_0000)));
    }
}

/// Sizes around the boundaries of the registers of rounded products, beside the others.
fn sizes_of_registers() -> impl Iterator<Item = (usize, usize, usize)> {
    let more = [(16, 32, 32), (17, 31, 48), (32, 512, 16), (33, 513, 40), (64, 1100, 20)];
    SIZES.into_iter().chain(more)
}

#[test]
fn rounded_products_are_products_of_rounded_factors() {
    let Some(backend) = tested_rounding() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    for (rows, depth, columns) in sizes_of_registers() {
        for (stride, begins) in [(depth, true), (depth + 3, false), (1, false)] {
            let a = random(&mut rng, (rows - 1) * stride + depth);
            let b = random(&mut rng, depth * columns);
            let width = padded(columns);
            let start = random(&mut rng, if begins { width } else { rows * width });
            let panels = Panels::new(depth, columns, |k, j| b[k * columns + j]);
            let mut c = if begins {
                vec![f32::NAN; rows * width]
            } else {
                start.clone()
            };
            let begin = begins.then_some(&start[..]);
            multiply(backend, rows_of(&a, stride, rows), &panels, begin, &mut c);
            for (at, &ours) in c.iter().enumerate() {
                let (i, j) = (at / width, at % width);
                let term = |k: usize| {
                    if j < columns {
                        f64::from(rounded(a[i * stride + k])) * f64::from(rounded(b[k * columns + j]))
                    } else {
                        0.0
                    }
                };
                let exact = f64::from(start[if begins { j } else { at }]) + (0..depth).map(term).sum::<f64>();
                assert_is(ours, exact, depth, &format!("{rows} {depth} {columns}"));
            }
        }
    }
}

#[test]
fn a_row_of_a_rounded_product_does_not_depend_on_the_other_rows() {
    let Some(backend) = tested_rounding() else { return };
    assert_rows_are_independent(backend, 70);
}

#[test]
fn rounded_outer_products_are_sums_over_rounded_rows() {
    let Some(backend) = tested_rounding() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for (width, count, columns) in sizes_of_registers() {
        let columns = padded(columns);
        let a = random(&mut rng, (count + 2) * width);
        let b = random(&mut rng, count * columns);
        let start = random(&mut rng, width * columns);
        let mut packed = Vec::new();
        pack_columns(rows_of(&b, columns, count), columns, &mut packed);
        // Of more rows of the left factor, those from the first or from the third on count.
        for first in [0, 2] {
            let mut c = start.clone();
            backend.run(OuterOf {
                a: rows_of(&a, width, count + first),
                width,
                first,
                b: &packed,
                c: &mut c,
            });
            for (at, &ours) in c.iter().enumerate() {
                let (i, j) = (at / columns, at % columns);
                let term =
                    |n: usize| f64::from(rounded(a[(first + n) * width + i])) * f64::from(rounded(b[n * columns + j]));
                let exact = f64::from(start[at]) + (0..count).map(term).sum::<f64>();
                assert_is(ours, exact, count, &format!("{width} {count} {columns}"));
            }
        }
    }
}

/// Packs the left factor and multiplies.
struct OuterOf<'a> {
    a: Rows<'a>,
    width: usize,
    /// The first row of `a` that counts.
    first: usize,
    b: &'a [Line],
    c: &'a mut [f32],
}

impl Kernel for OuterOf<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let mut columns = Columns::default();
        columns.pack(simd, self.a, self.width);
        let c_stride = self.c.len() / self.width;
        simd.run(Outer {
            a: &columns,
            first: self.first,
            count: self.a.count - self.first,
            b: self.b,
            c: self.c,
            c_stride,
        });
    }
}

#[test]
fn a_product_begins_with_a_row_as_if_it_were_there_already() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for (rows, depth, columns) in SIZES {
        let (a, b) = (random(&mut rng, rows * depth), random(&mut rng, depth * columns));
        let start = random(&mut rng, padded(columns));
        let panels = Panels::new(depth, columns, |k, j| b[k * columns + j]);
        for backend in Backend::available() {
            let product = |start: Option<&[f32]>, mut c: Vec<f32>| {
                multiply(backend, rows_of(&a, depth, rows), &panels, start, &mut c);
                c.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            };
            let there = product(None, start.repeat(rows));
            let begun = product(Some(&start), vec![f32::NAN; rows * padded(columns)]);
            assert_eq!(begun, there, "{rows} {depth} {columns} on {}", backend.name());
        }
    }
}

#[test]
fn outer_products_are_sums_over_rows() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for (width, count, columns) in SIZES {
        let columns = padded(columns);
        for stride in [width, width + 2, 1] {
            let a = random(&mut rng, (count - 1) * stride + width);
            let b = random(&mut rng, count * columns);
            let start = random(&mut rng, width * columns);
            let mut packed = Vec::new();
            pack_columns(
                Rows {
                    data: &b,
                    stride: columns,
                    count,
                },
                columns,
                &mut packed,
            );
            for backend in Backend::available() {
                let mut c = start.clone();
                let left = Rows {
                    data: &a,
                    stride,
                    count,
                };
                backend.run(OuterOf {
                    a: left,
                    width,
                    first: 0,
                    b: &packed,
                    c: &mut c,
                });
                for (at, &ours) in c.iter().enumerate() {
                    let (i, j) = (at / columns, at % columns);
                    let term = |n: usize| f64::from(a[n * stride + i]) * f64::from(b[n * columns + j]);
                    let exact = f64::from(start[at]) + (0..count).map(term).sum::<f64>();
                    assert_is(
                        ours,
                        exact,
                        count,
                        &format!("{width} {count} {columns} on {}", backend.name()),
                    );
                }
            }
        }
    }
}
