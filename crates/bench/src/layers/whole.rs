//! Whole networks: a training step, and scans of one strand.

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Tensor, TensorData, activation::relu};
use processive_models::layers::Conv1dConfig;
use processive_models::{Architecture, ArchitectureConfig, Mode, Network, Readout, device};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Work;
use super::convolutions::codes;
use crate::timing::Size;

/// Every whole network.
pub(super) fn all() -> Vec<Work> {
    vec![training_step(), dense_scan(), window_scan(), tile_scan()]
}

fn config(arch: &str) -> ArchitectureConfig {
    ArchitectureConfig {
        filters: 128,
        kernel: 19,
        pool: 8,
        hidden: 128,
        layers: 1,
        channels: 128,
        inner_kernel: 7,
        readout: Readout::Max,
        dense: 0,
        dropout: 0.0,
        ..ArchitectureConfig::new(arch.parse::<Architecture>().expect("the architecture exists"))
    }
}

/// Forward, backward and AdamW, as `fit` does them.
fn training_step() -> Work {
    Work::new("cnn-bilstm training step b64 l1000", Size::bases(64_000), || {
        let device = device::cpu_autodiff();
        let mut network = Network::init(&config("cnn-bilstm"), 1, 0, &device).expect("the settings make a network");
        let mut optimiser = AdamWConfig::new().init();
        let input = codes(64, 1000);
        let labels: Vec<f32> = (0..64u8).map(|row| f32::from(row % 2)).collect();
        let labels = Tensor::<2>::from_data(TensorData::new(labels, [64, 1]), &device);
        move || {
            let logits = network.forward(&input, &mut Mode::Infer);
            let softplus = logits.clone().abs().neg().exp().log1p();
            let loss = (relu(logits.clone()) - logits * labels.clone() + softplus).mean();
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            network = optimiser.step(1e-3, network.clone(), gradients);
        }
    })
}

/// Scores at every eighth base of long tiles.
fn dense_scan() -> Work {
    Work::new(
        "cnn dense scan, one strand, 4 tiles of 100 kb",
        Size::bases(400_000),
        || {
            let device = device::cpu();
            let network = Network::init(&config("cnn"), 1, 0, &device).expect("the settings make a network");
            let last = Conv1dConfig {
                d_input: 128,
                d_output: 1,
                kernel: 1,
                dilation: 1,
            };
            let last = last.init(&device, &mut ChaCha8Rng::seed_from_u64(0));
            let input = codes(4, 100_000);
            move || drop(last.forward(&network.features(&input, &mut Mode::Infer)).values)
        },
    )
}

/// One score for each of many windows.
fn window_scan() -> Work {
    let name = "cnn window scan, one strand, 256 windows of 1 kb (step 50)";
    Work::new(name, Size::bases(256 * 50), || scan("cnn", 256))
}

fn tile_scan() -> Work {
    let name = "cnn-bilstm tile scan, one strand, 64 tiles of 1 kb";
    Work::new(name, Size::bases(64_000), || scan("cnn-bilstm", 64))
}

fn scan(arch: &str, windows: usize) -> impl FnMut() + 'static {
    let network = Network::init(&config(arch), 1, 0, &device::cpu()).expect("the settings make a network");
    let network = network.no_grad();
    let input = codes(windows, 1000);
    move || drop(network.forward(&input, &mut Mode::Infer))
}
