//! Bytes in two 256-bit registers.
#![allow(unsafe_code, reason = "intrinsics and calls of functions compiled for AVX2 and FMA")]

use std::arch::x86_64::{
    __m256, __m256i, _mm_packus_epi16, _mm_storeu_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_castsi256_ps,
    _mm256_castsi256_si128, _mm256_cmpeq_epi32, _mm256_cvtepi32_ps, _mm256_cvtps_epi32, _mm256_extracti128_si256,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_movemask_ps, _mm256_packus_epi32,
    _mm256_permute4x64_epi64, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256,
};

use super::{Avx2, both};
use crate::simd::LANES;
use crate::simd::dots::{ByteKernel, ByteLine, Dots};

#[target_feature(enable = "avx2,fma")]
fn enabled<K: ByteKernel>(dots: Avx2, kernel: K) -> K::Output {
    kernel.run(dots)
}

impl Dots for Avx2 {
    type Floats = Self;
    type Sums = [__m256i; 2];
    type Bytes = [__m256i; 2];
    // Eight registers of sums; weights, their halves, bytes and ones take the other eight.
    const TILE_ROWS: usize = 4;
    const TILE_PANELS: usize = 1;
    const LIST_LINES: usize = 4;

    #[inline(always)]
    fn floats(self) -> Self {
        self
    }

    #[inline(always)]
    fn run_bytes<K: ByteKernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the CPU has AVX2 and FMA.
        unsafe { enabled(self, kernel) }
    }

    #[inline(always)]
    fn load_sums(self, from: &[i32; LANES]) -> [__m256i; 2] {
        let from: *const __m256i = from.as_ptr().cast();
        // SAFETY: 16 integers are readable from `from`, unaligned; `self` proves that the CPU has AVX2.
        unsafe { [_mm256_loadu_si256(from), _mm256_loadu_si256(from.add(1))] }
    }

    #[inline(always)]
    fn splat_four(self, four: [u8; 4]) -> [__m256i; 2] {
        // SAFETY: `self` proves that the CPU has AVX2.
        [unsafe { _mm256_set1_epi32(i32::from_le_bytes(four)) }; 2]
    }

    #[inline(always)]
    fn load_weights(self, from: &ByteLine) -> [__m256i; 2] {
        let from: *const __m256i = from.0.as_ptr().cast();
        // SAFETY: 64 bytes are readable from `from`, unaligned; `self` proves that the CPU has AVX2.
        unsafe { [_mm256_loadu_si256(from), _mm256_loadu_si256(from.add(1))] }
    }

    #[inline(always)]
    fn dot(self, sums: [__m256i; 2], bytes: [__m256i; 2], weights: [__m256i; 2]) -> [__m256i; 2] {
        // Two products of bytes do not fit into 16 bits: every second weight is left out in turn.
        // SAFETY: `self` proves that the CPU has AVX2.
        both!(i => unsafe {
            let (first, ones) = (_mm256_set1_epi16(0x00ff), _mm256_set1_epi16(1));
            let second = _mm256_set1_epi16(-256);
            let even = _mm256_maddubs_epi16(bytes[i], _mm256_and_si256(weights[i], first));
            let odd = _mm256_maddubs_epi16(bytes[i], _mm256_and_si256(weights[i], second));
            let four = _mm256_add_epi32(_mm256_madd_epi16(even, ones), _mm256_madd_epi16(odd, ones));
            _mm256_add_epi32(sums[i], four)
        })
    }

    #[inline(always)]
    fn to_floats(self, sums: [__m256i; 2]) -> [__m256; 2] {
        // SAFETY: `self` proves that the CPU has AVX2.
        both!(i => unsafe { _mm256_cvtepi32_ps(sums[i]) })
    }

    #[inline(always)]
    fn store_bytes(self, values: [__m256; 2], to: &mut [u8; LANES]) {
        // SAFETY: 16 bytes are writable from `to`, unaligned; `self` proves that the CPU has AVX2.
        unsafe {
            let words = _mm256_packus_epi32(_mm256_cvtps_epi32(values[0]), _mm256_cvtps_epi32(values[1]));
            // The instruction packs halves: quarters are first and third, second and fourth.
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
            let bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            _mm_storeu_si128(to.as_mut_ptr().cast(), bytes);
        }
    }

    #[inline(always)]
    fn not_zero(self, fours: &[[u8; 4]; LANES]) -> u16 {
        let from: *const __m256i = fours.as_ptr().cast();
        // SAFETY: 64 bytes are readable from `from`, unaligned; `self` proves that the CPU has AVX2.
        let [low, high] = both!(i => unsafe {
            let zero = _mm256_cmpeq_epi32(_mm256_loadu_si256(from.add(i)), _mm256_setzero_si256());
            _mm256_movemask_ps(_mm256_castsi256_ps(zero))
        });
        !(low | high << 8).cast_unsigned() as u16
    }
}
