//! Recurrent layers: one direction of an Elman, GRU or LSTM layer over a padded batch.
//!
//! Sequences are sorted by length and scanned in blocks of a few rows, one task each, without synchronisation between
//! steps. A task multiplies the inputs of some steps by the input weights at once, then goes step by step: one
//! small product with the recurrent weights, one pass over the gates. On the way back the same task computes the
//! gradients of the inputs and adds up those of the weights while the steps are still in its cache.

use crate::simd::Backend;
use layer::{BlockTape, Layer};

mod backscan;
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
    /// The number of hidden units.
    pub hidden: usize,
}

/// The weights of one direction of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a> {
    /// Input weights `[input, gates · hidden]`.
    pub input: &'a [f32],
    /// Recurrent weights `[hidden, gates · hidden]`.
    pub recurrent: &'a [f32],
    /// Bias, [`Cell::bias_len`] values.
    pub bias: &'a [f32],
}

/// What [`backward`] needs of a forward pass: the activated gates and the LSTM's cells.
#[derive(Clone, Debug)]
pub struct Tape {
    blocks: Vec<BlockTape>,
}

/// The gradients of one direction of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// Of the input, `[batch, steps, input]`; zero past a sequence's length.
    pub x: Vec<f32>,
    /// Of the input weights.
    pub input: Vec<f32>,
    /// Of the recurrent weights.
    pub recurrent: Vec<f32>,
    /// Of the bias.
    pub bias: Vec<f32>,
}

/// Runs one direction of a layer from a zero state and keeps what [`backward`] needs.
///
/// # Shapes
/// - `x`: `[batch, steps, input]`; what lies past a sequence's length is not read
/// - result: `[batch, steps, hidden]`; zero past a sequence's length
///
/// # Panics
/// If a slice does not have the length that `shape` says, a sequence is longer than `steps`, or there are no input
/// channels or hidden units.
pub fn forward(
    cell: Cell,
    direction: Direction,
    shape: RecurrentShape,
    lengths: &[usize],
    x: &[f32],
    weights: &Weights<'_>,
) -> (Vec<f32>, Tape) {
    Layer::new(cell, direction, shape, lengths, x, weights).forward(Backend::current(), true)
}

/// Runs one direction of a layer as [`forward`] does, without a tape.
///
/// # Panics
/// As [`forward`].
pub fn infer(
    cell: Cell,
    direction: Direction,
    shape: RecurrentShape,
    lengths: &[usize],
    x: &[f32],
    weights: &Weights<'_>,
) -> Vec<f32> {
    Layer::new(cell, direction, shape, lengths, x, weights)
        .forward(Backend::current(), false)
        .0
}

/// Returns the gradients of a loss whose gradient with respect to the output is `d_output`.
///
/// `output` and `tape` are what [`forward`] returned for the same arguments; `d_output` past a sequence's length is
/// not read.
///
/// # Panics
/// As [`forward`], or if `output` and `tape` belong to other arguments.
#[allow(
    clippy::too_many_arguments,
    reason = "the arguments of `forward`, its two results and the gradient"
)]
pub fn backward(
    cell: Cell,
    direction: Direction,
    shape: RecurrentShape,
    lengths: &[usize],
    x: &[f32],
    weights: &Weights<'_>,
    output: &[f32],
    tape: &Tape,
    d_output: &[f32],
) -> Gradients {
    Layer::new(cell, direction, shape, lengths, x, weights).backward(Backend::current(), output, tape, d_output)
}
