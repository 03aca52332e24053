//! The kernels against PyTorch's own layers (`tests/golden/layers/make.py`): outputs and gradients.
//!
//! The files hold torch's layout, `[out, in]` and `[out, in, kernel]`; the kernels' is `[in, out]` and
//! `[kernel, in, out]`.

use std::error::Error;

use processive_kernels::code_conv::{self, CodeConvShape};
use processive_kernels::conv1d::{self, ConvShape};
use processive_kernels::recurrent::{self, Cell, Direction, Input, RecurrentShape, Weights};
use serde::Deserialize;
use serde::de::DeserializeOwned;

type TestResult = Result<(), Box<dyn Error>>;

/// The largest error, as a share of the tensor's largest value.
///
/// torch's answers are f64 with nine digits, so an error is our rounding in f32, 6e-8 each time, over at most 12 steps
/// and sums of at most 32 terms: 3.5e-7 at worst with AVX2, 3.0e-7 on the portable path. A wrong gate order gives 0.4.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden<T> {
    cases: Vec<T>,
}

type Row<T> = Vec<T>;
type Matrix<T> = Vec<Row<T>>;
type Cube<T> = Vec<Matrix<T>>;

fn read<T: DeserializeOwned>(name: &str) -> Result<Vec<T>, Box<dyn Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/layers/");
    let text = std::fs::read_to_string(format!("{folder}{name}"))?;
    Ok(serde_json::from_str::<Golden<T>>(&text)?.cases)
}

fn flat<T: Copy>(cube: &Cube<T>) -> Vec<T> {
    cube.iter().flatten().flatten().copied().collect()
}

/// `[out, in]` as `[in, out]`.
fn transposed<T: Copy>(matrix: &Matrix<T>) -> Vec<T> {
    let inputs = 0..matrix[0].len();
    inputs
        .flat_map(|input| matrix.iter().map(move |row| row[input]))
        .collect()
}

/// `[out, in, kernel]` as `[kernel, in, out]`.
fn turned<T: Copy>(cube: &Cube<T>) -> Vec<T> {
    let (inputs, taps) = (cube[0].len(), cube[0][0].len());
    let places = (0..taps).flat_map(|tap| (0..inputs).map(move |input| (input, tap)));
    places
        .flat_map(|(input, tap)| cube.iter().map(move |filter| filter[input][tap]))
        .collect()
}

fn assert_close(ours: &[f32], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let scale = theirs.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    assert!(scale > 0.0, "{what}: nothing to compare");
    let errors = ours.iter().zip(theirs).map(|(&a, b)| (f64::from(a) - b).abs() / scale);
    let worst = errors.fold(0.0, f64::max);
    assert!(
        worst <= TOLERANCE,
        "{what}: differs by {worst:e} of the largest value, {scale}"
    );
}

/// The weights of one direction under torch's names, or their gradients.
#[derive(Deserialize)]
struct Parameters<T> {
    weight_ih: Matrix<T>,
    weight_hh: Matrix<T>,
    bias_ih: Row<T>,
    bias_hh: Row<T>,
}

impl Parameters<f32> {
    /// torch keeps two biases that are added, except inside a GRU's reset gate.
    fn bias(&self, cell: Cell, hidden: usize) -> Vec<f32> {
        let sum = self.bias_ih.iter().zip(&self.bias_hh).map(|(a, b)| a + b);
        match cell {
            Cell::Gru => sum
                .take(2 * hidden)
                .chain(self.bias_ih[2 * hidden..].iter().copied())
                .chain(self.bias_hh[2 * hidden..].iter().copied())
                .collect(),
            Cell::Elman | Cell::Lstm => sum.collect(),
        }
    }
}

impl Parameters<f64> {
    /// The gradient of a sum is that of either of its terms.
    fn bias(&self, cell: Cell, hidden: usize) -> Vec<f64> {
        let mut bias = self.bias_ih.clone();
        if cell == Cell::Gru {
            bias.extend(&self.bias_hh[2 * hidden..]);
        }
        bias
    }
}

#[derive(Deserialize)]
struct Recurrent {
    name: String,
    cell: String,
    hidden: usize,
    lengths: Vec<usize>,
    x: Cube<f32>,
    parameters: Vec<Parameters<f32>>,
    loss_weight: Cube<f32>,
    output: Cube<f64>,
    d_x: Cube<f64>,
    d_parameters: Vec<Parameters<f64>>,
}

impl Recurrent {
    fn cell(&self) -> Cell {
        match self.cell.as_str() {
            "elman" => Cell::Elman,
            "gru" => Cell::Gru,
            "lstm" => Cell::Lstm,
            other => panic!("no cell is called {other}"),
        }
    }

