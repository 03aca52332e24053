//! How far a layer remembers: gradients over many steps against what the cells' equations say.

mod cell;

use processive_kernels::recurrent::Cell;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use cell::{ExactCell, sigmoid, tanh_slope};

const CELLS: [Cell; 3] = [Cell::Elman, Cell::Gru, Cell::Lstm];

fn draw(n: usize, scale: f32, rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..n).map(|_| rng.random_range(-scale..scale)).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

fn norm(values: &[f32]) -> f64 {
    wide(values).iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Compares with a tolerance that is a share of the largest expected value.
#[track_caller]
fn assert_close(found: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let error = (f64::from(*found) - expected).abs();
        assert!(error <= tolerance * scale, "{what}: {found:e} is not {expected:e}");
    }
}

/// Unit `j` of an LSTM without recurrent weights, its forget gate at `f`, has
/// `d h_T / d x_t = o tanh'(c_T) · f^(T-t) · i tanh'(a_t) W_j`.
#[test]
fn a_forget_gate_of_99_percent_keeps_0_99_to_the_power_of_the_lag() {
    const STEPS: usize = 500;
    const HIDDEN: usize = 5;
    const FORGET: f64 = 0.99;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut lstm = ExactCell::random(Cell::Lstm, 1, HIDDEN, &mut rng);
    lstm.recurrent.fill(0.0);
    // Only the candidate g reads the features; the gates are their biases.
    for gate in [0, 1, 3] {
        lstm.input[gate * HIDDEN..(gate + 1) * HIDDEN].fill(0.0);
    }
    lstm.bias[HIDDEN..2 * HIDDEN].fill((FORGET / (1.0 - FORGET)).ln());
    // Candidates around 0 keep the cell's state small: a saturated tanh(c_T) would have no gradient to measure.
    lstm.bias[2 * HIDDEN..3 * HIDDEN].fill(0.0);
    let x = draw(STEPS, 0.1, &mut rng);
    let block = |values: &[f64], gate: usize, j: usize| values[gate * HIDDEN + j];
    for j in 0..HIDDEN {
        let [i, o] = [0, 3].map(|gate| sigmoid(block(&lstm.bias, gate, j)));
        let inside = |x: f32| f64::from(x) * block(&lstm.input, 2, j) + block(&lstm.bias, 2, j);
        let c = x.iter().fold(0.0, |c, &x| FORGET * c + i * inside(x).tanh());
        let mut one_unit = vec![0.0; HIDDEN];
        one_unit[j] = 1.0;
        let found = lstm.backward(&x, &one_unit).gradients.features;
        for (t, (&found, &x)) in found.iter().zip(&x).enumerate() {
            let lag = i32::try_from(STEPS - 1 - t).expect("there are few steps");
            let local = o * tanh_slope(c) * i * tanh_slope(inside(x)) * block(&lstm.input, 2, j);
            let kept = f64::from(found) / local;
            let expected = FORGET.powi(lag);
            // A sigmoid's error, 6e-8 as a share of 0.99, counts up to 499 times.
            assert!(
                (kept / expected - 1.0).abs() < 1e-4,
                "unit {j}, step {t}: {kept:e}, not {expected:e}"
            );
        }
    }
    // The first step of 500 still counts for two thirds of a percent.
    assert!((FORGET.powi(499) - 6.64e-3).abs() < 5e-6);
}

/// An Elman network whose states are too small for tanh to bend them is the linear recurrence `h' = x + h · 0.9 Q`.
#[test]
fn a_linear_recurrence_of_norm_0_9_forgets_by_that_factor_at_each_step() {
    const STEPS: usize = 500;
    const HIDDEN: usize = 12;
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut elman = ExactCell::random(Cell::Elman, HIDDEN, HIDDEN, &mut rng);
    elman.input = identity(HIDDEN);
    elman.recurrent = orthogonal(HIDDEN, &mut rng).into_iter().map(|q| 0.9 * q).collect();
    elman.bias.fill(0.0);
    // States below 1e-5 bend tanh by less than 1e-10.
    let x = draw(STEPS * HIDDEN, 1e-6, &mut rng);
    let backward = elman.backward(&x, &draw(HIDDEN, 1.0, &mut rng));
    assert!(backward.output.iter().all(|h| h.abs() < 1e-5));
    let rows: Vec<f64> = backward.gradients.features.chunks_exact(HIDDEN).map(norm).collect();
    for (t, row) in rows.iter().enumerate() {
        let lag = i32::try_from(STEPS - 1 - t).expect("there are few steps");
        let kept = row / rows[STEPS - 1];
        // Rounding of 0.9 Q and of every product, 6e-8 each, adds up over at most 499 steps.
        assert!((kept / 0.9_f64.powi(lag) - 1.0).abs() < 5e-5, "step {t}: {kept:e}");
    }
    assert!((0.9_f64.powi(499) - 1.47e-23).abs() < 1e-25);
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|k| f64::from(u8::from(k % (n + 1) == 0))).collect()
}

/// Rows by Gram-Schmidt.
fn orthogonal(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for _ in 0..n {
        let mut row = wide(&draw(n, 1.0, rng));
        for _ in 0..2 {
            for earlier in &rows {
                let overlap: f64 = row.iter().zip(earlier).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(earlier).for_each(|(a, b)| *a -= overlap * b);
            }
        }
        let length = row.iter().map(|a| a * a).sum::<f64>().sqrt();
        rows.push(row.into_iter().map(|a| a / length).collect());
    }
    rows.concat()
}

