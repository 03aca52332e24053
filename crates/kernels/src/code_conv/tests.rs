use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPoolBuilder;

use super::oracle::Problem;
use super::*;

mod fuzz;
mod gradients;
mod motifs;

/// A convolution in f32 and a weight for every output: the loss is `sum(weight ⊙ output)`.
#[derive(Clone, Debug)]
struct Layer {
    backend: Backend,
    shape: CodeConvShape,
    codes: Vec<u8>,
    lengths: Vec<usize>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    weight: Vec<f32>,
}

impl Layer {
    /// `grain`: weights are multiples of it, so that sums are exact when it is a power of two.
    fn random(shape: CodeConvShape, lengths: Vec<usize>, grain: Option<f32>, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let codes = (0..shape.batch * shape.width)
            .map(|_| [0, 0, 1, 1, 2, 2, 3, 3, 4, 7][rng.random_range(0..10)])
            .collect();
        let mut draw = |n: usize| -> Vec<f32> {
            let one = |_| {
                let value: f32 = rng.random_range(-1.0..1.0);
                grain.map_or(value, |g| (value / g).round() * g)
            };
            (0..n).map(one).collect()
        };
        Self {
            backend: Backend::current(),
            shape,
            codes,
            lengths,
            weights: draw(shape.kernel * 4 * shape.filters),
            bias: draw(shape.filters),
            weight: draw(shape.batch * shape.pooled(shape.width) * shape.filters),
        }
    }

    fn forward(&self) -> (Vec<f32>, CodeConvTape) {
        self.search(true)
    }

    fn infer(&self) -> Vec<f32> {
        self.search(false).0
    }

    fn search(&self, keep: bool) -> (Vec<f32>, CodeConvTape) {
        let Self {
            codes,
            lengths,
            weights,
            bias,
            ..
        } = self;
        let runs = Runs::equal(self.shape.pool);
        search(self.backend, self.shape, runs, codes, lengths, weights, bias, keep)
    }

    fn infer_runs(&self, runs: Runs) -> Vec<f32> {
        let Self {
            codes,
            lengths,
            weights,
            bias,
            ..
        } = self;
        search(self.backend, self.shape, runs, codes, lengths, weights, bias, false).0
    }

    /// The layer on every backend of this CPU.
    fn on_every_backend(self) -> impl Iterator<Item = Self> {
        Backend::available().into_iter().map(move |backend| Self {
            backend,
            ..self.clone()
        })
    }

    fn gradients(&self) -> (Vec<f32>, Vec<f32>) {
        let (_, tape) = self.forward();
        backward_on(
            self.backend,
            self.shape,
            &self.codes,
            &self.lengths,
            &tape,
            &self.weight,
        )
    }

    fn oracle(&self) -> Problem {
        let wide = |v: &[f32]| v.iter().map(|&v| f64::from(v)).collect();
        Problem {
            shape: self.shape,
            codes: self.codes.clone(),
            lengths: self.lengths.clone(),
            weights: wide(&self.weights),
            bias: wide(&self.bias),
        }
    }
}

