//! x86-64 with AVX-512 and VNNI: one instruction for four products of every sum.
#![allow(
    unsafe_code,
    reason = "intrinsics and calls of functions compiled for AVX-512 and VNNI"
)]

use std::arch::x86_64::{
    __m512, __m512i, _mm_storeu_si128, _mm512_cvtepi32_ps, _mm512_cvtps_epi32, _mm512_cvtusepi32_epi8,
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_test_epi32_mask,
};

use super::dots::{ByteKernel, ByteLine, Dots};
use super::{Avx512, LANES, Tiles};
use crate::byte_panels::BytePanels;
use crate::byte_product::{self, ByteRows, Sink};

/// Proof that the CPU has AVX-512VNNI, and what [`Avx512`] proves; with [`Tiles`] where those are to be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vnni {
    floats: Avx512,
    tiles: Option<Tiles>,
}

impl Vnni {
    /// Returns the proof, if the CPU has it.
    pub(crate) fn new(floats: Avx512, tiles: Option<Tiles>) -> Option<Self> {
        is_x86_feature_detected!("avx512vnni").then_some(Self { floats, tiles })
    }
}

#[target_feature(enable = "avx512f,avx512vnni,avx2,fma")]
fn enabled<K: ByteKernel>(dots: Vnni, kernel: K) -> K::Output {
    kernel.run(dots)
}

impl Dots for Vnni {
    type Floats = Avx512;
    type Sums = __m512i;
    type Bytes = __m512i;
    // 24 sums, two lines of weights and the bytes of a row fill 27 of 32 registers.
    const TILE_ROWS: usize = 12;
    const TILE_PANELS: usize = 2;
    const LIST_LINES: usize = 8;

    #[inline(always)]
    fn floats(self) -> Avx512 {
        self.floats
    }

    #[inline(always)]
    fn run_bytes<K: ByteKernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the CPU has AVX-512F, AVX-512VNNI, AVX2 and FMA.
        unsafe { enabled(self, kernel) }
    }

    #[inline(always)]
    fn multiply(self, a: ByteRows<'_>, b: &BytePanels, sink: &mut impl Sink) {
        match self.tiles {
            Some(tiles) => tiles.multiply(self, a, b, sink),
            None => byte_product::in_registers(self, a, b, sink),
        }
    }

    #[inline(always)]
    fn load_sums(self, from: &[i32; LANES]) -> __m512i {
        // SAFETY: 16 integers are readable from `from`, unaligned; `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn splat_four(self, four: [u8; 4]) -> __m512i {
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_set1_epi32(i32::from_le_bytes(four)) }
    }

    #[inline(always)]
    fn load_weights(self, from: &ByteLine) -> __m512i {
        // SAFETY: 64 bytes are readable from `from`, unaligned; `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_loadu_si512(from.0.as_ptr().cast()) }
    }

    #[inline(always)]
    fn dot(self, sums: __m512i, bytes: __m512i, weights: __m512i) -> __m512i {
        // SAFETY: `self` proves that the CPU has AVX-512VNNI.
        unsafe { _mm512_dpbusd_epi32(sums, bytes, weights) }
    }

    #[inline(always)]
    fn to_floats(self, sums: __m512i) -> __m512 {
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe { _mm512_cvtepi32_ps(sums) }
    }

    #[inline(always)]
    fn store_bytes(self, values: __m512, to: &mut [u8; LANES]) {
        // SAFETY: 16 bytes are writable from `to`, unaligned; `self` proves that the CPU has AVX-512F.
        unsafe {
            _mm_storeu_si128(
                to.as_mut_ptr().cast(),
                _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32(values)),
            );
        }
    }

    #[inline(always)]
    fn not_zero(self, fours: &[[u8; 4]; LANES]) -> u16 {
        // SAFETY: 64 bytes are readable, unaligned; `self` proves that the CPU has AVX-512F.
        unsafe {
            let fours = _mm512_loadu_si512(fours.as_ptr().cast());
            _mm512_test_epi32_mask(fours, fours)
        }
    }
}
