//! Metrics of secondary structure against scikit-learn (`tests/golden/metrics/make.py`), and where the data folder is at
//! hand, against SOV values of the authors' program; without it a test says so and passes.
#![allow(clippy::print_stderr, reason = "a skipped test says that it was skipped")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use processive_core::{LabelledChain, Reduction, State8, StructureLabels};
use processive_train::bootstrap::BootstrapSettings;
use processive_train::metrics::structure::{
    ChainTally, SovDefinition, SovScore, StructurePrediction, evaluate_structure, sov,
};
use serde::Deserialize;

type TestResult = Result<(), Box<dyn Error>>;

/// Reads a file of the data folder, when it is there.
fn data(path: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("SKIPPED: {} is not there", path.display());
    }
    text
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    observed: Vec<usize>,
    /// In 256ths.
    probabilities: Vec<[u16; 8]>,
    metrics: BTreeMap<String, f64>,
}

/// Names that scikit-learn has no word for.
const OF_CHAINS: [&str; 2] = ["sov", "per_protein"];

#[test]
fn metrics_of_residues_agree_with_scikit_learn() -> TestResult {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/metrics/structure.json");
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    assert_eq!(golden.cases.len(), 3);
    for case in golden.cases {
        let chain = LabelledChain {
            id: case.name.clone(),
            sequence: vec![b'A'; case.observed.len()],
            labels: StructureLabels::Eight(case.observed.iter().map(|&state| State8::ALL[state]).collect()),
            scored: vec![true; case.observed.len()],
        };
        let probabilities = case.probabilities.iter().map(|row| row.map(|p| f32::from(p) / 256.0));
        let prediction = StructurePrediction::of_eight(probabilities.collect(), Reduction::GhiEb)?;
        let tally = ChainTally::new(&chain, &prediction, Reduction::GhiEb)?;
        let found = evaluate_structure(&[tally], &BootstrapSettings { resamples: 0, seed: 0 })?;
        let mut names: Vec<&String> = found.keys().collect();
        names.retain(|name| !OF_CHAINS.iter().any(|other| name.contains(other)));
        assert!(names.into_iter().eq(case.metrics.keys()), "{}", case.name);
        for (name, expected) in case.metrics {
            let value = found[&name].value;
            // Sums of a few hundred numbers in another order; scikit-learn takes logarithms in 32 bits.
            let rounding = if name.ends_with("nll") { 1e-6 } else { 1e-12 };
            assert!(
                (value - expected).abs() < rounding,
                "{}: {name} is {value}, not {expected}",
                case.name
            );
        }
    }
    Ok(())
}

/// The states of the table: three, eight, or the letters that the papers use for states without a name.
const LETTERS: usize = 26;

fn code(letter: u8) -> Option<u8> {
    letter.is_ascii_uppercase().then(|| letter - b'A')
}

fn codes(states: &str) -> Option<Vec<u8>> {
    states.bytes().map(code).collect()
}

/// Values of each observed state, as `C=0.4433,H=0.4419`.
fn per_state(text: &str) -> Option<[Option<f64>; LETTERS]> {
    let mut values = [None; LETTERS];
    for part in text.split(',') {
        let (letter, value) = part.split_once('=')?;
        values[usize::from(code(letter.bytes().next()?)?)] = Some(value.parse().ok()?);
    }
    Some(values)
}

#[test]
fn segment_overlaps_are_those_of_the_authors_program() -> TestResult {
    let Some(table) = data("sov_golden.tsv") else {
        return Ok(());
    };
    let mut pairs = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, observed, predicted, _, sov99, refine, states99, states_refine] = fields[..] else {
            return Err(format!("not eight fields: {line}").into());
        };
        let observed = codes(observed).ok_or(id)?;
        let predicted = codes(predicted).ok_or(id)?;
        let scored = vec![true; observed.len()];
        for (definition, overall, states) in [
            (SovDefinition::Sov99, sov99, states99),
            (SovDefinition::Refine, refine, states_refine),
        ] {
            let found: SovScore<LETTERS> = sov(definition, &observed, &predicted, &scored);
            let expected = std::iter::once(Some(overall.parse()?)).chain(per_state(states).ok_or(id)?);
            for (found, expected) in std::iter::once(found.overall).chain(found.states).zip(expected) {
                let close = found
                    .zip(expected)
                    .is_some_and(|(a, b): (f64, f64)| (a - b).abs() < 1e-4);
                assert!(
                    close || found == expected,
                    "{id} {definition:?}: {found:?}, not {expected:?}"
                );
            }
        }
        pairs += 1;
    }
    assert_eq!(pairs, 116);
    Ok(())
}
