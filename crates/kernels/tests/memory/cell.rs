//! One step of each cell in f64, from the equations of [`Cell`], and its derivative.
#![allow(clippy::many_single_char_names, reason = "the papers' letters")]

use processive_kernels::recurrent::{Cell, Direction, Gradients, Input, Recurrent, RecurrentShape, Weights};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A cell and its weights, as the kernel takes them. A state is `h`, and behind it `c` if the cell is an LSTM.
#[derive(Clone, Debug)]
pub(crate) struct ExactCell {
    pub(crate) cell: Cell,
    pub(crate) d_input: usize,
    pub(crate) hidden: usize,
    /// `W`: `[d_input, gates · hidden]`
    pub(crate) input: Vec<f64>,
    /// `U`: `[hidden, gates · hidden]`
    pub(crate) recurrent: Vec<f64>,
    /// `b`
    pub(crate) bias: Vec<f64>,
}

/// A loss `weights · h_T`, and its gradients by the kernel.
pub(crate) struct Backward {
    pub(crate) output: Vec<f32>,
    pub(crate) gradients: Gradients,
}

impl ExactCell {
    /// Draws weights that f32 holds exactly.
    pub(crate) fn random(cell: Cell, d_input: usize, hidden: usize, rng: &mut ChaCha8Rng) -> Self {
        let columns = cell.gates() * hidden;
        let mut draw = |n: usize| (0..n).map(|_| f64::from(rng.random_range(-1.0_f32..1.0))).collect();
        Self {
            cell,
            d_input,
            hidden,
            input: draw(d_input * columns),
            recurrent: draw(hidden * columns),
            bias: draw(cell.bias_len(hidden)),
        }
    }

    /// The numbers of a state.
    pub(crate) fn state_len(&self) -> usize {
        match self.cell {
            Cell::Elman | Cell::Gru => self.hidden,
            Cell::Lstm => 2 * self.hidden,
        }
    }

    /// `Σ_k values[k] matrix[k, gate · hidden + j]`.
    fn product(&self, values: &[f64], matrix: &[f64], gate: usize, j: usize) -> f64 {
        let columns = self.cell.gates() * self.hidden;
        let column = matrix[gate * self.hidden + j..].iter().step_by(columns);
        values.iter().zip(column).map(|(value, weight)| value * weight).sum()
    }

    /// The state after a step with recurrent weights `u`.
    pub(crate) fn step(&self, u: &[f64], x: &[f64], state: &[f64]) -> Vec<f64> {
        let n = self.hidden;
        let h = &state[..n];
        let bias = |block: usize, j: usize| self.bias[block * n + j];
        let inner = |gate: usize, j: usize| self.product(h, u, gate, j);
        let outer = |gate: usize, j: usize| self.product(x, &self.input, gate, j) + bias(gate, j);
        let unit = |j: usize| match self.cell {
            Cell::Elman => ((outer(0, j) + inner(0, j)).tanh(), 0.0),
            Cell::Gru => {
                let (r, z) = (sigmoid(outer(0, j) + inner(0, j)), sigmoid(outer(1, j) + inner(1, j)));
                let n = (outer(2, j) + r * (inner(2, j) + bias(3, j))).tanh();
                ((1.0 - z) * n + z * h[j], 0.0)
            }
            Cell::Lstm => {
                let [i, f, g, o] = [0, 1, 2, 3].map(|gate| outer(gate, j) + inner(gate, j));
                let c = sigmoid(f) * state[n + j] + sigmoid(i) * g.tanh();
                (sigmoid(o) * c.tanh(), c)
            }
        };
        let (mut state, c): (Vec<f64>, Vec<f64>) = (0..n).map(unit).unzip();
        state.extend(c);
        state.truncate(self.state_len());
        state
    }

    /// How the state after a step changes when the features change by `dx` and the state before it by `dstate`.
    pub(crate) fn change(&self, x: &[f64], state: &[f64], dx: &[f64], dstate: &[f64]) -> Vec<f64> {
        let n = self.hidden;
        let (h, dh) = (&state[..n], &dstate[..n]);
        let bias = |block: usize, j: usize| self.bias[block * n + j];
        let inner = |h: &[f64], gate: usize, j: usize| self.product(h, &self.recurrent, gate, j);
        let outer = |x: &[f64], gate: usize, j: usize| self.product(x, &self.input, gate, j);
        // What stands inside a gate, and its change.
        let a = |gate: usize, j: usize| outer(x, gate, j) + inner(h, gate, j) + bias(gate, j);
        let da = |gate: usize, j: usize| outer(dx, gate, j) + inner(dh, gate, j);
        let unit = |j: usize| match self.cell {
            Cell::Elman => (tanh_slope(a(0, j)) * da(0, j), 0.0),
            Cell::Gru => {
                let (r, dr) = (sigmoid(a(0, j)), sigmoid_slope(a(0, j)) * da(0, j));
                let (z, dz) = (sigmoid(a(1, j)), sigmoid_slope(a(1, j)) * da(1, j));
                let (m, dm) = (inner(h, 2, j) + bias(3, j), inner(dh, 2, j));
                let b = outer(x, 2, j) + bias(2, j) + r * m;
                let dn = tanh_slope(b) * (outer(dx, 2, j) + dr * m + r * dm);
                (dz * (h[j] - b.tanh()) + (1.0 - z) * dn + z * dh[j], 0.0)
            }
            Cell::Lstm => {
                let [i, f, o] = [0, 1, 3].map(|gate| sigmoid(a(gate, j)));
                let [di, df, d_o] = [0, 1, 3].map(|gate| sigmoid_slope(a(gate, j)) * da(gate, j));
                let (g, dg) = (a(2, j).tanh(), tanh_slope(a(2, j)) * da(2, j));
                let (c, dc) = (state[n + j], dstate[n + j]);
                let next = f * c + i * g;
                let dnext = df * c + f * dc + di * g + i * dg;
                (d_o * next.tanh() + o * tanh_slope(next) * dnext, dnext)
            }
        };
        let (mut dstate, dc): (Vec<f64>, Vec<f64>) = (0..n).map(unit).unzip();
        dstate.extend(dc);
        dstate.truncate(self.state_len());
        dstate
    }

    /// Runs the kernel over one sequence, `[steps, d_input]`, and back from the loss `weights · h_T`.
    pub(crate) fn backward(&self, x: &[f32], weights: &[f32]) -> Backward {
        let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        let (input, recurrent, bias) = (narrow(&self.input), narrow(&self.recurrent), narrow(&self.bias));
        let steps = x.len() / self.d_input;
        let layer = Recurrent {
            cell: self.cell,
            directions: &[Direction::Forward],
            shape: RecurrentShape {
                batch: 1,
                steps,
                input: self.d_input,
                hidden: self.hidden,
            },
            lengths: &[steps],
            input: Input::Features(x),
            weights: Weights {
                input: &input,
                recurrent: &recurrent,
                bias: &bias,
            },
        };
        let (output, tape) = layer.forward();
        let mut d_output = vec![0.0; output.len()];
        d_output[(steps - 1) * self.hidden..].copy_from_slice(weights);
        Backward {
            gradients: layer.backward(&tape, &d_output, true),
            output,
        }
    }
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn sigmoid_slope(x: f64) -> f64 {
    sigmoid(x) * (1.0 - sigmoid(x))
}

pub(crate) fn tanh_slope(x: f64) -> f64 {
    1.0 - x.tanh().powi(2)
}
