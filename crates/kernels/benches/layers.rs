//! Speed of the kernels on one batch: steps, bases or floating-point operations per second.
//!
//! `cargo bench -p processive-kernels`; `PROCESSIVE_KERNELS` chooses the instruction set, `RAYON_NUM_THREADS` the
//! number of threads. Beside PyTorch the layers are measured by `cargo xtask peer-bench`.

use divan::Bencher;
use divan::counter::ItemsCount;
use processive_kernels::code_conv::{self, CodeConvShape};
use processive_kernels::conv1d::{self, ConvShape};
use processive_kernels::recurrent::{
    ByteInput, ByteMemory, ByteRecurrent, ByteStates, Cell, Direction, Input, Reads, Recurrent, RecurrentShape, Weights,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The program's allocator: how long fresh pages take is a part of what a large batch takes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn uniform(n: usize, scale: f32) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    (0..n).map(|_| rng.random_range(-scale..scale)).collect()
}

/// Bidirectional layers of 128 units over 32 sequences of 200 steps; an item is a step of one direction.
mod recurrent {
    use super::{
        Bencher, ByteInput, ByteMemory, ByteRecurrent, ByteStates, Cell, Direction, Input, ItemsCount, Reads,
        Recurrent, RecurrentShape, Weights, uniform,
    };

    const CELLS: [Cell; 3] = [Cell::Elman, Cell::Gru, Cell::Lstm];
    const SHAPE: RecurrentShape = RecurrentShape {
        batch: 32,
        steps: 200,
        input: 64,
        hidden: 128,
    };

    fn with_layer(bencher: Bencher<'_, '_>, cell: Cell, bench: impl Fn(Bencher<'_, '_>, &Recurrent<'_>)) {
        let columns = 2 * cell.gates() * SHAPE.hidden;
        let input = uniform(SHAPE.input * columns, 0.09);
        let recurrent = uniform(SHAPE.hidden * columns, 0.09);
        let bias = uniform(2 * cell.bias_len(SHAPE.hidden), 0.09);
        let x = uniform(SHAPE.batch * SHAPE.steps * SHAPE.input, 1.0);
        let layer = Recurrent {
            cell,
            directions: &[Direction::Forward, Direction::Reverse],
            shape: SHAPE,
            lengths: &[200; 32],
            input: Input::Features(&x),
            weights: Weights {
                input: &input,
                recurrent: &recurrent,
                bias: &bias,
            },
        };
        bench(bencher.counter(ItemsCount::new(2 * SHAPE.batch * SHAPE.steps)), &layer);
    }

    #[divan::bench(args = CELLS)]
    fn infer(bencher: Bencher<'_, '_>, cell: Cell) {
        with_layer(bencher, cell, |bencher, layer| bencher.bench_local(|| layer.infer()));
    }

    /// On one thread, from states of a byte to such states.
    #[divan::bench(args = CELLS)]
    fn infer_in_bytes(bencher: Bencher<'_, '_>, cell: Cell) {
        with_layer(bencher, cell, |bencher, layer| {
            let Recurrent {
                directions,
                shape: RecurrentShape {
                    steps, input, hidden, ..
                },
                lengths,
                weights,
                ..
            } = *layer;
            let Input::Features(x) = layer.input else {
                unreachable!("the layer reads features")
            };
            let bytes = ByteRecurrent::new(cell, directions, input, hidden, &weights, Reads::States);
            let (mut states, mut memory) = (ByteStates::default(), ByteMemory::default());
            bencher.bench_local(|| {
                bytes.states(ByteInput::Features(x), lengths, steps, &mut states, &mut memory);
            });
        });
    }

    #[divan::bench(args = CELLS)]
    fn forward(bencher: Bencher<'_, '_>, cell: Cell) {
        with_layer(bencher, cell, |bencher, layer| bencher.bench_local(|| layer.forward()));
    }

    #[divan::bench(args = CELLS)]
    fn backward(bencher: Bencher<'_, '_>, cell: Cell) {
        with_layer(bencher, cell, |bencher, layer| {
            let (output, tape) = layer.forward();
            bencher.bench_local(|| layer.backward(&tape, &output, true));
        });
    }
}

/// 128 motifs of 19 bases over 64 sequences of 1 kb, without and with pooling; an item is a base.
mod motifs {
    use super::{Bencher, CodeConvShape, ItemsCount, RngExt, SeedableRng, code_conv, uniform};

