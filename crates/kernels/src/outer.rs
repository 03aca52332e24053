//! The product of a transposed matrix with another: the sum of outer products over the rows of two matrices, which
//! is the gradient of every weight.

use crate::product::{Left, Rows, Tile, share};
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

/// A left factor cut into tiles of columns, row after row within a tile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    data: Vec<f32>,
    rows: usize,
    width: usize,
}

impl Columns {
    /// Packs the first `width` columns of a matrix.
    #[inline(always)]
    pub(crate) fn pack<S: Simd>(&mut self, _: S, a: Rows<'_>, width: usize) {
        (self.rows, self.width) = (a.count, width);
        let strip = a.count * S::TILE_ROWS;
        self.data.resize(width.div_ceil(S::TILE_ROWS) * strip, 0.0);
        if strip > 0 {
            for (tile, to) in self.data.chunks_exact_mut(strip).enumerate() {
                pack_tile::<S>(a, tile * S::TILE_ROWS, width, to);
            }
        }
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// A tile of `TILE_ROWS` columns, row after row; past the last column stands anything.
    #[inline(always)]
    pub(crate) fn tile<S: Simd>(&self, _: S, tile: usize) -> &[f32] {
        let strip = self.rows * S::TILE_ROWS;
        &self.data[tile * strip..(tile + 1) * strip]
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

/// `c += aᵀ · b`: row `i` and panel `p` of the result are `c[i * c_stride + p * LANES..]`.
///
/// Every element is one chain of multiply-adds in the order of the rows.
pub(crate) struct Outer<'a> {
    /// The left factor; its columns are the rows of the result.
    pub(crate) a: &'a Columns,
    /// The first of its rows that counts.
    pub(crate) first: usize,
    /// How many rows count.
    pub(crate) count: usize,
    /// The right factor, from [`pack_columns`], of `count` rows.
    pub(crate) b: &'a [Line],
    /// The result.
    pub(crate) c: &'a mut [f32],
    /// The distance between two rows of the result.
    pub(crate) c_stride: usize,
}

impl Kernel for Outer<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        if self.count == 0 || self.a.width == 0 {
            return;
        }
        assert!(
            self.first + self.count <= self.a.rows,
            "the left factor has all its rows"
        );
        if simd.outer(&mut self) {
            return;
        }
        let Self {
            a,
            first,
            count,
            b,
            c,
            c_stride,
        } = self;
        let strip = a.rows * S::TILE_ROWS;
        let (panels, wide) = (b.len() / count, S::TILE_PANELS);
        let mut panel = 0;
        while panel < panels {
            let panels_here = share(panels - panel, wide);
            for (tile, a_tile) in a.data.chunks_exact(strip).enumerate() {
                let row = tile * S::TILE_ROWS;
                let tile = Tile {
                    depth: count,
                    a: Left {
                        data: &a_tile[first * S::TILE_ROWS..],
                        row: 1,
                        step: S::TILE_ROWS,
                    },
                    b: &b[panel * count..],
                    panel_stride: count,
                    start: None,
                    c: &mut c[row * c_stride + panel * LANES..],
                    c_stride,
                };
                tile.dispatch(simd, S::TILE_ROWS.min(a.width - row), panels_here);
            }
            panel += panels_here;
        }
    }
}
