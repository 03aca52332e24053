//! The product of small matrices of bytes.

use crate::byte_panels::BytePanels;
use crate::product::{block, block_mut};
use crate::simd::{ByteKernel, Dots, LANES, Simd};

#[cfg(test)]
mod tests;

/// Rows of bytes that may overlap: row `r` is `data[r * stride..]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByteRows<'a> {
    /// The values.
    pub(crate) data: &'a [u8],
    /// The distance between the beginnings of two rows.
    pub(crate) stride: usize,
    /// The number of rows.
    pub(crate) count: usize,
}

/// `c = start + scale · (a · b)`: row `r` and panel `p` of the result are `c[r * c_stride + p * LANES..]`.
///
/// Sums of products are exact, and every element is then rounded twice: the same bits on every instruction set.
pub(crate) struct ByteProduct<'a> {
    /// The left factor, `[rows, 4 · b.depth()]`.
    pub(crate) a: ByteRows<'a>,
    /// The right factor.
    pub(crate) b: &'a BytePanels,
    /// What every row of the result begins with, in whole panels; without it the product is added to `c`.
    pub(crate) start: Option<&'a [f32]>,
    /// The result.
    pub(crate) c: &'a mut [f32],
    /// The distance between two rows of the result.
    pub(crate) c_stride: usize,
}

/// Takes the sums of a product.
pub(crate) trait Sink {
    /// Takes those of a row and a panel; each comes once. Inlined, as kernels are.
    fn put<D: Dots>(&mut self, dots: D, row: usize, panel: usize, sums: D::Sums);
}

impl ByteKernel for ByteProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn run<D: Dots>(self, dots: D) {
        let (a, b) = (self.a, self.b);
        dots.multiply(a, b, &mut Scaled(self));
    }
}

/// Scales the sums, and adds what the result begins with.
struct Scaled<'a>(ByteProduct<'a>);

impl Sink for Scaled<'_> {
    #[inline(always)]
    fn put<D: Dots>(&mut self, dots: D, row: usize, panel: usize, sums: D::Sums) {
        let (product, simd) = (&mut self.0, dots.floats());
        let to = block_mut(&mut product.c[row * product.c_stride + panel * LANES..]);
        let before = simd.load(product.start.map_or(&*to, |start| block(&start[panel * LANES..])));
        let scale = simd.load(&product.b.scales()[panel]);
        simd.store(simd.add(before, simd.mul(scale, dots.to_floats(sums))), to);
    }
}

/// Multiplies rows and panels in tiles whose sums stay in registers: [`Dots::multiply`] for any instruction set.
#[inline(always)]
pub(crate) fn in_registers<D: Dots>(dots: D, a: ByteRows<'_>, b: &BytePanels, sink: &mut impl Sink) {
    let (rows, panels) = (a.count, b.count());
    let mut panel = 0;
    while panel < panels {
        let width = if panel + D::TILE_PANELS <= panels {
            D::TILE_PANELS
        } else {
            1
        };
        let mut row = 0;
        while row < rows {
            // As few tiles as the rows take, of nearly the same height.
            let height = (rows - row).div_ceil((rows - row).div_ceil(D::TILE_ROWS));
            Tile { a, b, row, panel }.dispatch(dots, height, width, sink);
            row += height;
        }
        panel += width;
    }
}

/// A tile of a product, by its first row and panel.
struct Tile<'a> {
    a: ByteRows<'a>,
    b: &'a BytePanels,
    row: usize,
    panel: usize,
}

impl Tile<'_> {
    /// Multiplies `height` rows and `width` panels.
    #[inline(always)]
    fn dispatch<D: Dots>(self, dots: D, height: usize, width: usize, sink: &mut impl Sink) {
        /// One arm for each size; sizes that the instruction set does not use are compiled away.
        macro_rules! sizes {
            ($($height:literal $width:literal),+) => {
                match (height, width) {
                    $(($height, $width) if $height <= D::TILE_ROWS && $width <= D::TILE_PANELS =>
                        self.run::<D, $height, $width>(dots, sink),)+
                    _ => unreachable!("tiles have these sizes only"),
                }
            };
        }
        sizes!(
            1 1, 2 1, 3 1, 4 1, 5 1, 6 1, 7 1, 8 1, 9 1, 10 1, 11 1, 12 1, 1 2, 2 2, 3 2, 4 2, 5 2, 6 2, 7 2, 8 2, 9 2,
            10 2, 11 2, 12 2
        );
    }

    #[inline(always)]
    #[allow(unsafe_code, reason = "bounds checks in this loop halve its speed")]
    fn run<D: Dots, const M: usize, const P: usize>(self, dots: D, sink: &mut impl Sink) {
        let Self { a, b, row, panel } = self;
        let depth = b.depth();
        let bytes = &a.data[row * a.stride..];
        let lines = &b.lines()[panel * depth..];
        assert!(bytes.len() >= (M - 1) * a.stride + 4 * depth && lines.len() >= P * depth);
        let mut sums = [[dots.load_sums(&[0; LANES]); P]; M];
        for sums in &mut sums {
            for (p, sum) in sums.iter_mut().enumerate() {
                *sum = dots.load_sums(&b.starts()[panel + p]);
            }
        }
        for k in 0..depth {
            // SAFETY: p < P and k < depth, so that the index is below P * depth, which the assertion above found in `lines`.
            let weights: [D::Bytes; P] =
                std::array::from_fn(|p| dots.load_weights(unsafe { lines.get_unchecked(p * depth + k) }));
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: r < M and k < depth, so that four bytes are in `bytes` by the assertion above.
                let four = unsafe { bytes.as_ptr().add(r * a.stride + 4 * k).cast::<[u8; 4]>().read() };
                let four = dots.splat_four(four);
                for (sum, &weights) in sums.iter_mut().zip(&weights) {
                    *sum = dots.dot(*sum, four, weights);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (p, sum) in sums.into_iter().enumerate() {
                sink.put(dots, row + r, panel + p, sum);
            }
        }
    }
}
