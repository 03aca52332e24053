//! The way out to Python: `tests/peers/torch_reader.py`, its table and its refusals.

use std::ffi::OsStr;
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;

use processive_encode::{PaddedBatch, encode_dna};
use processive_models::Model;

use crate::fixture::{Cli, Outcome};
use crate::torch_parity::TOLERANCE;

pub(crate) const READER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/torch_reader.py");
const CTCF: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/models/ctcf.safetensors");

/// The Python that `PROCESSIVE_TORCH_PYTHON` names; without it the tests here skip themselves, saying so.
pub(crate) fn python() -> Option<PathBuf> {
    let python = std::env::var_os("PROCESSIVE_TORCH_PYTHON").map(PathBuf::from);
    if python.is_none() {
        // Past the test harness, which hides what a passing test prints.
        let message = "SKIPPED: PROCESSIVE_TORCH_PYTHON names no Python with torch; nothing is compared with PyTorch\n";
        stderr().write_all(message.as_bytes()).unwrap();
    }
    python
}

/// Runs Python on one thread; it leaves no compiled files behind.
pub(crate) fn run_python<I: AsRef<OsStr>>(python: &Path, args: impl IntoIterator<Item = I>) -> Outcome {
    let mut command = Command::new(python);
    Outcome::of(command.arg("-B").args(args).env("OMP_NUM_THREADS", "1"))
}

#[test]
fn the_torch_reader_prints_a_table() {
    let Some(python) = python() else { return };
    let cli = Cli::new();
    cli.write("two.fa", ">a first\nACGTACGTTTG\nCAAACG\n>b\nttttgn\n");
    let two = cli.path("two.fa").to_str().unwrap().to_owned();
    let codes = ["ACGTACGTTTGCAAACG", "ttttgn"].map(|letters| encode_dna(letters.as_bytes()));
    let batch = PaddedBatch::new(&[&codes[0], &codes[1]]).unwrap();
    let model = Model::read(Path::new(CTCF)).unwrap();
    for (args, expected) in [
        (&[READER, CTCF, &two][..], model.probabilities_of_both_strands(&batch)),
        (&[READER, CTCF, &two, "--one-strand"], model.probabilities(&batch)),
    ] {
        let text = run_python(&python, args).succeeded().stdout;
        let lines: Vec<(&str, &str)> = text.lines().map(|line| line.split_once('\t').unwrap()).collect();
        assert_eq!(lines[0], ("name", "probability"));
        assert_eq!([lines[1].0, lines[2].0], ["a", "b"]);
        for ((_, found), expected) in lines[1..].iter().zip(expected) {
            let found: f32 = found.parse().unwrap();
            assert!(f64::from((found - expected).abs()) <= TOLERANCE, "{args:?}: {text}");
        }
    }
    run_python(&python, [READER, CTCF, CTCF]).refused(&["is no FASTA"]);
    run_python(&python, [READER, &two, &two]).refused(&["two.fa is not a whole safetensors file"]);
    run_python(&python, [READER, "nothing.safetensors", &two]).refused(&["nothing.safetensors"]);
}

/// Prints what the reader says of every file.
const REFUSALS: &str = r#"
import os, sys
sys.path.insert(0, os.path.dirname(sys.argv[1]))
import torch_reader
for path in sys.argv[2:]:
    try:
        torch_reader.load(path)
        print("read")
    except torch_reader.ModelFileError as error:
        print(error)
"#;

#[test]
fn the_torch_reader_says_what_is_wrong_with_a_file() {
    let Some(python) = python() else { return };
    let cli = Cli::new();
    let good = fs::read(CTCF).unwrap();
    cli.write("cut", &good[..good.len() / 2]);
    let mut cases = vec![("cut".to_owned(), "not a whole safetensors file")];
    // Texts of one length, so that the header stays whole.
    for (old, new, message) in [
        ("\"processive\"", "\"progressiv\"", "without a processive description"),
        (
            "bag-cnn",
            "bag-rnn",
            "no architecture is called 'bag-rnn'; known: bag-cnn",
        ),
        ("max\\\"", "min\\\"", "no read-out is called 'min'; known: max"),
        ("format\\\":1", "format\\\":2", "has format 2; this reader knows 1"),
        ("dna", "rna", "the model reads rna"),
        ("kernel\\\"", "kernal\\\"", "the description has no 'kernel'"),
        (
            "filters\\\":128",
            "filters\\\":127",
            "member.0.stem.weight has shape [128, 4, 15]",
        ),
        ("members\\\":3", "members\\\":2", "6 tensors belong to no layer"),
        (
            "members\\\":3",
            "members\\\":4",
            "tensor member.3.stem.weight is missing",
        ),
    ] {
        let place = good.windows(old.len()).position(|part| part == old.as_bytes()).unwrap();
        let name = format!("case{}", cases.len());
        cli.write(
            &name,
            [&good[..place], new.as_bytes(), &good[place + old.len()..]].concat(),
        );
        cases.push((name, message));
    }
    let paths = cases.iter().map(|(name, _)| cli.path(name).into_os_string());
    let args = ["-c", REFUSALS, READER].map(OsStr::new).map(OsStr::to_os_string);
    let said = run_python(&python, args.into_iter().chain(paths)).succeeded().stdout;
    assert_eq!(said.lines().count(), cases.len());
    for (said, (name, message)) in said.lines().zip(&cases) {
        assert!(
            said.contains(message) && said.contains(name),
            "'{said}', not '{message}'"
        );
    }
}
