use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPoolBuilder;

use super::oracle::Problem;
use super::*;
use crate::fuzz::rounding;

mod fuzz;
mod packed;

/// A convolution in f32 and a weight for every output: the loss is `sum(weight ⊙ output)`.
#[derive(Clone, Debug)]
struct Layer {
    backend: Backend,
    shape: ConvShape,
    lengths: Vec<usize>,
    x: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    weight: Vec<f32>,
}

impl Layer {
    fn random(shape: ConvShape, lengths: Vec<usize>, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |n: usize, scale: f32| (0..n).map(|_| rng.random_range(-scale..scale)).collect::<Vec<f32>>();
        let ConvShape {
            batch,
            steps,
            input,
            output,
            kernel,
            ..
        } = shape;
        let scale = 1.5 / ((input * kernel) as f32).sqrt();
        Self {
            backend: Backend::current(),
            shape,
            lengths,
            x: draw(batch * steps * input, 1.0),
            weights: draw(kernel * input * output, scale),
            bias: draw(output, 1.0),
            weight: draw(batch * steps * output, 1.0),
        }
    }

    fn forward(&self) -> Vec<f32> {
        forward_on(
            self.backend,
            self.shape,
            &self.lengths,
            &self.x,
            &self.weights,
            &self.bias,
        )
    }

    fn gradients(&self) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let Gradients { x, weights, bias } = backward_on(
            self.backend,
            self.shape,
            &self.lengths,
            &self.x,
            &self.weights,
            &self.weight,
            true,
        );
        (x, weights, bias)
    }

    /// The products that are summed for a gradient of the input, the weights and the bias.
    fn terms(&self) -> [usize; 3] {
        let ConvShape {
            batch,
            steps,
            output,
            kernel,
            ..
        } = self.shape;
        [kernel * output, batch * steps, batch * steps]
    }

    /// The layer on every backend of this CPU.
    fn on_every_backend(self) -> impl Iterator<Item = Self> {
        Backend::available().into_iter().map(move |backend| Self {
            backend,
            ..self.clone()
        })
    }

    fn oracle(&self) -> Problem {
        let wide = |v: &[f32]| v.iter().map(|&v| f64::from(v)).collect();
        Problem {
            shape: self.shape,
            lengths: self.lengths.clone(),
            tensors: [wide(&self.x), wide(&self.weights), wide(&self.bias)],
        }
    }

    fn assert_is_the_definition(&self) {
        let oracle = self.oracle();
        let (ours, expected) = (self.forward(), oracle.output());
        assert_eq!(ours.len(), expected.len());
        for (a, b) in ours.iter().zip(&expected) {
            assert!((f64::from(*a) - b).abs() <= 4e-6, "{:?}: {a} is not {b}", self.shape);
        }
    }

    fn assert_gradients_are_differences(&self, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let oracle = self.oracle();
        let (dx, dw, db) = self.gradients();
        for (tensor, ours) in [&dx, &dw, &db].into_iter().enumerate() {
            for _ in 0..2 {
                let direction: Vec<f64> = ours.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
                let terms: Vec<f64> = ours.iter().zip(&direction).map(|(&g, d)| f64::from(g) * d).collect();
                let size = terms.iter().map(|t| t * t).sum::<f64>().sqrt();
                let (sum, slope) = (
                    terms.iter().sum::<f64>(),
                    oracle.slope(&self.weight, tensor, &direction),
                );
                let what = format!("{:?} tensor {tensor}: {sum} is not {slope}", self.shape);
                assert!((sum - slope).abs() <= rounding(size, self.terms()[tensor]), "{what}");
            }
        }
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn layers_on_one_backend() -> impl Iterator<Item = Layer> {
    let taps = [
        (1, 1, 0),
        (3, 1, 1),
        (7, 1, 3),
        (3, 4, 4),
        (5, 2, 0),
        (2, 3, 5),
        (3, 9, 9),
    ];
    let sizes: [(usize, usize, &[usize]); 4] = [
        (1, 1, &[1]),
        (3, 40, &[40, 2, 17]),
        (2, 13, &[0, 11]),
        (19, 30, &[30, 29, 1]),
    ];
    taps.into_iter().flat_map(move |(kernel, dilation, pad_left)| {
        sizes.into_iter().zip([(1, 1), (5, 16), (17, 33), (9, 8)]).map(
            move |((batch, steps, lengths), (input, output))| {
                let shape = ConvShape {
                    batch,
                    steps,
                    input,
                    output,
                    kernel,
                    dilation,
                    pad_left,
                };
                let lengths = lengths.iter().copied().cycle().take(batch).collect();
                Layer::random(shape, lengths, (kernel * 10 + dilation) as u64)
            },
        )
    })
}

/// The table on every backend.
fn layers() -> impl Iterator<Item = Layer> {
    layers_on_one_backend().flat_map(Layer::on_every_backend)
}

#[test]
fn output_is_the_definition() {
    layers().for_each(|layer| layer.assert_is_the_definition());
}

#[test]
fn gradients_are_finite_differences() {
    layers().for_each(|layer| layer.assert_gradients_are_differences(6));
}

/// More steps, inputs and outputs than one block of the product holds.
#[test]
fn layers_larger_than_a_block_are_the_definition() {
    for (kernel, dilation, pad_left) in [(3, 1, 1), (2, 5, 0), (4, 1, 2), (5, 1, 0), (7, 1, 3)] {
        let shape = ConvShape {
            batch: 3,
            steps: 300,
            input: 150,
            output: 70,
            kernel,
            dilation,
            pad_left,
        };
        for layer in Layer::random(shape, vec![300, 289, 1], 3).on_every_backend() {
            layer.assert_is_the_definition();
            layer.assert_gradients_are_differences(4);
        }
    }
}

/// Some tasks of sequences of all lengths, none of the sizes a multiple of anything, on every backend.
fn medium() -> impl Iterator<Item = Layer> {
    // Channels for the plain products, with and without dilation, and for fewer multiplications.
    let layers =
        [(1, 11, 21), (3, 11, 21), (1, 33, 37)].map(|(dilation, input, output)| medium_layer(dilation, input, output));
    layers.into_iter().flat_map(Layer::on_every_backend)
}

fn medium_layer(dilation: usize, input: usize, output: usize) -> Layer {
    let shape = ConvShape {
        batch: 37,
        steps: 40,
        input,
        output,
        kernel: 5,
        dilation,
        pad_left: 2 * dilation,
    };
    Layer::random(shape, (0..37).map(|b| (b * 7) % 41).collect(), 4)
}

#[test]
fn thread_count_changes_no_bit() {
    for layer in medium() {
        let run = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let (dx, dw, db) = layer.gradients();
                [bits(&layer.forward()), bits(&dx), bits(&dw), bits(&db)]
            })
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(5));
    }
}

