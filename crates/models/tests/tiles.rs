//! Networks that read out whole steps only, and the windows of a tile that share them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use processive_encode::PaddedBatch;
use processive_models::tiles::{TileMemory, TileNetwork, TileWindows};
use processive_models::{ArchitectureConfig, Compute, Edges, Input, Mode, Network, Readout, device, values_of};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const CLASSES: usize = 2;

/// Small convolutional networks with whole edges; kernels of odd and even width.
fn configs() -> Vec<ArchitectureConfig> {
    let mut configs = Vec::new();
    for arch in ["bag-cnn", "cnn", "dilated-cnn"] {
        for (kernel, pool, inner_kernel) in [(7, 3, 3), (8, 4, 2), (5, 1, 5)] {
            for readout in [Readout::Max, Readout::Mean, Readout::MaxMean, Readout::Profile] {
                let config = ArchitectureConfig {
                    filters: 11,
                    kernel,
                    pool,
                    channels: 10,
                    inner_kernel,
                    layers: 2,
                    dense: 6,
                    reach: 3,
                    readout,
                    edges: Edges::Whole,
                    ..ArchitectureConfig::new(arch.parse().unwrap())
                };
                if config.validate().is_ok() {
                    configs.push(config);
                }
            }
        }
    }
    configs
}

fn network(config: &ArchitectureConfig) -> Network {
    Network::init(config, CLASSES, 5, &device::cpu()).unwrap()
}

/// Random codes of which a tenth are unknown.
fn codes(length: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let code = |rng: &mut ChaCha8Rng| {
        if rng.random_range(0..10) == 0 {
            4
        } else {
            rng.random_range(0..4)
        }
    };
    (0..length).map(|_| code(rng)).collect()
}

fn logits(network: &Network, sequences: &[&[u8]]) -> Vec<f32> {
    let input = Input::codes(PaddedBatch::new(sequences).unwrap());
    values_of(network.forward(&input, &mut Mode::Infer))
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-5, "{what}: value {index} is {a}, not {b}");
    }
}

/// A network whose motifs are seldom there: nearly all of its steps are zeros, as those of a trained one are.
fn seldom(network: Network) -> Network {
    let values = network.weights().into_iter().map(|tensor| {
        if tensor.name.ends_with("stem.bias") {
            tensor.values.iter().map(|_| -1.5).collect()
        } else {
            tensor.values
        }
    });
    let values = values.collect();
    network.with_weights(values)
}

#[test]
fn the_windows_of_a_tile_score_as_they_do_alone() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let networks = |config| [network(config), seldom(network(config))].map(|network| (config, network));
    for (config, network) in configs().iter().flat_map(networks) {
        let mut memory = TileMemory::default();
        for (window, steps, count) in [(61, 1, 9), (64, 3, 1), (75, 8, 6), (90, 40, 3)] {
            let step = steps * config.stride();
            let windows = TileWindows { count, window, step };
            let tile = codes(windows.tile(), &mut rng);
            let tiles = TileNetwork::of_network(&network, window, Compute::F32).unwrap();
            tiles.logits(&tile, windows, &mut memory);
            let alone: Vec<&[u8]> = (0..count).map(|w| &tile[w * step..][..window]).collect();
            assert_close(
                &memory.logits,
                &logits(&network, &alone),
                &format!("{config:?} {windows:?}"),
            );
        }
    }
}

/// A cnn whose first convolution multiplies bytes: near that of floats, and to the bit the same in any company.
#[test]
fn bytes_score_windows_nearly_as_floats_do_and_alone_as_in_a_tile() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let is_cnn = |config: &ArchitectureConfig| config.arch.to_string() == "cnn";
    for config in configs() {
        let [mut memory, mut alone] = [TileMemory::default(), TileMemory::default()];
        let network = seldom(network(&config));
        let bytes = TileNetwork::of_network(&network, 75, Compute::Int8);
        let Some(bytes) = bytes.filter(|_| is_cnn(&config)) else {
            assert!(!is_cnn(&config), "{config:?}");
            assert!(
                TileNetwork::of_network(&network, 75, Compute::Int8).is_none(),
                "{config:?}"
            );
            continue;
        };
        let windows = TileWindows {
            count: 40,
            window: 75,
            step: config.stride(),
        };
        let tile = codes(windows.tile(), &mut rng);
        bytes.logits(&tile, windows, &mut memory);
        let floats: Vec<&[u8]> = (0..40).map(|w| &tile[w * windows.step..][..75]).collect();
        let expected = logits(&network, &floats);
        let size = expected.iter().fold(0.0_f32, |most, logit| most.max(logit.abs()));
        for (found, expected) in memory.logits.iter().zip(&expected) {
            // Values are rounded to 1/510 of a motif's best score, and those of motifs that are seldom there are a small part of
            // it (seen: 0.023); wrong scales would lose all.
            assert!(
                (found - expected).abs() < 0.1 * size,
                "{config:?}: {found} is not {expected} of {size}"
            );
        }
        for (window, codes) in floats.iter().enumerate() {
            bytes.logits(codes, TileWindows { count: 1, ..windows }, &mut alone);
            // The read-out of many windows sums in another order; what a maximum is of has the same bits.
            let together = &memory.logits[window * CLASSES..][..CLASSES];
            if config.readout == Readout::Max {
                assert_eq!(alone.logits, together, "{config:?}");
            } else {
                assert_close(&alone.logits, together, &format!("{config:?}"));
            }
        }
    }
}

