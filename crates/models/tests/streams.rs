//! Streams of recurrent networks: long sequences in rows, and how far back they remember.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use burn::tensor::Tensor;
use processive_core::alphabet::UNKNOWN;
use processive_encode::PaddedBatch;
use processive_models::layers::Features;
use processive_models::streams::{StreamMemory, StreamNetwork, StreamRule, StreamTile};
use processive_models::{
    ArchitectureConfig, Compute, Input, Mode, Model, ModelDescription, ModelError, Network, Readout, TFBS, device,
    values_of,
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const WINDOW: usize = 60;

fn config(arch: &str, readout: Readout) -> ArchitectureConfig {
    ArchitectureConfig {
        filters: 10,
        kernel: 7,
        pool: 4,
        hidden: 9,
        dense: 6,
        reach: 3,
        readout,
        max_lag: Some(20),
        ..ArchitectureConfig::new(arch.parse().unwrap())
    }
}

/// Every recurrent architecture with a read-out that it can have.
fn configs() -> Vec<ArchitectureConfig> {
    let mut configs = Vec::new();
    for arch in [
        "elman",
        "gru",
        "lstm",
        "lstm-reverse",
        "bilstm",
        "cnn-lstm",
        "cnn-bilstm",
        "cnn-bigru",
    ] {
        for readout in [
            Readout::Max,
            Readout::Mean,
            Readout::MaxMean,
            Readout::Profile,
            Readout::Last,
        ] {
            let config = config(arch, readout);
            if config.validate().is_ok() {
                configs.push(config);
            }
        }
    }
    assert!(configs.len() > 30);
    configs
}

/// A network whose recurrent weights are random, times a factor: the smaller they are, the faster it forgets.
fn network(config: &ArchitectureConfig, factor: f32) -> Network {
    let network = Network::init(config, 2, 5, &device::cpu()).unwrap();
    let scaled = network.weights().into_iter().map(|tensor| {
        let factor = if tensor.name.ends_with("recurrent") {
            factor
        } else {
            1.0
        };
        tensor.values.iter().map(|value| factor * value).collect()
    });
    let scaled = scaled.collect();
    network.with_weights(scaled)
}

fn codes(length: usize, seed: u64) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..length).map(|_| rng.random_range(0..4)).collect()
}

