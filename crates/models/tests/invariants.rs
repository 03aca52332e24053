//! What every network must keep, whatever its weights.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use burn::tensor::Tensor;
use processive_encode::{PaddedBatch, encode_dna};
use processive_models::layers::Features;
use processive_models::{Architecture, ArchitectureConfig, Input, Mode, Network, Readout, device, values_of};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Small networks of every architecture, so that every line of every forward pass runs.
fn config(architecture: Architecture) -> ArchitectureConfig {
    ArchitectureConfig {
        filters: 12,
        kernel: 7,
        pool: 3,
        channels: 10,
        inner_kernel: 3,
        hidden: 9,
        dense: 6,
        layers: 2,
        ..ArchitectureConfig::new(architecture)
    }
}

fn network(architecture: Architecture) -> Network {
    Network::init(&config(architecture), 2, 11, &device::cpu()).unwrap()
}

fn sequences(lengths: &[usize], seed: u64) -> Vec<Vec<u8>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    lengths
        .iter()
        .map(|&length| (0..length).map(|_| rng.random_range(0..5)).collect())
        .collect()
}

fn batch(sequences: &[Vec<u8>]) -> PaddedBatch {
    let rows: Vec<&[u8]> = sequences.iter().map(Vec::as_slice).collect();
    PaddedBatch::new(&rows).unwrap()
}

fn logits(network: &Network, input: &Input) -> Vec<f32> {
    values_of(network.forward(input, &mut Mode::Infer))
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-5, "{what}: value {index} is {a}, not {b}");
    }
}

#[test]
fn a_sequence_in_a_batch_scores_as_it_does_alone() {
    let sequences = sequences(&[31, 1, 2, 17, 64, 64, 5], 3);
    for architecture in Architecture::all() {
        let network = network(architecture);
        let together = logits(&network, &Input::codes(batch(&sequences)));
        for (sequence, found) in sequences.iter().zip(together.chunks(2)) {
            let alone = logits(&network, &Input::codes(batch(std::slice::from_ref(sequence))));
            assert_close(found, &alone, &format!("{architecture}, length {}", sequence.len()));
        }
    }
}

#[test]
fn the_amount_of_padding_changes_nothing() {
    let sequences = sequences(&[23, 40], 5);
    for architecture in Architecture::all() {
        let network = network(architecture);
        let tight = logits(&network, &Input::codes(batch(&sequences)));
        for width in [41, 57, 200] {
            let padded = logits(&network, &Input::codes(batch(&sequences).pad_to(width)));
            assert_close(&padded, &tight, &format!("{architecture}, width {width}"));
        }
    }
}

#[test]
fn every_readout_ignores_padding_and_company() {
    let sequences = sequences(&[29, 13, 1], 8);
    for readout in [
        Readout::Max,
        Readout::Mean,
        Readout::MaxMean,
        Readout::Last,
        Readout::Profile,
    ] {
        for name in ["cnn-bilstm", "gru", "cnn"] {
            let mut config = config(name.parse().unwrap());
            config.readout = readout;
            let Ok(network) = Network::init(&config, 2, 3, &device::cpu()) else {
                continue;
            };
            let together = logits(&network, &Input::codes(batch(&sequences).pad_to(50)));
            for (sequence, found) in sequences.iter().zip(together.chunks(2)) {
                let alone = logits(&network, &Input::codes(batch(std::slice::from_ref(sequence))));
                assert_close(found, &alone, &format!("{name} with {readout:?}"));
            }
        }
    }
}

#[test]
fn codes_and_one_hot_columns_give_the_same_answer() {
    let batch = batch(&sequences(&[31, 6, 50], 9));
    for architecture in Architecture::all() {
        let network = network(architecture);
        let columns = Input::OneHot(Input::one_hot(&batch, &device::cpu()));
        assert_close(
            &logits(&network, &columns),
            &logits(&network, &Input::codes(batch.clone())),
            &architecture.to_string(),
        );
    }
}

