//! The definition of every operation on bytes.

use std::array::from_fn;

use super::Portable;
use crate::simd::LANES;
use crate::simd::dots::{ByteKernel, ByteLine, Dots};

impl Dots for Portable {
    type Floats = Self;
    type Sums = [i32; LANES];
    type Bytes = [i16; 4 * LANES];
    const TILE_ROWS: usize = 2;
    const TILE_PANELS: usize = 1;
    const LIST_LINES: usize = 3;

    #[inline(always)]
    fn floats(self) -> Self {
        self
    }

    #[inline(always)]
    fn run_bytes<K: ByteKernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn load_sums(self, from: &[i32; LANES]) -> [i32; LANES] {
        *from
    }

    #[inline(always)]
    fn splat_four(self, four: [u8; 4]) -> [i16; 4 * LANES] {
        from_fn(|i| i16::from(four[i % 4]))
    }

    #[inline(always)]
    fn load_weights(self, from: &ByteLine) -> [i16; 4 * LANES] {
        from.0.map(i16::from)
    }

    #[inline(always)]
    fn dot(self, sums: [i32; LANES], bytes: [i16; 4 * LANES], weights: [i16; 4 * LANES]) -> [i32; LANES] {
        // Loops, not `from_fn`, whose closures are not always inlined; in pairs, for which there are instructions.
        let mut pairs = [0; 2 * LANES];
        for (i, pair) in pairs.iter_mut().enumerate() {
            let product = |k: usize| i32::from(bytes[k]) * i32::from(weights[k]);
            *pair = product(2 * i) + product(2 * i + 1);
        }
        let mut sums = sums;
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += pairs[2 * i] + pairs[2 * i + 1];
        }
        sums
    }

    #[inline(always)]
    fn to_floats(self, sums: [i32; LANES]) -> [f32; LANES] {
        sums.map(|sum| sum as f32)
    }

    #[inline(always)]
    #[allow(clippy::cast_sign_loss, reason = "the values are 0 at least")]
    fn store_bytes(self, values: [f32; LANES], to: &mut [u8; LANES]) {
        *to = values.map(|value| value.round_ties_even() as u8);
    }

    #[inline(always)]
    fn not_zero(self, fours: &[[u8; 4]; LANES]) -> u16 {
        let bit = |(i, four): (usize, &[u8; 4])| u16::from(*four != [0; 4]) << i;
        fours.iter().enumerate().map(bit).sum()
    }
}
