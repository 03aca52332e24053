//! Products of factors rounded to bfloat16, whose sums are floats.
#![allow(
    clippy::cast_possible_truncation,
    reason = "the upper half of a float is what is kept"
)]

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;

use super::{BLOCK, ROWS, Registers, Tiles, halves};
use crate::outer::Outer;
use crate::panels::{HalfLine, half_depth, pair, round_panels};
use crate::product::Product;
use crate::simd::{Avx512, LANES, Simd};

/// Numbers of the left factor in a line of a register.
const DEPTH: usize = 2 * LANES;
/// Depths that are multiplied at a time, in registers: the left factor's share (16 KiB) stays in the first-level cache.
const STEPS: usize = 8;

/// Proof that the CPU has AMX with products of bfloat16, and that the system has given this process its registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HalfTiles(Tiles);

/// A block of rows of the left factor, [`DEPTH`] numbers of each.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Left([[u32; LANES]; BLOCK]);

/// A part of the result: `data[row * stride..]`.
struct Sums<'a> {
    data: &'a mut [f32],
    stride: usize,
    rows: usize,
    panels: usize,
}

impl HalfTiles {
    /// Returns the proof, if the CPU has them and the system lets this process use them.
    pub(crate) fn new() -> Option<Self> {
        let tiles = Tiles::new()?;
        // Leaf 7: bit 22.
        let has_halves = __cpuid_count(7, 0).edx & (1 << 22) != 0;
        has_halves.then_some(Self(tiles))
    }

    /// Computes the product of rounded factors.
    ///
    /// # Panics
    /// When a row is not there.
    #[inline(always)]
    pub(in crate::simd) fn product(self, product: &mut Product<'_>) {
        let Product { a, b, start, .. } = *product;
        let (depth, panels, c_stride) = (b.depth(), b.count(), product.c_stride);
        if let Some(start) = start {
            for row in product.c.chunks_mut(c_stride).take(a.count) {
                row[..panels * LANES].copy_from_slice(&start[..panels * LANES]);
            }
        }
        let mut registers = Registers { size: None };
        let mut left = [Left([[0; LANES]; BLOCK]); STEPS];
        for first in (0..a.count).step_by(BLOCK) {
            let rows = BLOCK.min(a.count - first);
            for k in (0..depth).step_by(STEPS * DEPTH) {
                let here = (depth - k).min(STEPS * DEPTH);
                let left = &mut left[..here.div_ceil(DEPTH)];
                for row in 0..rows {
                    let from = &a.data[(first + row) * a.stride + k..][..here];
                    for (from, to) in from.chunks(DEPTH).zip(&mut *left) {
                        round_pairs(from, &mut to.0[row]);
                    }
                }
                let sums = Sums {
                    data: &mut product.c[first * c_stride..],
                    stride: c_stride,
                    rows,
                    panels,
                };
                registers.add_rounded(self, left, &b.halves()[k / 2..], b.half_depth(), sums);
            }
        }
    }

    /// Adds the products of a transposed matrix with another, both rounded.
    ///
    /// # Panics
    /// When a row is not there.
    #[inline(always)]
    pub(in crate::simd) fn outer(self, simd: Avx512, outer: &mut Outer<'_>) {
        const TILE: usize = Avx512::TILE_ROWS;
        let (count, width) = (outer.count, outer.a.width());
        let mut right = Vec::new();
        round_panels(outer.b, count, &mut right);
        let mut registers = Registers { size: None };
        let mut left = [Left([[0; LANES]; BLOCK]); STEPS];
        for first in (0..width).step_by(BLOCK) {
            let rows = BLOCK.min(width - first);
            for n in (0..count).step_by(STEPS * DEPTH) {
                let here = (count - n).min(STEPS * DEPTH);
                let left = &mut left[..here.div_ceil(DEPTH)];
                left.fill(Left([[0; LANES]; BLOCK]));
                for row in (0..rows).step_by(TILE) {
                    let from = outer.a.tile(simd, (first + row) / TILE);
                    let from = &from[(outer.first + n) * TILE..][..here * TILE];
                    for (i, pairs) in from.chunks(2 * TILE).enumerate() {
                        let (low, high) = pairs.split_at(TILE);
                        let lines = &mut left[i / LANES].0[row..row + TILE];
                        for (column, line) in lines.iter_mut().enumerate() {
                            line[i % LANES] = pair(low[column], high.get(column).copied().unwrap_or(0.0));
                        }
                    }
                }
                let sums = Sums {
                    data: &mut outer.c[first * outer.c_stride..],
                    stride: outer.c_stride,
                    rows,
                    panels: outer.b.len() / count,
                };
                registers.add_rounded(self, left, &right[n / 2..], half_depth(count), sums);
            }
        }
    }
}

