//! Networks that label every residue of a protein, and the models that hold them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use processive_core::{Alphabet, Reduction, State8};
use processive_encode::{PaddedBatch, encode};
use processive_models::{
    Architecture, ArchitectureConfig, Calibration, Compute, Input, Mode, Model, ModelDescription, ModelError, Network,
    STRUCTURE, Storage, device, values_of,
};

const CLASSES: usize = State8::ALL.len();

/// Crambin, the first residues of ubiquitin in lower case, and chains of one and two residues.
const CHAINS: [&[u8]; 4] = [
    b"TTCCPSIVARSNFNVCRLPGTPEAICATYTGCIIIPGATCPGDYAN",
    b"mqifvktltgktitleXBZ*-U",
    b"M",
    b"KX",
];

fn config(architecture: Architecture) -> ArchitectureConfig {
    ArchitectureConfig {
        filters: 12,
        kernel: 7,
        channels: 10,
        inner_kernel: 3,
        hidden: 9,
        dense: 6,
        ..ArchitectureConfig::for_residues(architecture)
    }
}

fn architectures() -> impl Iterator<Item = Architecture> {
    Architecture::all()
        .into_iter()
        .filter(|&architecture| architecture != Architecture::BagCnn)
}

fn network(architecture: Architecture, seed: u64) -> Network {
    Network::init(&config(architecture), CLASSES, seed, &device::cpu()).unwrap()
}

fn batch(chains: &[&[u8]]) -> PaddedBatch {
    let codes: Vec<Vec<u8>> = chains.iter().map(|chain| encode(Alphabet::Protein, chain)).collect();
    let rows: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    PaddedBatch::of(Alphabet::Protein, &rows).unwrap()
}

fn logits(network: &Network, input: &Input) -> Vec<f32> {
    values_of(network.forward(input, &mut Mode::Infer))
}

/// A model of a recurrent and a convolutional member.
fn model(storage: Storage, slope: f64) -> Model {
    model_of(&["bigru", "dilated-cnn"], storage, slope)
}

/// A model of two members.
fn model_of(names: &[&str; 2], storage: Storage, slope: f64) -> Model {
    let architectures = names.map(|name| config(name.parse().unwrap()));
    let networks = architectures
        .iter()
        .zip([3, 4])
        .map(|(config, seed)| Network::init(config, CLASSES, seed, &device::cpu()).unwrap());
    let networks: Vec<Network> = networks.collect();
    let classes = State8::ALL.map(|state| char::from(state.letter()).to_ascii_lowercase().to_string());
    let description = ModelDescription {
        member_architectures: architectures.to_vec(),
        parameters: networks.iter().map(Network::parameters).sum(),
        storage,
        reduction: Some(Reduction::GhiEb),
        calibration: Calibration { slope, offset: 0.0 },
        ..ModelDescription::untrained(STRUCTURE, classes.to_vec(), architectures[0].clone(), 2)
    };
    Model::new(description, networks)
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-5, "{what}: value {index} is {a}, not {b}");
    }
}

#[test]
fn a_chain_in_a_batch_has_the_labels_that_it_has_alone() {
    let together = batch(&CHAINS);
    for architecture in architectures() {
        let network = network(architecture, 11);
        let all = logits(&network, &Input::codes(together.clone()));
        for (row, chain) in CHAINS.iter().enumerate() {
            let begin = row * together.width() * CLASSES;
            let alone = logits(&network, &Input::codes(batch(&[chain])));
            let found = &all[begin..begin + chain.len() * CLASSES];
            assert_close(found, &alone, &format!("{architecture}, {} residues", chain.len()));
        }
    }
}

