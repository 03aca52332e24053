//! Small proteins and a small model of structure, made from seeds.

use std::path::Path;

use processive_core::{Alphabet, Reduction, State8};
use processive_encode::{PaddedBatch, encode};
use processive_models::{
    Architecture, ArchitectureConfig, Calibration, Compute, Model, ModelDescription, Network, STRUCTURE, device,
};

use crate::fixture::Cli;

/// A protein: its header and its letters.
pub(crate) type Protein = (String, String);

fn config(name: &str) -> ArchitectureConfig {
    let architecture: Architecture = name.parse().unwrap();
    ArchitectureConfig {
        filters: 8,
        kernel: 5,
        channels: 6,
        inner_kernel: 3,
        hidden: 5,
        dense: 4,
        ..ArchitectureConfig::for_residues(architecture)
    }
}

/// A network whose random weights are large enough that residues differ.
fn network(config: &ArchitectureConfig, seed: u64) -> Network {
    let network = Network::init(config, State8::ALL.len(), seed, &device::cpu()).unwrap();
    let weights = network.weights().into_iter();
    let larger = weights.map(|tensor| tensor.values.iter().map(|weight| 4.0 * weight).collect());
    let larger = larger.collect();
    network.with_weights(larger)
}

/// Two recurrent networks, one of them behind a convolution, with random weights.
pub(crate) fn structure_model() -> Model {
    structure_model_of(["bigru", "cnn-bigru"])
}

/// Two networks with random weights.
pub(crate) fn structure_model_of(architectures: [&str; 2]) -> Model {
    let architectures = architectures.map(config);
    let networks = architectures.iter().zip([3, 4]);
    let networks = networks.map(|(config, seed)| network(config, seed));
    let networks: Vec<Network> = networks.collect();
    let classes = State8::ALL.map(|state| char::from(state.letter()).to_ascii_lowercase().to_string());
    let description = ModelDescription {
        name: "tiny".to_owned(),
        member_architectures: architectures.to_vec(),
        parameters: networks.iter().map(Network::parameters).sum(),
        reduction: Some(Reduction::GhiEb),
        calibration: Calibration {
            slope: 2.0,
            offset: 0.0,
        },
        ..ModelDescription::untrained(STRUCTURE, classes.to_vec(), architectures[0].clone(), 2)
    };
    Model::new(description, networks)
}

/// Writes [`structure_model`] to a file.
pub(crate) fn save_structure_model(path: &Path) {
    structure_model().save(path).unwrap();
}

/// Amino acids in an order that looks random, the same for the same seed.
pub(crate) fn residues(length: usize, seed: u32) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        char::from(b"ACDEFGHIKLMNPQRSTVWY"[(state >> 16) as usize % 20])
    };
    (0..length).map(|_| next()).collect()
}

/// Twelve proteins of 1 to 140 residues, in no order of length, with odd ids and letters.
pub(crate) fn proteins() -> Vec<Protein> {
    let mut proteins: Vec<Protein> = (0..10)
        .map(|i| {
            (
                format!("sp|P{i}|A=B;{i} number {i}"),
                residues(1 + i * 53 % 140, i as u32 + 1),
            )
        })
        .collect();
    proteins.insert(3, ("odd".to_owned(), "mkXuOBZj-.*K".to_owned()));
    proteins.push(("stop".to_owned(), format!("{}*", residues(33, 20))));
    proteins
}

/// FASTA with 60 letters a line.
pub(crate) fn protein_fasta(proteins: &[Protein]) -> String {
    let record = |(header, letters): &Protein| {
        let lines: Vec<&str> = letters
            .as_bytes()
            .chunks(60)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(">{header}\n{}\n", lines.join("\n"))
    };
    proteins.iter().map(record).collect()
}

/// A folder with [`proteins`] in `proteins.fa` and [`structure_model`] in `tiny.safetensors`.
pub(crate) fn fold_folder() -> Cli {
    let cli = Cli::new();
    cli.write("proteins.fa", protein_fasta(&proteins()));
    save_structure_model(&cli.path("tiny.safetensors"));
    cli
}

/// The arguments of a fold of `proteins.fa` by [`structure_model`].
pub(crate) fn fold<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fold = ["fold", "proteins.fa", "--model", "tiny.safetensors", "-o", output];
    [&fold[..], more].concat()
}

/// The probabilities of the eight states by definition, one protein at a time, in the numbers of a fold that names none.
pub(crate) fn eight_by_definition(letters: &str) -> Vec<[f32; 8]> {
    eight_in(Compute::fast_for_residues(), letters)
}

/// The same in some numbers.
pub(crate) fn eight_in(compute: Compute, letters: &str) -> Vec<[f32; 8]> {
    let codes = encode(Alphabet::Protein, letters.as_bytes());
    let batch = PaddedBatch::of(Alphabet::Protein, &[&codes]).unwrap();
    let all = structure_model().computing(compute).residue_probabilities(&batch);
    all.as_chunks::<8>().0.to_vec()
}