#[test]
fn the_formula_counts_the_parameters_of_the_network() {
    for architecture in Architecture::all() {
        for (layers, dense, readout) in [(1, 0, Readout::Max), (3, 5, Readout::MaxMean), (2, 4, Readout::Profile)] {
            let mut config = config(architecture);
            (config.layers, config.dense, config.readout) = (layers, dense, readout);
            if let Ok(network) = Network::init(&config, 3, 1, &device::cpu()) {
                assert_eq!(config.parameters(3), network.parameters(), "{architecture} {readout:?}");
            }
        }
    }
}

/// Gradients of one step's features with respect to the one-hot columns: the bases where one is not zero.
fn bases_that_matter(network: &Network, batch: &PaddedBatch, step: usize) -> Vec<usize> {
    let device = device::cpu_autodiff();
    let columns = Input::one_hot(batch, &device);
    let leaf = columns.values.require_grad();
    let input = Input::OneHot(Features {
        values: leaf.clone(),
        lengths: columns.lengths,
    });
    let features = network.features(&input, &mut Mode::Infer);
    let [rows, _, channels] = features.values.dims();
    let target: Tensor<3> = features.values.slice([0..rows, step..step + 1, 0..channels]);
    let gradient = leaf
        .grad(&target.sum().backward())
        .expect("the columns are in the graph");
    let [_, length, letters] = gradient.dims();
    let values = values_of(gradient);
    (0..length)
        .filter(|base| values[base * letters..(base + 1) * letters].iter().any(|&g| g != 0.0))
        .collect()
}

fn autodiff_network(config: &ArchitectureConfig) -> Network {
    Network::init(config, 1, 5, &device::cpu_autodiff()).unwrap()
}

#[test]
fn a_convolutional_step_depends_on_its_receptive_field_only() {
    let batch = batch(&[sequences(&[120], 2)[0].iter().map(|&code| code % 4).collect()]);
    for name in ["cnn", "dilated-cnn"] {
        let config = config(name.parse().unwrap());
        let network = autodiff_network(&config);
        let field = config.receptive_field().expect("convolutions see a bounded stretch");
        for step in [0, 7, 20, 39] {
            let bases = bases_that_matter(&network, &batch, step);
            let span = bases.last().unwrap() - bases.first().unwrap() + 1;
            assert!(
                span <= field,
                "{name}: step {step} depends on {span} bases, more than {field}"
            );
            let centre = step * config.stride();
            assert!(
                bases.iter().all(|base| base.abs_diff(centre) <= field),
                "{name}: {bases:?} around {centre}"
            );
        }
    }
}

#[test]
fn the_receptive_field_is_reached_by_some_weights() {
    // The claim above would also hold for a field that is too large: the widest span seen must be the field.
    let sequences: Vec<u8> = sequences(&[120], 4)[0].iter().map(|&code| code % 4).collect();
    for name in ["cnn", "dilated-cnn"] {
        let config = config(name.parse().unwrap());
        let widest = (0..12)
            .map(|seed| {
                let network = Network::init(&config, 1, seed, &device::cpu_autodiff()).unwrap();
                let bases = bases_that_matter(&network, &batch(std::slice::from_ref(&sequences)), 20);
                bases.last().unwrap_or(&0) - bases.first().unwrap_or(&0) + 1
            })
            .max();
        assert_eq!(widest, config.receptive_field(), "{name}");
    }
}

#[test]
fn a_forward_cell_does_not_see_the_future() {
    let batch = batch(&[sequences(&[30], 6)[0].iter().map(|&code| code % 4).collect()]);
    for name in ["elman", "gru", "lstm"] {
        let network = autodiff_network(&config(name.parse().unwrap()));
        for step in [0, 1, 13, 29] {
            let bases = bases_that_matter(&network, &batch, step);
            assert_eq!(bases, (0..=step).collect::<Vec<_>>(), "{name} at {step}");
        }
        let both = autodiff_network(&config(format!("bi{}", name.replace("elman", "rnn")).parse().unwrap()));
        assert_eq!(bases_that_matter(&both, &batch, 13), (0..30).collect::<Vec<_>>());
    }
}

