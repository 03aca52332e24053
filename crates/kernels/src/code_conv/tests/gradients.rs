//! Gradients against finite differences, and where maxima are tied or zero.

use super::*;

pub(super) fn assert_gradients_are_differences(layer: &Layer) {
    const STEP: f64 = 1e-7;
    let oracle = layer.oracle();
    let (dw, db) = layer.gradients();
    let slope = |change: &dyn Fn(&mut Problem, f64)| {
        let at = |by: f64| {
            let mut problem = oracle.clone();
            change(&mut problem, by);
            problem.loss(&layer.weight)
        };
        (at(STEP) - at(-STEP)) / (2.0 * STEP)
    };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut direction = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
    for _ in 0..2 {
        let (vw, vb) = (direction(dw.len()), direction(db.len()));
        let move_along =
            |tensor: &mut [f64], v: &[f64], by: f64| tensor.iter_mut().zip(v).for_each(|(t, d)| *t += by * d);
        let expected = [
            slope(&|problem, by| move_along(&mut problem.weights, &vw, by)),
            slope(&|problem, by| move_along(&mut problem.bias, &vb, by)),
        ];
        for ((ours, v), expected) in [(&dw, &vw), (&db, &vb)].into_iter().zip(expected) {
            let terms: Vec<f64> = ours.iter().zip(v).map(|(&g, d)| f64::from(g) * d).collect();
            let size = terms.iter().map(|t| t * t).sum::<f64>().sqrt();
            let sum: f64 = terms.iter().sum();
            assert!(
                (sum - expected).abs() <= 1e-5 * size + 1e-5,
                "{:?}: {sum} is not {expected}",
                layer.shape
            );
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    layers(None).for_each(|layer| assert_gradients_are_differences(&layer));
}

#[test]
fn the_first_of_equal_maxima_takes_the_gradient() {
    // A and C score 1 in the first column: every position of ACA scores 1, and the first one reads A, C.
    let shape = CodeConvShape {
        batch: 1,
        width: 4,
        kernel: 2,
        filters: 1,
        pad_left: 0,
        pad_right: 1,
        pool: 4,
    };
    let weights = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let codes = [0, 1, 0, 4];
    let (output, tape) = forward(shape, &codes, &[4], &weights, &[0.0]);
    assert_eq!(output, [1.0]);
    let (dw, db) = backward(shape, &codes, &[4], &tape, &[2.0]);
    assert_eq!(dw, [2.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    assert_eq!(db, [2.0]);
}

#[test]
fn a_score_of_zero_has_no_gradient() {
    let shape = CodeConvShape {
        batch: 1,
        width: 3,
        kernel: 1,
        filters: 2,
        pad_left: 0,
        pad_right: 0,
        pool: 1,
    };
    let (output, tape) = forward(shape, &[0, 1, 2], &[3], &[0.0; 8], &[0.0, -1.0]);
    assert_eq!(output, [0.0; 6]);
    assert_eq!(
        backward(shape, &[0, 1, 2], &[3], &tape, &[1.0; 6]),
        (vec![0.0; 8], vec![0.0; 2])
    );
}
