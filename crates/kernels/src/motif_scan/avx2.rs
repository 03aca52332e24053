//! 32 windows to a register.
#![allow(unsafe_code, reason = "intrinsics and calls of functions compiled for AVX2")]

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_adds_epu8, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
    _mm256_min_epu8, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
};
use std::ops::Range;

use super::BasePairs;
use super::bound::Bound;
use crate::simd::Avx2;

/// Bytes in a register.
const LANES: usize = 32;

/// Registers of sums: one broadcast of a table serves them all.
const SUMS: usize = 4;

/// Windows that are looked at together.
const BLOCK: usize = LANES * SUMS;

/// Passes the windows that begin in `starts` and may be hits to `look`, ascending. The windows lie inside the bases.
pub(super) fn candidates(
    _proof: Avx2,
    bound: &Bound,
    bases: &BasePairs,
    starts: Range<usize>,
    look: &mut impl FnMut(usize),
) {
    let (Some(limit), false) = (bound.limit, starts.is_empty()) else {
        return;
    };
    let blocks = (starts.end - starts.start).div_ceil(BLOCK);
    let reach = starts.start + blocks * BLOCK + 2 * (bound.tables.len() - 1);
    assert!(reach <= bases.numbers.len(), "bases are followed by zeros");
    let mut first = starts.start;
    // SAFETY: the proof says that the CPU has AVX2; no block reads beyond `reach`.
    while let Some((block, mut found)) = unsafe { next_block(bound, limit, &bases.numbers, first..starts.end) } {
        for (register, found) in found.iter_mut().enumerate() {
            while *found != 0 {
                let start = block + register * LANES + found.trailing_zeros() as usize;
                if start >= starts.end {
                    return;
                }
                look(start);
                *found &= *found - 1;
            }
        }
        first = block + BLOCK;
    }
}

/// The first block of windows, from the start of the range on, of which any may be a hit, and the bits of those.
///
/// # Safety
/// The CPU has AVX2, and `numbers` has `2 · (tables - 1)` bytes behind the last block that begins in the range.
#[target_feature(enable = "avx2")]
unsafe fn next_block(bound: &Bound, limit: u8, numbers: &[u8], starts: Range<usize>) -> Option<(usize, [u32; SUMS])> {
    let limit = _mm256_set1_epi8(limit.cast_signed());
    for first in starts.step_by(BLOCK) {
        // SAFETY: the caller promises that many bytes.
        let sums = unsafe { lost(&bound.tables, numbers.as_ptr().add(first)) };
        let least = _mm256_min_epu8(_mm256_min_epu8(sums[0], sums[1]), _mm256_min_epu8(sums[2], sums[3]));
        if within(least, limit) != 0 {
            let [a, b, c, d] = sums;
            let found = [within(a, limit), within(b, limit), within(c, limit), within(d, limit)];
            return Some((first, found));
        }
    }
    None
}

/// What a block of windows loses at least, in steps.
///
/// # Safety
/// The CPU has AVX2, and `BLOCK + 2 · (tables - 1)` bytes are readable from `numbers`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn lost(tables: &[[u8; 16]], numbers: *const u8) -> [__m256i; SUMS] {
    let mut sums = [_mm256_setzero_si256(); SUMS];
    for (pair, table) in tables.iter().enumerate() {
        // SAFETY: a table has 16 bytes.
        let table = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) });
        for (register, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the caller promises that many bytes.
            let numbers = unsafe { _mm256_loadu_si256(numbers.add(2 * pair + register * LANES).cast()) };
            *sum = _mm256_adds_epu8(*sum, _mm256_shuffle_epi8(table, numbers));
        }
    }
    sums
}

/// The bits of the bytes that are at most the limit.
#[inline]
#[target_feature(enable = "avx2")]
fn within(sums: __m256i, limit: __m256i) -> u32 {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(sums, limit), sums)).cast_unsigned()
}
