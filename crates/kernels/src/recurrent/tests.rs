use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPoolBuilder;

use super::oracle::Problem;
use super::*;

mod fuzz;
mod laws;
mod rounded;

const CELLS: [Cell; 3] = [Cell::Elman, Cell::Gru, Cell::Lstm];
const WAYS: [&[Direction]; 3] = [
    &[Direction::Forward],
    &[Direction::Reverse],
    &[Direction::Forward, Direction::Reverse],
];

/// A layer in f32 and a weight for every output: the loss is `sum(weight ⊙ output)`.
#[derive(Clone, Debug)]
struct Layer {
    backend: Backend,
    cell: Cell,
    directions: &'static [Direction],
    shape: RecurrentShape,
    lengths: Vec<usize>,
    x: Vec<f32>,
    input: Vec<f32>,
    recurrent: Vec<f32>,
    bias: Vec<f32>,
    weight: Vec<f32>,
}

impl Layer {
    fn random(
        cell: Cell,
        directions: &'static [Direction],
        shape: RecurrentShape,
        lengths: Vec<usize>,
        seed: u64,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |n: usize, scale: f32| (0..n).map(|_| rng.random_range(-scale..scale)).collect::<Vec<f32>>();
        let RecurrentShape {
            batch,
            steps,
            input,
            hidden,
        } = shape;
        let scale = 1.5 / (hidden as f32).sqrt();
        Self {
            backend: Backend::current(),
            cell,
            directions,
            shape,
            lengths,
            x: draw(batch * steps * input, 1.0),
            input: draw(directions.len() * input * cell.gates() * hidden, scale),
            recurrent: draw(directions.len() * hidden * cell.gates() * hidden, scale),
            bias: draw(directions.len() * cell.bias_len(hidden), 0.5),
            weight: draw(batch * steps * directions.len() * hidden, 1.0),
        }
    }

    fn layer(&self) -> Recurrent<'_> {
        Recurrent {
            cell: self.cell,
            directions: self.directions,
            shape: self.shape,
            lengths: &self.lengths,
            input: Input::Features(&self.x),
            weights: Weights {
                input: &self.input,
                recurrent: &self.recurrent,
                bias: &self.bias,
            },
        }
    }

    fn forward(&self) -> (Vec<f32>, Tape) {
        self.layer().forward_on(self.backend)
    }

    fn infer(&self) -> Vec<f32> {
        self.layer().infer_on(self.backend)
    }

    fn gradients(&self) -> Gradients {
        let layer = self.layer();
        let (_, tape) = layer.forward_on(self.backend);
        layer.backward_on(self.backend, &tape, &self.weight, true)
    }

    /// Features per step of the output.
    fn width(&self) -> usize {
        self.directions.len() * self.shape.hidden
    }

    /// The layer on every backend of this CPU.
    fn on_every_backend(self) -> impl Iterator<Item = Self> {
        Backend::available().into_iter().map(move |backend| Self {
            backend,
            ..self.clone()
        })
    }

    fn name(&self) -> String {
        let Self {
            backend,
            cell,
            directions,
            shape,
            ..
        } = self;
        format!("{cell:?} {directions:?} {shape:?} on {}", backend.name())
    }

    fn oracle(&self) -> Problem {
        let wide = |v: &[f32]| v.iter().map(|&v| f64::from(v)).collect();
        Problem {
            cell: self.cell,
            directions: self.directions.to_vec(),
            shape: self.shape,
            lengths: self.lengths.clone(),
            tensors: [
                wide(&self.x),
                wide(&self.input),
                wide(&self.recurrent),
                wide(&self.bias),
            ],
        }
    }

    /// The layer with only row `b` in the batch, padded to `steps`.
    fn alone(&self, b: usize, steps: usize) -> Self {
        let RecurrentShape { steps: old, input, .. } = self.shape;
        let row = |v: &[f32], width: usize| {
            let mut row = v[b * old * width..(b * old + self.lengths[b]) * width].to_vec();
            row.resize(steps * width, 9.0);
            row
        };
        Self {
            shape: RecurrentShape {
                batch: 1,
                steps,
                ..self.shape
            },
            lengths: vec![self.lengths[b]],
            x: row(&self.x, input),
            weight: row(&self.weight, self.width()),
            ..self.clone()
        }
    }
}

fn ragged(batch: usize, steps: usize, seed: u64) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut lengths: Vec<usize> = (0..batch).map(|_| rng.random_range(1..=steps)).collect();
    lengths[batch / 2] = steps;
    lengths
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn gradient_bits(gradients: &Gradients) -> [Vec<u32>; 4] {
    [
        &gradients.features,
        &gradients.input,
        &gradients.recurrent,
        &gradients.bias,
    ]
    .map(|v| bits(v))
}

fn assert_close(ours: &[f32], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (index, (&a, &b)) in ours.iter().zip(theirs).enumerate() {
        let close = (f64::from(a) - b).abs() <= tolerance;
        assert!(close, "{what}: {a} is not {b} at {index}");
    }
}