#[test]
fn a_network_that_reads_from_one_end_has_not_seen_the_other_side() {
    const PLACE: usize = 20;
    let there = CHAINS[0].to_vec();
    let mut other = there.clone();
    other[PLACE] = b'W';
    for cell in ["elman", "gru", "lstm"] {
        for (name, sees_left, sees_right) in [
            (cell.to_owned(), true, false),
            (format!("{cell}-reverse"), false, true),
            (format!("bi{}", cell.replace("elman", "rnn")), true, true),
        ] {
            let network = network(name.parse().unwrap(), 11);
            let [there, other] = [&there, &other].map(|chain| logits(&network, &Input::codes(batch(&[chain]))));
            let moved = |residue: usize| {
                let row = residue * CLASSES..(residue + 1) * CLASSES;
                there[row.clone()] != other[row]
            };
            // What lies behind the place has it at its left.
            assert_eq!((PLACE + 1..CHAINS[0].len()).any(moved), sees_left, "{name}");
            assert_eq!((0..PLACE).any(moved), sees_right, "{name}");
            assert!(moved(PLACE), "{name}");
        }
    }
}

#[test]
fn codes_and_one_hot_columns_give_the_same_labels() {
    let batch = batch(&CHAINS);
    for architecture in architectures() {
        let network = network(architecture, 11);
        let columns = Input::OneHot(Input::one_hot(&batch, &device::cpu()));
        let expected = logits(&network, &columns);
        assert_close(
            &logits(&network, &Input::codes(batch.clone())),
            &expected,
            &architecture.to_string(),
        );
    }
}

#[test]
fn a_network_has_the_size_that_its_settings_say() -> Result<(), ModelError> {
    for architecture in architectures() {
        let config = ArchitectureConfig::for_residues(architecture);
        let network = Network::init(&config, CLASSES, 1, &device::cpu())?;
        assert_eq!(network.parameters(), config.parameters(CLASSES), "{architecture}");
    }
    Ok(())
}

#[test]
fn what_pools_cannot_label_every_residue() {
    let refused = |arch: &str, pool: usize| {
        let config = ArchitectureConfig {
            pool,
            ..ArchitectureConfig::for_residues(arch.parse().unwrap())
        };
        config.validate().unwrap_err().to_string()
    };
    assert!(refused("bag-cnn", 1).contains("bag-cnn"));
    assert!(refused("cnn-bilstm", 4).contains("pool"));
}

/// The mean over the members of the softmax of their logits, by the definition.
fn definition(model: &Model, batch: &PaddedBatch) -> Vec<f32> {
    let slope = model.description().calibration.slope;
    let members = model.networks().iter();
    let members: Vec<Vec<f32>> = members
        .map(|network| logits(network, &Input::codes(batch.clone())))
        .collect();
    let mut expected = vec![0.0f64; batch.codes().len() * CLASSES];
    for (place, row) in expected.chunks_exact_mut(CLASSES).enumerate() {
        let (chain, residue) = (place / batch.width(), place % batch.width());
        if residue >= batch.lengths()[chain] {
            continue;
        }
        for logits in &members {
            let logits = &logits[place * CLASSES..(place + 1) * CLASSES];
            let powers: Vec<f64> = logits.iter().map(|&logit| (slope * f64::from(logit)).exp()).collect();
            let total: f64 = powers.iter().sum();
            for (sum, power) in row.iter_mut().zip(&powers) {
                *sum += power / total / members.len() as f64;
            }
        }
    }
    expected.into_iter().map(|p| p as f32).collect()
}

/// Pairs of members: recurrent ones, which are packed, and a pair that is not.
const MEMBERS: [[&str; 2]; 5] = [
    ["bigru", "dilated-cnn"],
    ["cnn-bilstm", "cnn-bigru"],
    ["elman", "lstm-reverse"],
    ["bilstm", "cnn-gru"],
    ["birnn", "gru"],
];

#[test]
fn probabilities_are_the_mean_of_the_members_softmax_and_nothing_past_a_chain() {
    let batch = batch(&CHAINS);
    for members in &MEMBERS {
        let model = model_of(members, Storage::Single, 0.7);
        let found = model.residue_probabilities(&batch);
        assert_close(&found, &definition(&model, &batch), &format!("{members:?}"));
    }
}

