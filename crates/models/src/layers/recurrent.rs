//! Recurrent layers: Elman, GRU and LSTM, in one or both directions.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
pub use processive_kernels::recurrent::Cell;
use processive_kernels::recurrent::{Direction, RecurrentShape};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::init::{glorot_bound, orthogonal, parameter, uniform};
use crate::layers::{Features, Input};
use crate::ops::{CodeRecurrentSpec, RecurrentSpec, code_recurrent, recurrent};

/// How the recurrent weights start: the matrices, and the biases that set how long a state is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecurrentInit {
    /// Every gate's matrix is orthogonal: a step neither shrinks nor stretches the state. Biases are zero, but for
    /// the forget gate's, which are 1.
    #[default]
    Orthogonal,
    /// Matrices are `U(-1/√hidden, 1/√hidden)`, as PyTorch draws them; biases as in [`Orthogonal`](Self::Orthogonal).
    Uniform,
    /// Matrices as in [`Orthogonal`](Self::Orthogonal), and every unit starts with a memory of its own length, between
    /// one step and the longest lag `T` that is expected ([`RecurrentConfig::max_lag`]): with `v = ln U(1, T - 1)`, an
    /// LSTM's forget bias is `v` and its input bias `-v`; the bias of a GRU's `z`, which keeps the state, is `v`. A unit
    /// that keeps `σ(v) = 1 - 1/(e^v + 1)` of its state at each step forgets within `e^v + 1` steps. Other biases are
    /// zero. An Elman cell has no gates and starts as with [`Orthogonal`](Self::Orthogonal).
    ///
    /// # Source
    /// Tallec & Ollivier 2018, "Can recurrent neural networks warp time?", section 3.
    Chrono,
}

/// From which end a recurrent layer reads, and so which side of a step it has seen there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// From the start: a step has seen what lies before it.
    #[default]
    Forward,
    /// From the end: a step has seen what lies behind it.
    Reverse,
    /// Both, each with weights of its own.
    Both,
}

impl Reading {
    /// Every way, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Forward, Self::Reverse, Self::Both];

    /// The directions, in the order of their features.
    pub fn directions(self) -> &'static [Direction] {
        match self {
            Self::Forward => &[Direction::Forward],
            Self::Reverse => &[Direction::Reverse],
            Self::Both => &[Direction::Forward, Direction::Reverse],
        }
    }

    /// How many features of a step come from a forward pass, when every direction has `hidden`.
    pub(crate) fn forward_channels(self, hidden: usize) -> usize {
        match self {
            Self::Forward | Self::Both => hidden,
            Self::Reverse => 0,
        }
    }
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
    /// From which end it reads.
    pub reading: Reading,
    /// How the recurrent weights start.
    pub init: RecurrentInit,
    /// The longest lag `T` that is expected, in steps, from 2; only [`RecurrentInit::Chrono`] asks.
    pub max_lag: usize,
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
/// added); the forget gate's bias starts at 1 (Jozefowicz et al. 2015), or as [`RecurrentInit::Chrono`] says.
#[derive(Module, Debug)]
pub struct Recurrent {
    /// From the start to the end, when the layer reads so.
    pub forward: Option<DirectionWeights>,
    /// From the end to the start, when the layer reads so.
    pub reverse: Option<DirectionWeights>,
    #[module(skip)]
    cell: Cell,
}

impl RecurrentConfig {
    /// Draws the layer's weights.
    pub fn init(&self, device: &Device, rng: &mut ChaCha8Rng) -> Recurrent {
        let mut drawn = |direction: Direction| {
            let is_read = self.reading.directions().contains(&direction);
            is_read.then(|| self.direction(device, rng))
        };
        Recurrent {
            forward: drawn(Direction::Forward),
            reverse: drawn(Direction::Reverse),
            cell: self.cell,
        }
    }

