//! A NaN in any tensor shows in what is computed from it: no gate, maximum or rectifier swallows one.

use processive_kernels::code_conv::{self, CodeConvShape};
use processive_kernels::conv1d::{self, ConvShape};
use processive_kernels::recurrent::{Cell, Direction, Input, Recurrent, RecurrentShape, Weights};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Tensors of random numbers, one of which may have a NaN.
struct Tensors {
    rng: ChaCha8Rng,
    poisoned: Option<usize>,
    drawn: usize,
}

impl Tensors {
    fn new(poisoned: Option<usize>) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(1),
            poisoned,
            drawn: 0,
        }
    }

    fn draw(&mut self, n: usize) -> Vec<f32> {
        let mut values: Vec<f32> = (0..n).map(|_| self.rng.random_range(-1.0..1.0)).collect();
        if self.poisoned == Some(self.drawn) {
            values[n / 2] = f32::NAN;
        }
        self.drawn += 1;
        values
    }
}

fn has_nan(values: &[f32]) -> bool {
    values.iter().any(|value| value.is_nan())
}

/// What a layer gives: its output, then gradients.
fn recurrent(cell: Cell, direction: Direction, mut tensors: Tensors) -> [Vec<f32>; 5] {
    let shape = RecurrentShape {
        batch: 2,
        steps: 7,
        input: 3,
        hidden: 5,
    };
    let columns = cell.gates() * shape.hidden;
    let x = tensors.draw(shape.batch * shape.steps * shape.input);
    let (input, recurrent) = (
        tensors.draw(shape.input * columns),
        tensors.draw(shape.hidden * columns),
    );
    let bias = tensors.draw(cell.bias_len(shape.hidden));
    let layer = Recurrent {
        cell,
        directions: &[direction],
        shape,
        lengths: &[7, 7],
        input: Input::Features(&x),
        weights: Weights {
            input: &input,
            recurrent: &recurrent,
            bias: &bias,
        },
    };
    let (output, tape) = layer.forward();
    let d_output = tensors.draw(output.len());
    let gradients = layer.backward(&tape, &d_output, true);
    [
        output,
        gradients.features,
        gradients.input,
        gradients.recurrent,
        gradients.bias,
    ]
}

#[test]
fn recurrent_layers_hide_no_nan_in_any_tensor() {
    for cell in [Cell::Elman, Cell::Gru, Cell::Lstm] {
        for direction in [Direction::Forward, Direction::Reverse] {
            let clean = recurrent(cell, direction, Tensors::new(None));
            assert!(!clean.iter().any(|values| has_nan(values)));
            // Features, input weights, recurrent weights, bias; then the gradient of the output.
            for tensor in 0..5 {
                let found = recurrent(cell, direction, Tensors::new(Some(tensor)));
                let shown = found.each_ref().map(|values| has_nan(values));
                assert_eq!(
                    shown,
                    [tensor < 4, true, true, true, true],
                    "{cell:?} {direction:?} {tensor}"
                );
            }
        }
    }
}

#[test]
fn convolutions_hide_no_nan_in_any_tensor() {
    for dilation in [1, 2] {
        let shape = ConvShape {
            batch: 2,
            steps: 20,
            input: 3,
            output: 4,
            kernel: 3,
            dilation,
            pad_left: dilation,
        };
        let all = |poisoned: Option<usize>| {
            let mut tensors = Tensors::new(poisoned);
            let (x, weights, bias) = (tensors.draw(2 * 20 * 3), tensors.draw(3 * 3 * 4), tensors.draw(4));
            let output = conv1d::forward(shape, &[20, 20], &x, &weights, &bias);
            let d_output = tensors.draw(output.len());
            let gradients = conv1d::backward(shape, &[20, 20], &x, &weights, &d_output, true);
            [output, gradients.x, gradients.weights, gradients.bias].map(|values| has_nan(&values))
        };
        assert_eq!(all(None), [false; 4]);
        // A gradient is a product of the output's with the weights, or with the features.
        assert_eq!(all(Some(0)), [true, false, true, false], "features");
        assert_eq!(all(Some(1)), [true, true, false, false], "weights");
        assert_eq!(all(Some(2)), [true, false, false, false], "bias");
        assert_eq!(all(Some(3)), [false, true, true, true], "the output's gradient");
    }
}

#[test]
fn motif_convolutions_hide_no_nan_in_any_tensor() {
    let codes: Vec<u8> = (0..40_u32).map(|place| (place * place % 7 % 5) as u8).collect();
    for pool in [1, 3, 40] {
        let shape = CodeConvShape {
            batch: 1,
            width: 40,
            kernel: 3,
            filters: 4,
            pad_left: 1,
            pad_right: 1,
            pool,
        };
        let all = |poisoned: Option<usize>| {
            let mut tensors = Tensors::new(poisoned);
            let weights = tensors.draw(3 * 4 * 4);
            // More than three weights can take away: the rectifier is on everywhere.
            let bias: Vec<f32> = tensors.draw(4).iter().map(|bias| bias + 4.0).collect();
            let (output, tape) = code_conv::forward(shape, &codes, &[40], &weights, &bias);
            let inferred = code_conv::infer(shape, &codes, &[40], &weights, &bias);
            let d_output = tensors.draw(output.len());
            let (d_weights, d_bias) = code_conv::backward(shape, &codes, &[40], &tape, &d_output);
            [output, inferred, d_weights, d_bias].map(|values| has_nan(&values))
        };
        assert_eq!(all(None), [false; 4]);
        assert_eq!(all(Some(0)), [true, true, false, false], "weights, pool {pool}");
        assert_eq!(all(Some(1)), [true, true, false, false], "bias, pool {pool}");
        assert_eq!(
            all(Some(2)),
            [false, false, true, true],
            "the output's gradient, pool {pool}"
        );
    }
}