    const LENGTHS: [usize; 64] = [1000; 64];

    fn shape(pool: usize) -> CodeConvShape {
        CodeConvShape {
            batch: 64,
            width: 1000,
            kernel: 19,
            filters: 128,
            pad_left: 9,
            pad_right: 9,
            pool,
        }
    }

    fn codes() -> Vec<u8> {
        let mut rng = super::ChaCha8Rng::seed_from_u64(1);
        (0..64_000).map(|_| rng.random_range(0..4)).collect()
    }

    #[divan::bench(args = [1, 8])]
    fn infer(bencher: Bencher<'_, '_>, pool: usize) {
        let (codes, weights, bias) = (codes(), uniform(19 * 4 * 128, 0.3), uniform(128, 0.1));
        bencher
            .counter(ItemsCount::new(codes.len()))
            .bench_local(|| code_conv::infer(shape(pool), &codes, &LENGTHS, &weights, &bias));
    }

    #[divan::bench(args = [1, 8])]
    fn forward(bencher: Bencher<'_, '_>, pool: usize) {
        let (codes, weights, bias) = (codes(), uniform(19 * 4 * 128, 0.3), uniform(128, 0.1));
        bencher
            .counter(ItemsCount::new(codes.len()))
            .bench_local(|| code_conv::forward(shape(pool), &codes, &LENGTHS, &weights, &bias));
    }

    #[divan::bench(args = [1, 8])]
    fn backward(bencher: Bencher<'_, '_>, pool: usize) {
        let (codes, weights, bias) = (codes(), uniform(19 * 4 * 128, 0.3), uniform(128, 0.1));
        let (output, tape) = code_conv::forward(shape(pool), &codes, &LENGTHS, &weights, &bias);
        bencher
            .counter(ItemsCount::new(codes.len()))
            .bench_local(|| code_conv::backward(shape(pool), &codes, &LENGTHS, &tape, &output));
    }
}

/// Convolutions of 128 channels over 16 sequences of 1,000 steps; an item is a floating-point operation of the plain
/// definition.
mod conv {
    use super::{Bencher, ConvShape, ItemsCount, conv1d, uniform};

    const LENGTHS: [usize; 16] = [1000; 16];

    /// Taps and dilation.
    const KINDS: [(usize, usize); 5] = [(1, 1), (3, 1), (3, 8), (5, 1), (7, 1)];

    fn with_layer(bencher: Bencher<'_, '_>, (kernel, dilation): (usize, usize), backward: bool) {
        let shape = ConvShape {
            batch: 16,
            steps: 1000,
            input: 128,
            output: 128,
            kernel,
            dilation,
            pad_left: (kernel - 1) / 2 * dilation,
        };
        let (x, weights, bias) = (
            uniform(16_000 * 128, 1.0),
            uniform(kernel * 128 * 128, 0.1),
            uniform(128, 0.1),
        );
        let operations = 2 * 16_000 * kernel * 128 * 128;
        if backward {
            bencher
                .counter(ItemsCount::new(2 * operations))
                .bench_local(|| conv1d::backward(shape, &LENGTHS, &x, &weights, &x, true));
        } else {
            bencher
                .counter(ItemsCount::new(operations))
                .bench_local(|| conv1d::forward(shape, &LENGTHS, &x, &weights, &bias));
        }
    }

    #[divan::bench(args = KINDS)]
    fn forward(bencher: Bencher<'_, '_>, kind: (usize, usize)) {
        with_layer(bencher, kind, false);
    }

    #[divan::bench(args = KINDS)]
    fn backward(bencher: Bencher<'_, '_>, kind: (usize, usize)) {
        with_layer(bencher, kind, true);
    }
}