/// The features of a whole sequence, read out by the definition of a stream: window by window.
fn untiled(network: &Network, config: &ArchitectureConfig, codes: &[u8], rule: StreamRule, windows: usize) -> Vec<f32> {
    let input = Input::codes(PaddedBatch::new(&[codes]).unwrap());
    let features = network.features(&input, &mut Mode::Infer).values;
    let stride = config.stride();
    let steps = |window: usize| {
        let first = (rule.margin() + window * rule.step) / stride;
        features
            .clone()
            .slice([0..1, first..first + rule.window.div_ceil(stride)])
    };
    let rows = (0..windows).map(steps).collect();
    let read = Features {
        values: Tensor::cat(rows, 0),
        lengths: vec![rule.window.div_ceil(stride); windows].into(),
    };
    values_of(network.head().forward(&read, &mut Mode::Infer))
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

#[test]
fn a_stream_gives_every_window_what_the_untiled_sequence_gives_it() {
    let mut memory = StreamMemory::default();
    for config in configs() {
        let network = network(&config, 0.3);
        let stride = config.stride();
        let stream = StreamNetwork::of_network(&network, Compute::F32).unwrap();
        assert_eq!(stream.stride(), stride);
        let rule = StreamRule {
            window: WINDOW + 3,
            step: 3 * stride,
            halo: 90 * stride,
            row: Some(70),
        };
        // Some tiles are cut into rows, and some are shorter than a row.
        let counts = [1, 300, 7];
        let sequences: Vec<Vec<u8>> = counts.iter().map(|&n| codes(rule.tile(n), n as u64)).collect();
        let tiles: Vec<StreamTile<'_>> = counts
            .iter()
            .zip(&sequences)
            .map(|(&windows, codes)| StreamTile {
                codes,
                windows,
                first: -33,
            })
            .collect();
        // Memory that held something else changes nothing.
        stream.logits(&tiles[1..], rule, &mut memory);
        stream.logits(&tiles, rule, &mut memory);
        let found = &memory.logits;
        let expected: Vec<f32> = tiles
            .iter()
            .flat_map(|tile| untiled(&network, &config, tile.codes, rule, tile.windows))
            .collect();
        let difference = difference(found, &expected);
        assert!(difference < 2e-6, "{config:?}: {difference}");
        // One row for each tile says the same.
        let whole = StreamRule { row: None, ..rule };
        let margins = rule.margin() - whole.margin();
        let tiles = tiles.iter().map(|tile| StreamTile {
            codes: &tile.codes[margins..tile.codes.len() - margins],
            ..*tile
        });
        stream.logits(&tiles.collect::<Vec<_>>(), whole, &mut memory);
        let difference = self::difference(&memory.logits, &expected);
        assert!(difference < 2e-6, "{config:?}: {difference}");
    }
}

/// A contig with unknown bases around it and in it, in the codes of one tile of windows that all have a known base near.
fn contig(rule: StreamRule, windows: usize) -> Vec<u8> {
    let mut codes = codes(rule.tile(windows), 6);
    let outside = rule.margin() + rule.window / 2;
    codes[..outside].fill(UNKNOWN);
    let end = codes.len();
    codes[end - outside..].fill(UNKNOWN);
    codes[end / 2..end / 2 + 30].fill(UNKNOWN);
    codes
}

#[test]
fn a_window_has_the_same_score_in_every_tile() {
    let mut memory = StreamMemory::default();
    for config in configs() {
        // States that are hardly forgotten: what is carried in depends on where rows begin.
        let network = network(&config, 1.0);
        let stride = config.stride();
        let stream = StreamNetwork::of_network(&network, Compute::F32).unwrap();
        let rule = StreamRule {
            window: WINDOW + 3,
            step: 3 * stride,
            halo: 5 * stride,
            row: Some(20),
        };
        let (windows, first) = (130, -51);
        let (codes, widest) = (contig(rule, windows), rule.margin());
        let mut logits = |cuts: &[usize], rule: StreamRule| {
            let tile = |cut: &[usize]| StreamTile {
                codes: &codes[widest - rule.margin() + cut[0] * rule.step..][..rule.tile(cut[1] - cut[0])],
                windows: cut[1] - cut[0],
                first: first + cut[0] as i64,
            };
            stream.logits(&cuts.windows(2).map(tile).collect::<Vec<_>>(), rule, &mut memory);
            memory.logits.clone()
        };
        let whole = logits(&[0, windows], rule);
        // Sums over windows are rounded as their tile begins.
        let tolerance = match config.readout {
            Readout::Mean | Readout::MaxMean => 1e-6,
            _ => 0.0,
        };
        for cuts in [
            &[0, 1, 2, 40, windows][..],
            &[0, 77, windows],
            &[0, 19, 20, 21, 129, windows],
        ] {
            let difference = difference(&logits(cuts, rule), &whole);
            assert!(difference <= tolerance, "{config:?} {cuts:?}: {difference:e}");
        }
        let other = difference(&logits(&[0, windows], StreamRule { row: Some(19), ..rule }), &whole);
        assert!(
            other > 1e-5 || config.arch.to_string().contains("cnn"),
            "other rows say something else: {other:e}"
        );
    }
}

#[test]
fn a_stream_of_bytes_is_near_that_of_floats() {
    let [mut floats, mut bytes] = [StreamMemory::default(), StreamMemory::default()];
    for mut config in configs() {
        config.layers = 2;
        let network = network(&config, 0.3);
        let stride = config.stride();
        let rule = StreamRule {
            window: WINDOW,
            step: 3 * stride,
            halo: 20 * stride,
            row: Some(70),
        };
        let codes = codes(rule.tile(300), 8);
        let tiles = [StreamTile {
            codes: &codes,
            windows: 300,
            first: 0,
        }];
        let packed = |compute| StreamNetwork::of_network(&network, compute).unwrap();
        packed(Compute::F32).logits(&tiles, rule, &mut floats);
        packed(Compute::Int8).logits(&tiles, rule, &mut bytes);
        let size = floats.logits.iter().fold(0.0_f32, |most, logit| most.max(logit.abs()));
        let difference = difference(&floats.logits, &bytes.logits);
        println!("{} {:?}: {difference} of {size}", config.arch, config.readout);
        // States are rounded to 1/254 and those of networks that have learned nothing are about 0.1, so that two layers lose
        // some hundredths of them (seen: 0.04); wrong scales or zeros would lose all.
        assert!(
            difference > 0.0 && difference < 0.1 * size,
            "{config:?}: {difference} of {size}"
        );
    }
}

fn model(config: &ArchitectureConfig, network: Network) -> Model {
    let description = ModelDescription {
        window: WINDOW,
        bin: 12,
        ..ModelDescription::untrained(TFBS, vec!["a".to_owned(), "b".to_owned()], config.clone(), 1)
    };
    Model::new(description, vec![network])
}

/// An Elman network over letters that is nearly linear: `h' = tanh(W x + factor · Q h)` with an orthogonal `Q` and small `W`.
fn nearly_linear(factor: f32, inputs: f32) -> Model {
    let config = config("elman", Readout::MaxMean);
    let network = network(&config, factor);
    let weights = network.weights().into_iter().map(|tensor| {
        let factor = if tensor.name.rsplit('.').next() == Some("input") {
            inputs
        } else {
            1.0
        };
        tensor.values.iter().map(|value| factor * value).collect()
    });
    let weights = weights.collect();
    model(&config, network.with_weights(weights))
}

#[test]
fn the_exponent_of_a_linear_recurrence_is_the_logarithm_of_its_factor() {
    for factor in [0.9f32, 0.6, 0.98] {
        let found = nearly_linear(factor, 1e-3)
            .measure_forgetting(&codes(40_000, 1), 0)
            .unwrap()
            .unwrap();
        let expected = f64::from(factor).ln();
        assert!(
            (found.exponent / expected - 1.0).abs() < 0.01,
            "{found:?}, not {expected}"
        );
        // The states are of size 1e-3, and so are differences: shorter halos than the exponent's do.
        assert!(
            (found.halo.unwrap() as f64) < (1e-4f64).ln() / found.exponent,
            "{found:?}"
        );
        assert!(found.difference <= 0.1 * found.tolerance && found.windows > 100);
    }
}

#[test]
fn a_network_that_keeps_its_states_has_no_halo() {
    let model = nearly_linear(1.0, 1e-4);
    let found = model.measure_forgetting(&codes(40_000, 1), 0).unwrap().unwrap();
    assert_eq!(found.halo, None, "{found:?}");
    assert!(found.exponent.abs() < 5e-4, "{found:?}");
    // Its file can be read again.
    let mut description = model.description().clone();
    description.forgetting = Some(found);
    let file = tempfile::tempdir().unwrap();
    let file = file.path().join("model.safetensors");
    Model::new(description, model.networks().to_vec()).save(&file).unwrap();
    assert_eq!(Model::read(&file).unwrap().description().forgetting, Some(found));
}

#[test]
fn a_halo_keeps_its_promise_on_other_sequence() {
    for arch in ["cnn-bilstm", "bigru", "lstm-reverse"] {
        let config = config(arch, Readout::MaxMean);
        let model = model(&config, network(&config, 1.0));
        let found = model.measure_forgetting(&codes(60_000, 2), 0).unwrap().unwrap();
        let halo = found.halo.unwrap();
        assert!(halo.is_multiple_of(config.stride()) && found.exponent < 0.0);
        let step = 12;
        let rule = |halo| StreamRule {
            window: WINDOW,
            step,
            halo,
            row: None,
        };
        let far = 8 * halo;
        let sequence = codes(rule(far).tile(400), 77);
        let probabilities = |halo: usize| {
            let tile = StreamTile {
                codes: &sequence[far - halo..sequence.len() - (far - halo)],
                windows: 400,
                first: 0,
            };
            model.stream().unwrap().probabilities(&[tile], rule(halo))
        };
        let difference = difference(&probabilities(halo), &probabilities(far));
        // Twice, since other places are a little worse or better.
        assert!(
            f64::from(difference) <= 2.0 * found.tolerance,
            "{arch}: {difference} {found:?}"
        );
    }
}

#[test]
fn what_cannot_be_streamed_has_nothing_to_forget() {
    let cnn = config("cnn", Readout::Max);
    let network = Network::init(&cnn, 2, 1, &device::cpu()).unwrap();
    let model = model(&cnn, network);
    assert!(model.stream().is_none());
    assert_eq!(model.measure_forgetting(&codes(9, 1), 0).unwrap(), None);
}

#[test]
fn a_short_sequence_is_refused_with_what_it_lacks() {
    let error = nearly_linear(0.9, 1e-3)
        .measure_forgetting(&codes(300, 1), 0)
        .unwrap_err();
    assert!(
        matches!(error, ModelError::ShortSequence { length: 300, needed } if needed > 300),
        "{error}"
    );
}
