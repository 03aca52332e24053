//! Our scores against PyTorch's: `tests/peers/torch_reader.py` opens the same model files.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use processive_encode::{PaddedBatch, encode_dna};
use processive_ingest::read_fasta;
use processive_models::{
    Architecture, ArchitectureConfig, Calibration, Edges, Model, Network, Readout, RecurrentInit, device,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::fixture::Cli;
use crate::sample::{description, fasta};
use crate::table::read_tsv;
use crate::torch_reader::{READER, python, run_python};

/// The largest difference of two probabilities. Both sides round to f32, 6e-8 at a time, in sums of their own order:
/// 8.6e-7 at worst here, with three residual blocks of random weights, and 8.9e-8 with the bundled models.
pub(crate) const TOLERANCE: f64 = 1e-5;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data");

const READOUTS: [Readout; 5] = [
    Readout::Max,
    Readout::Mean,
    Readout::MaxMean,
    Readout::Last,
    Readout::Profile,
];

/// Scores the second file of every pair with the first; prints model, sequence, both strands, one strand.
const DRIVER: &str = r#"
import os, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import torch, torch_reader
torch.set_num_threads(1)
for path, fasta in zip(sys.argv[2::2], sys.argv[3::2]):
    model = torch_reader.load(path)
    names, sequences = zip(*torch_reader.read_fasta(fasta))
    both, one = model.probabilities(sequences), model.probabilities(sequences, both_strands=False)
    for name, both, one in zip(names, both.tolist(), one.tolist()):
        print(path, name, *both, *one, sep="\t")
"#;

/// Scores by model and sequence: both strands, one strand.
type Scores = BTreeMap<(String, String), [f64; 2]>;

fn torch_scores(python: &Path, pairs: &[(PathBuf, PathBuf)]) -> Scores {
    let pairs = pairs
        .iter()
        .flat_map(|(model, fasta)| [model.as_os_str(), fasta.as_os_str()]);
    let fixed = ["-c", DRIVER, READER].map(OsStr::new);
    let lines = run_python(python, fixed.into_iter().chain(pairs)).succeeded().stdout;
    let read = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let score = |column: usize| fields[column].parse().unwrap();
        ((fields[0].to_owned(), fields[1].to_owned()), [score(2), score(3)])
    };
    lines.lines().map(read).collect()
}

/// Compares all scores and says the largest difference of every model, or of all that share a name up to a full stop.
#[allow(clippy::print_stdout, reason = "a measurement, shown with --nocapture")]
fn assert_same(ours: &Scores, theirs: &Scores) {
    assert_eq!(ours.len(), theirs.len());
    let mut worst: BTreeMap<&str, f64> = BTreeMap::new();
    for (key, ours) in ours {
        let file = Path::new(&key.0).file_name().unwrap().to_str().unwrap();
        let largest = worst.entry(file.split('.').next().unwrap()).or_default();
        for (a, b) in ours.iter().zip(theirs[key]) {
            assert!((a - b).abs() <= TOLERANCE, "{key:?}: ours {a}, PyTorch's {b}");
            *largest = largest.max((a - b).abs());
        }
    }
    for (model, difference) in worst {
        println!("{model}: largest difference {difference:.1e}");
    }
}

/// Forty real sequences with their names.
fn sites() -> Vec<(String, String)> {
    let records = read_fasta(&Path::new(DATA).join("dna/ctcf-sites.fa.gz")).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    records
        .into_iter()
        .take(40)
        .map(|record| (record.name, text(record.sequence)))
        .collect()
}

/// Two networks with random weights, biases and profiles included, none of the sizes a multiple of another one.
fn model(arch: Architecture, edges: Edges, readout: Readout, dense: usize) -> Option<Model> {
    let config = ArchitectureConfig {
        edges,
        filters: 13,
        kernel: 8,
        pool: 3,
        channels: 11,
        inner_kernel: 4,
        hidden: 9,
        layers: 3,
        reach: 5,
        readout,
        dense,
        ..ArchitectureConfig::new(arch)
    };
    config.validate().ok()?;
    let member = |seed: u64| {
        let network = Network::init(&config, 1, seed, &device::cpu()).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut shaken = |value: &f32| value + rng.random_range(-0.25..0.25);
        let weights = network.weights();
        let weights = weights
            .iter()
            .map(|tensor| tensor.values.iter().map(&mut shaken).collect());
        let weights = weights.collect();
        network.with_weights(weights)
    };
    let mut description = description(&config, &["bound"], "dna");
    description.members = 2;
    // How weights started is nothing to a reader: it must not mind the key.
    (description.architecture.init, description.architecture.max_lag) = (RecurrentInit::Chrono, Some(101));
    description.parameters *= 2;
    description.calibration = Calibration {
        slope: 1.7,
        offset: -0.2,
    };
    Some(Model::new(description, vec![member(1), member(2)]))
}

/// Every architecture with padded and with whole edges; recurrent ones refuse the latter.
fn networks() -> Vec<(Architecture, Edges)> {
    let both = |arch| [(arch, Edges::Padded), (arch, Edges::Whole)];
    Architecture::all().into_iter().flat_map(both).collect()
}

