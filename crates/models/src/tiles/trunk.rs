//! The steps of a convolutional network over a tile.

use processive_kernels::code_conv::Motifs;
use processive_kernels::conv1d::{After, ByteConvolution, ByteScratch, ConvShape, Convolution, Scratch};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{largest_scores, motifs};
use crate::compute::Compute;
use crate::layers::{Conv1d, WholeSteps};
use crate::networks::{Cnn, DilatedCnn};
use crate::weights::{all_finite, values_of};

/// Bases of the sequence that tells how many values are zero.
const PROBE: usize = 4096;
/// The least share of values that are not zero from which a product is faster than the sum of their weights.
const DENSE: f64 = 0.2;

type Pack = fn(ConvShape, &[f32], &[f32], After) -> Convolution;

/// Motif filters, local maxima, and convolutions of them.
#[derive(Clone, Debug)]
pub(super) struct Trunk {
    stem: Motifs,
    convs: Vec<PackedConv>,
    whole: WholeSteps,
}

/// Memory that tiles use one after the other: the steps before and after a convolution.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    before: Vec<f32>,
    after: Vec<f32>,
    scratch: Scratch,
    byte_scratch: ByteScratch,
}

/// A packed convolution.
#[derive(Clone, Debug)]
enum PackedConv {
    Floats(Convolution),
    Bytes(ByteConvolution),
}

impl PackedConv {
    fn output(&self) -> usize {
        match self {
            Self::Floats(conv) => conv.output(),
            Self::Bytes(conv) => conv.output(),
        }
    }
}

impl Trunk {
    /// Nothing for a network that reads out steps that are not whole, or whose motifs cannot be packed.
    /// With bytes the first convolution multiplies them, whose inputs have known bounds; nothing for a network without one.
    pub(super) fn of_cnn(network: &Cnn, compute: Compute) -> Option<Self> {
        let (whole, stem) = (network.whole?, motifs(&network.stem)?);
        let (bytes, floats) = match compute {
            Compute::F32 => (None, &network.convs[..]),
            Compute::Int8 => {
                let (first, others) = network.convs.split_first()?;
                (Some(bytes(first, &largest_scores(&network.stem))?), others)
            }
        };
        Some(Self::new(stem, bytes, floats, After::Rectify, whole))
    }

    /// As [`of_cnn`](Self::of_cnn).
    pub(super) fn of_dilated_cnn(network: &DilatedCnn) -> Option<Self> {
        let whole = network.whole?;
        Some(Self::new(
            motifs(&network.stem)?,
            None,
            &network.blocks,
            After::AddRectified,
            whole,
        ))
    }

    fn new(stem: Motifs, bytes: Option<ByteConvolution>, convs: &[Conv1d], after: After, whole: WholeSteps) -> Self {
        let mut trunk = Self {
            stem,
            convs: bytes.into_iter().map(PackedConv::Bytes).collect(),
            whole,
        };
        for conv in convs {
            // Steps are rectified, so that no value is negative.
            let pack = if trunk.density() < DENSE {
                Convolution::sparse
            } else {
                Convolution::new
            };
            trunk.convs.push(PackedConv::Floats(packed(conv, after, pack)));
        }
        trunk
    }

    /// The share of values that are not zero among the steps of a random sequence, which is always the same one.
    fn density(&self) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let codes: Vec<u8> = (0..PROBE).map(|_| rng.random_range(0..4)).collect();
        let mut memory = Memory::default();
        let steps = self.steps(&codes, &mut memory);
        let values = steps.iter().filter(|&&value| value != 0.0).count();
        values as f64 / steps.len().max(1) as f64
    }

    /// Which steps are whole.
    pub(super) fn whole(&self) -> WholeSteps {
        self.whole
    }

    /// Channels of a step.
    pub(super) fn channels(&self) -> usize {
        self.convs.last().map_or(self.stem.filters(), PackedConv::output)
    }

    /// The whole steps of a tile, `[steps, channels]`.
    pub(super) fn steps<'a>(&self, codes: &[u8], memory: &'a mut Memory) -> &'a [f32] {
        let Memory {
            before,
            after,
            scratch,
            byte_scratch,
        } = memory;
        let kernel = self.stem.kernel();
        self.stem
            .pooled(codes, [(kernel - 1) / 2, kernel / 2], self.whole.stride(), before);
        for conv in &self.convs {
            match conv {
                PackedConv::Floats(conv) => conv.run(before, after, scratch),
                PackedConv::Bytes(conv) => conv.run(before, after, byte_scratch),
            }
            std::mem::swap(before, after);
        }
        let steps = self.whole.first(codes.len())..self.whole.first(codes.len()) + self.whole.count(codes.len());
        &before[steps.start * self.channels()..steps.end * self.channels()]
    }
}

fn packed(conv: &Conv1d, after: After, pack: Pack) -> Convolution {
    pack(
        shape(conv),
        &values_of(conv.weight.val()),
        &values_of(conv.bias.val()),
        after,
    )
}

/// Nothing when a weight is no number, or an output has more inputs than sums of bytes may have.
fn bytes(conv: &Conv1d, largest: &[f32]) -> Option<ByteConvolution> {
    let (weights, bias) = (values_of(conv.weight.val()), values_of(conv.bias.val()));
    let [kernel, input, _] = conv.weight.dims();
    let fits = kernel * input.next_multiple_of(4) <= ByteConvolution::MOST_INPUTS;
    let finite = all_finite(weights.iter().chain(&bias).chain(largest));
    (fits && finite).then(|| ByteConvolution::new(shape(conv), &weights, &bias, largest))
}

fn shape(conv: &Conv1d) -> ConvShape {
    let [kernel, input, output] = conv.weight.dims();
    ConvShape {
        batch: 0,
        steps: 0,
        input,
        output,
        kernel,
        dilation: conv.dilation(),
        pad_left: (kernel - 1) / 2 * conv.dilation(),
    }
}
