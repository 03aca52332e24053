//! Recurrent layers, packed.

use processive_kernels::recurrent::{
    ByteInput, ByteMemory, ByteRecurrent, ByteStates, Cell, Direction, Input, Reads, Recurrent as RecurrentKernel,
    RecurrentShape, Weights,
};

use crate::compute::Compute;
use crate::layers::Recurrent;
use crate::weights::{all_finite, values_of};

/// The recurrent layers of a network.
#[derive(Clone, Debug)]
pub(crate) enum RecurrentStack {
    Floats(Vec<FloatRecurrent>),
    Bytes(Vec<ByteRecurrent>),
}

/// Memory that stacks use one after the other: fresh pages for every batch took a tenth of a scan's time.
#[derive(Clone, Debug, Default)]
pub(crate) struct StackMemory {
    /// What the first layer reads, unless it reads codes, `[batch, steps, channels]`. [`RecurrentStack::run`] writes over it.
    pub(crate) features: Vec<f32>,
    /// The states of the last layer, `[batch, steps, d_output]`.
    pub(crate) states: Vec<f32>,
    /// The same with a byte each, after [`RecurrentStack::run_in_bytes`], and room for those of the layer before.
    pub(crate) byte_states: ByteStates,
    other_byte_states: ByteStates,
    bytes: ByteMemory,
}

/// The weights as they are.
#[derive(Clone, Debug)]
pub(crate) struct FloatRecurrent {
    cell: Cell,
    directions: &'static [Direction],
    hidden: usize,
    input: Vec<f32>,
    recurrent: Vec<f32>,
    bias: Vec<f32>,
}

impl RecurrentStack {
    /// Packs layers, of which the first reads codes, or features that are never negative and at most as large as `largest`.
    ///
    /// Nothing when bytes are to be multiplied and a weight is no number, or there are more channels or units than sums of bytes
    /// may have.
    ///
    /// # Panics
    /// When there is no layer.
    pub(crate) fn new(layers: &[Recurrent], largest: Option<&[f32]>, compute: Compute) -> Option<Self> {
        assert!(!layers.is_empty(), "a recurrent network has a layer");
        let layers = layers.iter().map(FloatRecurrent::of_layer);
        let in_bytes = |(index, layer): (usize, FloatRecurrent)| {
            layer.in_bytes(match (index, largest) {
                (0, None) => Reads::Codes,
                (0, Some(largest)) => Reads::Rectified(largest),
                _ => Reads::States,
            })
        };
        match compute {
            Compute::F32 => Some(Self::Floats(layers.collect())),
            Compute::Int8 => layers.enumerate().map(in_bytes).collect::<Option<_>>().map(Self::Bytes),
        }
    }

    /// Features per step: units times directions of the last layer.
    pub(crate) fn d_output(&self) -> usize {
        match self {
            Self::Floats(layers) => layers.last().map_or(0, FloatRecurrent::d_output),
            Self::Bytes(layers) => layers.last().map_or(0, ByteRecurrent::output),
        }
    }

    /// Applies the layers to sequences of these lengths in rows of `steps` steps, of codes or of the features in memory, where
    /// the states are left.
    pub(crate) fn run(&self, codes: Option<&[u8]>, lengths: &[usize], steps: usize, memory: &mut StackMemory) {
        match self {
            Self::Floats(layers) => {
                let StackMemory { features, states, .. } = memory;
                for (index, layer) in layers.iter().enumerate() {
                    if index > 0 {
                        std::mem::swap(features, states);
                    }
                    let codes = codes.filter(|_| index == 0);
                    layer.run(
                        codes.map_or(Input::Features(features), Input::Codes),
                        lengths,
                        steps,
                        states,
                    );
                }
            }
            Self::Bytes(layers) => {
                if let Some((last, inner)) = layers.split_last() {
                    in_bytes(inner, codes, lengths, steps, memory);
                    let input = byte_input(inner.is_empty(), codes, &memory.features, &memory.byte_states);
                    last.run(input, lengths, steps, &mut memory.states, &mut memory.bytes);
                }
            }
        }
    }

    /// As [`run`](Self::run), and leaves the states with a byte each.
    ///
    /// # Panics
    /// When the layers were not packed to multiply bytes.
    pub(crate) fn run_in_bytes(&self, codes: Option<&[u8]>, lengths: &[usize], steps: usize, memory: &mut StackMemory) {
        match self {
            Self::Bytes(layers) => in_bytes(layers, codes, lengths, steps, memory),
            Self::Floats(_) => panic!("layers of floats leave floats"),
        }
    }
}

/// What a layer reads: codes or features when it is the first, or the states of the one before.
fn byte_input<'a>(
    is_first: bool,
    codes: Option<&'a [u8]>,
    features: &'a [f32],
    states: &'a ByteStates,
) -> ByteInput<'a> {
    match (is_first, codes) {
        (true, Some(codes)) => ByteInput::Codes(codes),
        (true, None) => ByteInput::Features(features),
        (false, _) => ByteInput::States(states),
    }
}

/// Applies layers, and leaves the states of the last one with a byte each.
fn in_bytes(layers: &[ByteRecurrent], codes: Option<&[u8]>, lengths: &[usize], steps: usize, memory: &mut StackMemory) {
    let StackMemory {
        features,
        byte_states,
        other_byte_states,
        bytes,
        ..
    } = memory;
    for (index, layer) in layers.iter().enumerate() {
        std::mem::swap(byte_states, other_byte_states);
        let input = byte_input(index == 0, codes, features, other_byte_states);
        layer.states(input, lengths, steps, byte_states, bytes);
    }
}

impl FloatRecurrent {
    fn of_layer(layer: &Recurrent) -> Self {
        let mut packed = Self {
            cell: layer.cell(),
            directions: layer.reading().directions(),
            hidden: layer.d_hidden(),
            input: Vec::new(),
            recurrent: Vec::new(),
            bias: Vec::new(),
        };
        for weights in layer.of_directions() {
            packed.input.extend(values_of(weights.input.val()));
            packed.recurrent.extend(values_of(weights.recurrent.val()));
            packed.bias.extend(values_of(weights.bias.val()));
        }
        packed
    }

    fn d_output(&self) -> usize {
        self.hidden * self.directions.len()
    }

    /// The number of input channels.
    fn channels(&self) -> usize {
        self.input.len() / (self.directions.len() * self.cell.gates() * self.hidden)
    }

    fn weights(&self) -> Weights<'_> {
        Weights {
            input: &self.input,
            recurrent: &self.recurrent,
            bias: &self.bias,
        }
    }

    /// The weights with a byte each.
    fn in_bytes(&self, reads: Reads<'_>) -> Option<ByteRecurrent> {
        let fits = self.channels().max(self.hidden) <= ByteRecurrent::MOST_INPUTS;
        let finite = all_finite(self.input.iter().chain(&self.recurrent).chain(&self.bias));
        (fits && finite).then(|| {
            let Self {
                cell,
                directions,
                hidden,
                ..
            } = *self;
            ByteRecurrent::new(cell, directions, self.channels(), hidden, &self.weights(), reads)
        })
    }

    fn run(&self, input: Input<'_>, lengths: &[usize], steps: usize, output: &mut Vec<f32>) {
        let layer = RecurrentKernel {
            cell: self.cell,
            directions: self.directions,
            shape: RecurrentShape {
                batch: lengths.len(),
                steps,
                input: self.channels(),
                hidden: self.hidden,
            },
            lengths,
            input,
            weights: self.weights(),
        };
        layer.infer_into(output);
    }
}