    fn check(&self) {
        let Self { hidden, lengths, .. } = self;
        let (cell, hidden) = (self.cell(), *hidden);
        let x = flat(&self.x);
        let (given, expected) = (&self.parameters, &self.d_parameters);
        let input: Vec<f32> = given.iter().flat_map(|p| transposed(&p.weight_ih)).collect();
        let recurrent: Vec<f32> = given.iter().flat_map(|p| transposed(&p.weight_hh)).collect();
        let bias: Vec<f32> = given.iter().flat_map(|p| p.bias(cell, hidden)).collect();
        let layer = recurrent::Recurrent {
            cell,
            directions: &[Direction::Forward, Direction::Reverse][..given.len()],
            shape: RecurrentShape {
                batch: self.x.len(),
                steps: self.x[0].len(),
                input: self.x[0][0].len(),
                hidden,
            },
            lengths,
            input: Input::Features(&x),
            weights: Weights {
                input: &input,
                recurrent: &recurrent,
                bias: &bias,
            },
        };
        let what = |part: &str| format!("{}, {part}", self.name);
        let (output, tape) = layer.forward();
        assert_close(&output, &flat(&self.output), &what("output"));
        assert_close(&layer.infer(), &flat(&self.output), &what("output of infer"));
        let found = layer.backward(&tape, &flat(&self.loss_weight), true);
        let d_input: Vec<f64> = expected.iter().flat_map(|p| transposed(&p.weight_ih)).collect();
        let d_recurrent: Vec<f64> = expected.iter().flat_map(|p| transposed(&p.weight_hh)).collect();
        let d_bias: Vec<f64> = expected.iter().flat_map(|p| p.bias(cell, hidden)).collect();
        assert_close(&found.features, &flat(&self.d_x), &what("gradient of x"));
        assert_close(&found.input, &d_input, &what("gradient of W"));
        assert_close(&found.recurrent, &d_recurrent, &what("gradient of U"));
        assert_close(&found.bias, &d_bias, &what("gradient of b"));
    }
}

#[test]
fn recurrent_layers_are_those_of_torch() -> TestResult {
    let cases: Vec<Recurrent> = read("recurrent.json")?;
    assert_eq!(cases.len(), 6, "three cells, one direction and both");
    cases.iter().for_each(Recurrent::check);
    Ok(())
}

#[derive(Deserialize)]
struct Conv {
    name: String,
    dilation: usize,
    pad_left: usize,
    lengths: Vec<usize>,
    x: Cube<f32>,
    weight: Cube<f32>,
    bias: Row<f32>,
    loss_weight: Cube<f32>,
    output: Cube<f64>,
    d_x: Cube<f64>,
    d_weight: Cube<f64>,
    d_bias: Row<f64>,
}

#[test]
fn convolutions_are_those_of_torch() -> TestResult {
    let cases: Vec<Conv> = read("conv1d.json")?;
    assert_eq!(cases.len(), 5);
    for case in cases {
        let Conv { name, lengths, .. } = &case;
        let shape = ConvShape {
            batch: case.x.len(),
            steps: case.x[0].len(),
            input: case.x[0][0].len(),
            output: case.bias.len(),
            kernel: case.weight[0][0].len(),
            dilation: case.dilation,
            pad_left: case.pad_left,
        };
        let (x, weights) = (flat(&case.x), turned(&case.weight));
        let output = conv1d::forward(shape, lengths, &x, &weights, &case.bias);
        assert_close(&output, &flat(&case.output), &format!("{name}, output"));
        let found = conv1d::backward(shape, lengths, &x, &weights, &flat(&case.loss_weight), true);
        assert_close(&found.x, &flat(&case.d_x), &format!("{name}, gradient of x"));
        assert_close(
            &found.weights,
            &turned(&case.d_weight),
            &format!("{name}, gradient of W"),
        );
        assert_close(&found.bias, &case.d_bias, &format!("{name}, gradient of b"));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Stem {
    name: String,
    pool: usize,
    padding: [usize; 2],
    lengths: Vec<usize>,
    codes: Vec<Vec<u8>>,
    weight: Cube<f32>,
    bias: Row<f32>,
    loss_weight: Cube<f32>,
    output: Cube<f64>,
    d_weight: Cube<f64>,
    d_bias: Row<f64>,
}

#[test]
fn motif_scans_are_one_hot_convolutions_relu_and_max_pooling_of_torch() -> TestResult {
    let cases: Vec<Stem> = read("stem.json")?;
    assert_eq!(cases.len(), 3);
    for case in cases {
        let Stem { name, lengths, .. } = &case;
        let [pad_left, pad_right] = case.padding;
        let shape = CodeConvShape {
            batch: case.codes.len(),
            width: case.codes[0].len(),
            kernel: case.weight[0][0].len(),
            filters: case.bias.len(),
            pad_left,
            pad_right,
            pool: case.pool,
        };
        let (codes, weights) = (case.codes.concat(), turned(&case.weight));
        let expected = flat(&case.output);
        let (output, tape) = code_conv::forward(shape, &codes, lengths, &weights, &case.bias);
        assert_close(&output, &expected, &format!("{name}, output"));
        let inferred = code_conv::infer(shape, &codes, lengths, &weights, &case.bias);
        assert_close(&inferred, &expected, &format!("{name}, output of infer"));
        let (d_weights, d_bias) = code_conv::backward(shape, &codes, lengths, &tape, &flat(&case.loss_weight));
        assert_close(&d_weights, &turned(&case.d_weight), &format!("{name}, gradient of W"));
        assert_close(&d_bias, &case.d_bias, &format!("{name}, gradient of b"));
    }
    Ok(())
}
