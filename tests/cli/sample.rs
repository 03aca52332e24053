//! Small genomes and a small model, made from seeds.

use std::io::Write;
use std::path::Path;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use processive_models::{ArchitectureConfig, Model, ModelDescription, Network, device};
use serde_json::json;

/// The window of [`tiny_model`] in bases.
pub(crate) const WINDOW: usize = 30;

/// The bin of [`tiny_model`] in bases.
pub(crate) const BIN: usize = 10;

/// A bag of four motifs with random weights; its class is `tiny`.
pub(crate) fn tiny_model() -> Model {
    model(&["tiny"], "dna")
}

/// A network with random weights.
pub(crate) fn model(classes: &[&str], alphabet: &str) -> Model {
    let mut config = ArchitectureConfig::new("bag-cnn".parse().unwrap());
    (config.filters, config.kernel, config.dense) = (4, 5, 0);
    config.alphabet = serde_json::from_value(json!(alphabet)).unwrap();
    let network = Network::init(&config, classes.len(), 11, &device::cpu()).unwrap();
    Model::new(description(&config, classes, alphabet), vec![network])
}

/// The description of one network with random weights.
pub(crate) fn description(config: &ArchitectureConfig, classes: &[&str], alphabet: &str) -> ModelDescription {
    serde_json::from_value(json!({
        "format": 1,
        "name": "tiny",
        "summary": "random weights",
        "task": "tfbs",
        "alphabet": alphabet,
        "classes": classes,
        "architecture": config,
        "members": 1,
        "parameters": config.parameters(classes.len()),
        "window": WINDOW,
        "bin": BIN,
        "stride": config.stride(),
        "receptive_field": config.receptive_field(),
        "threshold": 0.625,
        // Random weights give logits near 0.09: spread the probabilities out.
        "calibration": {"slope": 20.0, "offset": -1.8},
        "training": {
            "sources": [{"file": "seed.txt", "sha256": "00ff"}],
            "train": [100, 50],
            "valid": [20, 10],
            "test": "10 examples of nothing",
            "valid_contigs": ["chr2"],
            "test_contigs": ["chr3", "chr4"],
            "seeds": [11],
            "epochs": [0],
            "valid_auprc": [0.5],
        },
        "metrics": {"auroc": {"value": 0.512, "ci_low": 0.4, "ci_high": 0.6}},
        "baselines": {"gc": {"auroc": {"value": 0.734}}},
        "program_version": "0.0.1",
    }))
    .unwrap()
}

/// Writes [`tiny_model`] to a file.
pub(crate) fn save_tiny_model(path: &Path) {
    tiny_model().save(path).unwrap();
}

/// Saves a recurrent network over windows of 40 bases, in bins of 10, with a state every 2 bases.
///
/// Its weights are random, and it forgets as an untrained LSTM does.
pub(crate) fn save_recurrent_model(path: &Path) {
    save_network(path, "cnn-bilstm");
}

/// Saves a network with random weights over windows of 40 bases, in bins of 10, with a step every 2 bases.
pub(crate) fn save_network(path: &Path, arch: &str) {
    let mut config = ArchitectureConfig::new(arch.parse().unwrap());
    (config.filters, config.kernel, config.hidden, config.dense, config.pool) = (6, 5, 4, 0, 2);
    let network = Network::init(&config, 1, 7, &device::cpu()).unwrap();
    let mut description = description(&config, &["x"], "dna");
    (description.window, description.bin) = (40, 10);
    Model::new(description, vec![network]).save(path).unwrap();
}

/// Bases in an order that looks random, the same for the same seed.
pub(crate) fn bases(length: usize, seed: u32) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        ['A', 'C', 'G', 'T'][(state >> 16) as usize % 4]
    };
    (0..length).map(|_| next()).collect()
}

/// A genome of three contigs, the last shorter than a window.
pub(crate) fn genome() -> Vec<(&'static str, String)> {
    vec![
        ("chr1", bases(1234, 1)),
        ("chr2", bases(700, 2)),
        ("chr3", bases(17, 3)),
    ]
}

/// A genome with a long contig that has a gap in it, one shorter than a window, and a short one.
pub(crate) fn genome_with_a_gap() -> String {
    let gap = format!("{}{}{}", bases(30_011, 1), "N".repeat(83), bases(9_400, 2));
    fasta(&[("x", gap), ("y", bases(23, 3)), ("z", bases(7000, 4))])
}

/// A labelled table: sequences of 40 bases, every second one with the motif TGACTCA in it and labelled 1.
pub(crate) fn labelled_table(examples: u32, seed: u32) -> String {
    let mut text = String::from("sequence,label\n");
    for example in 0..examples {
        let mut sequence = bases(40, seed + 1000 * example);
        if example % 2 == 1 {
            sequence.replace_range(15..22, "TGACTCA");
        }
        text += &format!("{sequence},{}\n", example % 2);
    }
    text
}

/// FASTA with 60 letters a line.
pub(crate) fn fasta<S: AsRef<str>>(contigs: &[(&str, S)]) -> String {
    let mut text = String::new();
    for (name, letters) in contigs {
        text += &format!(">{name} a description\n");
        for line in letters.as_ref().as_bytes().chunks(60) {
            text += std::str::from_utf8(line).unwrap();
            text.push('\n');
        }
    }
    text
}

/// A gzip stream of one member.
pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A bgzip file with `block` bytes in a block, as the SAM specification (section 4.1) lays it out.
pub(crate) fn bgzip(text: &[u8], block: usize) -> Vec<u8> {
    text.chunks(block).chain([&[][..]]).flat_map(bgzip_block).collect()
}

fn bgzip_block(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    let deflated = encoder.finish().unwrap();
    let mut crc = Crc::new();
    crc.update(text);
    // Header with an extra field BC of two bytes: the size of the block less one.
    let mut block = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0];
    block.extend(u16::try_from(18 + deflated.len() + 8 - 1).unwrap().to_le_bytes());
    block.extend(deflated);
    block.extend(crc.sum().to_le_bytes());
    block.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    block
}
