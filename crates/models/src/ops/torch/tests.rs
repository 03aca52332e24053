//! Torch's layers give what the kernels give: outputs and gradients, for sequences of any length.

use std::sync::Arc;

use burn::backend::LibTorch;
use burn::backend::libtorch::TchTensor;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use processive_encode::PaddedBatch;
use processive_kernels::code_conv::CodeConvShape;
use processive_kernels::conv1d::ConvShape;
use processive_kernels::recurrent::{Cell, Direction, RecurrentShape};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::device;
use crate::ops::kernel::KernelBackend;
use crate::ops::{self, CodeRecurrentSpec, Conv1dSpec, MotifConvSpec, RecurrentSpec};
use crate::weights::values_of;

/// Rounding of `f32` sums of some hundred terms, relative to the largest value.
const TOLERANCE: f32 = 1e-5;

const BOTH: &[Direction] = &[Direction::Forward, Direction::Reverse];
const CELLS: [Cell; 3] = [Cell::Elman, Cell::Gru, Cell::Lstm];

/// A tensor's shape and values, and whether its gradient is asked for.
struct Leaf<const D: usize> {
    shape: [usize; D],
    values: Vec<f32>,
    wanted: bool,
}

impl<const D: usize> Leaf<D> {
    fn random(shape: [usize; D], rng: &mut ChaCha8Rng) -> Self {
        let values = (0..shape.iter().product()).map(|_| rng.random_range(-0.7..0.7));
        Self {
            shape,
            values: values.collect(),
            wanted: true,
        }
    }

    fn on(&self, device: &Device) -> Tensor<D> {
        let tensor = Tensor::from_data(TensorData::new(self.values.clone(), self.shape), device);
        if self.wanted && device.is_autodiff() {
            tensor.require_grad()
        } else {
            tensor
        }
    }
}

fn gradient<const D: usize>(leaf: &Tensor<D>, gradients: &Gradients) -> Vec<f32> {
    leaf.grad(gradients).map(values_of).unwrap_or_default()
}

/// An output and, on an autodiff device, what `read` finds in the gradients of a weighted sum of it; the weights past
/// a sequence's length are not zero.
fn results(output: Tensor<3>, read: impl FnOnce(&Gradients) -> Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let mut results = vec![values_of(output.clone())];
    if output.device().is_autodiff() {
        let shape = output.dims();
        let weights = Leaf::random(shape, &mut ChaCha8Rng::seed_from_u64(99)).values;
        let weights = Tensor::from_data(TensorData::new(weights, shape), &output.device());
        results.extend(read(&(output * weights).sum().backward()));
    }
    results
}

/// Compares what a layer gives on torch with what the kernels give: with and without a graph.
#[track_caller]
fn compare(what: &str, run: impl Fn(&Device) -> Vec<Vec<f32>>) {
    let kernels = run(&device::cpu_autodiff());
    let torch = run(&device::libtorch_autodiff());
    assert_eq!(torch.len(), kernels.len());
    for (index, (found, expected)) in torch.iter().zip(&kernels).enumerate() {
        assert_close(found, expected, &format!("{what}, tensor {index}"));
    }
    let plain = run(&device::libtorch());
    assert_close(&plain[0], &kernels[0], &format!("{what}, without a graph"));
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0f32, |largest, value| largest.max(value.abs()));
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        let difference = (a - b).abs() / scale;
        assert!(difference <= TOLERANCE, "{what}: value {index} is {a}, not {b}");
    }
}

/// What a recurrent layer is tested with.
struct RecurrentCase {
    cell: Cell,
    directions: &'static [Direction],
    lengths: &'static [usize],
    steps: usize,
    widths: (usize, usize),
}

impl RecurrentCase {
    fn spec(&self) -> RecurrentSpec {
        let (input, hidden) = self.widths;
        RecurrentSpec {
            cell: self.cell,
            directions: self.directions,
            shape: RecurrentShape {
                batch: self.lengths.len(),
                steps: self.steps,
                input,
                hidden,
            },
            lengths: self.lengths.into(),
        }
    }

    fn weights(&self, rng: &mut ChaCha8Rng) -> (Leaf<2>, Leaf<2>, Leaf<1>) {
        let (input, hidden) = self.widths;
        let (directions, columns) = (self.directions.len(), self.cell.gates() * hidden);
        let mut recurrent = Leaf::random([directions * hidden, columns], rng);
        // Larger ones make a wide layer chaotic: rounding then grows from step to step.
        let scale = 1.0 / (hidden as f32).sqrt();
        recurrent.values.iter_mut().for_each(|value| *value *= scale);
        (
            Leaf::random([directions * input, columns], rng),
            recurrent,
            Leaf::random([directions * self.cell.bias_len(hidden)], rng),
        )
    }