/// Real sequences of many lengths, the pooled and the convolved one among them, and one with unknown letters.
fn ragged() -> Vec<(String, String)> {
    let lengths = [200, 1, 2, 7, 8, 9, 19, 30, 64, 101, 150, 200];
    let cut = |((name, mut letters), length): ((String, String), usize)| {
        letters.truncate(length);
        (name, letters)
    };
    let unknown = ("unknown".to_owned(), "ACGTNNNNryswacguTTGGCCXXACCGNA".to_owned());
    sites().into_iter().zip(lengths).map(cut).chain([unknown]).collect()
}

#[test]
fn every_architecture_and_readout_scores_sequences_of_any_length_as_in_torch() {
    let Some(python) = python() else { return };
    let cli = Cli::new();
    let sequences = ragged();
    cli.write("sequences.fa", fasta(&borrowed(&sequences)));
    let codes: Vec<Vec<u8>> = sequences.iter().map(|(_, text)| encode_dna(text.as_bytes())).collect();
    let rows: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    let batch = PaddedBatch::new(&rows).unwrap();

    let (mut ours, mut pairs) = (Scores::new(), Vec::new());
    for (a, (arch, edges)) in networks().into_iter().enumerate() {
        for (r, readout) in READOUTS.into_iter().enumerate() {
            // The head does not know its network: half of them have a hidden layer.
            let Some(model) = model(arch, edges, readout, 6 * ((a + r) % 2)) else {
                continue;
            };
            let path = cli.path(&format!("{arch}.{edges:?}.{readout:?}.safetensors"));
            model.save(&path).unwrap();
            let (both, one) = (model.probabilities_of_both_strands(&batch), model.probabilities(&batch));
            let spread = one.iter().fold(0.0_f32, |most, score| most.max((score - one[0]).abs()));
            assert!(spread > 0.01, "{path:?} tells no sequence from another: {one:?}");
            for ((name, _), (both, one)) in sequences.iter().zip(both.into_iter().zip(one)) {
                let key = (path.to_str().unwrap().to_owned(), name.clone());
                ours.insert(key, [both, one].map(f64::from));
            }
            pairs.push((path, cli.path("sequences.fa")));
        }
    }
    // A bag-cnn has one read-out, convolutional networks have no state to read last, and only they have whole edges.
    assert_eq!(pairs.len(), 2 * (1 + 2 * 4) + 18 * 5);
    assert_same(&ours, &torch_scores(&python, &pairs));
}

fn borrowed(sequences: &[(String, String)]) -> Vec<(&str, &str)> {
    sequences
        .iter()
        .map(|(name, letters)| (name.as_str(), letters.as_str()))
        .collect()
}

/// The scan of sequences that are as long as the model's window, one bin each.
fn scan(cli: &Cli, model: &Path, sequences: &Path, window: usize) -> Vec<(String, [f64; 2])> {
    let (model, sequences, bin) = (model.to_str().unwrap(), sequences.to_str().unwrap(), window.to_string());
    let outcome = cli.succeed(&[
        "scan", sequences, "--model", model, "--bin", &bin, "-o", "-", "-q", "-@1",
    ]);
    let (_, rows) = read_tsv(&outcome.stdout);
    let scores = |scores: &[f32]| [scores[0], scores[1]].map(f64::from);
    rows.into_iter().map(|row| (row.chrom, scores(&row.scores))).collect()
}

#[test]
fn scans_by_bundled_models_and_by_every_architecture_are_those_of_torch() {
    let Some(python) = python() else { return };
    let cli = Cli::new();
    let mut models = bundled();
    for (arch, edges) in networks() {
        let Some(model) = model(arch, edges, ArchitectureConfig::new(arch).readout, 6) else {
            continue;
        };
        models.push(cli.path(&format!("{arch}.{edges:?}.safetensors")));
        model.save(&models[models.len() - 1]).unwrap();
    }
    let sites = sites();
    let (mut ours, mut pairs) = (Scores::new(), Vec::new());
    for path in models {
        let window = Model::read(&path).unwrap().description().window;
        let windows: Vec<(&str, &str)> = sites
            .iter()
            .map(|(name, letters)| (&name[..], &letters[..window]))
            .collect();
        let sequences = cli.path(&format!("{window}.fa"));
        cli.write(&format!("{window}.fa"), fasta(&windows));
        let scores = scan(&cli, &path, &sequences, window);
        assert_eq!(scores.len(), sites.len());
        ours.extend(
            scores
                .into_iter()
                .map(|(name, scores)| ((path.to_str().unwrap().to_owned(), name), scores)),
        );
        pairs.push((path, sequences));
    }
    assert_same(&ours, &torch_scores(&python, &pairs));
}

fn bundled() -> Vec<PathBuf> {
    let files = fs::read_dir(Path::new(DATA).join("models")).unwrap();
    let mut models: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    models.retain(|path| path.extension().is_some_and(|ending| ending == "safetensors"));
    models.retain(|path| !path.file_stem().unwrap().to_string_lossy().starts_with("structure"));
    models.sort();
    assert_eq!(models.len(), 12);
    models
}
