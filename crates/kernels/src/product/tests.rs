#![allow(clippy::many_single_char_names, reason = "matrices and their indices")]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::outer::{Columns, Outer, pack_columns};
use crate::panels::padded;
use crate::simd::Backend;

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

#[test]
fn products_are_sums_of_products() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (rows, depth, columns) in SIZES {
        // Overlapping rows, as a convolution has them.
        for stride in [depth, depth + 3, 1] {
            let a = random(&mut rng, (rows - 1) * stride + depth);
            let b = random(&mut rng, depth * columns);
            let start = random(&mut rng, rows * padded(columns));
            let panels = Panels::new(depth, columns, |k, j| b[k * columns + j]);
            for backend in Backend::available() {
                let mut c = start.clone();
                let left = Rows {
                    data: &a,
                    stride,
                    count: rows,
                };
                backend.run(Product {
                    a: left,
                    b: &panels,
                    start: None,
                    c: &mut c,
                    c_stride: padded(columns),
                });
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
                        &format!("{rows} {depth} {columns} on {}", backend.name()),
                    );
                }
            }
        }
    }
}

#[test]
fn a_row_of_a_product_does_not_depend_on_the_other_rows() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (depth, columns) = (300, 80);
    let a = random(&mut rng, 14 * depth);
    let b = random(&mut rng, depth * columns);
    let panels = Panels::new(depth, columns, |k, j| b[k * columns + j]);
    for backend in Backend::available() {
        let product = |first: usize, rows: usize| {
            let mut c = vec![0.5; rows * columns];
            let left = Rows {
                data: &a[first * depth..],
                stride: depth,
                count: rows,
            };
            backend.run(Product {
                a: left,
                b: &panels,
                start: None,
                c: &mut c,
                c_stride: columns,
            });
            c.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        let all = product(0, 14);
        for rows in 1..=14 {
            for first in 0..=14 - rows {
                assert_eq!(
                    product(first, rows),
                    all[first * columns..(first + rows) * columns],
                    "{first} {rows}"
                );
            }
        }
    }
}

/// Packs the left factor and multiplies.
struct OuterOf<'a> {
    a: Rows<'a>,
    width: usize,
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
            first: 0,
            count: self.a.count,
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
                let a = Rows {
                    data: &a,
                    stride: depth,
                    count: rows,
                };
                backend.run(Product {
                    a,
                    b: &panels,
                    start,
                    c: &mut c,
                    c_stride: padded(columns),
                });
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