    fn direction(&self, device: &Device, rng: &mut ChaCha8Rng) -> DirectionWeights {
        let (gates, hidden) = (self.cell.gates(), self.d_hidden);
        let input = uniform(self.d_input * gates * hidden, glorot_bound(self.d_input, hidden), rng);
        DirectionWeights {
            input: parameter(input, [self.d_input, gates * hidden], device),
            recurrent: parameter(self.recurrent_weights(rng), [hidden, gates * hidden], device),
            bias: parameter(self.bias(rng), [self.cell.bias_len(hidden)], device),
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

    fn bias(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let mut bias = vec![0.0; self.cell.bias_len(self.d_hidden)];
        let mut gates = bias.chunks_exact_mut(self.d_hidden);
        match (self.cell, self.init) {
            (Cell::Elman, _) | (Cell::Gru, RecurrentInit::Orthogonal | RecurrentInit::Uniform) => {}
            (Cell::Lstm, RecurrentInit::Orthogonal | RecurrentInit::Uniform) => {
                gates.nth(1).expect("an LSTM has four gates").fill(1.0);
            }
            (Cell::Gru, RecurrentInit::Chrono) => {
                let z = gates.nth(1).expect("a GRU has three gates");
                z.copy_from_slice(&self.log_lags(rng));
            }
            (Cell::Lstm, RecurrentInit::Chrono) => {
                let lags = self.log_lags(rng);
                for (sign, gate) in [-1.0, 1.0].into_iter().zip(gates) {
                    for (bias, lag) in gate.iter_mut().zip(&lags) {
                        *bias = sign * lag;
                    }
                }
            }
        }
        bias
    }

    /// `ln U(1, T - 1)` for every unit.
    fn log_lags(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let longest = self.max_lag.max(2) as f32 - 1.0;
        (0..self.d_hidden)
            .map(|_| rng.random_range(1.0..=longest).ln())
            .collect()
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
                    layer: self.spec(batch.len(), batch.width(), batch.alphabet().size(), lengths.clone()),
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
        self.d_hidden() * self.reading().directions().len()
    }

    /// From which end it reads.
    pub fn reading(&self) -> Reading {
        match (&self.forward, &self.reverse) {
            (Some(_), Some(_)) => Reading::Both,
            (None, Some(_)) => Reading::Reverse,
            (_, None) => Reading::Forward,
        }
    }

    /// Units per direction.
    pub(crate) fn d_hidden(&self) -> usize {
        let weights = self.forward.as_ref().or(self.reverse.as_ref());
        let [hidden, _] = weights.expect("a layer reads from one end at least").recurrent.dims();
        hidden
    }

    fn spec(&self, batch: usize, steps: usize, d_input: usize, lengths: Arc<[usize]>) -> RecurrentSpec {
        RecurrentSpec {
            cell: self.cell,
            directions: self.reading().directions(),
            shape: RecurrentShape {
                batch,
                steps,
                input: d_input,
                hidden: self.d_hidden(),
            },
            lengths,
        }
    }

    /// The cell.
    pub(crate) fn cell(&self) -> Cell {
        self.cell
    }

    /// The weights of the directions, the forward direction's first.
    pub(crate) fn of_directions(&self) -> impl Iterator<Item = &DirectionWeights> {
        self.forward.iter().chain(&self.reverse)
    }

    /// `W`, `U` and `b`, the reverse direction's below the forward direction's.
    fn weights(&self) -> (Tensor<2>, Tensor<2>, Tensor<1>) {
        let of = |weights: &DirectionWeights| (weights.input.val(), weights.recurrent.val(), weights.bias.val());
        let below = |(w, u, b): (Tensor<2>, Tensor<2>, Tensor<1>), (w2, u2, b2)| {
            (
                Tensor::cat(vec![w, w2], 0),
                Tensor::cat(vec![u, u2], 0),
                Tensor::cat(vec![b, b2], 0),
            )
        };
        let all = self.of_directions().map(of).reduce(below);
        all.expect("a layer reads from one end at least")
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::device;
    use crate::weights::values_of;

    const HIDDEN: usize = 200;

    fn layer(cell: Cell, init: RecurrentInit, max_lag: usize, seed: u64) -> Recurrent {
        let config = RecurrentConfig {
            cell,
            d_input: 3,
            d_hidden: HIDDEN,
            reading: Reading::Both,
            init,
            max_lag,
        };
        config.init(&device::cpu(), &mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// The bias of each block of both directions.
    fn biases(layer: &Recurrent) -> [Vec<Vec<f32>>; 2] {
        [&layer.forward, &layer.reverse].map(|weights| {
            let weights = weights.as_ref().expect("the layer has two directions");
            let bias = values_of(weights.bias.val());
            bias.chunks_exact(HIDDEN).map(<[f32]>::to_vec).collect()
        })
    }

    #[track_caller]
    fn assert_log_uniform(values: &[f32], max_lag: usize) {
        let longest = max_lag as f32 - 1.0;
        assert!(
            values.iter().all(|&v| (0.0..=longest.ln()).contains(&v)),
            "ln U(1, {longest}): {values:?}"
        );
        // Five standard errors of the mean of U(1, T - 1), which are (T - 2) / sqrt(12 n), and rounding.
        let mean = values.iter().map(|v| v.exp()).sum::<f32>() / values.len() as f32;
        let error = 5.0 * (longest - 1.0) / (12.0 * values.len() as f32).sqrt() + 1e-6;
        assert!((mean - f32::midpoint(1.0, longest)).abs() < error, "mean {mean}");
    }

    #[test]
    fn chrono_biases_are_logarithms_of_lags_at_the_gates_that_keep_and_admit() {
        for max_lag in [2, 3, 50, 1000] {
            for direction in biases(&layer(Cell::Lstm, RecurrentInit::Chrono, max_lag, 1)) {
                let [input, forget, cell, output] = &direction[..] else {
                    panic!("an LSTM has four blocks");
                };
                assert_log_uniform(forget, max_lag);
                assert!(input.iter().zip(forget).all(|(i, f)| i.to_bits() == (-f).to_bits()));
                assert!(cell.iter().chain(output).all(|&bias| bias == 0.0));
            }
            for direction in biases(&layer(Cell::Gru, RecurrentInit::Chrono, max_lag, 1)) {
                let [reset, keep, state, inner] = &direction[..] else {
                    panic!("a GRU has four blocks");
                };
                assert_log_uniform(keep, max_lag);
                assert!(reset.iter().chain(state).chain(inner).all(|&bias| bias == 0.0));
            }
        }
    }

    #[test]
    fn chrono_biases_differ_by_direction_and_come_from_the_seed() {
        let draw = |seed| biases(&layer(Cell::Lstm, RecurrentInit::Chrono, 100, seed));
        let [forward, reverse] = draw(5);
        assert_ne!(forward, reverse);
        assert_eq!(draw(5), [forward, reverse]);
        assert_ne!(draw(5), draw(6));
    }

    #[test]
    fn a_chrono_start_has_the_matrices_of_an_orthogonal_one() {
        for cell in [Cell::Elman, Cell::Gru, Cell::Lstm] {
            let [chrono, orthogonal] = [RecurrentInit::Chrono, RecurrentInit::Orthogonal]
                .map(|init| layer(cell, init, 100, 3).forward.unwrap());
            let of = |weights: &Param<Tensor<2>>| values_of(weights.val());
            assert_eq!(of(&chrono.input), of(&orthogonal.input));
            assert_eq!(of(&chrono.recurrent), of(&orthogonal.recurrent));
            let same_bias = values_of(chrono.bias.val()) == values_of(orthogonal.bias.val());
            assert_eq!(same_bias, cell == Cell::Elman);
        }
    }

    #[test]
    fn an_ordinary_lstm_starts_with_forget_biases_of_one() {
        for init in [RecurrentInit::Orthogonal, RecurrentInit::Uniform] {
            for direction in biases(&layer(Cell::Lstm, init, 100, 1)) {
                let expected = [0.0, 1.0, 0.0, 0.0].map(|bias| vec![bias; HIDDEN]);
                assert_eq!(direction, expected);
            }
        }
    }
}
