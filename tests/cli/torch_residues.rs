//! Models of secondary structure in PyTorch: `tests/peers/torch_reader.py` labels residues as we do.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use processive_core::{Alphabet, Reduction, State8};
use processive_encode::{PaddedBatch, encode};
use processive_models::{
    Architecture, ArchitectureConfig, Calibration, Model, ModelDescription, Network, STRUCTURE, Storage, device,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::fixture::Cli;
use crate::fold_sample::{fold, fold_folder, protein_fasta, proteins};
use crate::torch_parity::TOLERANCE;
use crate::torch_reader::{READER, python, run_python};

const STATES: usize = State8::ALL.len();

/// Labels the proteins of a file with every model; prints model, protein, and the states' probabilities by residue.
const DRIVER: &str = r#"
import os, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import torch, torch_reader
torch.set_num_threads(1)
names, sequences = zip(*torch_reader.read_fasta(sys.argv[2]))
for path in sys.argv[3:]:
    for name, found in zip(names, torch_reader.load(path).residue_probabilities(sequences)):
        print(path, name, *found.flatten().tolist(), sep="\t")
"#;

/// The probabilities of a protein's residues, by model and protein.
type Labels = BTreeMap<(String, String), Vec<f64>>;

/// None of the sizes is a multiple of another one; half of the networks have a hidden layer in their head.
fn config(arch: Architecture, dense: usize) -> ArchitectureConfig {
    ArchitectureConfig {
        filters: 13,
        kernel: 8,
        channels: 11,
        inner_kernel: 4,
        hidden: 9,
        layers: 3,
        dense,
        ..ArchitectureConfig::for_residues(arch)
    }
}

/// A network with random weights, biases included.
fn network(config: &ArchitectureConfig, seed: u64) -> Network {
    let network = Network::init(config, STATES, seed, &device::cpu()).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut shaken = |value: &f32| value + rng.random_range(-0.25..0.25);
    let weights = network.weights().into_iter();
    let weights = weights.map(|tensor| tensor.values.iter().map(&mut shaken).collect());
    let weights = weights.collect();
    network.with_weights(weights)
}

/// A model of networks with random weights, one of every configuration.
fn model(configs: &[ArchitectureConfig], storage: Storage) -> Model {
    let networks: Vec<Network> = (1..).zip(configs).map(|(seed, config)| network(config, seed)).collect();
    let classes = State8::ALL.map(|state| char::from(state.letter()).to_ascii_lowercase().to_string());
    let differ = configs.iter().any(|config| *config != configs[0]);
    let description = ModelDescription {
        member_architectures: if differ { configs.to_vec() } else { Vec::new() },
        parameters: networks.iter().map(Network::parameters).sum(),
        storage,
        reduction: Some(Reduction::GhiEb),
        calibration: Calibration {
            slope: 1.7,
            offset: 0.0,
        },
        ..ModelDescription::untrained(STRUCTURE, classes.to_vec(), configs[0].clone(), configs.len())
    };
    Model::new(description, networks)
}

/// A model of two members for every architecture that labels residues, and one whose members differ.
fn models() -> Vec<(String, Model)> {
    let all = Architecture::all().into_iter().enumerate();
    let configs: Vec<ArchitectureConfig> = all
        .map(|(place, arch)| config(arch, 6 * (place % 2)))
        .filter(|config| config.validate().is_ok())
        .collect();
    assert_eq!(
        configs.len(),
        Architecture::all().len() - 1,
        "only a bag-cnn keeps no positions"
    );
    let mut models: Vec<(String, Model)> = configs
        .iter()
        .map(|config| {
            let members = [config.clone(), config.clone()];
            (config.arch.to_string(), model(&members, Storage::Half))
        })
        .collect();
    models.push(("different".to_owned(), different(Storage::Half)));
    models.push(("single".to_owned(), different(Storage::Single)));
    models
}

/// A model whose members differ.
fn different(storage: Storage) -> Model {
    let configs = ["bilstm", "dilated-cnn", "cnn-gru"].map(|name| config(name.parse().unwrap(), 5));
    model(&configs, storage)
}

fn id(header: &str) -> &str {
    header.split(' ').next().unwrap()
}

fn ours(model: &Model) -> Vec<(String, Vec<f64>)> {
    let proteins = proteins();
    let codes: Vec<Vec<u8>> = proteins
        .iter()
        .map(|(_, letters)| encode(Alphabet::Protein, letters.as_bytes()))
        .collect();
    let rows: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    let batch = PaddedBatch::of(Alphabet::Protein, &rows).unwrap();
    let all = model.residue_probabilities(&batch);
    let chains = all.chunks_exact(batch.width() * STATES).zip(&proteins);
    chains
        .map(|(chain, (header, letters))| {
            let residues = chain[..letters.len() * STATES].iter().copied().map(f64::from);
            (id(header).to_owned(), residues.collect())
        })
        .collect()
}

fn theirs(python: &Path, proteins: &Path, models: &[PathBuf]) -> Labels {
    let args = [
        OsStr::new("-c"),
        OsStr::new(DRIVER),
        OsStr::new(READER),
        proteins.as_os_str(),
    ];
    let models = models.iter().map(|path| path.as_os_str());
    let lines = run_python(python, args.into_iter().chain(models)).succeeded().stdout;
    let read = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let labels = fields[2..].iter().map(|field| field.parse().unwrap());
        ((fields[0].to_owned(), fields[1].to_owned()), labels.collect())
    };
    lines.lines().map(read).collect()
}

