//! The product of a transposed matrix with another: the sum of outer products over the rows of two matrices, which
//! is the gradient of every weight.

use crate::product::{Left, Rows, Tile};
use crate::simd::{Kernel, LANES, Line, Simd};

/// Copies the columns of a matrix into panels of [`LANES`]: panel `p`, row `n` at `p * rows.count + n`.
///
/// `columns` is a multiple of [`LANES`].
pub(crate) fn pack_columns(rows: Rows<'_>, columns: usize, packed: &mut Vec<Line>) {
    packed.resize(rows.count * columns / LANES, Line::ZERO);
    for (p, panel) in packed.chunks_exact_mut(rows.count.max(1)).enumerate() {
        for (n, to) in panel.iter_mut().enumerate() {
            let at = n * rows.stride + p * LANES;
            to.0.copy_from_slice(&rows.data[at..at + LANES]);
        }
    }
}

/// `c += aᵀ · b`: row `i` and panel `p` of the result are `c[i * c_stride + p * LANES..]`.
///
/// Every element is one chain of multiply-adds in the order of the rows.
pub(crate) struct Outer<'a> {
    /// The left factor; its columns are the rows of the result.
    pub(crate) a: Rows<'a>,
    /// The number of columns of the left factor.
    pub(crate) width: usize,
    /// The right factor, from [`pack_columns`].
    pub(crate) b: &'a [Line],
    /// The result.
    pub(crate) c: &'a mut [f32],
    /// The distance between two rows of the result.
    pub(crate) c_stride: usize,
    /// Memory for the left factor's columns.
    pub(crate) scratch: &'a mut Vec<f32>,
}

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            a,
            width,
            b,
            c,
            c_stride,
            scratch,
        } = self;
        if a.count == 0 || width == 0 {
            return;
        }
        let strip = a.count * S::TILE_ROWS;
        scratch.resize(width.div_ceil(S::TILE_ROWS) * strip, 0.0);
        for (tile, to) in scratch.chunks_exact_mut(strip).enumerate() {
            pack_tile::<S>(a, tile * S::TILE_ROWS, width, to);
        }
        let (panels, wide) = (b.len() / a.count, S::TILE_PANELS);
        let mut panel = 0;
        while panel < panels {
            let panels_here = if panel + wide <= panels { wide } else { 1 };
            for (tile, a_tile) in scratch.chunks_exact(strip).enumerate() {
                let row = tile * S::TILE_ROWS;
                let tile = Tile {
                    depth: a.count,
                    a: Left {
                        data: a_tile,
                        row: 1,
                        step: S::TILE_ROWS,
                    },
                    b: &b[panel * a.count..],
                    panel_stride: a.count,
                    c: &mut c[row * c_stride + panel * LANES..],
                    c_stride,
                };
                tile.dispatch(simd, S::TILE_ROWS.min(width - row), panels_here);
            }
            panel += panels_here;
        }
    }
}

/// Copies up to `TILE_ROWS` columns, beginning with column `first`, row after row.
#[inline(always)]
fn pack_tile<S: Simd>(a: Rows<'_>, first: usize, width: usize, to: &mut [f32]) {
    let columns = S::TILE_ROWS.min(width - first);
    for (n, to) in to.chunks_exact_mut(S::TILE_ROWS).enumerate() {
        let from = &a.data[n * a.stride + first..];
        if columns == S::TILE_ROWS {
            to.copy_from_slice(&from[..S::TILE_ROWS]);
        } else {
            to[..columns].copy_from_slice(&from[..columns]);
        }
    }
}
