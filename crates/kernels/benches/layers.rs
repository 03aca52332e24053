//! Speed of the kernels on one batch: steps, bases or multiply-adds per second.
//!
//! `cargo bench -p processive-kernels`; `PROCESSIVE_KERNELS` chooses the instruction set, `RAYON_NUM_THREADS` the
//! number of threads. Beside PyTorch the layers are measured by `cargo xtask peer-bench`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use processive_kernels::code_conv::{self, CodeConvShape};
use processive_kernels::conv1d::{self, ConvShape};
use processive_kernels::recurrent::{Cell, Direction, Input, Recurrent, RecurrentShape, Weights};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn normal(n: usize, scale: f32) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    (0..n).map(|_| rng.random_range(-scale..scale)).collect()
}

/// Bidirectional layers of 128 units over 32 sequences of 200 steps: steps per second, both directions counted.
fn recurrent(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recurrent");
    let directions = [Direction::Forward, Direction::Reverse];
    let shape = RecurrentShape {
        batch: 32,
        steps: 200,
        input: 64,
        hidden: 128,
    };
    let steps = shape.batch * shape.steps;
    group.throughput(Throughput::Elements(2 * steps as u64));
    for (name, cell) in [("birnn", Cell::Elman), ("bigru", Cell::Gru), ("bilstm", Cell::Lstm)] {
        let columns = cell.gates() * shape.hidden;
        let weights = [
            2 * shape.input * columns,
            2 * shape.hidden * columns,
            2 * cell.bias_len(shape.hidden),
        ]
        .map(|n| normal(n, 0.09));
        let x = normal(steps * shape.input, 1.0);
        let layer = Recurrent {
            cell,
            directions: &directions,
            shape,
            lengths: &[200; 32],
            input: Input::Features(&x),
            weights: Weights {
                input: &weights[0],
                recurrent: &weights[1],
                bias: &weights[2],
            },
        };
        let (output, tape) = layer.forward();
        group.bench_function(format!("{name} infer"), |b| b.iter(|| black_box(layer.infer())));
        group.bench_function(format!("{name} forward"), |b| b.iter(|| black_box(layer.forward())));
        group.bench_function(format!("{name} backward"), |b| {
            b.iter(|| black_box(layer.backward(&tape, &output, true)));
        });
    }
}

/// 128 motifs of 19 bases over 64 sequences of 1 kb: bases per second.
fn motifs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("motifs");
    let shape = CodeConvShape {
        batch: 64,
        width: 1000,
        kernel: 19,
        filters: 128,
        pad_left: 9,
        pad_right: 9,
        pool: 8,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let codes: Vec<u8> = (0..shape.batch * shape.width).map(|_| rng.random_range(0..4)).collect();
    let (lengths, weights, bias) = ([1000; 64], normal(19 * 4 * 128, 0.3), normal(128, 0.1));
    group.throughput(Throughput::Elements(codes.len() as u64));
    for pool in [1, 8] {
        let shape = CodeConvShape { pool, ..shape };
        let (output, tape) = code_conv::forward(shape, &codes, &lengths, &weights, &bias);
        group.bench_function(format!("pool {pool} infer"), |b| {
            b.iter(|| black_box(code_conv::infer(shape, &codes, &lengths, &weights, &bias)));
        });
        group.bench_function(format!("pool {pool} backward"), |b| {
            b.iter(|| black_box(code_conv::backward(shape, &codes, &lengths, &tape, &output)));
        });
    }
}

/// Convolutions of 128 channels over 16 sequences of 1,000 steps: floating-point operations per second, counted as the
/// definition has them.
fn conv(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conv1d");
    for (kernel, dilation) in [(1, 1), (3, 1), (3, 8), (5, 1), (7, 1)] {
        let shape = ConvShape {
            batch: 16,
            steps: 1000,
            input: 128,
            output: 128,
            kernel,
            dilation,
            pad_left: (kernel - 1) / 2 * dilation,
        };
        let lengths = [1000; 16];
        let (x, weights, bias) = (
            normal(16_000 * 128, 1.0),
            normal(kernel * 128 * 128, 0.1),
            normal(128, 0.1),
        );
        let flop = 2 * 16_000 * kernel as u64 * 128 * 128;
        group.throughput(Throughput::Elements(flop));
        group.bench_function(format!("kernel {kernel} dilation {dilation} forward"), |b| {
            b.iter(|| black_box(conv1d::forward(shape, &lengths, &x, &weights, &bias)));
        });
        group.throughput(Throughput::Elements(2 * flop));
        group.bench_function(format!("kernel {kernel} dilation {dilation} backward"), |b| {
            b.iter(|| black_box(conv1d::backward(shape, &lengths, &x, &weights, &x, true)));
        });
    }
}

criterion_group!(benches, recurrent, motifs, conv);
criterion_main!(benches);
