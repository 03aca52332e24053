//! Convolution of values that are mostly zeros, with a byte for each value and each weight.
//!
//! Four neighbouring channels are one number of 32 bits; those numbers that are not zero are listed once, and every output adds
//! the products of the listed ones among its inputs. Where the CPU multiplies whole blocks of bytes at once, it is one product,
//! zeros and all.

use super::ConvShape;
use super::stretch::Taps;
use crate::byte_panels::{self, BytePanels, Inputs};
use crate::byte_product::{ByteRows, Sink};
use crate::bytes::{self, Rounding};
use crate::panels::padded;
use crate::simd::{Backend, ByteKernel, ByteLine, Dots, LANES, Simd};

#[cfg(test)]
mod tests;

/// Channels that are listed together.
const FOUR: usize = 4;

/// Output positions that are computed together.
const LENGTH: usize = 128;

/// A convolution with the rectifier `max(y, 0)` behind it, whose inputs and weights have a byte each; packed once for many
/// sequences without negative values, it runs on the calling thread.
///
/// Sums of products are exact, so that no bit of an output depends on where it stands, or on the instruction set.
#[derive(Clone, Debug)]
pub struct ByteConvolution {
    taps: Taps,
    input: usize,
    output: usize,
    rounding: Rounding,
    backend: Backend,
    weights: Weights,
    /// A line for [`LANES`] outputs.
    scales: Vec<[f32; LANES]>,
    bias: Vec<[f32; LANES]>,
}

/// The weights, a row of four for each tap and four channels.
#[derive(Clone, Debug)]
enum Weights {
    /// For every row the lines of all outputs.
    Listed(Vec<ByteLine>),
    /// For a product with whole rows.
    Whole(BytePanels),
}

/// Memory that convolutions use one after the other.
#[derive(Clone, Debug, Default)]
pub struct ByteScratch {
    bytes: Vec<u8>,
    around: Vec<u8>,
    list: List,
}

/// The fours of some rows that are not zero, in their order.
#[derive(Clone, Debug, Default)]
struct List {
    /// As many as there were rows for; those behind the last start are of no meaning.
    fours: Vec<([u8; FOUR], u32)>,
    /// Where the fours of every row begin, and where those of the last end.
    starts: Vec<usize>,
}

impl ByteConvolution {
    /// The most inputs of an output, channels counted in whole fours, whose sums are certain to fit into 32 bits.
    pub const MOST_INPUTS: usize = byte_panels::DEEPEST;

    /// Packs the weights; `shape.batch` and `shape.steps` do not matter. No value of a channel is above its `largest`: one that is
    /// counts as the largest.
    ///
    /// # Shapes
    /// - `weights`: `[kernel, input, output]`; `bias`: `[output]`; `largest`: `[input]`
    ///
    /// # Panics
    /// When a size is 0, a slice has another length, or more than 65,536 values make an output.
    pub fn new(shape: ConvShape, weights: &[f32], bias: &[f32], largest: &[f32]) -> Self {
        Self::new_on(Backend::current(), shape, weights, bias, largest)
    }

    fn new_on(backend: Backend, shape: ConvShape, weights: &[f32], bias: &[f32], largest: &[f32]) -> Self {
        let ConvShape {
            input, output, kernel, ..
        } = shape;
        shape.assert_layer(weights, bias);
        assert_eq!(largest.len(), input, "one value for each channel");
        let taps = Taps::new(&shape, -shape.pad_left.cast_signed());
        let rounding = Rounding::rectified(largest);
        let stride = rounding.stride();
        let panels = BytePanels::new(kernel * stride, output, Inputs::Unsigned, |k, column| {
            let (tap, channel) = (k / stride, k % stride);
            if channel < input {
                weights[(tap * input + channel) * output + column] * rounding.unit(channel)
            } else {
                0.0
            }
        });
        let mut wide = bias.to_vec();
        wide.resize(padded(output), 0.0);
        Self {
            taps,
            input,
            output,
            rounding,
            backend,
            scales: panels.scales().to_vec(),
            bias: wide.as_chunks().0.to_vec(),
            // Only neighbouring taps are one row.
            weights: if backend.multiplies_blocks() && taps.products().0 == 1 {
                Weights::Whole(panels)
            } else {
                Weights::listed(&panels)
            },
        }
    }

    /// The number of output channels.
    pub fn output(&self) -> usize {
        self.output
    }

    /// Convolves one sequence, `[steps, input]`, into `out`, `[steps, output]`.
    ///
    /// # Panics
    /// When the sequence has not whole steps.
    pub fn run(&self, x: &[f32], out: &mut Vec<f32>, scratch: &mut ByteScratch) {
        assert!(x.len().is_multiple_of(self.input), "x is [steps, input]");
        let ByteScratch { bytes, around, list } = scratch;
        bytes::round(self.backend, x, &self.rounding, bytes);
        out.resize(x.len() / self.input * self.output, 0.0);
        for (stretch, out) in out.chunks_mut(LENGTH * self.output).enumerate() {
            let count = out.len() / self.output;
            let rows = self
                .taps
                .rows(bytes, self.rounding.stride(), stretch * LENGTH, count, around);
            self.backend.run_bytes(Stretch {
                conv: self,
                rows,
                list,
                out,
            });
        }
    }
}

impl Weights {
    fn listed(panels: &BytePanels) -> Self {
        let line = |(k, panel)| panels.lines()[panel * panels.depth() + k];
        let places = (0..panels.depth()).flat_map(|k| (0..panels.count()).map(move |panel| (k, panel)));
        Self::Listed(places.map(line).collect())
    }
}

