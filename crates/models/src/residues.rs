//! Networks packed to label every residue of proteins on the processor: recurrent ones, over letters or a convolution.
//!
//! The layers are those of [`layers`](crate::layers), on the same kernels, without burn; they run on the calling thread.

use std::ops::Range;

use processive_encode::{PaddedBatch, one_hot};
use processive_kernels::conv1d::{After, ConvShape, Convolution, Scratch};
use processive_kernels::dense::add_softmaxes;

use crate::compute::Compute;
use crate::description::ModelDescription;
use crate::ensemble::Ensemble;
use crate::layers::{MotifConv, Readout};
use crate::networks::{Network, RecurrentNet};
use crate::packed::{ByteHead, FloatHead, RecurrentStack, StackMemory};
use crate::threads::at_once;
use crate::tiles::largest_scores;
use crate::weights::{all_finite, values_of};

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
    Floats(FloatHead),
    Bytes(ByteHead),
}

/// Memory that batches use one after the other.
#[derive(Debug, Default)]
struct ResidueMemory {
    columns: Vec<f32>,
    scratch: Scratch,
    stack: StackMemory,
    hidden: Vec<f32>,
    logits: Vec<f32>,
}

impl ResidueModel {
    /// Packs a model; nothing unless all of its networks are recurrent and label residues, and when bytes are to be multiplied and
    /// a weight is no number.
    pub(crate) fn new(description: &ModelDescription, networks: &[Network], compute: Compute) -> Option<Self> {
        let packed = at_once(networks, |network| ResidueNetwork::of_network(network, compute));
        Some(Self {
            members: Ensemble::new(packed.into_iter().collect::<Option<_>>()?, description.calibration),
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
                add_softmaxes(&memory.logits, self.classes, self.members.slope(), sums);
            }
        })
    }
}

impl ResidueNetwork {
    fn of_network(network: &Network, compute: Compute) -> Option<Self> {
        let Network::Recurrent(RecurrentNet { stem, layers, head, .. }) = network else {
            return None;
        };
        let largest = stem.as_ref().map(largest_scores);
        let layers = RecurrentStack::new(layers, largest.as_deref(), compute)?;
        let head = match (head.readout.kind(), compute) {
            (Readout::Each, Compute::F32) => ResidueHead::Floats(FloatHead::of_head(head)),
            (Readout::Each, Compute::Int8) => ResidueHead::Bytes(ByteHead::of_head(head)?),
            _ => return None,
        };
        let stem = match stem {
            Some(stem) => Some(packed(stem, compute)?),
            None => None,
        };
        Some(Self { stem, layers, head })
    }

    /// Leaves the states of the last layer in the memory of the stack.
    fn run(&self, batch: &PaddedBatch, memory: &mut ResidueMemory) {
        let ResidueMemory {
            columns,
            scratch,
            stack,
            ..
        } = memory;
        if let Some(stem) = &self.stem {
            let row = batch.width() * stem.output();
            stack.features.resize(batch.len() * row, 0.0);
            for (codes, row) in batch.sequences().zip(stack.features.chunks_exact_mut(row)) {
                columns.clear();
                one_hot(batch.alphabet(), codes, columns);
                stem.run_into(columns, &mut row[..codes.len() * stem.output()], scratch);
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

/// Packs filters over letters, one step for every letter; nothing when its features are to become bytes and a weight is no number.
fn packed(stem: &MotifConv, compute: Compute) -> Option<Convolution> {
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
    let fits = compute == Compute::F32 || all_finite(weights.iter().chain(&bias));
    fits.then(|| Convolution::sparse(shape, &weights, &bias, After::Rectify))
}
