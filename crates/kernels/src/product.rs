//! The product of small matrices, which every layer is made of.

use crate::panels::Panels;
use crate::simd::{Kernel, LANES, Line, Simd};

#[cfg(test)]
mod tests;

/// Depth that is accumulated in registers at a time: a panel of it (16 KiB) stays in the first-level cache.
const DEPTH_BLOCK: usize = 256;
/// Rows that are taken through all panels before the next rows.
const ROW_BLOCK: usize = 128;

/// Rows of a matrix that may overlap: row `r` is `data[r * stride..]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    /// The values.
    pub(crate) data: &'a [f32],
    /// The distance between the beginnings of two rows.
    pub(crate) stride: usize,
    /// The number of rows.
    pub(crate) count: usize,
}

/// `c = start + a · b`: row `r` and panel `p` of the result are `c[r * c_stride + p * LANES..]`.
///
/// Every element is one chain of multiply-adds in the order of the depth, whatever the number of rows.
pub(crate) struct Product<'a> {
    /// The left factor, `[rows, b.depth()]`.
    pub(crate) a: Rows<'a>,
    /// The right factor.
    pub(crate) b: &'a Panels,
    /// What every row of the result begins with, in whole panels; without it the product is added to `c`.
    pub(crate) start: Option<&'a [f32]>,
    /// The result.
    pub(crate) c: &'a mut [f32],
    /// The distance between two rows of the result.
    pub(crate) c_stride: usize,
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Self {
            a, b, start, c_stride, ..
        } = self;
        let (depth, panels) = (b.depth(), b.count());
        if a.count == 0 || panels == 0 || depth == 0 {
            return;
        }
        assert!(
            start.is_none_or(|start| start.len() >= panels * LANES),
            "a row begins with whole panels"
        );
        assert!(
            a.data.len() >= (a.count - 1) * a.stride + depth,
            "the left factor has all its rows"
        );
        assert!(
            self.c.len() >= (a.count - 1) * c_stride + panels * LANES,
            "the result has all its rows"
        );
        if simd.product(&mut self) {
            return;
        }
        let c = self.c;
        for row in (0..a.count).step_by(ROW_BLOCK) {
            let rows = ROW_BLOCK.min(a.count - row);
            for k in (0..depth).step_by(DEPTH_BLOCK) {
                let a = &a.data[row * a.stride + k..];
                let left = Left {
                    data: a,
                    row: self.a.stride,
                    step: 1,
                };
                let strip = Strip {
                    panel_stride: depth,
                    depth: DEPTH_BLOCK.min(depth - k),
                    panels,
                };
                let b = &b.lines()[k..];
                let start = start.filter(|_| k == 0);
                multiply(simd, rows, left, strip, b, start, &mut c[row * c_stride..], c_stride);
            }
        }
    }
}

/// Where a left factor's elements lie: row `r`, depth `k` at `data[r * row + k * step]`.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) row: usize,
    pub(crate) step: usize,
}

/// Some consecutive depths of some panels.
#[derive(Clone, Copy)]
struct Strip {
    panel_stride: usize,
    depth: usize,
    panels: usize,
}

/// `c = start + a · b` for one strip of panels that begin at `b[panel * panel_stride]`.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the inside of one loop")]
fn multiply<S: Simd>(
    simd: S,
    rows: usize,
    a: Left<'_>,
    strip: Strip,
    b: &[Line],
    start: Option<&[f32]>,
    c: &mut [f32],
    c_stride: usize,
) {
    let Strip {
        panel_stride,
        depth,
        panels,
    } = strip;
    let wide = panels_at_once::<S>(rows);
    let mut panel = 0;
    while panel < panels {
        let width = share(panels - panel, wide);
        let b = &b[panel * panel_stride..];
        let start = start.map(|start| &start[panel * LANES..]);
        let c = &mut c[panel * LANES..];
        let mut row = 0;
        while row < rows {
            let height = share(rows - row, S::TILE_ROWS);
            let tile = Tile {
                depth,
                a: Left {
                    data: &a.data[row * a.row..],
                    ..a
                },
                b,
                panel_stride,
                start,
                c: &mut c[row * c_stride..],
                c_stride,
            };
            tile.dispatch(simd, height, width);
            row += height;
        }
        panel += width;
    }
}

