//! Recurrent layers whose weights, inputs and states have a byte each while they are multiplied.
//!
//! Sums of products are exact; gates, states and cells are floats. A state is rounded to `1/127` where the next step and the
//! next layer read it, never in what the layer puts out.

use super::layout::Layout;
use super::plan::{self, Course};
use super::{Cell, Direction, RecurrentShape, Weights};
use crate::byte_panels::{self, BytePanels, Inputs};
use crate::bytes::{self, Rounding};
use crate::simd::Backend;
use scan::{Leave, Pass};

mod scan;
#[cfg(test)]
mod tests;

/// Sequences that go step by step together: as many rows as AMX multiplies at a time.
const BLOCK: usize = 32;

/// What a layer with weights of a byte reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reads<'a> {
    /// [`ByteInput::Codes`]: nothing is rounded.
    Codes,
    /// Features that are never negative, and at most this large, channel by channel; larger ones count as the largest.
    Rectified(&'a [f32]),
    /// The states of another layer: features between -1 and 1.
    States,
}

/// What such a layer is given.
#[derive(Clone, Copy, Debug)]
pub enum ByteInput<'a> {
    /// The codes of one-hot columns, `[batch, steps]`: code `k` takes row `k` of the input weights, and a code that has no row
    /// contributes nothing.
    Codes(&'a [u8]),
    /// Feature vectors, `[batch, steps, input]`, which are rounded; what lies past a sequence's length does not matter.
    Features(&'a [f32]),
    /// What a layer left, `[batch, steps, input]`.
    States(&'a ByteStates),
}

/// States with a byte each, as the next layer reads them: its input is rounded already.
#[derive(Clone, Debug, Default)]
pub struct ByteStates {
    /// Rows of whole fours.
    bytes: Vec<u8>,
    width: usize,
}

impl ByteStates {
    /// Features per step.
    pub fn width(&self) -> usize {
        self.width
    }

    /// States in rows of `width`.
    #[cfg(test)]
    pub(crate) fn of(backend: Backend, states: &[f32], width: usize) -> Self {
        let mut bytes = Vec::new();
        bytes::round(backend, states, &Rounding::states(width), &mut bytes);
        Self { bytes, width }
    }

    /// Bytes, a row for each step, and their distance.
    pub(crate) fn rows(&self) -> (&[u8], usize) {
        (&self.bytes, self.width.next_multiple_of(4))
    }
}

/// A recurrent layer with weights of a byte, packed once for many sequences; it runs on the calling thread.
#[derive(Clone, Debug)]
pub struct ByteRecurrent {
    cell: Cell,
    input: usize,
    hidden: usize,
    /// How features become bytes; nothing for codes.
    rounding: Option<Rounding>,
    directions: Vec<Packed>,
}

/// The weights of one direction.
#[derive(Clone, Debug)]
struct Packed {
    direction: Direction,
    /// What the gates begin with: the bias; for codes one row for each code, with its weights, and the bias last.
    begin: Vec<f32>,
    /// For features.
    input: Option<BytePanels>,
    recurrent: BytePanels,
}

/// Memory that layers use one after the other.
#[derive(Clone, Debug, Default)]
pub struct ByteMemory {
    features: Vec<u8>,
}

impl ByteRecurrent {
    /// The most channels, or units, whose sums are certain to fit into 32 bits.
    pub const MOST_INPUTS: usize = byte_panels::DEEPEST;

    /// Packs the weights of a layer with `input` channels and `hidden` units: every column is rounded to 255 multiples of its
    /// own scale.
    ///
    /// # Panics
    /// When a slice has another length, there are no directions, input channels or hidden units, or more than 65,536 of them.
    pub fn new(
        cell: Cell,
        directions: &[Direction],
        input: usize,
        hidden: usize,
        weights: &Weights<'_>,
        reads: Reads<'_>,
    ) -> Self {
        let count = directions.len();
        weights.assert_sizes(cell, count, input, hidden);
        let rounding = match reads {
            Reads::Codes => None,
            Reads::Rectified(largest) => {
                assert_eq!(largest.len(), input, "one value for each channel");
                Some(Rounding::rectified(largest))
            }
            Reads::States => Some(Rounding::states(input)),
        };
        let layout = Layout::new(
            cell,
            RecurrentShape {
                batch: 0,
                steps: 0,
                input,
                hidden,
            },
        );
        let pack = |(index, &direction): (usize, &Direction)| {
            let weights = weights.of_direction(index, count);
            Packed::new(direction, layout, &weights, rounding.as_ref())
        };
        Self {
            cell,
            input,
            hidden,
            directions: directions.iter().enumerate().map(pack).collect(),
            rounding,
        }
    }

    /// Features per step: units times directions.
    pub fn output(&self) -> usize {
        self.hidden * self.directions.len()
    }

    /// Computes the states of sequences of these lengths from a zero state, `[batch, steps, directions · hidden]`, into memory
    /// that may have been used before; past a sequence's length they are zero.
    ///
    /// # Panics
    /// When the input has another kind than the layer reads, or another length than `[batch, steps]` of it, or a sequence is
    /// longer than `steps`.
    pub fn run(
        &self,
        input: ByteInput<'_>,
        lengths: &[usize],
        steps: usize,
        output: &mut Vec<f32>,
        memory: &mut ByteMemory,
    ) {
        self.run_on(Backend::current(), input, lengths, steps, output, memory);
    }

    fn run_on(
        &self,
        backend: Backend,
        input: ByteInput<'_>,
        lengths: &[usize],
        steps: usize,
        output: &mut Vec<f32>,
        memory: &mut ByteMemory,
    ) {
        let width = self.output();
        self.scan(backend, input, lengths, [steps, width], output, memory);
        for (row, &length) in output.chunks_exact_mut((steps * width).max(1)).zip(lengths) {
            row[length * width..].fill(0.0);
        }
    }

    /// As [`run`](Self::run), for a layer to read; what lies past a sequence's length has no meaning.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn states(
        &self,
        input: ByteInput<'_>,
        lengths: &[usize],
        steps: usize,
        output: &mut ByteStates,
        memory: &mut ByteMemory,
    ) {
        self.states_on(Backend::current(), input, lengths, steps, output, memory);
    }

    fn states_on(
        &self,
        backend: Backend,
        input: ByteInput<'_>,
        lengths: &[usize],
        steps: usize,
        output: &mut ByteStates,
        memory: &mut ByteMemory,
    ) {
        output.width = self.output();
        let (_, row) = output.rows();
        self.scan(backend, input, lengths, [steps, row], &mut output.bytes, memory);
    }

    /// Leaves the states in rows of a step each, `[batch, steps, row]`.
    fn scan<T: Leave>(
        &self,
        backend: Backend,
        input: ByteInput<'_>,
        lengths: &[usize],
        [steps, row]: [usize; 2],
        output: &mut Vec<T>,
        memory: &mut ByteMemory,
    ) {
        let shape = RecurrentShape {
            batch: lengths.len(),
            steps,
            input: self.input,
            hidden: self.hidden,
        };
        assert!(
            lengths.iter().all(|&length| length <= steps),
            "no sequence is longer than the padded length"
        );
        let values = self.bytes_of(backend, input, shape.batch * steps, &mut memory.features);
        output.resize(shape.batch * steps * row, T::default());
        let blocks = plan::blocks_of(BLOCK, lengths);
        let outputs = plan::distribute_steps(output, self.directions.len(), row, shape, &blocks);
        for (packed, outputs) in self.directions.iter().zip(outputs) {
            for (block, output) in blocks.iter().zip(outputs) {
                backend.run_bytes(Pass {
                    layout: Layout::new(self.cell, shape),
                    packed,
                    course: Course {
                        direction: packed.direction,
                        steps,
                        lengths,
                    },
                    block,
                    values,
                    output,
                });
            }
        }
    }

    /// The codes, or the features as bytes in rows of whole fours.
    fn bytes_of<'a>(&self, backend: Backend, input: ByteInput<'a>, rows: usize, features: &'a mut Vec<u8>) -> &'a [u8] {
        match (input, &self.rounding) {
            (ByteInput::Codes(codes), None) => {
                assert_eq!(codes.len(), rows, "codes are [batch, steps]");
                codes
            }
            (ByteInput::Features(x), Some(rounding)) => {
                assert_eq!(x.len(), rows * self.input, "features are [batch, steps, input]");
                bytes::round(backend, x, rounding, features);
                features
            }
            (ByteInput::States(states), Some(rounding)) if rounding.inputs() == Inputs::Signed => {
                let (bytes, row) = states.rows();
                assert_eq!(states.width, self.input, "the states are as wide as the input");
                assert_eq!(bytes.len(), rows * row, "states are [batch, steps, input]");
                bytes
            }
            _ => panic!("a layer reads codes, features or states, as it was packed for"),
        }
    }
}

impl Packed {
    fn new(direction: Direction, layout: Layout, weights: &Weights<'_>, rounding: Option<&Rounding>) -> Self {
        let columns = layout.input_columns().len();
        let (of_input, of_state) = (layout.input_weights(weights), layout.recurrent_weights(weights));
        let input = |rounding: &Rounding| {
            BytePanels::new(layout.input, columns, rounding.inputs(), |k, column| {
                of_input(k, column) * rounding.unit(k)
            })
        };
        let states = Rounding::states(layout.hidden);
        Self {
            direction,
            begin: match rounding {
                Some(_) => layout.bias(weights),
                None => layout.code_table(weights),
            },
            input: rounding.map(input),
            recurrent: BytePanels::new(layout.hidden, columns, Inputs::Signed, |k, column| {
                of_state(k, column) * states.unit(k)
            }),
        }
    }
}
