//! Logistic regression on sparse rows.

use rayon::prelude::*;

use crate::calibration::logistic;

/// Rows of a matrix that is mostly zeros, one after another.
pub(super) struct SparseRows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    width: usize,
}

impl SparseRows {
    /// Joins rows of `(column, value)`; columns are below `width`.
    pub(super) fn new(rows: &[Vec<(u32, f64)>], width: usize) -> Self {
        let mut starts = vec![0];
        starts.extend(rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        }));
        Self {
            starts,
            columns: rows.iter().flatten().map(|entry| entry.0).collect(),
            values: rows.iter().flatten().map(|entry| entry.1).collect(),
            width,
        }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn row(&self, index: usize) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
        let range = self.starts[index]..self.starts[index + 1];
        let columns = self.columns[range.clone()].iter().map(|&column| column as usize);
        columns.zip(self.values[range].iter().copied())
    }
}

/// A fitted regression: `p = σ(weights · x + offset)`.
#[derive(Clone, Debug)]
pub(super) struct Coefficients {
    pub(super) weights: Vec<f64>,
    pub(super) offset: f64,
}

/// Rows that one task adds up; fixed, so that sums have one order for any thread count.
const ROWS_PER_TASK: usize = 512;

/// The mean loss and its gradient, which is as long as the weights and the offset (the last) together.
struct Evaluation {
    loss: f64,
    gradient: Vec<f64>,
}

/// The objective of an L2-penalised logistic regression.
///
/// `(1/n) Σ ln(1 + e^−yz) + (λ/2) |w|²` with `λ = 1 / (C n)` and the offset free: scikit-learn's `LogisticRegression(C)`
/// divided by `C n`.
pub(super) struct Objective<'a> {
    rows: &'a SparseRows,
    labels: &'a [bool],
    lambda: f64,
}

impl<'a> Objective<'a> {
    pub(super) fn new(rows: &'a SparseRows, labels: &'a [bool], c: f64) -> Self {
        let lambda = 1.0 / (c * labels.len() as f64);
        Self { rows, labels, lambda }
    }

    /// Minimises the objective from a start, until no entry of the gradient exceeds `tolerance`.
    pub(super) fn minimise(&self, start: Coefficients, tolerance: f64) -> Coefficients {
        let mut point = start.weights;
        point.push(start.offset);
        let mut here = self.evaluate(&point);
        let mut memory = CurvatureMemory::default();
        for _ in 0..MAX_STEPS {
            if largest(&here.gradient) <= tolerance {
                break;
            }
            let direction = memory.direction(&here.gradient);
            let Some((next_point, next)) = self.descend(&point, &here, &direction) else {
                break;
            };
            memory.learn(
                difference(&next_point, &point),
                difference(&next.gradient, &here.gradient),
            );
            (point, here) = (next_point, next);
        }
        let offset = point.pop().expect("the offset was pushed");
        Coefficients { weights: point, offset }
    }

    /// Halves the step until the loss falls enough (Armijo); `None` when rounding leaves no fall.
    fn descend(&self, point: &[f64], here: &Evaluation, direction: &[f64]) -> Option<(Vec<f64>, Evaluation)> {
        let slope = dot(&here.gradient, direction);
        let mut step = 1.0;
        for _ in 0..MAX_HALVINGS {
            let candidate: Vec<f64> = point.iter().zip(direction).map(|(x, d)| x + step * d).collect();
            let there = self.evaluate(&candidate);
            if there.loss <= here.loss + SUFFICIENT_FALL * step * slope {
                return Some((candidate, there));
            }
            step /= 2.0;
        }
        None
    }

    fn evaluate(&self, point: &[f64]) -> Evaluation {
        let (&offset, weights) = point.split_last().expect("a point holds at least the offset");
        let tasks = self.rows.len().div_ceil(ROWS_PER_TASK);
        let parts: Vec<Evaluation> = (0..tasks)
            .into_par_iter()
            .map(|task| self.evaluate_task(task, weights, offset))
            .collect();
        let mut total = Evaluation {
            loss: 0.0,
            gradient: vec![0.0; point.len()],
        };
        for part in &parts {
            total.loss += part.loss;
            add_scaled(&mut total.gradient, 1.0, &part.gradient);
        }
        let share = 1.0 / self.rows.len() as f64;
        total.loss = total.loss * share + 0.5 * self.lambda * dot(weights, weights);
        for entry in &mut total.gradient {
            *entry *= share;
        }
        add_scaled(&mut total.gradient[..weights.len()], self.lambda, weights);
        total
    }