/// A matrix by its rows.
type Matrix = Vec<Vec<f64>>;

/// The Jacobian of a map of `n` numbers, column by column: the change that goes with each unit vector.
fn jacobian(n: usize, change: impl Fn(&[f64]) -> Vec<f64>) -> Matrix {
    let columns: Vec<Vec<f64>> = identity(n).chunks_exact(n).map(change).collect();
    let rows = 0..columns[0].len();
    rows.map(|row| columns.iter().map(|column| column[row]).collect())
        .collect()
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let entry = |row: &[f64], j: usize| row.iter().zip(b).map(|(value, b)| value * b[j]).sum();
    let row = |row: &Vec<f64>| (0..b[0].len()).map(|j| entry(row, j)).collect();
    a.iter().map(row).collect()
}

/// With `J_t = ∂ s_t / ∂ s_(t-1)` and `B_t = ∂ s_t / ∂ x_t`: `d L / d x_k = d L / d s_T · J_T · J_(T-1) · … · J_(k+1) · B_k`.
#[test]
fn a_gradient_over_many_steps_is_the_product_of_their_jacobians() {
    const STEPS: usize = 12;
    // As many features as an LSTM has state, so that no part of d L / d s_k is lost in B_k.
    const D_INPUT: usize = 8;
    const HIDDEN: usize = 4;
    for cell in CELLS {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let exact = ExactCell::random(cell, D_INPUT, HIDDEN, &mut rng);
        let x = draw(STEPS * D_INPUT, 1.0, &mut rng);
        let weights = draw(HIDDEN, 1.0, &mut rng);
        let found = exact.backward(&x, &weights).gradients.features;
        let features: Vec<Vec<f64>> = x.chunks_exact(D_INPUT).map(wide).collect();
        let mut states = vec![vec![0.0; exact.state_len()]];
        for x in &features {
            states.push(exact.step(&exact.recurrent, x, &states[states.len() - 1]));
        }
        let (still, no_news) = (vec![0.0; exact.state_len()], vec![0.0; D_INPUT]);
        let mut ahead: Matrix = identity(exact.state_len())
            .chunks_exact(exact.state_len())
            .map(<[f64]>::to_vec)
            .collect();
        let mut d_state = wide(&weights);
        d_state.resize(exact.state_len(), 0.0);
        for k in (0..STEPS).rev() {
            let (x, before) = (&features[k], &states[k]);
            let of_features = jacobian(D_INPUT, |dx| exact.change(x, before, dx, &still));
            let expected = product(&product(&vec![d_state.clone()], &ahead), &of_features);
            let found = &found[k * D_INPUT..(k + 1) * D_INPUT];
            assert_close(found, &expected[0], 1e-5, &format!("{cell:?}, step {k}"));
            let of_state = jacobian(exact.state_len(), |ds| exact.change(x, before, &no_news, ds));
            ahead = product(&ahead, &of_state);
        }
    }
}

/// The recurrent weights are used at every step; their gradient is what every use would have by itself.
#[test]
fn the_gradient_of_tied_weights_is_the_sum_over_untied_copies() {
    const STEPS: usize = 6;
    const D_INPUT: usize = 2;
    const HIDDEN: usize = 3;
    const CHANGE: f64 = 1e-5;
    for cell in CELLS {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let exact = ExactCell::random(cell, D_INPUT, HIDDEN, &mut rng);
        let x = draw(STEPS * D_INPUT, 1.0, &mut rng);
        let weights = draw(HIDDEN, 1.0, &mut rng);
        // The loss when the copy of step `which` has weights of its own.
        let loss = |which: usize, copy: &[f64]| {
            let mut state = vec![0.0; exact.state_len()];
            for (step, x) in x.chunks_exact(D_INPUT).enumerate() {
                let u = if step == which { copy } else { &exact.recurrent };
                state = exact.step(u, &wide(x), &state);
            }
            state.iter().zip(&weights).map(|(h, &w)| h * f64::from(w)).sum::<f64>()
        };
        let slope = |step: usize, index: usize| {
            let moved = |by: f64| {
                let mut copy = exact.recurrent.clone();
                copy[index] += by;
                loss(step, &copy)
            };
            (moved(CHANGE) - moved(-CHANGE)) / (2.0 * CHANGE)
        };
        let copies: Vec<Vec<f64>> = (0..STEPS)
            .map(|step| (0..exact.recurrent.len()).map(|index| slope(step, index)).collect())
            .collect();
        // The state before the first step is zero; every later copy matters.
        assert!(copies[0].iter().all(|&slope| slope == 0.0));
        assert!(
            copies[1..]
                .iter()
                .all(|copy| copy.iter().any(|slope| slope.abs() > 1e-4))
        );
        let sum: Vec<f64> = (0..exact.recurrent.len())
            .map(|index| copies.iter().map(|copy| copy[index]).sum())
            .collect();
        let found = exact.backward(&x, &weights).gradients.recurrent;
        assert_close(&found, &sum, 1e-5, &format!("{cell:?}"));
    }
}
