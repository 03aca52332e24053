//! x86-64 with AVX2 and FMA: two 256-bit registers per vector.
#![allow(unsafe_code, reason = "intrinsics and calls of functions compiled for AVX2 and FMA")]

use std::arch::x86_64::{
    __m256, __m256i, _CMP_GT_OQ, _CMP_NLE_UQ, _CMP_UNORD_Q, _mm_add_ps, _mm_storeu_ps, _mm256_add_epi32, _mm256_add_ps,
    _mm256_and_ps, _mm256_and_si256, _mm256_blendv_epi8, _mm256_blendv_ps, _mm256_castps_si256, _mm256_castps256_ps128,
    _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cmpeq_epi32, _mm256_div_ps, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_hadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_movemask_ps, _mm256_mul_ps, _mm256_or_ps,
    _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32, _mm256_setzero_ps, _mm256_slli_epi32, _mm256_storeu_ps,
    _mm256_storeu_si256, _mm256_sub_ps,
};

mod dots;

use super::{Kernel, LANES, Simd};

/// The same expression for both registers of a vector. No closure: one that is not inlined, and with `array::from_fn` and `map` that
/// happens, is compiled without AVX2.
macro_rules! both {
    ($i:ident => $value:expr) => {
        [
            {
                let $i = 0;
                $value
            },
            {
                let $i = 1;
                $value
            },
        ]
    };
}
use both;

/// Proof that the CPU has AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// Returns the proof, if the CPU has both.
    pub(crate) fn new() -> Option<Self> {
        let present = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        present.then_some(Self(()))
    }
}

#[target_feature(enable = "avx2,fma")]
fn enabled<K: Kernel>(simd: Avx2, kernel: K) -> K::Output {
    kernel.run(simd)
}

/// The sums of eight lanes: of neighbours, twice, then of the two that are left.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn sums_of_eight(vectors: [__m256; 4]) -> [f32; 4] {
    let [a, b, c, d] = vectors;
    let halves = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    let sums = _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
    let mut out = [0.0; 4];
    // SAFETY: four floats are writable.
    unsafe { _mm_storeu_ps(out.as_mut_ptr(), sums) };
    out
}

/// Defines an operation that is one instruction on each half of the vectors.
macro_rules! halves {
    ($name:ident($($argument:ident),+) = $instruction:ident) => {
        #[inline(always)]
        fn $name(self, $($argument: Self::Vector),+) -> Self::Vector {
            // SAFETY: `self` proves that the CPU has AVX2 and FMA.
            unsafe { [$instruction($($argument[0]),+), $instruction($($argument[1]),+)] }
        }
    };
}

