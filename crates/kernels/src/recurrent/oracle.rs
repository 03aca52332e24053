//! The definition of a recurrent layer: one sequence, one step, one unit at a time, in f64.
#![allow(clippy::many_single_char_names, reason = "the papers' letters")]

use super::{Cell, Direction, RecurrentShape};

/// Inputs of a layer in f64.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) cell: Cell,
    pub(super) directions: Vec<Direction>,
    pub(super) shape: RecurrentShape,
    pub(super) lengths: Vec<usize>,
    /// Features, input weights, recurrent weights, bias; those of one direction after those of the other.
    pub(super) tensors: [Vec<f64>; 4],
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Problem {
    /// The output, `[batch, steps, directions · hidden]`.
    pub(super) fn output(&self) -> Vec<f64> {
        let RecurrentShape {
            batch, steps, hidden, ..
        } = self.shape;
        let width = self.directions.len() * hidden;
        let mut out = vec![0.0; batch * steps * width];
        for (d, direction) in self.directions.iter().enumerate() {
            for b in 0..batch {
                let length = self.lengths[b];
                let (mut h, mut c) = (vec![0.0; hidden], vec![0.0; hidden]);
                for step in 0..length {
                    let t = if *direction == Direction::Forward {
                        step
                    } else {
                        length - 1 - step
                    };
                    (h, c) = self.step(d, &self.tensors[0][(b * steps + t) * self.shape.input..], &h, &c);
                    out[(b * steps + t) * width + d * hidden..][..hidden].copy_from_slice(&h);
                }
            }
        }
        out
    }

    /// `Σ_k values[k] matrix[d · rows + k, column]`.
    fn product(&self, values: &[f64], tensor: usize, first_row: usize, column: usize) -> f64 {
        let n = self.cell.gates() * self.shape.hidden;
        let weight = |k: usize| self.tensors[tensor][(first_row + k) * n + column];
        values.iter().enumerate().map(|(k, value)| value * weight(k)).sum()
    }

    /// One step of direction `d` with the features that `x` begins with.
    fn step(&self, d: usize, x: &[f64], h: &[f64], c: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let RecurrentShape { input, hidden, .. } = self.shape;
        let bias = &self.tensors[3][d * self.cell.bias_len(hidden)..];
        let input_part = |column: usize| self.product(&x[..input], 1, d * input, column);
        let hidden_part = |column: usize| self.product(h, 2, d * hidden, column);
        let gate = |g: usize, j: usize| {
            let column = g * hidden + j;
            input_part(column) + hidden_part(column) + bias[column]
        };
        let unit = |j: usize| match self.cell {
            Cell::Elman => (gate(0, j).tanh(), 0.0),
            Cell::Gru => {
                let (r, z) = (sigmoid(gate(0, j)), sigmoid(gate(1, j)));
                let column = 2 * hidden + j;
                let inner = hidden_part(column) + bias[3 * hidden + j];
                let n = (input_part(column) + bias[column] + r * inner).tanh();
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
