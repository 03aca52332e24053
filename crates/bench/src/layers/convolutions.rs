//! Convolutions.

use burn::tensor::Tensor;
use processive_core::Alphabet;
use processive_encode::PaddedBatch;
use processive_models::Input;
use processive_models::layers::{Conv1dConfig, Features, MotifConvConfig, Padding, Pool};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Work, device_of, finish, normal, what};
use crate::timing::Size;

const BATCH: usize = 64;
const LENGTH: usize = 1000;
const FILTERS: usize = 128;

/// Every convolution.
pub(super) fn all() -> Vec<Work> {
    vec![
        motifs("conv 4->128 k19", 1, false),
        motifs("conv 4->128 k19", 1, true),
        motifs("stem conv 4->128 k19 + relu + max pool 8", 8, false),
        motifs("stem conv 4->128 k19 + relu + max pool 8", 8, true),
        inner(false),
        inner(true),
    ]
}

/// Random bases.
pub(super) fn codes(batch: usize, length: usize) -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let sequences: Vec<Vec<u8>> = (0..batch)
        .map(|_| (0..length).map(|_| rng.random_range(0..4)).collect())
        .collect();
    let sequences: Vec<&[u8]> = sequences.iter().map(Vec::as_slice).collect();
    Input::codes(PaddedBatch::new(&sequences).expect("random bases are a batch"))
}

/// Motif filters over letters; the rectifier comes with them (the rival's work without pooling has none).
fn motifs(name: &str, pool: usize, backward: bool) -> Work {
    let name = format!("{name} {} n{BATCH} l{LENGTH}", what(backward));
    Work::new(name, Size::bases(BATCH * LENGTH), move || {
        let config = MotifConvConfig {
            alphabet: Alphabet::Dna,
            filters: FILTERS,
            kernel: 19,
            padding: Padding::Same,
            pool: Pool::Local(pool),
        };
        let conv = config.init(&device_of(backward), &mut ChaCha8Rng::seed_from_u64(0));
        let input = codes(BATCH, LENGTH);
        move || finish(conv.forward(&input).values, backward)
    })
}

/// A convolution of features, with the gradient of its input.
fn inner(backward: bool) -> Work {
    const STEPS: usize = 982;
    const KERNEL: usize = 7;
    let product = 2.0 * (BATCH * STEPS * KERNEL * FILTERS * FILTERS) as f64 / 1e9;
    let products = if backward { 3.0 } else { 1.0 };
    let name = format!("conv 128->128 k7 {} n{BATCH} l{STEPS}", what(backward));
    Work::new(name, Size::gflop(products * product), move || {
        let device = device_of(backward);
        let config = Conv1dConfig {
            d_input: FILTERS,
            d_output: FILTERS,
            kernel: KERNEL,
            dilation: 1,
        };
        let conv = config.init(&device, &mut ChaCha8Rng::seed_from_u64(0));
        let x = normal(&[STEPS; BATCH], FILTERS, &device);
        let x = Features {
            values: differentiable(x.values, backward),
            ..x
        };
        move || finish(conv.forward(&x).values, backward)
    })
}

fn differentiable(x: Tensor<3>, backward: bool) -> Tensor<3> {
    if backward { x.require_grad() } else { x }
}