#[test]
fn runs_of_two_lengths_hold_the_maxima_of_their_positions() {
    let runs = [(1, 1), (3, 1), (1, 4), (5, 5), (7, 2), (60, 1), (1, 60)];
    for (seed, (even, odd)) in runs.into_iter().enumerate() {
        let runs = Runs { even, odd };
        let shape = CodeConvShape {
            batch: 3,
            width: 50,
            kernel: 6,
            filters: 21,
            pad_left: 0,
            pad_right: 0,
            pool: 1,
        };
        for layer in Layer::random(shape, vec![50, 4, 31], None, seed as u64).on_every_backend() {
            let (unpooled, found) = (layer.infer(), layer.infer_runs(runs));
            let (positions, count) = (shape.positions(50), runs.count(shape.positions(50)));
            assert_eq!(found.len(), 3 * count * 21);
            // Where each run ends, counted one by one.
            let mut ends = Vec::new();
            while ends.last().is_none_or(|&end| end < positions) {
                let length = if ends.len() % 2 == 0 { even } else { odd };
                ends.push(ends.last().copied().unwrap_or(0) + length);
            }
            assert_eq!(ends.len(), count);
            for (row, length) in [50, 4, 31].into_iter().enumerate() {
                let inside = shape.positions(length);
                let mut start = 0;
                for (index, &end) in ends.iter().enumerate() {
                    for filter in 0..21 {
                        let score = |position: usize| unpooled[(row * positions + position) * 21 + filter];
                        let most = (start.min(inside)..end.min(inside)).map(score).fold(0.0, f32::max);
                        assert_eq!(found[(row * count + index) * 21 + filter].to_bits(), most.to_bits());
                    }
                    start = end;
                }
            }
        }
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn layers_on_one_backend(grain: Option<f32>) -> impl Iterator<Item = Layer> {
    let kernels = [(1, 0, 0), (3, 1, 1), (8, 3, 4), (19, 9, 9), (19, 0, 0)];
    let pools = [1, 2, 8];
    let sizes: [(usize, usize, &[usize]); 4] =
        [(1, 5, &[5]), (3, 40, &[40, 2, 17]), (2, 33, &[0, 30]), (19, 64, &[64])];
    kernels.into_iter().flat_map(move |(kernel, pad_left, pad_right)| {
        pools.into_iter().flat_map(move |pool| {
            sizes
                .into_iter()
                .zip([1, 7, 16, 37])
                .map(move |((batch, width, lengths), filters)| {
                    let shape = CodeConvShape {
                        batch,
                        width,
                        kernel,
                        filters,
                        pad_left,
                        pad_right,
                        pool,
                    };
                    let lengths = lengths.iter().copied().cycle().take(batch).collect();
                    Layer::random(shape, lengths, grain, (kernel * 100 + pool) as u64)
                })
        })
    })
}

/// The table on every backend.
fn layers(grain: Option<f32>) -> impl Iterator<Item = Layer> {
    layers_on_one_backend(grain).flat_map(Layer::on_every_backend)
}

#[test]
fn output_is_the_definition() {
    for layer in layers(None) {
        let (output, _) = layer.forward();
        let expected = layer.oracle().output();
        assert_eq!(output.len(), expected.len());
        for (a, b) in output.iter().zip(&expected) {
            // At most 20 terms below 1: a sum rounds by less than 20 · 20 · 2^-24.
            assert!((f64::from(*a) - b).abs() <= 2.4e-5, "{:?}: {a} is not {b}", layer.shape);
        }
        assert_eq!(bits(&output), bits(&layer.infer()), "{:?}", layer.shape);
    }
}

#[test]
fn sums_of_dyadic_weights_are_exact() {
    for layer in layers(Some(1.0 / 1024.0)) {
        let output: Vec<f64> = layer.forward().0.into_iter().map(f64::from).collect();
        assert_eq!(output, layer.oracle().output(), "{:?}", layer.shape);
    }
}

/// Some tasks of sequences of all lengths, none of the sizes a multiple of anything, on every backend.
fn medium() -> impl Iterator<Item = Layer> {
    let shape = CodeConvShape {
        batch: 37,
        width: 50,
        kernel: 9,
        filters: 21,
        pad_left: 4,
        pad_right: 4,
        pool: 3,
    };
    let lengths = (0..37).map(|b| (b * 7) % 51).collect();
    Layer::random(shape, lengths, None, 4).on_every_backend()
}

#[test]
fn thread_count_changes_no_bit() {
    for layer in medium() {
        let run = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let (dw, db) = layer.gradients();
                (bits(&layer.infer()), bits(&dw), bits(&db))
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
        let together = layer.infer();
        let CodeConvShape { width, filters, .. } = layer.shape;
        for (b, &length) in layer.lengths.iter().enumerate() {
            for padded in [length, length + 9] {
                let mut codes = layer.codes[b * width..b * width + length].to_vec();
                codes.resize(padded, 1);
                let shape = CodeConvShape {
                    batch: 1,
                    width: padded,
                    ..layer.shape
                };
                let alone = Layer {
                    shape,
                    codes,
                    lengths: vec![length],
                    ..layer.clone()
                };
                let alone = alone.infer();
                let size = shape.pooled(length) * filters;
                let start = b * layer.shape.pooled(width) * filters;
                assert_eq!(bits(&alone[..size]), bits(&together[start..start + size]));
                assert!(alone[size..].iter().all(|&v| v == 0.0));
            }
        }
    }
}

/// The sums are taken in the same order without multiplications, so there is nothing to round differently.
#[test]
fn backends_agree_in_every_bit() {
    let outputs: Vec<_> = medium()
        .map(|layer| (bits(&layer.infer()), layer.forward().1))
        .collect();
    assert!(outputs.iter().all(|output| *output == outputs[0]));
}

#[test]
fn nan_weights_reach_every_output_that_reads_them() {
    let shape = CodeConvShape {
        batch: 1,
        width: 16,
        kernel: 2,
        filters: 9,
        pad_left: 0,
        pad_right: 1,
        pool: 4,
    };
    for mut layer in Layer::random(shape, vec![16], None, 3).on_every_backend() {
        // Base 3 only in the second window of four, in its middle, and first in the fourth.
        layer.codes = vec![0, 1, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0];
        for value in [f32::NAN, f32::INFINITY] {
            layer.weights[3 * 9..4 * 9].fill(value);
            let y = layer.infer();
            assert_eq!(bits(&y), bits(&layer.forward().0));
            assert!(y[..9].iter().chain(&y[18..27]).all(|v| v.is_finite()));
            let same = |v: &f32| v.is_nan() == value.is_nan() && !v.is_finite();
            assert!(y[9..18].iter().chain(&y[27..]).all(same), "{y:?}");
        }
        layer.bias.fill(f32::NAN);
        assert!(layer.infer().iter().all(|v| v.is_nan()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_is_the_definition(
        batch in 1_usize..6, width in 0_usize..40, kernel in 1_usize..12, filters in 1_usize..40,
        pads in (0_usize..6, 0_usize..6), pool in 1_usize..6, seed in any::<u64>(),
    ) {
        let shape = CodeConvShape { batch, width, kernel, filters, pad_left: pads.0, pad_right: pads.1, pool };
        let lengths = (0..batch).map(|b| (seed as usize % 1000 + b * 13) % (width + 1)).collect();
        for layer in Layer::random(shape, lengths, Some(1.0 / 1024.0), seed).on_every_backend() {
            let output: Vec<f64> = layer.infer().into_iter().map(f64::from).collect();
            prop_assert_eq!(output, layer.oracle().output());
            let continuous = Layer::random(shape, layer.lengths.clone(), None, seed);
            gradients::assert_gradients_are_differences(&continuous);
        }
    }
}