/// The convolution of one stretch.
struct Stretch<'a> {
    conv: &'a ByteConvolution,
    /// What its positions read.
    rows: &'a [u8],
    list: &'a mut List,
    /// `[positions, output]`
    out: &'a mut [f32],
}

impl ByteKernel for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn run<D: Dots>(self, dots: D) {
        let Self { conv, rows, list, out } = self;
        let stride = conv.rounding.stride();
        let mut sink = Rectified { conv, out };
        match &conv.weights {
            Weights::Listed(weights) => {
                list.fill(dots, rows, stride);
                add_listed(dots, weights, list, &mut sink);
            }
            Weights::Whole(panels) => {
                let a = ByteRows {
                    data: rows,
                    stride,
                    count: sink.out.len() / conv.output,
                };
                dots.multiply(a, panels, &mut sink);
            }
        }
    }
}

/// Scales the sums, adds the bias, and rectifies.
struct Rectified<'a> {
    conv: &'a ByteConvolution,
    /// `[positions, output]`
    out: &'a mut [f32],
}

impl Sink for Rectified<'_> {
    #[inline(always)]
    fn put<D: Dots>(&mut self, dots: D, row: usize, panel: usize, sums: D::Sums) {
        let (conv, simd) = (self.conv, dots.floats());
        let product = simd.mul(simd.load(&conv.scales[panel]), dots.to_floats(sums));
        let y = simd.max(simd.add(simd.load(&conv.bias[panel]), product), simd.splat(0.0));
        let to = &mut self.out[row * conv.output..][panel * LANES..conv.output];
        if let Some(to) = to.first_chunk_mut() {
            simd.store(y, to);
        } else {
            let mut whole = [0.0; LANES];
            simd.store(y, &mut whole);
            to.copy_from_slice(&whole[..to.len()]);
        }
    }
}

/// The sums of the listed fours of all positions.
#[inline(always)]
fn add_listed<D: Dots>(dots: D, weights: &[ByteLine], list: &List, sink: &mut Rectified<'_>) {
    let lines = sink.conv.scales.len();
    let mut first = 0;
    while first < lines {
        match (lines - first).min(D::LIST_LINES) {
            1 => add_lines::<D, 1>(dots, weights, list, first, sink),
            2 => add_lines::<D, 2>(dots, weights, list, first, sink),
            3 => add_lines::<D, 3>(dots, weights, list, first, sink),
            4 if D::LIST_LINES >= 4 => add_lines::<D, 4>(dots, weights, list, first, sink),
            5 if D::LIST_LINES >= 5 => add_lines::<D, 5>(dots, weights, list, first, sink),
            6 if D::LIST_LINES >= 6 => add_lines::<D, 6>(dots, weights, list, first, sink),
            7 if D::LIST_LINES >= 7 => add_lines::<D, 7>(dots, weights, list, first, sink),
            _ => add_lines::<D, 8>(dots, weights, list, first, sink),
        }
        first += D::LIST_LINES;
    }
}

/// `L` lines of outputs of all positions.
#[inline(always)]
fn add_lines<D: Dots, const L: usize>(
    dots: D,
    weights: &[ByteLine],
    list: &List,
    first: usize,
    sink: &mut Rectified<'_>,
) {
    let conv = sink.conv;
    let (lines, fours) = (conv.scales.len(), conv.rounding.stride() / FOUR);
    // Neighbouring rows are one run of values, whose places count on from one to the next.
    let (runs, taps) = conv.taps.products();
    for position in 0..sink.out.len() / conv.output {
        let mut sums = [dots.load_sums(&[0; LANES]); L];
        for run in 0..runs {
            let row = position + run * conv.taps.dilation;
            // The place of the first four of this run in the weights.
            let shift = (row - run * taps) * fours;
            for &(four, place) in &list.fours[list.starts[row]..list.starts[row + taps]] {
                let weights = &weights[(place as usize - shift) * lines + first..][..L];
                let four = dots.splat_four(four);
                for line in 0..L {
                    sums[line] = dots.dot(sums[line], four, dots.load_weights(&weights[line]));
                }
            }
        }
        for (line, sums) in sums.into_iter().enumerate() {
            sink.put(dots, position, first + line, sums);
        }
    }
}

impl List {
    /// Lists the fours of `rows` of so many bytes that are not zero.
    #[inline(always)]
    fn fill<D: Dots>(&mut self, dots: D, rows: &[u8], stride: usize) {
        let (all, _) = rows.as_chunks::<FOUR>();
        assert!(u32::try_from(all.len()).is_ok(), "a stretch is short");
        self.fours.resize(all.len().max(self.fours.len()), ([0; FOUR], 0));
        self.starts.clear();
        self.starts.push(0);
        let (mut count, fours) = (0, stride / FOUR);
        for (row, all) in all.chunks_exact(fours).enumerate() {
            let (blocks, rest) = all.as_chunks::<LANES>();
            for (block, all) in blocks.iter().enumerate() {
                count = self.add(dots, all, row * fours + block * LANES, count);
            }
            if !rest.is_empty() {
                let mut line = [[0; FOUR]; LANES];
                line[..rest.len()].copy_from_slice(rest);
                count = self.add(dots, &line, row * fours + blocks.len() * LANES, count);
            }
            self.starts.push(count);
        }
    }

    /// Adds those of a block, whose first one has the place `first`, behind `count` others; returns how many there are then.
    #[inline(always)]
    fn add<D: Dots>(&mut self, dots: D, all: &[[u8; FOUR]; LANES], first: usize, mut count: usize) -> usize {
        let mut bits = dots.not_zero(all);
        while bits != 0 {
            let at = bits.trailing_zeros() as usize;
            self.fours[count] = (all[at], (first + at) as u32);
            count += 1;
            bits &= bits - 1;
        }
        count
    }
}