impl Simd for Avx2 {
    type Vector = [__m256; 2];
    type Positions = [__m256i; 2];
    const TILE_ROWS: usize = 6;
    const TILE_PANELS: usize = 1;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the CPU has AVX2 and FMA.
        unsafe { enabled(self, kernel) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> [__m256; 2] {
        // SAFETY: `self` proves that the CPU has AVX2.
        [unsafe { _mm256_set1_ps(value) }; 2]
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> [__m256; 2] {
        let from = from.as_ptr();
        // SAFETY: 16 floats are readable from `from`; `self` proves that the CPU has AVX2.
        unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))] }
    }

    #[inline(always)]
    fn store(self, vector: [__m256; 2], to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr();
        // SAFETY: 16 floats are writable from `to`; `self` proves that the CPU has AVX2.
        unsafe {
            _mm256_storeu_ps(to, vector[0]);
            _mm256_storeu_ps(to.add(8), vector[1]);
        }
    }

    halves!(add(a, b) = _mm256_add_ps);
    halves!(sub(a, b) = _mm256_sub_ps);
    halves!(mul(a, b) = _mm256_mul_ps);
    halves!(div(a, b) = _mm256_div_ps);
    halves!(mul_add(a, b, c) = _mm256_fmadd_ps);
    // Returns its second operand for NaN and for equal numbers.
    halves!(max(a, b) = _mm256_max_ps);

    #[inline(always)]
    fn sums(self, vectors: [[__m256; 2]; 4]) -> [f32; 4] {
        let [a, b, c, d] = vectors;
        // SAFETY: `self` proves that the CPU has AVX2.
        unsafe {
            sums_of_eight([
                _mm256_add_ps(a[0], a[1]),
                _mm256_add_ps(b[0], b[1]),
                _mm256_add_ps(c[0], c[1]),
                _mm256_add_ps(d[0], d[1]),
            ])
        }
    }

    #[inline(always)]
    fn clamp(self, a: [__m256; 2], low: f32, high: f32) -> [__m256; 2] {
        // SAFETY: `self` proves that the CPU has AVX2. Both instructions return their second operand for NaN.
        both!(i => unsafe { _mm256_min_ps(_mm256_set1_ps(high), _mm256_max_ps(_mm256_set1_ps(low), a[i])) })
    }

    #[inline(always)]
    fn power_of_two(self, shifted: [__m256; 2]) -> [__m256; 2] {
        let one = 1.0_f32.to_bits().cast_signed();
        // SAFETY: `self` proves that the CPU has AVX2.
        both!(i => unsafe {
            let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(shifted[i]));
            _mm256_castsi256_ps(_mm256_add_epi32(exponent, _mm256_set1_epi32(one)))
        })
    }

    #[inline(always)]
    fn splat_position(self, position: u32) -> [__m256i; 2] {
        // SAFETY: `self` proves that the CPU has AVX2.
        [unsafe { _mm256_set1_epi32(position.cast_signed()) }; 2]
    }

    #[inline(always)]
    fn store_positions(self, positions: [__m256i; 2], to: &mut [u32; LANES]) {
        let to: *mut __m256i = to.as_mut_ptr().cast();
        // SAFETY: 16 integers are writable from `to`, unaligned; `self` proves that the CPU has AVX2.
        unsafe {
            _mm256_storeu_si256(to, positions[0]);
            _mm256_storeu_si256(to.add(1), positions[1]);
        }
    }

    #[inline(always)]
    fn raise(
        self,
        value: [__m256; 2],
        position: [__m256i; 2],
        best: [__m256; 2],
        winner: [__m256i; 2],
    ) -> ([__m256; 2], [__m256i; 2]) {
        // SAFETY: `self` proves that the CPU has AVX2.
        let wins: [__m256; 2] = both!(i => unsafe {
            let nan = _mm256_cmp_ps::<_CMP_UNORD_Q>(value[i], value[i]);
            _mm256_or_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(value[i], best[i]), nan)
        });
        (
            // SAFETY: as above.
            both!(i => unsafe { _mm256_blendv_ps(best[i], value[i], wins[i]) }),
            // SAFETY: as above.
            both!(i => unsafe { _mm256_blendv_epi8(winner[i], position[i], _mm256_castps_si256(wins[i])) }),
        )
    }

    #[inline(always)]
    fn on(self, a: [__m256; 2]) -> u16 {
        // SAFETY: `self` proves that the CPU has AVX2. "Not less or equal" holds for NaN.
        let [low, high] =
            both!(i => unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NLE_UQ>(a[i], _mm256_setzero_ps())) });
        (low | high << 8).cast_unsigned() as u16
    }

    #[inline(always)]
    fn keep(self, bits: u16, a: [__m256; 2]) -> [__m256; 2] {
        // SAFETY: `self` proves that the CPU has AVX2.
        both!(i => unsafe {
            let lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let bits = _mm256_set1_epi32(i32::from(bits >> (8 * i)));
            let kept = _mm256_cmpeq_epi32(_mm256_and_si256(bits, lanes), lanes);
            _mm256_and_ps(_mm256_castsi256_ps(kept), a[i])
        })
    }
}
