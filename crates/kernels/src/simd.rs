//! Sixteen floats at a time, on whatever the CPU has.
//!
//! A [`Kernel`] is written once, generic over [`Simd`] and inlined to the last call; [`Backend::run`] instantiates
//! it for the chosen instruction set. [`Portable`] is the definition; the others may only round differently where
//! they fuse a multiplication and an addition.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::outer::Outer;
use crate::product::Product;

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod dots;
mod portable;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod vnni;

#[cfg(target_arch = "x86_64")]
pub(crate) use amx::{HalfTiles, Tiles};
#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
pub(crate) use dots::{ByteKernel, ByteLine, Dots};
pub(crate) use portable::Portable;
#[cfg(test)]
pub(crate) use tests::tested_rounding;
#[cfg(target_arch = "x86_64")]
use vnni::Vnni;

/// The number of floats in a [`Simd::Vector`]; every inner loop works on multiples of it.
pub(crate) const LANES: usize = 16;

/// [`LANES`] floats in one cache line: a load that crosses two lines costs as much as two.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) [f32; LANES]);

impl Line {
    /// Zeros.
    pub(crate) const ZERO: Self = Self([0.0; LANES]);
}

/// Arithmetic on vectors of [`LANES`] floats.
///
/// Implementors are tokens: holding one proves that the CPU can execute its instructions.
pub(crate) trait Simd: Copy + Send + Sync {
    /// [`LANES`] floats.
    type Vector: Copy;
    /// [`LANES`] positions.
    type Positions: Copy;
    /// How many rows of accumulators a product tile keeps in registers.
    const TILE_ROWS: usize;
    /// How many panels of columns such a tile has.
    const TILE_PANELS: usize;

    /// Runs a kernel with this instruction set enabled.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;

    /// Computes a product with rounded factors, where that is asked for; else it does nothing and returns `false`.
    #[inline(always)]
    fn product(self, _: &mut Product<'_>) -> bool {
        false
    }

    /// As [`product`](Self::product), of a transposed left factor.
    #[inline(always)]
    fn outer(self, _: &mut Outer<'_>) -> bool {
        false
    }