    fn compare(&self, wanted: [bool; 4]) {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let mut x = Leaf::random([self.lengths.len(), self.steps, self.widths.0], rng);
        let (mut w, mut u, mut b) = self.weights(rng);
        [x.wanted, w.wanted, u.wanted, b.wanted] = wanted;
        let what = format!(
            "{:?} {:?} of {:?}, {wanted:?}",
            self.cell, self.directions, self.lengths
        );
        compare(&what, |device| {
            let leaves = (x.on(device), w.on(device), u.on(device), b.on(device));
            let (x, w, u, b) = leaves.clone();
            let output = ops::recurrent(x, w, u, b, self.spec());
            let (x, w, u, b) = leaves;
            results(output, |found| {
                vec![
                    gradient(&x, found),
                    gradient(&w, found),
                    gradient(&u, found),
                    gradient(&b, found),
                ]
            })
        });
    }
}

#[test]
fn recurrent_layers_agree_for_ragged_lengths() {
    for cell in CELLS {
        for directions in [&BOTH[..1], BOTH] {
            // In no order, with ties, empty ones and ones of a single step; one batch narrower than its tensor.
            let lengths: [(&[usize], usize); 4] =
                [(&[3, 0, 9, 1, 9, 0, 2], 9), (&[5, 1], 8), (&[1], 1), (&[6, 6, 6], 6)];
            for (lengths, steps) in lengths {
                let case = RecurrentCase {
                    cell,
                    directions,
                    lengths,
                    steps,
                    widths: (5, 7),
                };
                case.compare([true; 4]);
            }
        }
    }
}

#[test]
fn recurrent_layers_without_a_step_give_zeros() {
    for cell in CELLS {
        for steps in [0, 3] {
            let case = RecurrentCase {
                cell,
                directions: BOTH,
                lengths: &[0, 0],
                steps,
                widths: (2, 3),
            };
            case.compare([true; 4]);
        }
    }
}

#[test]
fn recurrent_layers_of_real_widths_agree() {
    for cell in CELLS {
        let case = RecurrentCase {
            cell,
            directions: BOTH,
            lengths: &[100, 37, 80, 1],
            steps: 100,
            widths: (64, 48),
        };
        case.compare([true; 4]);
    }
}

#[test]
fn gradients_come_for_wanted_inputs_only() {
    for wanted in [
        [false, true, true, true],
        [true, false, false, false],
        [false, false, false, true],
    ] {
        let case = RecurrentCase {
            cell: Cell::Gru,
            directions: BOTH,
            lengths: &[4, 2, 0],
            steps: 5,
            widths: (3, 4),
        };
        case.compare(wanted);
    }
}

#[test]
fn features_past_the_end_are_not_read() {
    let spec = || RecurrentSpec {
        cell: Cell::Lstm,
        directions: BOTH,
        shape: RecurrentShape {
            batch: 2,
            steps: 4,
            input: 1,
            hidden: 2,
        },
        lengths: [2, 4].into(),
    };
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let (w, u, b) = (
        Leaf::random([2, 8], rng),
        Leaf::random([4, 8], rng),
        Leaf::random([16], rng),
    );
    let mut x = Leaf::random([2, 4, 1], rng);
    x.values[2..4].fill(f32::NAN);
    let device = device::libtorch();
    let output = ops::recurrent(x.on(&device), w.on(&device), u.on(&device), b.on(&device), spec());
    let values = values_of(output);
    assert!(values.iter().all(|value| value.is_finite()));
    assert!(values[8..16].iter().all(|&value| value == 0.0), "{values:?}");
}

/// Random codes with unknown letters, in rows of the longest sequence and `extra` more.
fn batch(lengths: &[usize], extra: usize) -> Arc<PaddedBatch> {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let rows: Vec<Vec<u8>> = lengths
        .iter()
        .map(|&length| (0..length).map(|_| rng.random_range(0..5)).collect())
        .collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    let batch = PaddedBatch::new(&rows).unwrap();
    Arc::new(batch.pad_to(batch.width() + extra))
}

