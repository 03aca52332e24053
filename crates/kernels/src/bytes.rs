//! Floats rounded to bytes.

use crate::byte_panels::{Inputs, ZERO};
use crate::panels::padded;
use crate::simd::{Backend, ByteKernel, Dots, LANES, Simd};

/// The largest byte.
const LARGEST: f32 = 255.0;
/// What the state 1 is rounded to, above [`ZERO`].
const ONE: f32 = 127.0;

/// How the channels of features become bytes.
#[derive(Clone, Debug)]
pub(crate) struct Rounding {
    inputs: Inputs,
    channels: usize,
    /// What values are multiplied with, filled with zeros to whole vectors.
    factors: Vec<f32>,
    /// What a byte stands for.
    units: Vec<f32>,
}

impl Rounding {
    /// Values that are never negative, and at most this large, channel by channel.
    pub(crate) fn rectified(largest: &[f32]) -> Self {
        // A channel that is always 0 stays so.
        let used = |&most: &f32| if most > 0.0 { most } else { f32::INFINITY };
        let factors = largest.iter().map(|most| LARGEST / used(most));
        Self::new(
            Inputs::Unsigned,
            factors,
            largest.iter().map(|most| most.max(0.0) / LARGEST).collect(),
        )
    }

    /// States between -1 and 1.
    pub(crate) fn states(channels: usize) -> Self {
        let factors = std::iter::repeat_n(ONE, channels);
        Self::new(Inputs::Signed, factors, vec![1.0 / ONE; channels])
    }

    fn new(inputs: Inputs, factors: impl Iterator<Item = f32>, units: Vec<f32>) -> Self {
        let mut factors: Vec<f32> = factors.collect();
        factors.resize(padded(units.len()), 0.0);
        Self {
            inputs,
            channels: units.len(),
            factors,
            units,
        }
    }

    /// What bytes stand for 0.
    pub(crate) fn inputs(&self) -> Inputs {
        self.inputs
    }

    /// What a channel is a multiple of.
    pub(crate) fn unit(&self, channel: usize) -> f32 {
        self.units[channel]
    }

    /// Bytes of a row: whole fours.
    pub(crate) fn stride(&self) -> usize {
        self.channels.next_multiple_of(4)
    }
}

/// Rounds rows of features, `[rows, channels]`, to bytes, `[rows, stride]`.
pub(crate) fn round(backend: Backend, x: &[f32], rounding: &Rounding, bytes: &mut Vec<u8>) {
    bytes.resize(x.len() / rounding.channels * rounding.stride(), 0);
    backend.run_bytes(Round { x, rounding, bytes });
}

struct Round<'a> {
    x: &'a [f32],
    rounding: &'a Rounding,
    bytes: &'a mut [u8],
}

impl ByteKernel for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn run<D: Dots>(self, dots: D) {
        let Self { x, rounding, bytes } = self;
        let offset = match rounding.inputs {
            Inputs::Unsigned => 0.0,
            Inputs::Signed => f32::from(ZERO),
        };
        let (factors, _) = rounding.factors.as_chunks::<LANES>();
        let rows = x.chunks_exact(rounding.channels);
        for (x, bytes) in rows.zip(bytes.chunks_exact_mut(rounding.stride())) {
            let (lines, rest) = x.as_chunks::<LANES>();
            let (to, to_rest) = bytes.as_chunks_mut::<LANES>();
            for i in 0..lines.len() {
                round_line(dots, &lines[i], &factors[i], offset, &mut to[i]);
            }
            if !rest.is_empty() {
                let (mut line, mut end) = ([0.0; LANES], [0; LANES]);
                line[..rest.len()].copy_from_slice(rest);
                round_line(dots, &line, &factors[lines.len()], offset, &mut end);
                // Whole fours may fill the line.
                let to = if to_rest.is_empty() {
                    &mut to[lines.len()][..]
                } else {
                    to_rest
                };
                to.copy_from_slice(&end[..to.len()]);
            }
        }
    }
}

/// Rounds states in whole vectors.
#[inline(always)]
pub(crate) fn state_bytes<D: Dots>(dots: D, states: &[f32], bytes: &mut [u8]) {
    let (lines, _) = states.as_chunks::<LANES>();
    let (to, _) = bytes.as_chunks_mut::<LANES>();
    for (line, to) in lines.iter().zip(to) {
        round_line(dots, line, &[ONE; LANES], f32::from(ZERO), to);
    }
}

#[inline(always)]
fn round_line<D: Dots>(dots: D, line: &[f32; LANES], factors: &[f32; LANES], offset: f32, to: &mut [u8; LANES]) {
    let simd = dots.floats();
    let scaled = simd.mul(simd.load(line), simd.load(factors));
    let values = simd.add(scaled, simd.splat(offset));
    dots.store_bytes(simd.clamp(values, 0.0, LARGEST), to);
}