#[test]
fn a_bag_of_motifs_cannot_tell_which_block_comes_first_and_a_bilstm_can() {
    let (first, second, gap) = ("ACGTTGCATGACTCAGC", "TTGACCAGGAT", "NNNNNNNNNN");
    for (front, back) in [("", ""), (gap, gap)] {
        let there = encode_dna(format!("{front}{first}{gap}{second}{back}").as_bytes());
        let swapped = encode_dna(format!("{front}{second}{gap}{first}{back}").as_bytes());
        let answers = |name: &str| {
            // Without a rectified layer before the output, which could hide a difference.
            let config = ArchitectureConfig {
                dense: 0,
                ..config(name.parse().unwrap())
            };
            let network = Network::init(&config, 2, 11, &device::cpu()).unwrap();
            let answer = |codes: &Vec<u8>| logits(&network, &Input::codes(batch(std::slice::from_ref(codes))));
            (answer(&there), answer(&swapped))
        };
        let (there, swapped) = answers("bag-cnn");
        assert_eq!(there, swapped);
        for name in ["bilstm", "cnn-bilstm"] {
            let (there, swapped) = answers(name);
            let difference = there
                .iter()
                .zip(&swapped)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(difference > 1e-4, "{name}: {there:?} and {swapped:?}");
        }
    }
}

/// The directional derivative of a network's summed logits along one parameter, by central differences and by
/// the backward pass.
#[test]
fn gradients_match_central_differences() {
    let batch = batch(&sequences(&[25, 9], 12));
    for architecture in Architecture::all() {
        let config = ArchitectureConfig {
            dense: 0,
            readout: if architecture == Architecture::BagCnn {
                Readout::Max
            } else {
                // Smooth, unlike a maximum, which jumps to another step when two are close.
                Readout::Mean
            },
            ..config(architecture)
        };
        let network = Network::init(&config, 1, 21, &device::cpu_autodiff()).unwrap();
        let input = Input::codes(batch.clone());
        let loss = |network: &Network| values_of(network.forward(&input, &mut Mode::Infer).sum())[0];
        let gradients = parameter_gradients(&network, &input);
        let weights = network.weights();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (parameter, gradient) in gradients.iter().enumerate() {
            // A random direction of unit length within the parameter: no single value can hide a wrong one.
            let mut direction: Vec<f32> = gradient.iter().map(|_| rng.random_range(-1.0..1.0f32)).collect();
            let norm = direction.iter().map(|d| d * d).sum::<f32>().sqrt();
            for d in &mut direction {
                *d /= norm;
            }
            let step = 2e-3;
            let moved = |sign: f32| {
                let mut values: Vec<Vec<f32>> = weights.iter().map(|tensor| tensor.values.clone()).collect();
                values[parameter]
                    .iter_mut()
                    .zip(&direction)
                    .for_each(|(value, d)| *value += sign * step * d);
                loss(&network.clone().with_weights(values))
            };
            let numeric = (moved(1.0) - moved(-1.0)) / (2.0 * step);
            let exact: f32 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
            // f32 rounding over the step, and kinks of ReLU and maximum within it.
            let tolerance = 0.05 * exact.abs() + 1e-3;
            let name = &weights[parameter].name;
            assert!(
                (numeric - exact).abs() <= tolerance,
                "{architecture} {name}: {numeric} and {exact}"
            );
        }
    }
}

/// The gradient of the summed logits with respect to every parameter, in the order of the weights.
fn parameter_gradients(network: &Network, input: &Input) -> Vec<Vec<f32>> {
    use burn::module::{Module, ModuleVisitor, Param};
    struct Reader<'a>(&'a burn::tensor::Gradients, Vec<Vec<f32>>);
    impl ModuleVisitor for Reader<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = param.val().grad(self.0).expect("every parameter takes part");
            self.1.push(values_of(gradient));
        }
    }
    let gradients = network.forward(input, &mut Mode::Infer).sum().backward();
    let mut reader = Reader(&gradients, Vec::new());
    network.visit(&mut reader);
    reader.1
}

#[test]
fn dropout_comes_from_its_stream_alone() {
    let batch = batch(&sequences(&[40, 40], 7));
    let network = network("cnn-bigru".parse().unwrap());
    let draw = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        values_of(network.forward(&Input::codes(batch.clone()), &mut Mode::Train(&mut rng)))
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}