#[test]
fn bytes_move_probabilities_little_and_only_in_recurrent_members() {
    let batch = batch(&CHAINS);
    for members in &MEMBERS {
        let model = model_of(members, Storage::Single, 0.7);
        let floats = model.residue_probabilities(&batch);
        let model = model.computing(Compute::Int8);
        let bytes = model.residue_probabilities(&batch);
        let largest = floats
            .iter()
            .zip(&bytes)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        if members.contains(&"dilated-cnn") {
            assert_eq!(model.residue_compute(), Compute::F32);
            assert_eq!(bytes, floats);
        } else {
            assert_eq!(model.residue_compute(), Compute::Int8);
            // A byte is a 255th of what it may be, and sums are of some tens of them.
            assert!(0.0 < largest && largest < 0.02, "{members:?}: {largest}");
        }
    }
}

#[test]
fn a_weight_that_is_no_number_shows_in_bytes_as_in_floats() {
    for (tensor, compute) in [
        ("stem.bias", Compute::F32),
        ("layers.1.reverse.recurrent", Compute::F32),
        ("head.dense.weight", Compute::F32),
        // This layer has floats anyway.
        ("head.output.weight", Compute::Int8),
    ] {
        let model = model_of(&["cnn-bilstm", "cnn-bigru"], Storage::Single, 0.7);
        let mut networks = model.networks().to_vec();
        let weights = networks[1].weights().into_iter().map(|mut weights| {
            if weights.name == tensor {
                weights.values.fill(f32::NAN);
            }
            weights.values
        });
        let weights = weights.collect();
        networks[1] = networks[1].clone().with_weights(weights);
        let model = Model::new(model.description().clone(), networks).computing(Compute::Int8);
        assert_eq!(model.residue_compute(), compute, "{tensor}");
        let found = model.residue_probabilities(&batch(&CHAINS[..1]));
        // A step without one behind it reads no state.
        let numbers = found
            .chunks_exact(CLASSES)
            .filter(|row| row.iter().all(|p| p.is_finite()));
        assert!(numbers.count() <= 1, "{tensor}");
    }
}

#[test]
fn a_chain_has_the_same_bits_whatever_was_read_before_and_beside_it() {
    let (together, alone) = (batch(&CHAINS), CHAINS.map(|chain| batch(&[chain])));
    for (members, compute) in MEMBERS[1..]
        .iter()
        .flat_map(|m| [(m, Compute::F32), (m, Compute::Int8)])
    {
        let model = model_of(members, Storage::Single, 0.7).computing(compute);
        let all = model.residue_probabilities(&together);
        for (row, batch) in all.chunks_exact(together.width() * CLASSES).zip(&alone) {
            let alone = model.residue_probabilities(batch);
            assert_eq!(row[..alone.len()], alone, "{members:?} {compute}");
        }
    }
}

#[test]
fn members_of_different_architectures_survive_the_round_trip() -> Result<(), ModelError> {
    for storage in [Storage::Single, Storage::Half] {
        let model = model(storage, 1.3);
        let bytes = model.to_bytes();
        let read = Model::from_bytes(&bytes, "memory")?;
        assert_eq!(read.description(), model.description());
        assert_eq!(read.to_bytes(), bytes);
        let batch = batch(&CHAINS);
        assert_eq!(read.residue_probabilities(&batch), model.residue_probabilities(&batch));
    }
    Ok(())
}

#[test]
fn half_the_bits_are_half_the_file_and_nearly_the_same_answer() {
    let [single, half] = [Storage::Single, Storage::Half].map(|storage| model(storage, 1.0));
    let saved = single.to_bytes().len() - half.to_bytes().len();
    // The header of the file has a few other digits.
    assert!(
        saved.abs_diff(2 * single.description().parameters) < 64,
        "{saved} bytes"
    );
    let batch = batch(&CHAINS);
    let pairs = single
        .residue_probabilities(&batch)
        .into_iter()
        .zip(half.residue_probabilities(&batch));
    for (single, half) in pairs {
        // A weight is off by at most 2^-11 of itself; sums of a few hundred such terms stay far below this.
        assert!((single - half).abs() < 2e-3, "{single} {half}");
    }
}
