//! Products against integers, on every backend.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::byte_panels::{Inputs, ZERO};
use crate::simd::Backend;

/// Bytes of which many are the largest: products of those are what saturates.
fn bytes(count: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    (0..count)
        .map(|_| if rng.random() { u8::MAX } else { rng.random() })
        .collect()
}

/// Weights of which many are the largest of their column, of both signs.
fn weights(count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let extremes = |value: f32| if value.abs() > 0.5 { value.signum() } else { value };
    (0..count).map(|_| extremes(rng.random_range(-1.0..1.0))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn products_are_those_of_integers_bit_by_bit(
        rows in 0_usize..70, depth in 1_usize..150, columns in 1_usize..70, gap in 0_usize..3,
        signed: bool, adds: bool, seed: u64,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let inputs = if signed { Inputs::Signed } else { Inputs::Unsigned };
        let matrix = weights(depth * columns, &mut rng);
        let panels = BytePanels::new(depth, columns, inputs, |k, c| matrix[k * columns + c]);
        let (stride, width) = (4 * depth.div_ceil(4) + gap, panels.count() * LANES);
        let a = bytes(rows * stride, &mut rng);
        let start: Vec<f32> = (0..rows.max(1) * width).map(|_| rng.random_range(-1.0..1.0)).collect();
        for backend in Backend::available() {
            let mut c = start.clone();
            let product = ByteProduct {
                a: ByteRows { data: &a, stride, count: rows },
                b: &panels,
                start: (!adds).then_some(&start[..width]),
                c: &mut c,
                c_stride: width,
            };
            backend.run_bytes(product);
            for row in 0..rows {
                for column in 0..columns {
                    let product = |k: usize| {
                        let value = i64::from(a[row * stride + k]) - if signed { i64::from(ZERO) } else { 0 };
                        value * i64::from(panels.weight(k, column).0)
                    };
                    let sum: i64 = (0..depth).map(product).sum();
                    let before = start[if adds { row * width } else { 0 } + column];
                    let expected = before + panels.weight(0, column).1 * sum as f32;
                    let found = c[row * width + column];
                    prop_assert_eq!(found.to_bits(), expected.to_bits(), "{}: {} {}", backend.name(), row, column);
                }
            }
        }
    }

    #[test]
    fn weights_are_the_nearest_multiples(depth in 1_usize..30, columns in 1_usize..40, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let matrix: Vec<f32> = (0..depth * columns).map(|_| rng.random_range(-3.0..3.0)).collect();
        let panels = BytePanels::new(depth, columns, Inputs::Unsigned, |k, c| matrix[k * columns + c]);
        for column in 0..columns {
            let largest = (0..depth).map(|k| matrix[k * columns + column].abs()).fold(0.0, f32::max);
            for k in 0..depth {
                let (weight, scale) = panels.weight(k, column);
                let error = (f64::from(weight) * f64::from(scale) - f64::from(matrix[k * columns + column])).abs();
                // Half a multiple, and what rounding adds.
                prop_assert!(error <= f64::from(largest) / 254.0 * 1.0001, "{} {}", error, largest);
            }
        }
    }
}

struct Store([f32; LANES]);

impl ByteKernel for Store {
    type Output = [u8; LANES];

    #[inline(always)]
    fn run<D: Dots>(self, dots: D) -> [u8; LANES] {
        let mut bytes = [7; LANES];
        dots.store_bytes(dots.floats().load(&self.0), &mut bytes);
        bytes
    }
}

#[test]
fn bytes_are_the_nearest_integers_in_their_order() {
    let values = [
        0.0, 0.25, 0.5, 0.75, 1.5, 2.5, 100.0, 127.49, 127.5, 128.5, 200.2, 253.5, 254.4, 254.5, 254.6, 255.0,
    ];
    let expected = [0, 0, 0, 1, 2, 2, 100, 127, 128, 128, 200, 254, 254, 254, 255, 255];
    for backend in Backend::available() {
        assert_eq!(backend.run_bytes(Store(values)), expected, "{}", backend.name());
    }
}

#[test]
fn a_matrix_of_zeros_gives_zeros() {
    let panels = BytePanels::new(5, 3, Inputs::Signed, |_, _| 0.0);
    for backend in Backend::available() {
        let mut c = vec![f32::NAN; LANES];
        backend.run_bytes(ByteProduct {
            a: ByteRows {
                data: &[255; 8],
                stride: 8,
                count: 1,
            },
            b: &panels,
            start: Some(&[0.0; LANES]),
            c: &mut c,
            c_stride: LANES,
        });
        assert!(c.iter().all(|value| value.to_bits() == 0), "{}", backend.name());
    }
}
