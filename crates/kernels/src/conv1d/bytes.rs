//! Convolution of values that are mostly zeros, with a byte for each value and each weight.
//!
//! Four neighbouring channels are one number of 32 bits; those numbers that are not zero are listed once, and every output adds
//! the products of the listed ones among its inputs.

use super::ConvShape;
use super::stretch::{LENGTH, Taps};
use crate::byte_panels::{self, BytePanels, Inputs};
use crate::bytes::{self, Rounding};
use crate::panels::padded;
use crate::simd::{Backend, ByteKernel, ByteLine, Dots, LANES, Simd};

#[cfg(test)]
mod tests;

/// Channels that are listed together.
const FOUR: usize = 4;

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
    /// For every tap and four channels the lines of all outputs.
    rows: Vec<ByteLine>,
    /// A line for [`LANES`] outputs.
    scales: Vec<[f32; LANES]>,
    bias: Vec<[f32; LANES]>,
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
        let ConvShape {
            input, output, kernel, ..
        } = shape;
        shape.assert_layer(weights, bias);
        assert_eq!(largest.len(), input, "one value for each channel");
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
        let line = |(k, panel)| panels.lines()[panel * panels.depth() + k];
        let places = (0..panels.depth()).flat_map(|k| (0..panels.count()).map(move |panel| (k, panel)));
        let mut wide = bias.to_vec();
        wide.resize(padded(output), 0.0);
        Self {
            taps: Taps::new(&shape, -shape.pad_left.cast_signed()),
            input,
            output,
            rows: places.map(line).collect(),
            scales: panels.scales().to_vec(),
            bias: wide.as_chunks().0.to_vec(),
            rounding,
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
        self.run_on(Backend::current(), x, out, scratch);
    }

    fn run_on(&self, backend: Backend, x: &[f32], out: &mut Vec<f32>, scratch: &mut ByteScratch) {
        assert!(x.len().is_multiple_of(self.input), "x is [steps, input]");
        let ByteScratch { bytes, around, list } = scratch;
        bytes::round(backend, x, &self.rounding, bytes);
        out.resize(x.len() / self.input * self.output, 0.0);
        for (stretch, out) in out.chunks_mut(LENGTH * self.output).enumerate() {
            let count = out.len() / self.output;
            let rows = self
                .taps
                .rows(bytes, self.rounding.stride(), stretch * LENGTH, count, around);
            backend.run_bytes(Stretch {
                conv: self,
                rows,
                list,
                out,
            });
        }
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
    fn run<D: Dots>(mut self, dots: D) {
        self.list.fill(dots, self.rows, self.conv.rounding.stride());
        let lines = self.conv.scales.len();
        let mut first = 0;
        while first < lines {
            match (lines - first).min(D::LIST_LINES) {
                1 => self.lines::<D, 1>(dots, first),
                2 => self.lines::<D, 2>(dots, first),
                3 => self.lines::<D, 3>(dots, first),
                4 if D::LIST_LINES >= 4 => self.lines::<D, 4>(dots, first),
                5 if D::LIST_LINES >= 5 => self.lines::<D, 5>(dots, first),
                6 if D::LIST_LINES >= 6 => self.lines::<D, 6>(dots, first),
                7 if D::LIST_LINES >= 7 => self.lines::<D, 7>(dots, first),
                _ => self.lines::<D, 8>(dots, first),
            }
            first += D::LIST_LINES;
        }
    }
}

impl Stretch<'_> {
    /// `L` lines of outputs of all positions.
    #[inline(always)]
    fn lines<D: Dots, const L: usize>(&mut self, dots: D, first: usize) {
        let (conv, list, simd) = (self.conv, &*self.list, dots.floats());
        let (lines, fours) = (conv.scales.len(), conv.rounding.stride() / FOUR);
        // Neighbouring rows are one run of values, whose places count on from one to the next.
        let (runs, taps) = conv.taps.products();
        for (position, out) in self.out.chunks_exact_mut(conv.output).enumerate() {
            let mut sums = [dots.load_sums(&[0; LANES]); L];
            for run in 0..runs {
                let row = position + run * conv.taps.dilation;
                // The place of the first four of this run in the weights.
                let shift = (row - run * taps) * fours;
                for &(four, place) in &list.fours[list.starts[row]..list.starts[row + taps]] {
                    let weights = &conv.rows[(place as usize - shift) * lines + first..][..L];
                    let four = dots.splat_four(four);
                    for line in 0..L {
                        sums[line] = dots.dot(sums[line], four, dots.load_weights(&weights[line]));
                    }
                }
            }
            for line in 0..L {
                let product = simd.mul(simd.load(&conv.scales[first + line]), dots.to_floats(sums[line]));
                let y = simd.max(simd.add(simd.load(&conv.bias[first + line]), product), simd.splat(0.0));
                let to = &mut out[(first + line) * LANES..];
                if let Some(to) = to.first_chunk_mut() {
                    simd.store(y, to);
                } else {
                    let mut whole = [0.0; LANES];
                    simd.store(y, &mut whole);
                    to.copy_from_slice(&whole[..to.len()]);
                }
            }
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