    fn evaluate_task(&self, task: usize, weights: &[f64], offset: f64) -> Evaluation {
        let mut part = Evaluation {
            loss: 0.0,
            gradient: vec![0.0; self.rows.width + 1],
        };
        let first = task * ROWS_PER_TASK;
        for index in first..(first + ROWS_PER_TASK).min(self.rows.len()) {
            let row = self.rows.row(index);
            let z = offset + row.clone().map(|(column, value)| weights[column] * value).sum::<f64>();
            let margin = if self.labels[index] { z } else { -z };
            part.loss += (-margin.abs()).exp().ln_1p() + (-margin).max(0.0);
            let residual = logistic(z) - f64::from(u8::from(self.labels[index]));
            for (column, value) in row {
                part.gradient[column] += residual * value;
            }
            part.gradient[self.rows.width] += residual;
        }
        part
    }
}

const MAX_STEPS: usize = 1000;
const MAX_HALVINGS: usize = 40;
const SUFFICIENT_FALL: f64 = 1e-4;

/// Steps that L-BFGS remembers.
const MEMORY: usize = 10;

/// The last steps and what they did to the gradient (Nocedal 1980).
#[derive(Default)]
struct CurvatureMemory {
    pairs: std::collections::VecDeque<(Vec<f64>, Vec<f64>)>,
}

impl CurvatureMemory {
    /// Remembers a step `s` and the change of the gradient `y`, unless the curvature `s · y` is lost in rounding.
    fn learn(&mut self, step: Vec<f64>, change: Vec<f64>) {
        if dot(&step, &change) <= f64::EPSILON * dot(&change, &change) {
            return;
        }
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back((step, change));
    }

    /// The quasi-Newton direction `−H g` by the two-loop recursion; steepest descent without memory.
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|entry| -entry).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for (step, change) in self.pairs.iter().rev() {
            let share = dot(step, &direction) / dot(step, change);
            add_scaled(&mut direction, -share, change);
            shares.push(share);
        }
        if let Some((step, change)) = self.pairs.back() {
            let scale = dot(step, change) / dot(change, change);
            for entry in &mut direction {
                *entry *= scale;
            }
        }
        for ((step, change), share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let correction = share - dot(change, &direction) / dot(step, change);
            add_scaled(&mut direction, correction, step);
        }
        direction
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

fn add_scaled(target: &mut [f64], scale: f64, source: &[f64]) {
    for (entry, value) in target.iter_mut().zip(source) {
        *entry += scale * value;
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(rows: &[Vec<(u32, f64)>], width: usize, labels: &[bool], c: f64) -> Coefficients {
        let rows = SparseRows::new(rows, width);
        let zero = Coefficients {
            weights: vec![0.0; width],
            offset: 0.0,
        };
        Objective::new(&rows, labels, c).minimise(zero, 1e-10)
    }

    #[test]
    fn offset_alone_is_the_log_odds_of_the_labels() {
        let fitted = fit(&vec![vec![]; 4], 1, &[true, true, true, false], 1.0);
        assert!((fitted.offset - 3f64.ln()).abs() < 1e-8, "{}", fitted.offset);
        assert_eq!(fitted.weights, [0.0]);
    }

    #[test]
    fn weak_penalty_reaches_the_log_odds_ratio() {
        // x = 1: 3 of 4 bound, x = 0: 1 of 4 bound; without penalty σ(b) = 1/4 and σ(w + b) = 3/4
        let rows: Vec<Vec<(u32, f64)>> = (0..8).map(|i| if i < 4 { vec![(0, 1.0)] } else { vec![] }).collect();
        let labels = [true, true, true, false, true, false, false, false];
        let fitted = fit(&rows, 1, &labels, 1e9);
        assert!((fitted.weights[0] - 9f64.ln()).abs() < 1e-6, "{}", fitted.weights[0]);
        assert!((fitted.offset + 3f64.ln()).abs() < 1e-6, "{}", fitted.offset);
    }

    #[test]
    fn penalised_weight_solves_its_stationary_equation() {
        // x = ±1 with label = sign: w = C Σ |residual| = 4 C (1 − σ(w)), the offset is 0 by symmetry
        let rows: Vec<Vec<(u32, f64)>> = [1.0, 1.0, -1.0, -1.0].iter().map(|&x| vec![(0, x)]).collect();
        for c in [0.01, 0.5, 3.0] {
            let fitted = fit(&rows, 1, &[true, true, false, false], c);
            let weight = fitted.weights[0];
            assert!(
                (weight - 4.0 * c * (1.0 - logistic(weight))).abs() < 1e-7,
                "C = {c}: {weight}"
            );
            assert!(fitted.offset.abs() < 1e-7);
        }
    }
}
