//! Recurrent layers: Elman, GRU and LSTM, in one or both directions.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
pub use processive_kernels::recurrent::Cell;
use processive_kernels::recurrent::{Direction, RecurrentShape};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::init::{glorot_bound, orthogonal, parameter, uniform};
use crate::layers::{Features, Input};
use crate::ops::{CodeRecurrentSpec, RecurrentSpec, code_recurrent, recurrent};

/// How the recurrent matrices start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecurrentInit {
    /// Every gate's matrix is orthogonal: a step neither shrinks nor stretches the state.
    #[default]
    Orthogonal,
    /// `U(-1/√hidden, 1/√hidden)`, as PyTorch does.
    Uniform,
}

/// Configuration of a [`Recurrent`] layer.
#[derive(Clone, Copy, Debug)]
pub struct RecurrentConfig {
    /// The cell.
    pub cell: Cell,
    /// Features in.
    pub d_input: usize,
    /// Units per direction.
    pub d_hidden: usize,
    /// Whether a second set of weights reads from the end to the start.
    pub bidirectional: bool,
    /// How the recurrent matrices start.
    pub init: RecurrentInit,
}

/// The weights of one direction.
#[derive(Module, Debug)]
pub struct DirectionWeights {
    /// `W`: `[d_input, gates · d_hidden]`
    pub input: Param<Tensor<2>>,
    /// `U`: `[d_hidden, gates · d_hidden]`
    pub recurrent: Param<Tensor<2>>,
    /// `b`: `[gates · d_hidden]`; a GRU has one more block, the bias inside its reset gate.
    pub bias: Param<Tensor<1>>,
}

/// A recurrent layer over padded batches.
///
/// Both directions know the true lengths: the reverse pass starts at a sequence's own last step, and
/// steps past the end are zero.
///
/// - Elman: `h' = tanh(W x + U h + b)`
/// - LSTM: `i, f, o = σ(·)`, `g = tanh(·)`, `c' = f ⊙ c + i ⊙ g`, `h' = o ⊙ tanh(c')`; gate order i, f, g, o
/// - GRU: `r, z = σ(·)`, `n = tanh(W x + b + r ⊙ (U h + b_n))`, `h' = (1 - z) ⊙ n + z ⊙ h`; gate order r, z, n
///
/// # Source
/// Elman 1990; Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; Cho et al. 2014 in
/// the "reset after" form of cuDNN. Departures: one bias per gate (PyTorch keeps two that are only ever
/// added); the forget gate's bias starts at 1 (Jozefowicz et al. 2015).
#[derive(Module, Debug)]
pub struct Recurrent {
    /// From the start to the end.
    pub forward: DirectionWeights,
    /// From the end to the start.
    pub reverse: Option<DirectionWeights>,
    #[module(skip)]
    cell: Cell,
}

impl RecurrentConfig {
    /// Draws the layer's weights.
    pub fn init(&self, device: &Device, rng: &mut ChaCha8Rng) -> Recurrent {
        let forward = self.direction(device, rng);
        Recurrent {
            forward,
            reverse: self.bidirectional.then(|| self.direction(device, rng)),
            cell: self.cell,
        }
    }

    fn direction(&self, device: &Device, rng: &mut ChaCha8Rng) -> DirectionWeights {
        let (gates, hidden) = (self.cell.gates(), self.d_hidden);
        let input = uniform(self.d_input * gates * hidden, glorot_bound(self.d_input, hidden), rng);
        DirectionWeights {
            input: parameter(input, [self.d_input, gates * hidden], device),
            recurrent: parameter(self.recurrent_weights(rng), [hidden, gates * hidden], device),
            bias: parameter(self.bias(), [self.cell.bias_len(hidden)], device),
        }
    }

    /// One matrix per gate, side by side.
    fn recurrent_weights(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let (gates, hidden) = (self.cell.gates(), self.d_hidden);
        if self.init == RecurrentInit::Uniform {
            return uniform(hidden * gates * hidden, 1.0 / (hidden as f64).sqrt(), rng);
        }
        let mut weights = vec![0.0; hidden * gates * hidden];
        for gate in 0..gates {
            let matrix = orthogonal(hidden, rng);
            for row in 0..hidden {
                let start = (row * gates + gate) * hidden;
                weights[start..start + hidden].copy_from_slice(&matrix[row * hidden..(row + 1) * hidden]);
            }
        }
        weights
    }

    fn bias(&self) -> Vec<f32> {
        let mut bias = vec![0.0; self.cell.bias_len(self.d_hidden)];
        if self.cell == Cell::Lstm {
            bias[self.d_hidden..2 * self.d_hidden].fill(1.0);
        }
        bias
    }
}

impl Recurrent {
    /// Applies the layer; a bidirectional layer puts the reverse features beside the forward ones.
    ///
    /// # Shapes
    /// - input: `[batch, steps, d_input]`; output: `[batch, steps, directions · d_hidden]`
    pub fn forward(&self, input: &Features) -> Features {
        let [batch, steps, d_input] = input.values.dims();
        let spec = self.spec(batch, steps, d_input, input.lengths.clone());
        let (w, u, b) = self.weights();
        Features {
            values: recurrent(input.values.clone(), w, u, b, spec),
            lengths: input.lengths.clone(),
        }
    }

    /// Applies the layer to letters: a letter's column of the input weights is looked up.
    ///
    /// # Shapes
    /// - output: `[batch, length, directions · d_hidden]`
    pub fn forward_letters(&self, input: &Input) -> Features {
        match input {
            Input::OneHot(columns) => self.forward(columns),
            Input::Codes(batch) => {
                let lengths: Arc<[usize]> = batch.lengths().into();
                let spec = CodeRecurrentSpec {
                    layer: self.spec(batch.len(), batch.width(), 4, lengths.clone()),
                    batch: batch.clone(),
                };
                let (w, u, b) = self.weights();
                Features {
                    values: code_recurrent(w, u, b, spec),
                    lengths,
                }
            }
        }
    }

    /// Features per step: units times directions.
    pub fn d_output(&self) -> usize {
        let [hidden, _] = self.forward.recurrent.dims();
        hidden * self.directions().len()
    }

    fn directions(&self) -> &'static [Direction] {
        if self.reverse.is_some() {
            &[Direction::Forward, Direction::Reverse]
        } else {
            &[Direction::Forward]
        }
    }

    fn spec(&self, batch: usize, steps: usize, d_input: usize, lengths: Arc<[usize]>) -> RecurrentSpec {
        let [hidden, _] = self.forward.recurrent.dims();
        RecurrentSpec {
            cell: self.cell,
            directions: self.directions(),
            shape: RecurrentShape {
                batch,
                steps,
                input: d_input,
                hidden,
            },
            lengths,
        }
    }

    /// `W`, `U` and `b`, the reverse direction's below the forward direction's.
    fn weights(&self) -> (Tensor<2>, Tensor<2>, Tensor<1>) {
        let forward = &self.forward;
        let (w, u, b) = (forward.input.val(), forward.recurrent.val(), forward.bias.val());
        match &self.reverse {
            None => (w, u, b),
            Some(reverse) => (
                Tensor::cat(vec![w, reverse.input.val()], 0),
                Tensor::cat(vec![u, reverse.recurrent.val()], 0),
                Tensor::cat(vec![b, reverse.bias.val()], 0),
            ),
        }
    }
}