/// Panels of a tile: few rows leave registers free, and several panels at once hide the latency of the multiply-adds.
#[inline(always)]
const fn panels_at_once<S: Simd>(rows: usize) -> usize {
    match rows {
        1 if S::TILE_ROWS >= 4 => 4,
        2 if S::TILE_ROWS >= 6 => 3,
        3 if S::TILE_ROWS >= 6 && S::TILE_PANELS < 2 => 2,
        _ => S::TILE_PANELS,
    }
}

/// The next share of what is left: as few shares of at most `most` as it takes, of nearly the same size.
#[inline(always)]
pub(crate) fn share(left: usize, most: usize) -> usize {
    left.div_ceil(left.div_ceil(most))
}

/// One tile of a product: `M` rows and `P` panels whose sums stay in registers.
pub(crate) struct Tile<'a> {
    pub(crate) depth: usize,
    pub(crate) a: Left<'a>,
    pub(crate) b: &'a [Line],
    pub(crate) panel_stride: usize,
    /// What every row begins with; without it, with what `c` holds.
    pub(crate) start: Option<&'a [f32]>,
    pub(crate) c: &'a mut [f32],
    pub(crate) c_stride: usize,
}

impl Tile<'_> {
    /// Computes the tile of `height` rows and `width` panels.
    #[inline(always)]
    pub(crate) fn dispatch<S: Simd>(self, simd: S, height: usize, width: usize) {
        /// One arm for each size; sizes that the instruction set does not use are compiled away.
        macro_rules! sizes {
            ($($height:literal $width:literal),+) => {
                match (height, width) {
                    $(($height, $width) if $height <= S::TILE_ROWS && $width <= panels_at_once::<S>($height) =>
                        self.run::<S, $height, $width>(simd),)+
                    _ => unreachable!("tiles have these sizes only"),
                }
            };
        }
        sizes!(
            1 1, 2 1, 3 1, 4 1, 5 1, 6 1, 7 1, 8 1, 1 2, 2 2, 3 2, 4 2, 5 2, 6 2, 7 2, 8 2, 1 3, 2 3, 3 3, 4 3, 5 3, 6 3,
            7 3, 8 3, 1 4
        );
    }

    #[inline(always)]
    #[allow(unsafe_code, reason = "bounds checks in this loop halve its speed")]
    fn run<S: Simd, const M: usize, const P: usize>(self, simd: S) {
        let Self {
            depth,
            a,
            b,
            panel_stride,
            start,
            c,
            c_stride,
        } = self;
        assert!(depth > 0 && a.data.len() > (M - 1) * a.row + (depth - 1) * a.step);
        assert!(b.len() >= (P - 1) * panel_stride + depth);
        assert!(c.len() >= (M - 1) * c_stride + P * LANES);
        let mut sums = [[simd.splat(0.0); P]; M];
        for (r, sums) in sums.iter_mut().enumerate() {
            for (p, sum) in sums.iter_mut().enumerate() {
                let from = start.unwrap_or(&c[r * c_stride..]);
                *sum = simd.load(block(&from[p * LANES..]));
            }
        }
        let (a_data, b_data) = (a.data.as_ptr(), b.as_ptr());
        for k in 0..depth {
            // SAFETY: p < P and k < depth, so that the index is below (P - 1) * panel_stride + depth,
            // which the assertion above found within `b`.
            let b: [S::Vector; P] =
                std::array::from_fn(|p| unsafe { simd.load(&(*b_data.add(p * panel_stride + k)).0) });
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: r < M and k < depth, so that the index is within `a.data` by the assertion above.
                let a = simd.splat(unsafe { *a_data.add(r * a.row + k * a.step) });
                for (sum, &b) in sums.iter_mut().zip(&b) {
                    *sum = simd.mul_add(a, b, *sum);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (p, sum) in sums.into_iter().enumerate() {
                simd.store(sum, block_mut(&mut c[r * c_stride + p * LANES..]));
            }
        }
    }
}

/// The first [`LANES`] values of a slice.
#[inline(always)]
pub(crate) fn block(values: &[f32]) -> &[f32; LANES] {
    values.first_chunk().expect("slices in inner loops are whole blocks")
}

/// The first [`LANES`] values of a slice, to write.
#[inline(always)]
pub(crate) fn block_mut(values: &mut [f32]) -> &mut [f32; LANES] {
    values
        .first_chunk_mut()
        .expect("slices in inner loops are whole blocks")
}
