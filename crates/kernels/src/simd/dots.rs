//! Products of bytes, summed up exactly: the same bits on every instruction set.

use super::{LANES, Simd};
use crate::byte_panels::BytePanels;
use crate::byte_product::{self, ByteRows, Sink};

/// Four weights for each of [`LANES`] columns, in one cache line: those of column `c` are bytes `4 c .. 4 c + 4`.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct ByteLine(pub(crate) [i8; 4 * LANES]);

impl ByteLine {
    /// Zeros.
    pub(crate) const ZERO: Self = Self([0; 4 * LANES]);
}

/// Sums of products of unsigned and signed bytes, beside the arithmetic on floats.
///
/// Implementors are tokens: holding one proves that the CPU can execute its instructions. Weights are `-127..=127`.
pub(crate) trait Dots: Copy + Send + Sync {
    /// The arithmetic on floats.
    type Floats: Simd;
    /// [`LANES`] sums.
    type Sums: Copy;
    /// Four bytes for each sum.
    type Bytes: Copy;
    /// How many rows of sums a product tile keeps in registers.
    const TILE_ROWS: usize;
    /// How many panels of columns such a tile has.
    const TILE_PANELS: usize;

    /// How many lines of sums are kept in registers beside a line of weights.
    const LIST_LINES: usize;

    /// The arithmetic on floats.
    fn floats(self) -> Self::Floats;
    /// Runs a kernel with this instruction set enabled.
    fn run_bytes<K: ByteKernel>(self, kernel: K) -> K::Output;

    /// Multiplies rows of four bytes for each line of a panel with all panels, and hands on the sums, which begin with the panels'
    /// starts.
    #[inline(always)]
    fn multiply(self, a: ByteRows<'_>, b: &BytePanels, sink: &mut impl Sink) {
        byte_product::in_registers(self, a, b, sink);
    }

    fn load_sums(self, from: &[i32; LANES]) -> Self::Sums;
    /// The same four bytes for every sum.
    fn splat_four(self, four: [u8; 4]) -> Self::Bytes;
    fn load_weights(self, from: &ByteLine) -> Self::Bytes;
    /// Adds to every sum the products of its four unsigned bytes and its four weights.
    fn dot(self, sums: Self::Sums, bytes: Self::Bytes, weights: Self::Bytes) -> Self::Sums;
    /// The nearest floats.
    fn to_floats(self, sums: Self::Sums) -> <Self::Floats as Simd>::Vector;
    /// The nearest integers of values in `0..=255`, the even one of two.
    fn store_bytes(self, values: <Self::Floats as Simd>::Vector, to: &mut [u8; LANES]);
    /// The bits of the fours that are not zero.
    fn not_zero(self, fours: &[[u8; 4]; LANES]) -> u16;
}

/// A computation on bytes that can be instantiated for any instruction set; as [`Kernel`](super::Kernel), inlined to the last
/// call.
pub(crate) trait ByteKernel {
    /// What the kernel returns.
    type Output;
    /// Computes.
    fn run<D: Dots>(self, dots: D) -> Self::Output;
}
