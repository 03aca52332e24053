//! Recurrent layers: Elman, GRU or LSTM over a padded batch, in one or both directions.
//!
//! Sequences are sorted by length and scanned in blocks of a few rows, one task for each block and direction, without
//! synchronisation between steps. A task multiplies the inputs of some steps by the input weights at once, then goes
//! step by step: one small product with the recurrent weights, one pass over the gates. Where the weights stay in a
//! cache, a step of enough rows multiplies its inputs and states at once. On the way back the same task computes the
//! gradients of the inputs and adds up those of the weights while the steps are still in its cache.

use crate::simd::Backend;
use layer::{BlockTape, Checked};
use plan::Course;

pub use bytes::{ByteInput, ByteMemory, ByteRecurrent, ByteStates, Reads};

mod backscan;
mod bytes;
mod gates;
mod layer;
mod layout;
#[cfg(test)]
mod oracle;
mod plan;
mod scan;
#[cfg(test)]
mod tests;

/// The kind of recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `h' = tanh(x W + h U + b)`.
    Elman,
    /// `r, z = σ(x W + h U + b)`, `n = tanh(x W_n + b_n + r ⊙ (h U_n + b_hn))`, `h' = (1 - z) ⊙ n + z ⊙ h`.
    Gru,
    /// `i, f, o = σ(x W + h U + b)`, `g = tanh(..)`, `c' = f ⊙ c + i ⊙ g`, `h' = o ⊙ tanh(c')`.
    Lstm,
}

impl Cell {
    /// The number of gates, each `hidden` columns of the weights: 1, 3 (r, z, n) or 4 (i, f, g, o).
    pub fn gates(self) -> usize {
        match self {
            Self::Elman => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// The length of the bias: `hidden`, or `4 · hidden` for GRU (`b_r, b_z, b_n, b_hn`) and LSTM.
    pub fn bias_len(self, hidden: usize) -> usize {
        self.sections() * hidden
    }

    /// The number of gate values per unit that a step computes.
    fn sections(self) -> usize {
        match self {
            Self::Elman => 1,
            Self::Gru | Self::Lstm => 4,
        }
    }
}

/// The direction in which a layer reads a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the first step to the last.
    Forward,
    /// From the sequence's true end to its first step; outputs stay at their positions.
    Reverse,
}

impl Direction {
    /// The position that the scan of a sequence reaches after `step` steps.
    fn time(self, length: usize, step: usize) -> usize {
        match self {
            Self::Forward => step,
            Self::Reverse => length - 1 - step,
        }
    }
}

/// The sizes of a recurrent layer's tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecurrentShape {
    /// The number of sequences.
    pub batch: usize,
    /// The padded length of every sequence.
    pub steps: usize,
    /// The number of input channels.
    pub input: usize,
    /// The number of hidden units of each direction.
    pub hidden: usize,
}

/// What a layer reads.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Feature vectors, `[batch, steps, input]`; what lies past a sequence's length is not read.
    Features(&'a [f32]),
    /// The codes of one-hot columns, `[batch, steps]`: code `k` takes row `k` of the input weights, and a code that
    /// has no row contributes nothing.
    Codes(&'a [u8]),
}

/// The weights of a layer, one direction's after the other's.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    /// Input weights `[directions · input, gates · hidden]`.
    pub input: &'a [f32],
    /// Recurrent weights `[directions · hidden, gates · hidden]`.
    pub recurrent: &'a [f32],
    /// Bias, [`Cell::bias_len`] values for each direction.
    pub bias: &'a [f32],
}

impl<'a> Weights<'a> {
    /// Asserts that they are those of a layer of so many directions, input channels and units.
    fn assert_sizes(&self, cell: Cell, directions: usize, input: usize, hidden: usize) {
        let columns = cell.gates() * hidden;
        assert!(
            directions > 0 && input > 0 && hidden > 0,
            "a layer has a direction, input channels and hidden units"
        );
        assert_eq!(
            self.input.len(),
            directions * input * columns,
            "the input weights are [directions * input, gates * hidden]"
        );
        assert_eq!(
            self.recurrent.len(),
            directions * hidden * columns,
            "the recurrent weights are [directions * hidden, gates * hidden]"
        );
        assert_eq!(
            self.bias.len(),
            directions * cell.bias_len(hidden),
            "the bias has Cell::bias_len values for each direction"
        );
    }

