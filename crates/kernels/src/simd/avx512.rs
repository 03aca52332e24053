//! x86-64 with AVX-512: one 512-bit register per vector, and twice as many of them as AVX2 has.
#![allow(unsafe_code, reason = "intrinsics and calls of functions compiled for AVX-512")]

use std::arch::x86_64::{
    __m256, __m512, __m512i, _CMP_GT_OQ, _CMP_NLE_UQ, _CMP_UNORD_Q, _mm256_add_ps, _mm256_castpd_ps, _mm512_add_epi32,
    _mm512_add_ps, _mm512_castps_pd, _mm512_castps_si512, _mm512_castps512_ps256, _mm512_castsi512_ps,
    _mm512_cmp_ps_mask, _mm512_div_ps, _mm512_extractf64x4_pd, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_blend_epi32, _mm512_mask_blend_ps, _mm512_maskz_mov_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_storeu_si512,
    _mm512_sub_ps,
};

use super::avx2::sums_of_eight;
use super::{HalfTiles, Kernel, LANES, Simd};
use crate::outer::Outer;
use crate::product::Product;

/// Proof that the CPU has AVX-512F, and AVX2 and FMA beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512 {
    /// What multiplies matrices instead, rounded.
    halves: Option<HalfTiles>,
}

impl Avx512 {
    /// Returns the proof, if the CPU has all three.
    pub(crate) fn new() -> Option<Self> {
        let present =
            is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        present.then_some(Self { halves: None })
    }

    /// The same, but products of matrices are those of their elements rounded to bfloat16.
    pub(crate) fn rounding(mut self, halves: HalfTiles) -> Self {
        self.halves = Some(halves);
        self
    }
}

#[target_feature(enable = "avx512f,avx2,fma")]
fn enabled<K: Kernel>(simd: Avx512, kernel: K) -> K::Output {
    kernel.run(simd)
}

/// The second eight lanes added to the first.
#[inline]
#[target_feature(enable = "avx512f,avx2,fma")]
fn halves_sum(vector: __m512) -> __m256 {
    let high = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(vector)));
    _mm256_add_ps(_mm512_castps512_ps256(vector), high)
}

/// Defines an operation that is one instruction.
macro_rules! instruction {
    ($name:ident($($argument:ident),+) = $instruction:ident) => {
        #[inline(always)]
        fn $name(self, $($argument: __m512),+) -> __m512 {
            // SAFETY: `self` proves that the CPU has AVX-512F.
            unsafe { $instruction($($argument),+) }
        }
    };
}

impl Simd for Avx512 {
    type Vector = __m512;
    type Positions = __m512i;
    // 24 sums, three columns of weights and the other factor fill 28 of 32 registers.
    const TILE_ROWS: usize = 8;
    const TILE_PANELS: usize = 3;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the CPU has AVX-512F, AVX2 and FMA.
        unsafe { enabled(self, kernel) }
    }

    #[inline(always)]
    fn product(self, product: &mut Product<'_>) -> bool {
        self.halves.map(|halves| halves.product(product)).is_some()
    }

    #[inline(always)]
    fn outer(self, outer: &mut Outer<'_>) -> bool {
        self.halves.map(|halves| halves.outer(self, outer)).is_some()
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> __m512 {
        // SAFETY: 16 floats are readable from `from`; `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, vector: __m512, to: &mut [f32; LANES]) {
        // SAFETY: 16 floats are writable from `to`; `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), vector) }
    }

    instruction!(add(a, b) = _mm512_add_ps);
    instruction!(sub(a, b) = _mm512_sub_ps);
    instruction!(mul(a, b) = _mm512_mul_ps);
    instruction!(div(a, b) = _mm512_div_ps);
    instruction!(mul_add(a, b, c) = _mm512_fmadd_ps);
    // Returns its second operand for NaN and for equal numbers.
    instruction!(max(a, b) = _mm512_max_ps);

    #[inline(always)]
    fn sums(self, vectors: [__m512; 4]) -> [f32; 4] {
        let [a, b, c, d] = vectors;
        // No closure: `map` is not always inlined, and what is not is compiled without AVX-512.
        // SAFETY: `self` proves that the CPU has AVX-512F and AVX2.
        unsafe { sums_of_eight([halves_sum(a), halves_sum(b), halves_sum(c), halves_sum(d)]) }
    }

    #[inline(always)]
    fn clamp(self, a: __m512, low: f32, high: f32) -> __m512 {
        // SAFETY: `self` proves that the CPU has AVX-512F. Both instructions return their second operand for NaN.
        unsafe { _mm512_min_ps(_mm512_set1_ps(high), _mm512_max_ps(_mm512_set1_ps(low), a)) }
    }

    #[inline(always)]
    fn power_of_two(self, shifted: __m512) -> __m512 {
        let one = 1.0_f32.to_bits().cast_signed();
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe {
            let exponent = _mm512_slli_epi32::<23>(_mm512_castps_si512(shifted));
            _mm512_castsi512_ps(_mm512_add_epi32(exponent, _mm512_set1_epi32(one)))
        }
    }

    #[inline(always)]
    fn splat_position(self, position: u32) -> __m512i {
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_set1_epi32(position.cast_signed()) }
    }

    #[inline(always)]
    fn store_positions(self, positions: __m512i, to: &mut [u32; LANES]) {
        // SAFETY: 16 integers are writable from `to`, unaligned; `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), positions) }
    }

    #[inline(always)]
    fn raise(self, value: __m512, position: __m512i, best: __m512, winner: __m512i) -> (__m512, __m512i) {
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe {
            let wins = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(value, best) | _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(value, value);
            (
                _mm512_mask_blend_ps(wins, best, value),
                _mm512_mask_blend_epi32(wins, winner, position),
            )
        }
    }

    #[inline(always)]
    fn on(self, a: __m512) -> u16 {
        // SAFETY: `self` proves that the CPU has AVX-512F. "Not less or equal" holds for NaN.
        unsafe { _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(a, _mm512_setzero_ps()) }
    }

    #[inline(always)]
    fn keep(self, bits: u16, a: __m512) -> __m512 {
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_maskz_mov_ps(bits, a) }
    }
}
