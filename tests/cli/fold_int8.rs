//! Residues labelled in bytes, which is what happens where nothing else is asked for.

use std::collections::BTreeMap;

use processive_models::Compute;
use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::fold_sample::{eight_in, fold, fold_folder, proteins, structure_model_of};

const KEY: &str = "processive.compute";
const INT8: [&str; 2] = ["--precision-compute", "int8"];
const F32: [&str; 2] = ["--precision-compute", "f32"];

fn bytes(cli: &Cli, output: &str, more: &[&str]) -> Vec<u8> {
    cli.succeed(&fold(output, &[&["--force"], more].concat()));
    cli.read(output)
}

fn footer(cli: &Cli, more: &[&str]) -> BTreeMap<String, String> {
    bytes(cli, "out.parquet", more);
    inspect_parquet(&cli.path("out.parquet")).unwrap().key_values
}

#[test]
fn probabilities_are_near_those_of_floats() {
    let mut differences = Vec::new();
    for (_, letters) in proteins() {
        let letters = letters.trim_end_matches('*');
        let [floats, bytes] = [Compute::F32, Compute::Int8].map(|compute| eight_in(compute, letters));
        let pairs = floats.as_flattened().iter().zip(bytes.as_flattened());
        differences.extend(pairs.map(|(a, b)| (a - b).abs()));
    }
    let mean = differences.iter().sum::<f32>() / differences.len() as f32;
    // The weights of this model are four times those that networks start with: it makes more of a difference than others.
    assert!(mean > 0.0 && mean < 0.02, "{mean}");
}

#[test]
fn neither_threads_nor_batches_change_a_byte_in_any_numbers() {
    let cli = fold_folder();
    for numbers in [INT8, F32] {
        let one = bytes(&cli, "out.tsv", &[&numbers[..], &["-@1"]].concat());
        for more in [["-@2", "--batch-size=1"], ["-@2", "--batch-size=150"]] {
            let other = bytes(&cli, "out.tsv", &[&numbers[..], &more].concat());
            assert!(other == one, "{numbers:?} {more:?}");
        }
    }
    assert!(bytes(&cli, "out.tsv", &INT8) != bytes(&cli, "out.tsv", &F32));
}

#[test]
fn the_footer_tells_of_bytes_alone() {
    let cli = fold_folder();
    assert_eq!(footer(&cli, &INT8).get(KEY).map(String::as_str), Some("int8"));
    assert_eq!(footer(&cli, &F32).get(KEY), None);
}

#[test]
fn who_asks_for_nothing_gets_what_takes_least_time() {
    let cli = fold_folder();
    let (asked, numbers) = match Compute::fast_for_residues() {
        Compute::Int8 => (INT8, Some("int8")),
        Compute::F32 => (F32, None),
    };
    assert!(bytes(&cli, "out.tsv", &[]) == bytes(&cli, "out.tsv", &asked));
    assert_eq!(footer(&cli, &[]).get(KEY).map(String::as_str), numbers);
}

#[test]
fn a_convolutional_network_is_computed_in_floats_and_refused_in_bytes() {
    let cli = fold_folder();
    structure_model_of(["bigru", "dilated-cnn"])
        .save(&cli.path("tiny.safetensors"))
        .unwrap();
    assert!(bytes(&cli, "out.tsv", &[]) == bytes(&cli, "out.tsv", &F32));
    assert_eq!(footer(&cli, &[]).get(KEY), None);
    cli.refuse(&fold("new.tsv", &INT8), &["model tiny", "int8", "--precision-compute"]);
    assert!(!cli.path("new.tsv").exists());
}