    fn splat(self, value: f32) -> Self::Vector;
    fn load(self, from: &[f32; LANES]) -> Self::Vector;
    fn store(self, vector: Self::Vector, to: &mut [f32; LANES]);
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a · b + c`.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `a` where it is greater than `b`, else `b`; so `b` where one of them is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The sum of the lanes of each vector: the second eight are added to the first, then neighbours twice, then the last
    /// two.
    fn sums(self, vectors: [Self::Vector; 4]) -> [f32; 4];
    /// Limits every lane to `low..=high`; NaN stays NaN.
    fn clamp(self, a: Self::Vector, low: f32, high: f32) -> Self::Vector;
    /// `2^n` for every lane `1.5 · 2^23 + n` with an integer `n` in `-126..=127`.
    fn power_of_two(self, shifted: Self::Vector) -> Self::Vector;

    fn splat_position(self, position: u32) -> Self::Positions;
    fn store_positions(self, positions: Self::Positions, to: &mut [u32; LANES]);
    /// Where `value > best` or `value` is NaN, takes `value` and `position`.
    fn raise(
        self,
        value: Self::Vector,
        position: Self::Positions,
        best: Self::Vector,
        winner: Self::Positions,
    ) -> (Self::Vector, Self::Positions);
    /// The bits of the lanes that are above 0 or NaN.
    fn on(self, a: Self::Vector) -> u16;
    /// `a` in the lanes whose bits are set, and 0 in the others.
    fn keep(self, bits: u16, a: Self::Vector) -> Self::Vector;
}

/// A computation that can be instantiated for any instruction set.
///
/// `run` and everything it calls up to the next [`Simd::run`] must be `#[inline(always)]`: only then is it compiled
/// with the instruction set enabled.
pub(crate) trait Kernel {
    /// What the kernel returns.
    type Output;
    /// Computes.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The instruction set in use.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Backend {
    /// Plain Rust.
    Portable(Portable),
    /// 256-bit vectors with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// 512-bit vectors, and registers of sixteen for products of bytes.
    #[cfg(target_arch = "x86_64")]
    Amx(Avx512, Tiles),
}

/// Whether [`Backend::training`] rounds.
static TRAINS_ROUNDED: AtomicBool = AtomicBool::new(false);

/// Whether the backend in use has products of numbers rounded to bfloat16.
pub fn has_bfloat16() -> bool {
    Backend::rounding().is_some()
}

/// Says whether the passes of training multiply matrices of numbers rounded to bfloat16, and sum in 32 bits; where there are no
/// [such products](has_bfloat16) nothing is rounded.
///
/// It holds for this process's [`forward`](crate::recurrent::Recurrent::forward) and `backward` of layers; `infer`, and everything
/// without a backward pass, never rounds.
pub fn train_in_bfloat16(wanted: bool) {
    TRAINS_ROUNDED.store(wanted, Ordering::Relaxed);
}

impl Backend {
    /// The best backend of this CPU, or the one named by the environment variable `PROCESSIVE_KERNELS`
    /// (`portable`, `avx2`, `avx512`, `amx`) when the CPU has it.
    pub(crate) fn current() -> Self {
        static CURRENT: OnceLock<Backend> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            let available = Self::available();
            let wanted = std::env::var("PROCESSIVE_KERNELS").unwrap_or_default();
            let named = available.iter().find(|backend| backend.name() == wanted);
            *named
                .or(available.last())
                .expect("the portable backend is always there")
        })
    }

    /// The backend of the passes of training: [`current`](Self::current), or [`rounding`](Self::rounding) when that was asked for.
    pub(crate) fn training() -> Self {
        let rounds = TRAINS_ROUNDED.load(Ordering::Relaxed);
        rounds.then(Self::rounding).flatten().unwrap_or_else(Self::current)
    }

    /// The current backend with products of matrices of elements rounded to bfloat16, if it has them.
    pub(crate) fn rounding() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            static HALVES: OnceLock<Option<HalfTiles>> = OnceLock::new();
            match Self::current() {
                Self::Amx(simd, tiles) => HALVES
                    .get_or_init(HalfTiles::new)
                    .map(|halves| Self::Amx(simd.rounding(halves), tiles)),
                _ => None,
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// Every backend that this CPU can run, the best one last.
    pub(crate) fn available() -> Vec<Self> {
        let mut backends = vec![Self::Portable(Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            backends.extend(Avx2::new().map(Self::Avx2));
            backends.extend(Avx512::new().map(Self::Avx512));
            backends.extend(
                Avx512::new()
                    .zip(Tiles::new())
                    .map(|(simd, tiles)| Self::Amx(simd, tiles)),
            );
        }
        backends
    }

    /// The name that `PROCESSIVE_KERNELS` takes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable(_) => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Amx(..) => "amx",
        }
    }

    /// The proof that the CPU has AVX2, for kernels on bytes, unless the backend is the portable one.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn avx2(self) -> Option<Avx2> {
        match self {
            Self::Portable(_) => None,
            Self::Avx2(proof) => Some(proof),
            // Having AVX-512 was proved together with it.
            Self::Avx512(_) | Self::Amx(..) => Avx2::new(),
        }
    }

    /// Whether products of bytes are so fast that skipping zeros does not pay.
    pub(crate) fn multiplies_blocks(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return matches!(self, Self::Amx(..));
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Runs a kernel on this backend.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Portable(simd) => simd.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => simd.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) | Self::Amx(simd, _) => simd.run(kernel),
        }
    }

    /// Runs a kernel on bytes: with AVX-512 where the CPU has VNNI, else with AVX2.
    pub(crate) fn run_bytes<K: ByteKernel>(self, kernel: K) -> K::Output {
        #[cfg(target_arch = "x86_64")]
        {
            let vnni = match self {
                Self::Avx512(simd) => Vnni::new(simd, None),
                Self::Amx(simd, tiles) => Vnni::new(simd, Some(tiles)),
                Self::Portable(_) | Self::Avx2(_) => None,
            };
            if let Some(dots) = vnni {
                return dots.run_bytes(kernel);
            }
            if let Some(dots) = self.avx2() {
                return dots.run_bytes(kernel);
            }
        }
        Portable.run_bytes(kernel)
    }
}