fn shapes() -> Vec<(RecurrentShape, Vec<usize>)> {
    let mut cases = Vec::new();
    for (steps, hidden, batch, input) in [
        (1, 1, 1, 1),
        (2, 3, 3, 5),
        (7, 8, 3, 4),
        (7, 17, 32, 9),
        (64, 33, 3, 20),
        (64, 8, 32, 3),
        (64, 1, 3, 16),
    ] {
        let shape = RecurrentShape {
            batch,
            steps,
            input,
            hidden,
        };
        cases.push((shape, vec![steps; batch]));
        cases.push((shape, ragged(batch, steps, 7)));
    }
    cases
}

/// Every cell in every direction on every backend.
fn every_layer(shape: RecurrentShape, lengths: &[usize], seed: u64) -> impl Iterator<Item = Layer> {
    let layers = CELLS.into_iter().flat_map(move |cell| {
        let layer = move |directions| Layer::random(cell, directions, shape, lengths.to_vec(), seed);
        WAYS.into_iter().map(layer)
    });
    layers.flat_map(Layer::on_every_backend)
}

fn table() -> impl Iterator<Item = Layer> {
    let cases = shapes().into_iter().enumerate();
    cases.flat_map(|(seed, (shape, lengths))| every_layer(shape, &lengths, seed as u64).collect::<Vec<_>>())
}

// 2e-6: about 16 ulp of 1 after up to 64 steps of f32 rounding.
#[test]
fn output_is_the_definition() {
    for layer in table() {
        let (output, _) = layer.forward();
        assert_close(&output, &layer.oracle().output(), 2e-6, &layer.name());
        assert_eq!(bits(&output), bits(&layer.infer()), "{}", layer.name());
    }
}

/// More than a cache of them: the products of a step are not joined.
#[test]
fn output_of_wide_weights_is_the_definition() {
    let shape = RecurrentShape {
        batch: 9,
        steps: 4,
        input: 200,
        hidden: 130,
    };
    for layer in every_layer(shape, &ragged(9, 4, 3), 6) {
        let (output, _) = layer.forward();
        // 330 terms in place of at most 53.
        assert_close(&output, &layer.oracle().output(), 4e-6, &layer.name());
        assert_eq!(bits(&output), bits(&layer.infer()), "{}", layer.name());
    }
}

#[test]
fn gradients_are_finite_differences_along_random_directions() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for layer in table() {
        let oracle = layer.oracle();
        let ours = layer.gradients();
        for (tensor, ours) in [&ours.features, &ours.input, &ours.recurrent, &ours.bias]
            .into_iter()
            .enumerate()
        {
            for _ in 0..2 {
                let direction: Vec<f64> = ours.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
                let terms = || ours.iter().zip(&direction).map(|(&g, d)| f64::from(g) * d);
                let slope = oracle.slope(&layer.weight, tensor, &direction);
                let size = terms().map(|t| t * t).sum::<f64>().sqrt();
                let error = (terms().sum::<f64>() - slope).abs();
                let name = layer.name();
                assert!(
                    error <= 2e-5 * size + 1e-7,
                    "{name}, tensor {tensor}: error {error} of {slope}, size {size}"
                );
            }
        }
    }
}

#[test]
fn every_gradient_of_a_small_layer_is_its_finite_difference() {
    let shape = RecurrentShape {
        batch: 3,
        steps: 5,
        input: 2,
        hidden: 3,
    };
    for layer in every_layer(shape, &[2, 5, 1], 3) {
        let oracle = layer.oracle();
        let ours = layer.gradients();
        for (tensor, ours) in [&ours.features, &ours.input, &ours.recurrent, &ours.bias]
            .into_iter()
            .enumerate()
        {
            let difference = |i: usize| {
                let unit: Vec<f64> = (0..ours.len()).map(|k| f64::from(u8::from(k == i))).collect();
                oracle.slope(&layer.weight, tensor, &unit)
            };
            let differences: Vec<f64> = (0..ours.len()).map(difference).collect();
            assert_close(ours, &differences, 5e-6, &format!("{}, tensor {tensor}", layer.name()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_shape_is_the_definition(
        batch in 1_usize..20, steps in 1_usize..9, input in 1_usize..12, hidden in 1_usize..20, seed in any::<u64>(),
    ) {
        let shape = RecurrentShape { batch, steps, input, hidden };
        for layer in every_layer(shape, &ragged(batch, steps, seed), seed) {
            let oracle = layer.oracle();
            assert_close(&layer.infer(), &oracle.output(), 2e-6, &layer.name());
            let ours = layer.gradients();
            for (tensor, ours) in [&ours.features, &ours.input, &ours.recurrent, &ours.bias].into_iter().enumerate() {
                let direction: Vec<f64> = ours.iter().map(|&g| f64::from(g).signum()).collect();
                let slope = oracle.slope(&layer.weight, tensor, &direction);
                let sum: f64 = ours.iter().map(|&g| f64::from(g.abs())).sum();
                let error = (sum - slope).abs();
                prop_assert!(error <= 1e-5 * sum + 1e-6, "{}, tensor {}: {} is not {}", layer.name(), tensor, sum, slope);
            }
        }
    }
}
