//! Convolutions of bytes against the definition with the same weights.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// A convolution and a sequence without negative values.
struct Case {
    shape: ConvShape,
    x: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    largest: Vec<f32>,
}

impl Case {
    fn random(shape: ConvShape, zeros: f64, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let ConvShape {
            steps,
            input,
            output,
            kernel,
            ..
        } = shape;
        // A few values are above the largest, and one channel is never used.
        let largest: Vec<f32> = (0..input)
            .map(|i| if i == 3 { 0.0 } else { rng.random_range(0.5..4.0) })
            .collect();
        let mut value = |i: usize| {
            if rng.random_bool(zeros) {
                0.0
            } else {
                rng.random_range(0.0..1.1) * largest[i % input]
            }
        };
        let x = (0..steps * input).map(&mut value).collect();
        let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let (weights, bias) = (draw(kernel * input * output), draw(output));
        Self {
            shape,
            x,
            weights,
            bias,
            largest,
        }
    }

    fn conv(&self, backend: Backend) -> ByteConvolution {
        ByteConvolution::new_on(backend, self.shape, &self.weights, &self.bias, &self.largest)
    }

    /// The definition: values and weights are whole multiples of what a byte stands for, which floats choose, and their products
    /// are added up exactly.
    fn definition(&self) -> Vec<f64> {
        let ConvShape {
            steps,
            input,
            output,
            kernel,
            dilation,
            pad_left,
            ..
        } = self.shape;
        let value = |i: usize| match self.largest[i % input] {
            0.0 => 0.0,
            most => f64::from((self.x[i] * (255.0 / most)).round_ties_even().min(255.0)),
        };
        let values: Vec<f64> = (0..steps * input).map(value).collect();
        let mut out = vec![0.0; steps * output];
        for column in 0..output {
            let weight =
                |tap: usize, i: usize| self.weights[(tap * input + i) * output + column] * (self.largest[i] / 255.0);
            let all = (0..kernel).flat_map(|tap| (0..input).map(move |i| (tap, i)));
            let scale = all.clone().map(|(tap, i)| weight(tap, i).abs()).fold(0.0, f32::max) / 127.0;
            for step in 0..steps {
                let sum: f64 = all
                    .clone()
                    .filter_map(|(tap, i)| {
                        let at = (step + tap * dilation).checked_sub(pad_left).filter(|&at| at < steps)?;
                        Some(values[at * input + i] * f64::from((weight(tap, i) / scale).round_ties_even()))
                    })
                    .sum();
                let sum = if scale > 0.0 { sum * f64::from(scale) } else { 0.0 };
                out[step * output + column] = (f64::from(self.bias[column]) + sum).max(0.0);
            }
        }
        out
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn convolutions_are_the_definition_and_have_the_same_bits_everywhere(
        steps in 0_usize..150, input in 1_usize..75, output in 1_usize..150, kernel in 1_usize..5,
        dilation in 1_usize..4, pad in 0_usize..9, zeros in 0.0..1.0, seed: u64,
    ) {
        let shape = ConvShape { batch: 1, steps, input, output, kernel, dilation, pad_left: pad };
        let case = Case::random(shape, zeros, seed);
        let expected = case.definition();
        let (mut first, mut found, mut scratch) = (None, vec![7.0; 5], ByteScratch::default());
        for backend in Backend::available() {
            case.conv(backend).run(&case.x, &mut found, &mut scratch);
            prop_assert_eq!(found.len(), expected.len());
            for (a, b) in found.iter().zip(&expected) {
                prop_assert!((f64::from(*a) - b).abs() < 1e-4, "{}: {} is not {}", backend.name(), a, b);
            }
            prop_assert_eq!(first.get_or_insert_with(|| bits(&found)), &bits(&found), "{}", backend.name());
        }
    }
}

/// The scans rely on it: a tile may begin anywhere.
#[test]
fn an_output_has_the_same_bits_wherever_it_stands() {
    for dilation in [1, 2] {
        let shape = ConvShape {
            batch: 1,
            steps: 400,
            input: 30,
            output: 50,
            kernel: 3,
            dilation,
            pad_left: dilation,
        };
        let case = Case::random(shape, 0.8, 4);
        for backend in Backend::available() {
            let conv = case.conv(backend);
            let (mut whole, mut part, mut scratch) = (Vec::new(), Vec::new(), ByteScratch::default());
            conv.run(&case.x, &mut whole, &mut scratch);
            for first in [1, 2, 7, 131, 200] {
                conv.run(&case.x[first * 30..], &mut part, &mut scratch);
                let inside = dilation * 50..part.len() - dilation * 50;
                assert_eq!(bits(&whole[first * 50..][inside.clone()]), bits(&part[inside]));
            }
        }
    }
}
