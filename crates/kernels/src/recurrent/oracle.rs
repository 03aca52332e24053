//! The definition of a recurrent layer: one sequence, one step, one unit at a time, in f64.
#![allow(clippy::many_single_char_names, reason = "the papers' letters")]

use super::{Cell, Direction, RecurrentShape};

/// Inputs of a layer in f64.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) cell: Cell,
    pub(super) direction: Direction,
    pub(super) shape: RecurrentShape,
    pub(super) lengths: Vec<usize>,
    /// x, input weights, recurrent weights, bias.
    pub(super) tensors: [Vec<f64>; 4],
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Problem {
    /// The output, `[batch, steps, hidden]`.
    pub(super) fn output(&self) -> Vec<f64> {
        let RecurrentShape {
            batch, steps, hidden, ..
        } = self.shape;
        let mut out = vec![0.0; batch * steps * hidden];
        for b in 0..batch {
            let length = self.lengths[b];
            let (mut h, mut c) = (vec![0.0; hidden], vec![0.0; hidden]);
            for step in 0..length {
                let t = if self.direction == Direction::Forward {
                    step
                } else {
                    length - 1 - step
                };
                (h, c) = self.step(b, t, &h, &c);
                out[(b * steps + t) * hidden..][..hidden].copy_from_slice(&h);
            }
        }
        out
    }

    /// `x_t W[:, column]`, without bias.
    fn input_part(&self, b: usize, t: usize, column: usize) -> f64 {
        let RecurrentShape {
            steps, input, hidden, ..
        } = self.shape;
        let n = self.cell.gates() * hidden;
        (0..input)
            .map(|k| self.tensors[0][(b * steps + t) * input + k] * self.tensors[1][k * n + column])
            .sum()
    }

    fn hidden_part(&self, h: &[f64], column: usize) -> f64 {
        let n = self.cell.gates() * self.shape.hidden;
        h.iter()
            .enumerate()
            .map(|(k, v)| v * self.tensors[2][k * n + column])
            .sum()
    }

    fn step(&self, b: usize, t: usize, h: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let hidden = self.shape.hidden;
        let bias = &self.tensors[3];
        let gate = |g: usize, j: usize| {
            let column = g * hidden + j;
            self.input_part(b, t, column) + self.hidden_part(h, column) + bias[column]
        };
        let unit = |j: usize| match self.cell {
            Cell::Elman => (gate(0, j).tanh(), 0.0),
            Cell::Gru => {
                let (r, z) = (sigmoid(gate(0, j)), sigmoid(gate(1, j)));
                let column = 2 * hidden + j;
                let inner = self.hidden_part(h, column) + bias[3 * hidden + j];
                let n = (self.input_part(b, t, column) + bias[column] + r * inner).tanh();
                ((1.0 - z) * n + z * h[j], 0.0)
            }
            Cell::Lstm => {
                let (i, f) = (sigmoid(gate(0, j)), sigmoid(gate(1, j)));
                let (g, o) = (gate(2, j).tanh(), sigmoid(gate(3, j)));
                let c = f * c[j] + i * g;
                (o * c.tanh(), c)
            }
        };
        (0..hidden).map(unit).unzip()
    }

    /// `sum(weight ⊙ output)`.
    pub(super) fn loss(&self, weight: &[f32]) -> f64 {
        self.output().iter().zip(weight).map(|(y, &w)| y * f64::from(w)).sum()
    }

    /// The central difference of [`Problem::loss`] when `tensor` moves along `direction`.
    pub(super) fn slope(&self, weight: &[f32], tensor: usize, direction: &[f64]) -> f64 {
        const STEP: f64 = 1e-5;
        let moved = |by: f64| {
            let mut problem = self.clone();
            problem.tensors[tensor]
                .iter_mut()
                .zip(direction)
                .for_each(|(v, d)| *v += by * d);
            problem.loss(weight)
        };
        (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
    }
}
