//! Numbers that are none are not hidden: no maximum, rectifier or gate swallows a NaN.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use burn::tensor::{Tensor, TensorData};
use processive_encode::PaddedBatch;
use processive_models::layers::Features;
use processive_models::{Architecture, ArchitectureConfig, Input, Mode, Network, Readout, device, values_of};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const READOUTS: [Readout; 5] = [
    Readout::Max,
    Readout::Mean,
    Readout::MaxMean,
    Readout::Last,
    Readout::Profile,
];

/// Small networks of every architecture with every read-out that it has.
fn networks() -> impl Iterator<Item = (String, Network)> {
    let all = Architecture::all()
        .into_iter()
        .flat_map(|arch| READOUTS.map(|readout| (arch, readout)));
    all.filter_map(|(arch, readout)| {
        let config = ArchitectureConfig {
            filters: 5,
            kernel: 4,
            pool: 3,
            channels: 4,
            inner_kernel: 3,
            hidden: 3,
            dense: 4,
            layers: 2,
            reach: 2,
            readout,
            ..ArchitectureConfig::new(arch)
        };
        let network = Network::init(&config, 2, 11, &device::cpu()).ok()?;
        Some((format!("{arch} with {readout:?}"), network))
    })
}

/// Three sequences of different lengths in which every letter stands at every place of a filter.
fn batch() -> PaddedBatch {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rows: Vec<Vec<u8>> = [61, 60, 47]
        .iter()
        .map(|&length| (0..length).map(|_| rng.random_range(0..4)).collect())
        .collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    PaddedBatch::new(&rows).unwrap()
}

fn logits(network: &Network, input: &Input) -> Vec<f32> {
    values_of(network.forward(input, &mut Mode::Infer))
}

fn inputs() -> [(&'static str, Input); 2] {
    let columns = Input::one_hot(&batch(), &device::cpu());
    [("codes", Input::codes(batch())), ("columns", Input::OneHot(columns))]
}

#[test]
fn a_weight_that_is_no_number_shows_in_every_sequence() {
    for (name, network) in networks() {
        let weights = network.weights();
        for (index, tensor) in weights.iter().enumerate() {
            let mut values: Vec<Vec<f32>> = weights.iter().map(|tensor| tensor.values.clone()).collect();
            let middle = values[index].len() / 2;
            values[index][middle] = f32::NAN;
            let poisoned = network.clone().with_weights(values);
            for (form, input) in inputs() {
                for (row, logits) in logits(&poisoned, &input).chunks(2).enumerate() {
                    let shows = logits.iter().any(|logit| logit.is_nan());
                    assert!(
                        shows,
                        "{name}, {form}: NaN in {} is hidden in sequence {row}",
                        tensor.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_column_that_is_no_number_shows_in_its_sequence_and_in_no_other() {
    for (name, network) in networks() {
        let columns = Input::one_hot(&batch(), &device::cpu());
        let [rows, steps, letters] = columns.values.dims();
        let clean = logits(&network, &Input::OneHot(columns.clone()));
        let mut values = values_of(columns.values);
        // The second sequence, at a step that has neighbours on both sides.
        values[(steps + 30) * letters] = f32::NAN;
        let data = TensorData::new(values, [rows, steps, letters]);
        let poisoned = Input::OneHot(Features {
            values: Tensor::from_data(data, &device::cpu()),
            lengths: columns.lengths,
        });
        let found = logits(&network, &poisoned);
        assert!(found[2..4].iter().any(|logit| logit.is_nan()), "{name}: {found:?}");
        for row in [0, 2] {
            assert_eq!(found[2 * row..2 * row + 2], clean[2 * row..2 * row + 2], "{name}");
        }
    }
}