#[test]
fn recurrent_layers_over_codes_agree() {
    for cell in CELLS {
        for directions in [&BOTH[..1], BOTH] {
            let case = RecurrentCase {
                cell,
                directions,
                lengths: &[11, 1, 30, 4],
                steps: 33,
                widths: (4, 6),
            };
            let (w, u, b) = case.weights(&mut ChaCha8Rng::seed_from_u64(4));
            let batch = batch(case.lengths, 3);
            compare(&format!("{cell:?} {directions:?} over codes"), |device| {
                let leaves = (w.on(device), u.on(device), b.on(device));
                let (w, u, b) = leaves.clone();
                let spec = CodeRecurrentSpec {
                    layer: case.spec(),
                    batch: batch.clone(),
                };
                let output = ops::code_recurrent(w, u, b, spec);
                let (w, u, b) = leaves;
                results(output, |found| {
                    vec![gradient(&w, found), gradient(&u, found), gradient(&b, found)]
                })
            });
        }
    }
}

#[test]
fn motif_convolutions_agree() {
    // Kernel, padding before and after, pool, further steps; a pool of 1000 is one maximum for each sequence.
    let cases = [
        (1, 0, 0, 1, 0),
        (7, 3, 3, 3, 0),
        (8, 3, 4, 4, 5),
        (19, 18, 18, 1000, 2),
        (5, 0, 0, 2, 0),
        (40, 0, 0, 2, 0),
    ];
    for (kernel, pad_left, pad_right, pool, extra) in cases {
        let batch = batch(&[31, 1, 2, 17, 8], extra);
        let shape = CodeConvShape {
            batch: batch.len(),
            width: batch.width(),
            kernel,
            filters: 6,
            pad_left,
            pad_right,
            pool,
        };
        let rng = &mut ChaCha8Rng::seed_from_u64(5);
        let (weights, bias) = (Leaf::random([kernel, 4, 6], rng), Leaf::random([6], rng));
        compare(&format!("{shape:?}"), |device| {
            let leaves = (weights.on(device), bias.on(device));
            let spec = MotifConvSpec {
                shape,
                batch: batch.clone(),
            };
            let output = ops::motif_conv(leaves.0.clone(), leaves.1.clone(), spec);
            results(output, |found| {
                vec![gradient(&leaves.0, found), gradient(&leaves.1, found)]
            })
        });
    }
}

#[test]
fn convolutions_agree() {
    // Kernel, dilation, first tap.
    for (kernel, dilation, pad_left) in [(1, 1, 0), (3, 1, 1), (3, 4, 4), (4, 2, 2), (5, 1, 0), (2, 1, 4)] {
        for (lengths, steps) in [(&[12, 0, 1, 7][..], 12), (&[3, 5], 9), (&[0], 4), (&[1], 1)] {
            let shape = ConvShape {
                batch: lengths.len(),
                steps,
                input: 5,
                output: 4,
                kernel,
                dilation,
                pad_left,
            };
            let rng = &mut ChaCha8Rng::seed_from_u64(6);
            let x = Leaf::random([lengths.len(), steps, 5], rng);
            let (weights, bias) = (Leaf::random([kernel, 5, 4], rng), Leaf::random([4], rng));
            compare(&format!("{shape:?} of {lengths:?}"), |device| {
                let leaves = (x.on(device), weights.on(device), bias.on(device));
                let spec = Conv1dSpec {
                    shape,
                    lengths: lengths.into(),
                };
                let output = ops::conv1d(leaves.0.clone(), leaves.1.clone(), leaves.2.clone(), spec);
                let (x, weights, bias) = leaves;
                results(output, |found| {
                    vec![gradient(&x, found), gradient(&weights, found), gradient(&bias, found)]
                })
            });
        }
    }
}

#[test]
fn burn_does_not_write_over_what_a_graph_needs() {
    let spec = Conv1dSpec {
        shape: ConvShape {
            batch: 1,
            steps: 2,
            input: 1,
            output: 1,
            kernel: 1,
            dilation: 1,
            pad_left: 0,
        },
        lengths: [2].into(),
    };
    let ones = |shape: &[i64]| TchTensor::new(tch::Tensor::ones(shape, (tch::Kind::Float, tch::Device::Cpu)));
    let inputs = [ones(&[1, 2, 1]), ones(&[1, 1, 1]), ones(&[1])];
    let (output, graph) = LibTorch::forward(&spec, inputs.each_ref());
    assert!(!output.can_mut());
    assert!(inputs.iter().all(|input| !input.can_mut()));
    drop(graph);
    assert!(output.can_mut());
    assert!(inputs.iter().all(TchTensor::can_mut));
}
