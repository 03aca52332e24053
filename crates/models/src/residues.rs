//! Networks packed to label every residue of proteins on the processor: recurrent ones, over letters or a convolution.
//!
//! The layers are those of [`layers`](crate::layers), on the same kernels, without burn; they run on the calling thread.

use std::ops::Range;

use processive_encode::{PaddedBatch, one_hot};
use processive_kernels::conv1d::{After, ConvShape, Convolution, Scratch};

use crate::compute::Compute;
use crate::description::ModelDescription;
use crate::ensemble::Ensemble;
use crate::layers::{MotifConv, Readout};
use crate::networks::{Network, RecurrentNet};
use crate::packed::{RecurrentStack, StackMemory};
use crate::tiles::{ByteHead, TileHead, largest_scores};
use crate::weights::values_of;

/// All networks of a model, packed. Called from several threads at once.
#[derive(Debug)]
pub(crate) struct ResidueModel {
    members: Ensemble<ResidueNetwork, ResidueMemory>,
    classes: usize,
}

/// A packed network.
#[derive(Debug)]
struct ResidueNetwork {
    stem: Option<Convolution>,
    layers: RecurrentStack,
    head: ResidueHead,
}

/// The layers behind the recurrent ones; states of a byte are read by a first layer of bytes.
#[derive(Debug)]
enum ResidueHead {
    Floats(TileHead),
    Bytes(ByteHead),
}

/// Memory that batches use one after the other.
#[derive(Debug, Default)]
struct ResidueMemory {
    columns: Vec<f32>,
    scratch: Scratch,
    motifs: Vec<f32>,
    stack: StackMemory,
    hidden: Vec<f32>,
    logits: Vec<f32>,
}

impl ResidueModel {
    /// Packs a model; nothing unless all of its networks are recurrent and label residues, and when bytes are to be multiplied
    /// and a weight is no number.
    pub(crate) fn new(description: &ModelDescription, networks: &[Network], compute: Compute) -> Option<Self> {
        let packed = |network| ResidueNetwork::of_network(network, compute);
        let networks = networks.iter().map(packed).collect::<Option<_>>()?;
        Some(Self {
            members: Ensemble::new(networks, description.calibration),
            classes: description.classes.len(),
        })
    }

    /// [`Model::residue_probabilities`](crate::Model::residue_probabilities).
    pub(crate) fn probabilities(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.members.mean(|network, memory, sums| {
            network.run(batch, memory);
            sums.resize(batch.codes().len() * self.classes, 0.0);
            let rows = sums.chunks_exact_mut(batch.width() * self.classes).zip(batch.lengths());
            for (chain, (sums, &length)) in rows.enumerate() {
                let first = chain * batch.width();
                network.logits(first..first + length, memory);
                add_softmax(sums, &memory.logits, self.classes, self.members.slope());
            }
        })
    }
}

impl ResidueNetwork {
    fn of_network(network: &Network, compute: Compute) -> Option<Self> {
        let Network::Recurrent(RecurrentNet { stem, layers, head, .. }) = network else {
            return None;
        };
        let weights = network.weights();
        let mut weights = weights.iter().flat_map(|tensor| &tensor.values);
        if compute == Compute::Int8 && !weights.all(|weight| weight.is_finite()) {
            return None;
        }
        let largest = stem.as_ref().map(largest_scores);
        let layers = RecurrentStack::new(layers, largest.as_deref(), compute)?;
        let head = match (head.readout.kind(), compute) {
            (Readout::Each, Compute::F32) => ResidueHead::Floats(TileHead::of_head(head)),
            (Readout::Each, Compute::Int8) => ResidueHead::Bytes(ByteHead::of_head(head)?),
            _ => return None,
        };
        Some(Self {
            stem: stem.as_ref().map(packed),
            layers,
            head,
        })
    }

    /// Leaves the states of the last layer in the memory of the stack.
    fn run(&self, batch: &PaddedBatch, memory: &mut ResidueMemory) {
        let ResidueMemory {
            columns,
            scratch,
            motifs,
            stack,
            ..
        } = memory;
        if let Some(stem) = &self.stem {
            let row = batch.width() * stem.output();
            stack.features.resize(batch.len() * row, 0.0);
            for (codes, row) in batch.sequences().zip(stack.features.chunks_exact_mut(row)) {
                columns.clear();
                one_hot(batch.alphabet(), codes, columns);
                stem.run(columns, motifs, scratch);
                row[..motifs.len()].copy_from_slice(motifs);
            }
        }
        let codes = self.stem.is_none().then(|| batch.codes());
        match &self.head {
            ResidueHead::Floats(_) => self.layers.run(codes, batch.lengths(), batch.width(), stack),
            ResidueHead::Bytes(_) => self.layers.run_in_bytes(codes, batch.lengths(), batch.width(), stack),
        }
    }

    /// Leaves the logits of some steps in memory.
    fn logits(&self, steps: Range<usize>, memory: &mut ResidueMemory) {
        let ResidueMemory {
            stack, hidden, logits, ..
        } = memory;
        match &self.head {
            ResidueHead::Floats(head) => {
                let width = self.layers.d_output();
                head.logits(&stack.states[steps.start * width..steps.end * width], hidden, logits);
            }
            ResidueHead::Bytes(head) => head.logits(&stack.byte_states, steps, hidden, logits),
        }
    }
}

/// Packs filters over letters, one step for every letter.
fn packed(stem: &MotifConv) -> Convolution {
    let [kernel, input, output] = stem.weight.dims();
    let shape = ConvShape {
        batch: 0,
        steps: 0,
        input,
        output,
        kernel,
        dilation: 1,
        pad_left: (kernel - 1) / 2,
    };
    // Of the columns of a letter all but one are zero.
    let (weights, bias) = (values_of(stem.weight.val()), values_of(stem.bias.val()));
    Convolution::sparse(shape, &weights, &bias, After::Rectify)
}

/// Adds class probabilities, `softmax(slope · logits)` row by row, to sums that may go on behind the last row.
pub(crate) fn add_softmax(sums: &mut [f32], logits: &[f32], classes: usize, slope: f32) {
    for (sums, logits) in sums.chunks_exact_mut(classes).zip(logits.chunks_exact(classes)) {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers = logits.iter().map(|&logit| (slope * (logit - largest)).exp());
        let total: f32 = powers.clone().sum();
        for (sum, power) in sums.iter_mut().zip(powers) {
            *sum += power / total;
        }
    }
}