    /// Those of one of `count` directions.
    fn of_direction(&self, index: usize, count: usize) -> Self {
        let part = |all: &'a [f32]| {
            let size = all.len() / count;
            &all[index * size..(index + 1) * size]
        };
        Self {
            input: part(self.input),
            recurrent: part(self.recurrent),
            bias: part(self.bias),
        }
    }
}

/// A layer and the sequences that it reads, from a zero state.
///
/// # Panics
/// Its methods panic if a slice does not have the length that `shape` says, a sequence is longer than `steps`, or
/// there are no directions, input channels or hidden units.
#[derive(Clone, Copy, Debug)]
pub struct Recurrent<'a> {
    /// The cell.
    pub cell: Cell,
    /// The directions, in the order of their weights and outputs.
    pub directions: &'a [Direction],
    /// The sizes.
    pub shape: RecurrentShape,
    /// The true length of every sequence, in steps.
    pub lengths: &'a [usize],
    /// What it reads.
    pub input: Input<'a>,
    /// Its weights.
    pub weights: Weights<'a>,
}

/// What [`Recurrent::backward`] needs of a forward pass: the states, the activated gates and the LSTM's cells.
#[derive(Clone, Debug)]
pub struct Tape {
    /// The blocks of every direction.
    blocks: Vec<Vec<BlockTape>>,
}

/// The gradients of a layer, in the shapes of what they belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// Of the features; zero past a sequence's length, and empty unless it was asked for.
    pub features: Vec<f32>,
    /// Of the input weights.
    pub input: Vec<f32>,
    /// Of the recurrent weights.
    pub recurrent: Vec<f32>,
    /// Of the bias.
    pub bias: Vec<f32>,
}

impl<'a> Recurrent<'a> {
    /// Returns the states, `[batch, steps, directions · hidden]`, and what [`backward`](Self::backward) needs.
    ///
    /// States past a sequence's length are zero.
    pub fn forward(&self) -> (Vec<f32>, Tape) {
        self.forward_on(Backend::training())
    }

    /// Returns the states alone.
    pub fn infer(&self) -> Vec<f32> {
        self.infer_on(Backend::current())
    }

    /// As [`infer`](Self::infer), into memory that may have been used before, and on the calling thread.
    pub fn infer_into(&self, output: &mut Vec<f32>) {
        Checked::new(self).infer_into(Backend::current(), output);
    }

    /// Returns the gradients of a loss whose gradient with respect to the states is `d_output`.
    ///
    /// `tape` is what [`forward`](Self::forward) returned; `d_output` past a sequence's length is not read.
    /// `wants_features` asks for the gradient of the features, which a first layer does not need.
    ///
    /// # Panics
    /// Also if `tape` belongs to other sequences, or if the gradient of features is wanted of a layer that reads codes.
    pub fn backward(&self, tape: &Tape, d_output: &[f32], wants_features: bool) -> Gradients {
        self.backward_on(Backend::training(), tape, d_output, wants_features)
    }

    /// The way of the direction `index`.
    fn course(&self, index: usize) -> Course<'a> {
        Course {
            direction: self.directions[index],
            steps: self.shape.steps,
            lengths: self.lengths,
        }
    }

    fn forward_on(&self, backend: Backend) -> (Vec<f32>, Tape) {
        Checked::new(self).scan(backend, true)
    }

    fn infer_on(&self, backend: Backend) -> Vec<f32> {
        Checked::new(self).scan(backend, false).0
    }

    fn backward_on(&self, backend: Backend, tape: &Tape, d_output: &[f32], wants_features: bool) -> Gradients {
        Checked::new(self).backward(backend, tape, d_output, wants_features)
    }
}