/// Rounds neighbours, the first of two in the lower half; what is missing of a line is 0.
#[inline(always)]
fn round_pairs(from: &[f32], to: &mut [u32; LANES]) {
    if let Some(from) = from.first_chunk::<DEPTH>() {
        for (to, i) in to.iter_mut().zip(0..) {
            *to = pair(from[2 * i], from[2 * i + 1]);
        }
    } else {
        to.fill(0);
        for (from, to) in from.chunks(2).zip(to) {
            *to = pair(from[0], from.get(1).copied().unwrap_or(0.0));
        }
    }
}

impl Registers {
    /// Adds the products of a block of rows and all panels, `panel_stride` lines apart, to the sums.
    #[inline(always)]
    fn add_rounded(
        &mut self,
        tiles: HalfTiles,
        left: &[Left],
        right: &[HalfLine],
        panel_stride: usize,
        sums: Sums<'_>,
    ) {
        let Sums {
            data,
            stride,
            rows,
            panels,
        } = sums;
        assert!((1..=BLOCK).contains(&rows) && panels > 0 && !left.is_empty());
        assert!(
            right.len() >= (panels - 1) * panel_stride + left.len() * ROWS,
            "all lines are there"
        );
        assert!(
            data.len() >= (rows - 1) * stride + panels * LANES,
            "the result has all its rows"
        );
        self.set_up(tiles.0, rows, ROWS);
        for panel in (0..panels).step_by(2) {
            // The last panel of an odd number is its own neighbour: what is stored twice is the same.
            let pair = [panel, (panel + 1).min(panels - 1)];
            // SAFETY: both panels have 16 lines for every block of `left` by the first assertion but one, and every row of `data`
            // has both by the last one; the registers are set up for so many rows.
            unsafe {
                let right = pair.map(|panel| right.as_ptr().add(panel * panel_stride));
                let to = pair.map(|panel| data.as_mut_ptr().add(panel * LANES));
                multiply(left, rows, right, to, stride);
            }
        }
    }
}

/// Adds the products of some blocks of the left factor and two panels to what stands at `to`.
///
/// # Safety
/// The registers are set up for `rows` rows; both panels have 16 lines for every block, and `to` has `rows` rows of 16 floats,
/// `stride` apart.
unsafe fn multiply(left: &[Left], rows: usize, right: [*const HalfLine; 2], to: [*mut f32; 2], stride: usize) {
    let (_, lower) = halves(rows);
    // SAFETY: the caller's. Registers are read after they are written, and written back where they came from; where a row stands
    // in two of them, both hold the same.
    unsafe {
        let below = (rows - lower) * stride;
        let block = left.as_ptr().cast::<[u32; LANES]>();
        asm!(
            "tileloadd tmm0, [{to0} + {stride}]",
            "tileloadd tmm1, [{to1} + {stride}]",
            "tileloadd tmm2, [{to2} + {stride}]",
            "tileloadd tmm3, [{to3} + {stride}]",
            "2:",
            "tileloadd tmm4, [{upper} + {line}]",
            "tileloadd tmm6, [{left} + {line}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{right} + {line}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{lower} + {line}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {upper}, {block}",
            "add {lower}, {block}",
            "add {left}, 1024",
            "add {right}, 1024",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{to0} + {stride}], tmm0",
            "tilestored [{to1} + {stride}], tmm1",
            "tilestored [{to2} + {stride}], tmm2",
            "tilestored [{to3} + {stride}], tmm3",
            to0 = in(reg) to[0],
            to1 = in(reg) to[1],
            to2 = in(reg) to[0].add(below),
            to3 = in(reg) to[1].add(below),
            stride = in(reg) stride * size_of::<f32>(),
            line = in(reg) size_of::<[u32; LANES]>(),
            upper = inout(reg) block => _,
            lower = inout(reg) block.add(rows - lower) => _,
            left = inout(reg) right[0] => _,
            right = inout(reg) right[1] => _,
            steps = inout(reg) left.len() => _,
            block = const size_of::<Left>(),
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