#[test]
fn windows_share_when_they_have_whole_steps_that_fall_together() {
    for config in configs() {
        let packed = |config, window| TileNetwork::of_network(&network(config), window, Compute::F32);
        let shares = |window, step| packed(&config, window).is_some_and(|tiles| tiles.shares(step));
        assert!(shares(80, 2 * config.pool), "{config:?}");
        assert!(!shares(config.kernel - 1, config.pool), "{config:?}: no filter fits");
        assert!(!shares(80, 0), "{config:?}");
        if config.stride() > 1 {
            assert!(!shares(80, config.stride() + 1), "{config:?}");
        }
        let padded = ArchitectureConfig {
            edges: Edges::Padded,
            ..config.clone()
        };
        assert!(packed(&padded, 80).is_none(), "{padded:?}");
    }
    let recurrent = ArchitectureConfig::new("cnn-gru".parse().unwrap());
    assert!(TileNetwork::of_network(&network(&recurrent), 80, Compute::F32).is_none());
}

#[test]
fn what_lies_around_a_window_does_not_change_a_whole_step() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for config in configs().into_iter().filter(|config| config.readout == Readout::Max) {
        let network = network(&config);
        let features = |sequence: &[u8]| {
            let input = Input::codes(PaddedBatch::new(&[sequence]).unwrap());
            let features = network.features(&input, &mut Mode::Infer).values;
            (features.dims(), values_of(features))
        };
        if config.arch.to_string() == "bag-cnn" {
            continue; // Its one step is the maximum of all.
        }
        let (window, left) = (16 * config.pool + 20, 12 * config.pool);
        let mut long = codes(left + window + 50, &mut rng);
        let (_, alone) = features(&long[left..left + window]);
        for part in [0..left, left + window..left + window + 50] {
            let other = codes(part.len(), &mut rng);
            long[part].copy_from_slice(&other);
            let ([_, steps, channels], around) = features(&long);
            let (_, again) = features(&long[left..left + window]);
            assert_eq!(alone, again);
            let kept = alone.len() / channels;
            assert!(steps >= left / config.pool + kept);
            // The window's steps stand among those of the whole, as many steps in as it begins.
            let there = &around[left / config.pool * channels..][..alone.len()];
            assert_close(there, &alone, &format!("{config:?}"));
        }
    }
}

#[test]
fn neither_company_nor_padding_nor_columns_change_an_answer() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let sequences: Vec<Vec<u8>> = [64, 1, 33, 6, 90, 12].map(|length| codes(length, &mut rng)).into();
    let rows: Vec<&[u8]> = sequences.iter().map(Vec::as_slice).collect();
    let batch = PaddedBatch::new(&rows).unwrap().pad_to(101);
    for config in configs() {
        let network = network(&config);
        let together = values_of(network.forward(&Input::codes(batch.clone()), &mut Mode::Infer));
        let columns = Input::OneHot(Input::one_hot(&batch, &device::cpu()));
        let of_columns = values_of(network.forward(&columns, &mut Mode::Infer));
        assert_close(&of_columns, &together, &format!("{config:?}: columns"));
        for (row, found) in rows.iter().zip(together.chunks(CLASSES)) {
            assert!(found.iter().all(|logit| logit.is_finite()));
            assert_close(
                found,
                &logits(&network, &[row]),
                &format!("{config:?}: length {}", row.len()),
            );
        }
    }
}

#[test]
fn only_whole_edges_are_written() {
    let config = configs().remove(0);
    let text = serde_json::to_string(&config).unwrap();
    assert!(text.contains("\"edges\":\"whole\""), "{text}");
    assert_eq!(serde_json::from_str::<ArchitectureConfig>(&text).unwrap(), config);
    let padded = ArchitectureConfig {
        edges: Edges::Padded,
        ..config
    };
    assert!(!serde_json::to_string(&padded).unwrap().contains("edges"));
}