#[test]
fn neighbours_and_padding_change_no_bit_of_a_sequence() {
    for layer in medium() {
        let ConvShape {
            steps, input, output, ..
        } = layer.shape;
        let (together, gradient) = (layer.forward(), layer.gradients().0);
        for (b, &length) in layer.lengths.iter().enumerate() {
            for padded in [length, length + 9] {
                let cut = |v: &[f32], width: usize| {
                    let mut row = v[b * steps * width..(b * steps + length) * width].to_vec();
                    row.resize(padded * width, 9.0);
                    row
                };
                let alone = Layer {
                    shape: ConvShape {
                        batch: 1,
                        steps: padded,
                        ..layer.shape
                    },
                    lengths: vec![length],
                    x: cut(&layer.x, input),
                    weight: cut(&layer.weight, output),
                    ..layer.clone()
                };
                let (y, dx) = (alone.forward(), alone.gradients().0);
                let rows = b * steps..b * steps + length;
                assert_eq!(
                    bits(&y[..length * output]),
                    bits(&together[rows.start * output..rows.end * output])
                );
                assert_eq!(
                    bits(&dx[..length * input]),
                    bits(&gradient[rows.start * input..rows.end * input])
                );
                assert!(
                    y[length * output..]
                        .iter()
                        .chain(&dx[length * input..])
                        .all(|&v| v == 0.0)
                );
            }
        }
    }
}

#[test]
fn nan_reaches_exactly_the_outputs_that_read_it() {
    let shape = ConvShape {
        batch: 2,
        steps: 12,
        input: 3,
        output: 17,
        kernel: 3,
        dilation: 2,
        pad_left: 2,
    };
    for mut layer in Layer::random(shape, vec![12, 12], 3).on_every_backend() {
        layer.x[5 * 3 + 1] = f32::NAN;
        for (t, row) in layer.forward().chunks(17).enumerate() {
            let reads = [3, 5, 7].contains(&t);
            assert!(row.iter().all(|v| v.is_nan() == reads), "{t}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_is_the_definition(
        batch in 1_usize..6, steps in 0_usize..40, channels in (1_usize..20, 1_usize..40),
        kernel in 1_usize..6, dilation in 1_usize..5, pad_left in 0_usize..9, seed in any::<u64>(),
    ) {
        let shape = ConvShape { batch, steps, input: channels.0, output: channels.1, kernel, dilation, pad_left };
        let lengths = (0..batch).map(|b| (seed as usize % 1000 + b * 13) % (steps + 1)).collect();
        for layer in Layer::random(shape, lengths, seed).on_every_backend() {
            layer.assert_is_the_definition();
            layer.assert_gradients_are_differences(seed);
        }
    }
}
