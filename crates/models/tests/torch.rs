//! Networks on `LibTorch` are the networks of the kernels: same weights, same answers, same gradients.

#![cfg(feature = "tch")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Gradients, Tensor};
use processive_encode::PaddedBatch;
use processive_models::{Architecture, ArchitectureConfig, Input, Mode, Model, Network, Readout, device, values_of};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Rounding of `f32`, relative to the largest value.
const TOLERANCE: f32 = 1e-5;

fn configs() -> impl Iterator<Item = ArchitectureConfig> {
    Architecture::all().into_iter().flat_map(|architecture| {
        [Readout::Max, Readout::MaxMean, Readout::Last, Readout::Profile].map(|readout| ArchitectureConfig {
            filters: 12,
            kernel: 7,
            pool: 3,
            channels: 10,
            inner_kernel: 3,
            hidden: 9,
            dense: 6,
            layers: 2,
            readout,
            ..ArchitectureConfig::new(architecture)
        })
    })
}

fn batch() -> PaddedBatch {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let rows: Vec<Vec<u8>> = [31, 1, 2, 17, 64, 64, 5]
        .iter()
        .map(|&length| (0..length).map(|_| rng.random_range(0..5)).collect())
        .collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    PaddedBatch::new(&rows).unwrap().pad_to(70)
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

/// The gradients of every parameter, in the order of the weights.
struct Reader<'a>(&'a Gradients, Vec<Vec<f32>>);

impl ModuleVisitor for Reader<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.0);
        self.1.push(gradient.map(values_of).unwrap_or_default());
    }
}

/// A loss that is not linear in the logits.
fn loss(network: &Network, input: &Input) -> Tensor<1> {
    network.forward(input, &mut Mode::Infer).powi_scalar(2).sum()
}

fn gradients(network: &Network, input: &Input) -> Vec<Vec<f32>> {
    let gradients = loss(network, input).backward();
    let mut reader = Reader(&gradients, Vec::new());
    network.visit(&mut reader);
    reader.1
}

#[test]
fn every_network_gives_the_same_logits_and_gradients() {
    let mut networks = 0;
    for config in configs() {
        let network = |device: &Device| Network::init(&config, 2, 11, device);
        let Ok(kernels) = network(&device::cpu_autodiff()) else {
            continue; // A bag of motifs has its maximum only.
        };
        let torch = network(&device::libtorch_autodiff()).unwrap();
        let what = format!("{} {:?}", config.arch, config.readout);
        assert_eq!(torch.weights(), kernels.weights(), "{what}");
        let input = Input::codes(batch());
        let logits = |network: &Network| values_of(network.forward(&input, &mut Mode::Infer));
        assert_close(&logits(&torch), &logits(&kernels), &what);
        let plain = network(&device::libtorch()).unwrap();
        assert_close(
            &logits(&plain),
            &logits(&kernels),
            &format!("{what}, without gradients"),
        );
        let (found, expected) = (gradients(&torch, &input), gradients(&kernels, &input));
        for ((found, expected), tensor) in found.iter().zip(&expected).zip(kernels.weights()) {
            assert_close(found, expected, &format!("{what}, gradient of {}", tensor.name));
        }
        networks += 1;
    }
    assert!(networks >= 45, "{networks}");
}

#[test]
fn one_hot_columns_give_what_codes_give() {
    for config in configs() {
        if let Ok(network) = Network::init(&config, 2, 5, &device::libtorch()) {
            let columns = Input::OneHot(Input::one_hot(&batch(), &device::libtorch()));
            let logits = |input: &Input| values_of(network.forward(input, &mut Mode::Infer));
            assert_close(
                &logits(&columns),
                &logits(&Input::codes(batch())),
                &format!("{} {:?}", config.arch, config.readout),
            );
        }
    }
}

#[test]
fn a_bundled_model_scores_as_on_the_kernels() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    for name in ["ctcf", "reb1"] {
        let model = Model::read(&folder.join(format!("{name}.safetensors"))).unwrap();
        let kernels = model.probabilities_of_both_strands(&batch());
        let torch = model.clone().to_device(&device::libtorch());
        assert_close(&torch.probabilities_of_both_strands(&batch()), &kernels, name);
        assert_eq!(torch.to_bytes(), model.to_bytes(), "{name}");
    }
}

#[test]
fn steps_of_training_lead_to_the_same_weights() {
    let input = Input::codes(batch());
    for config in configs().filter(|config| config.readout == Readout::Max) {
        let trained = |device: &Device| {
            let mut network = Network::init(&config, 1, 3, device).unwrap();
            let mut optimizer = SgdConfig::new().init();
            for _ in 0..3 {
                let gradients = loss(&network, &input).backward();
                let gradients = GradientsParams::from_grads(gradients, &network);
                network = optimizer.step(0.01, network, gradients);
            }
            network.weights()
        };
        let kernels = trained(&device::cpu_autodiff());
        for (found, expected) in trained(&device::libtorch_autodiff()).iter().zip(&kernels) {
            assert_close(
                &found.values,
                &expected.values,
                &format!("{} {}", config.arch, expected.name),
            );
        }
    }
}
