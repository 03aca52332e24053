//! Plain Rust: the definition of every operation.

use std::array::from_fn;

mod dots;

use super::{Kernel, LANES, Simd};

/// Plain Rust on arrays, which the compiler vectorises for the target's baseline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

/// Whether `f32::mul_add` is one instruction; elsewhere it is a slow library call.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

impl Simd for Portable {
    type Vector = [f32; LANES];
    type Positions = [u32; LANES];
    const TILE_ROWS: usize = 2;
    const TILE_PANELS: usize = 1;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; LANES] {
        [value; LANES]
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> [f32; LANES] {
        *from
    }

    #[inline(always)]
    fn store(self, vector: [f32; LANES], to: &mut [f32; LANES]) {
        *to = vector;
    }

    #[inline(always)]
    fn add(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|i| a[i] + b[i])
    }

    #[inline(always)]
    fn sub(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|i| a[i] - b[i])
    }

    #[inline(always)]
    fn mul(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|i| a[i] * b[i])
    }

    #[inline(always)]
    fn div(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|i| a[i] / b[i])
    }

    #[inline(always)]
    fn mul_add(self, a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> [f32; LANES] {
        from_fn(|i| {
            if FUSED {
                a[i].mul_add(b[i], c[i])
            } else {
                a[i] * b[i] + c[i]
            }
        })
    }

    #[inline(always)]
    fn max(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        from_fn(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }

    #[inline(always)]
    fn sums(self, vectors: [[f32; LANES]; 4]) -> [f32; 4] {
        from_fn(|v| {
            let eight: [f32; 8] = from_fn(|i| vectors[v][i] + vectors[v][i + 8]);
            let four: [f32; 4] = from_fn(|i| eight[2 * i] + eight[2 * i + 1]);
            (four[0] + four[1]) + (four[2] + four[3])
        })
    }

    #[inline(always)]
    fn clamp(self, a: [f32; LANES], low: f32, high: f32) -> [f32; LANES] {
        from_fn(|i| {
            let raised = if a[i] < low { low } else { a[i] };
            if raised > high { high } else { raised }
        })
    }

    #[inline(always)]
    fn power_of_two(self, shifted: [f32; LANES]) -> [f32; LANES] {
        // The low bits of `shifted` are n in two's complement; the shift leaves only them, in the exponent.
        from_fn(|i| f32::from_bits((shifted[i].to_bits() << 23).wrapping_add(1.0_f32.to_bits())))
    }

    #[inline(always)]
    fn splat_position(self, position: u32) -> [u32; LANES] {
        [position; LANES]
    }

    #[inline(always)]
    fn store_positions(self, positions: [u32; LANES], to: &mut [u32; LANES]) {
        *to = positions;
    }

    #[inline(always)]
    fn raise(
        self,
        value: [f32; LANES],
        position: [u32; LANES],
        best: [f32; LANES],
        winner: [u32; LANES],
    ) -> ([f32; LANES], [u32; LANES]) {
        let wins: [bool; LANES] = from_fn(|i| value[i] > best[i] || value[i].is_nan());
        (
            from_fn(|i| if wins[i] { value[i] } else { best[i] }),
            from_fn(|i| if wins[i] { position[i] } else { winner[i] }),
        )
    }

    #[inline(always)]
    fn on(self, a: [f32; LANES]) -> u16 {
        let bit = |(i, value): (usize, &f32)| u16::from(*value > 0.0 || value.is_nan()) << i;
        a.iter().enumerate().map(bit).sum()
    }

    #[inline(always)]
    fn keep(self, bits: u16, a: [f32; LANES]) -> [f32; LANES] {
        from_fn(|i| if bits >> i & 1 == 1 { a[i] } else { 0.0 })
    }
}
