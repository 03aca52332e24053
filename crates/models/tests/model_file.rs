//! Model files: what is written is read, and nothing else is.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use processive_encode::{PaddedBatch, encode_dna};
use processive_models::{
    Architecture, ArchitectureConfig, Calibration, Model, ModelDescription, ModelError, Network, TFBS, device,
};
use safetensors::tensor::{Dtype, TensorView};

fn model(architecture: Architecture, members: usize) -> Model {
    let config = ArchitectureConfig {
        filters: 4,
        kernel: 5,
        channels: 3,
        hidden: 3,
        dense: 2,
        ..ArchitectureConfig::new(architecture)
    };
    let networks: Vec<Network> = (0..members as u64)
        .map(|seed| Network::init(&config, 1, seed, &device::cpu()).unwrap())
        .collect();
    let description = ModelDescription {
        name: "toy".to_owned(),
        window: 30,
        bin: 10,
        threshold: 0.4,
        calibration: Calibration {
            slope: 1.25,
            offset: -0.5,
        },
        ..ModelDescription::untrained(TFBS, vec!["toy".to_owned()], config, members)
    };
    Model::new(description, networks)
}

fn batch() -> PaddedBatch {
    let rows = [encode_dna(b"ACGTTGCATGACTCAGCATNNACGTAAC"), encode_dna(b"TTT")];
    PaddedBatch::new(&[&rows[0], &rows[1]]).unwrap()
}

#[test]
fn a_model_of_every_architecture_survives_the_round_trip() -> Result<(), ModelError> {
    for architecture in Architecture::all() {
        let written = model(architecture, 2);
        let read = Model::from_bytes(&written.to_bytes(), "memory")?;
        assert_eq!(read.description(), written.description());
        assert_eq!(
            read.probabilities(&batch()),
            written.probabilities(&batch()),
            "{architecture}"
        );
        assert_eq!(read.digest(), written.digest());
        assert_eq!(read.to_bytes(), written.to_bytes());
    }
    Ok(())
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let bytes = model("cnn-gru".parse().unwrap(), 1).to_bytes();
    for length in 0..bytes.len() {
        let error = Model::from_bytes(&bytes[..length], "cut.safetensors").unwrap_err();
        assert!(
            matches!(error, ModelError::Container { .. }),
            "cut at {length}: {error}"
        );
        assert!(error.to_string().contains("cut.safetensors"));
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Model::from_bytes(&longer, "longer").is_err());
}

#[test]
fn a_foreign_safetensors_file_is_named_as_such() {
    let values = [0u8; 8];
    let view = TensorView::new(Dtype::F32, vec![2], &values).unwrap();
    let bytes = safetensors::serialize([("w", view)], None).unwrap();
    assert!(matches!(
        Model::from_bytes(&bytes, "x"),
        Err(ModelError::Foreign { .. })
    ));
}

/// The bytes of a model whose description was changed as text.
fn with_description(change: impl Fn(&str) -> String) -> Vec<u8> {
    let bytes = model(Architecture::BagCnn, 1).to_bytes();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let mut keys = metadata.metadata().clone().unwrap();
    let text = keys.get_mut("processive").unwrap();
    *text = change(text);
    safetensors::serialize(file.tensors(), Some(keys)).unwrap()
}

#[test]
fn a_description_that_does_not_fit_is_refused_with_its_reason() {
    let cases: [(&str, &str, &str); 9] = [
        ("\"format\":1", "\"format\":2", "format is 2"),
        ("\"members\":1", "\"members\":0", "0 members"),
        ("\"members\":1", "\"members\":2", "missing"),
        ("\"members\":1", "\"members\":60", "more than the file can hold"),
        ("\"filters\":4", "\"filters\":3", "shape"),
        ("\"filters\":4", "\"filters\":4000", "more than the file can hold"),
        ("\"window\":30", "\"window\":0", "window or bin is 0"),
        ("\"tfbs\"", "\"structure\"", "has networks of another kind"),
        ("\"dna\"", "\"protein\"", "has networks of another kind"),
    ];
    for (from, to, reason) in cases {
        let bytes = with_description(|text| {
            assert!(text.contains(from), "{from} in {text}");
            text.replacen(from, to, 1)
        });
        let error = Model::from_bytes(&bytes, "x").unwrap_err().to_string();
        assert!(error.contains(reason), "{to}: {error}");
    }
}

#[test]
fn a_weight_that_is_no_finite_number_is_refused_by_the_name_of_its_tensor() {
    for architecture in [Architecture::BagCnn, "cnn-bilstm".parse().unwrap()] {
        let whole = model(architecture, 2);
        let (description, weights) = (whole.description(), whole.networks()[1].weights());
        for (index, tensor) in weights.iter().enumerate() {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut values: Vec<Vec<f32>> = weights.iter().map(|tensor| tensor.values.clone()).collect();
                *values[index].last_mut().unwrap() = value;
                let networks = vec![
                    whole.networks()[0].clone(),
                    whole.networks()[1].clone().with_weights(values),
                ];
                let bytes = Model::new(description.clone(), networks).to_bytes();
                let error = Model::from_bytes(&bytes, "m.safetensors").unwrap_err().to_string();
                let expected = format!(
                    "tensor member.1.{} in m.safetensors: holds a number that is not finite",
                    tensor.name
                );
                assert_eq!(error, expected);
            }
        }
    }
}

#[test]
fn probabilities_are_calibrated_means_over_members_and_strands() {
    let two = model(Architecture::BagCnn, 2);
    let single = |member: usize| {
        let mut description = two.description().clone();
        description.members = 1;
        Model::new(description, vec![two.networks()[member].clone()])
    };
    let (first, second) = (single(0).probabilities(&batch()), single(1).probabilities(&batch()));
    for ((a, b), mean) in first.iter().zip(&second).zip(two.probabilities(&batch())) {
        assert!((f32::midpoint(*a, *b) - mean).abs() < 1e-6);
    }
    let both = two.probabilities_of_both_strands(&batch());
    let reverse = two.probabilities_of_both_strands(&batch().reverse_complement());
    for (a, b) in both.iter().zip(&reverse) {
        assert!(
            (a - b).abs() < 1e-6,
            "a sequence and its reverse complement score the same"
        );
    }
}