#[test]
#[allow(clippy::print_stdout, reason = "a measurement, shown with --nocapture")]
fn every_architecture_labels_residues_as_in_torch() {
    let Some(python) = python() else { return };
    let cli = Cli::new();
    cli.write("proteins.fa", protein_fasta(&proteins()));
    let models: Vec<(PathBuf, Model)> = models()
        .into_iter()
        .map(|(name, model)| (cli.path(&format!("{name}.safetensors")), model))
        .collect();
    let paths: Vec<PathBuf> = models.iter().map(|(path, _)| path.clone()).collect();
    for (path, model) in &models {
        model.save(path).unwrap();
    }
    let theirs = theirs(&python, &cli.path("proteins.fa"), &paths);
    assert_eq!(theirs.len(), models.len() * proteins().len());
    for (path, model) in &models {
        let path = path.to_str().unwrap().to_owned();
        let (mut worst, mut spread): (f64, f64) = (0.0, 0.0);
        for (id, ours) in ours(model) {
            let theirs = &theirs[&(path.clone(), id.clone())];
            assert_eq!(ours.len(), theirs.len(), "{path} {id}");
            for (place, (a, b)) in ours.iter().zip(theirs).enumerate() {
                assert!(
                    (a - b).abs() < TOLERANCE,
                    "{path} {id} {place}: ours {a}, PyTorch's {b}"
                );
                worst = worst.max((a - b).abs());
                spread = spread.max((a - ours[place % STATES]).abs());
            }
        }
        assert!(spread > 0.01, "{path} tells no residue from another");
        println!("{path}: largest difference {worst:.1e}");
    }
}

#[test]
fn the_torch_reader_prints_the_probabilities_of_a_fold() {
    let Some(python) = python() else { return };
    // Not the model of the tests of fold: its large weights turn what f32 rounds away into 4e-5, in PyTorch as here.
    let cli = fold_folder();
    different(Storage::Half).save(&cli.path("tiny.safetensors")).unwrap();
    let floats = ["--states", "8", "--precision-compute", "f32", "-q"];
    let ours = cli.succeed(&fold("-", &floats)).stdout;
    let path = |name: &str| cli.path(name).to_str().unwrap().to_owned();
    let (model, proteins) = (path("tiny.safetensors"), path("proteins.fa"));
    let theirs = run_python(&python, [READER, &model, &proteins]).succeeded().stdout;
    assert_eq!(ours.lines().count(), theirs.lines().count());
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<String>>();
    let (our_names, names) = (fields(ours.next().unwrap()), fields(theirs.next().unwrap()));
    assert_eq!(names[3..], ["p_h", "p_b", "p_e", "p_g", "p_i", "p_t", "p_s", "p_c"]);
    let place = |name: &String| our_names.iter().position(|ours| ours == name).unwrap();
    let places: Vec<usize> = names.iter().map(place).collect();
    for (ours, theirs) in ours.zip(theirs) {
        let (ours, theirs) = (fields(ours), fields(theirs));
        let of_ours = |column: usize| &ours[places[column]];
        assert!(
            (0..3).all(|column| *of_ours(column) == theirs[column]),
            "{ours:?} {theirs:?}"
        );
        for (column, value) in theirs.iter().enumerate().skip(3) {
            let numbers = [of_ours(column), value].map(|text| text.parse::<f64>().unwrap());
            assert!((numbers[0] - numbers[1]).abs() < TOLERANCE, "{ours:?} {theirs:?}");
        }
    }
    run_python(&python, [READER, &model, &proteins, "--one-strand"]).refused(&["a protein has no other strand"]);

    // Texts of one length, so that the header stays whole.
    let good = cli.read("tiny.safetensors");
    let old = b"members\\\":3";
    let at = good.windows(old.len()).position(|part| part == old).unwrap();
    cli.write("two", [&good[..at], b"members\\\":2", &good[at + old.len()..]].concat());
    run_python(&python, [READER, &path("two"), &proteins]).refused(&["it has 2 members and 3 architectures"]);
}
