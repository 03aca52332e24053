//! The GOR method and the majority on the chains of `NetSurfP` 2 and the older sets, where the data folder is at hand;
//! without it each test says so and passes.
#![allow(clippy::print_stderr, reason = "a skipped test says that it was skipped")]

use std::collections::HashMap;
use std::path::PathBuf;

use processive_core::{Alphabet, State3, State8};
use processive_encode::encode;
use processive_train::baselines::{Gor, majority_state};
use processive_train::metrics::structure::StateConfusion;

/// Codes, states and marks of chains.
type Chains = Vec<(Vec<u8>, Vec<u8>, Vec<bool>)>;

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

fn three(states: &str) -> Vec<u8> {
    let code = |letter| State3::from_letter(letter).map(|state| state as u8);
    states.bytes().filter_map(code).collect()
}

fn eight(states: &str) -> Vec<u8> {
    let code = |letter| State8::from_letter(letter).map(|state| state as u8);
    states.bytes().filter_map(code).collect()
}

/// The rest of the header and the text of every record by its id.
fn fasta(text: &str) -> HashMap<&str, (&str, String)> {
    let records = text.split('>').skip(1).filter_map(|record| record.split_once('\n'));
    records
        .map(|(header, lines)| {
            let (id, fields) = header.split_once(' ').unwrap_or((header, ""));
            (id, (fields, lines.split_whitespace().collect()))
        })
        .collect()
}

/// The chains of `NetSurfP` 2 whose headers hold `fields`, resolved residues marked.
fn netsurfp(fields: &[&str]) -> Option<Chains> {
    let file = |name: &str| data(&["netsurfp2_flip/splits/", name].concat());
    let (sequences, states, masks) = (file("sequences.fasta")?, file("sampled.fasta")?, file("mask.fasta")?);
    let (sequences, states, masks) = (fasta(&sequences), fasta(&states), fasta(&masks));
    let wanted = |header: &str| fields.iter().all(|field| header.contains(field));
    let chains = states.iter().filter(|(_, (header, _))| wanted(header));
    let chain = |(id, (_, states)): (&&str, &(&str, String))| {
        let codes = encode(Alphabet::Protein, sequences[id].1.as_bytes());
        (
            codes,
            three(states),
            masks[id].1.bytes().map(|mark| mark == b'1').collect(),
        )
    };
    Some(chains.map(chain).collect())
}

/// The chains of a table with columns `input, dssp3, dssp8, disorder, cb513_mask` whose symbols have blanks between
/// them.
fn table(name: &str, with_domains: bool) -> Option<Chains> {
    let text = data(&["cb513_ts115_ps4/", name].concat())?;
    let chain = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let marks = |cell: &str| -> Vec<bool> { cell.split_whitespace().map(|mark| mark.starts_with('1')).collect() };
        let letters: String = cells[0].split_whitespace().collect();
        let (resolved, domain) = (marks(cells[3]), marks(cells[4]));
        let scored = resolved.iter().zip(domain).map(|(a, b)| *a && (b || !with_domains));
        (
            encode(Alphabet::Protein, letters.as_bytes()),
            three(cells[1]),
            scored.collect(),
        )
    };
    Some(text.lines().skip(1).map(chain).collect())
}

/// The chains of a table with columns `id,len,input,expected` of eight states, all of whose residues count.
fn cullpdb(name: &str) -> Option<Chains> {
    let text = data(&["cu_ssp/", name].concat())?;
    let chain = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let states = eight(cells[3]);
        let scored = vec![true; states.len()];
        (encode(Alphabet::Protein, cells[2].as_bytes()), states, scored)
    };
    Some(text.lines().skip(1).map(chain).collect())
}

fn fit<const K: usize>(chains: &Chains) -> Gor<K> {
    let borrowed = chains
        .iter()
        .map(|(codes, states, scored)| (&codes[..], &states[..], &scored[..]));
    Gor::fit(borrowed)
}

/// The number of scored residues, the share of the most frequent state, and the accuracy of the method.
fn scores<const K: usize>(gor: &Gor<K>, chains: &Chains) -> (u64, f64, f64) {
    let mut confusion = StateConfusion::<K>::default();
    for (codes, states, scored) in chains {
        let predicted = gor.predict(codes);
        for place in (0..codes.len()).filter(|&place| scored[place]) {
            confusion.record(states[place].into(), predicted[place].into());
        }
    }
    let observed = chains.iter().map(|(_, states, scored)| (&states[..], &scored[..]));
    let majority = confusion.observed(majority_state::<K>(observed).into());
    let residues = confusion.residues();
    (
        residues,
        majority as f64 / residues as f64,
        confusion.accuracy().unwrap_or(0.0),
    )
}

/// Compares with what another program measured, which rounds to four decimals.
fn assert_scores(name: &str, found: (u64, f64, f64), expected: (u64, f64, f64)) {
    assert_eq!(found.0, expected.0, "{name}: residues");
    for (found, expected) in [(found.1, expected.1), (found.2, expected.2)] {
        assert!((found - expected).abs() < 1e-4, "{name}: {found}, not {expected}");
    }
}

// The expected numbers are those of `gor_baseline.txt` in the data folder.

#[test]
fn three_states_are_predicted_as_well_as_by_another_program() {
    let Some(train) = netsurfp(&["SET=train", "VALIDATION=False"]) else {
        return;
    };
    let gor: Gor<3> = fit(&train);
    for (name, chains, expected) in [
        ("NEW364", netsurfp(&["SET=test"]), (75_402, 0.3858, 0.6168)),
        ("validation", netsurfp(&["VALIDATION=True"]), (262_853, 0.3953, 0.6127)),
        ("TS115", table("TS115_HHblits.csv", false), (27_501, 0.4233, 0.6321)),
        ("CB513", table("CB513_HHblits.csv", true), (83_427, 0.4271, 0.6147)),
    ] {
        let Some(chains) = chains else { continue };
        assert_scores(name, scores(&gor, &chains), expected);
    }
}

#[test]
fn eight_states_are_predicted_as_well_as_by_another_program() {
    let (Some(train), Some(test)) = (
        cullpdb("model_3_cb6133filtered.npy.csv"),
        cullpdb("model_3_cb513.npy.csv"),
    ) else {
        return;
    };
    assert_scores("CB513", scores(&fit::<8>(&train), &test), (84_765, 0.3086, 0.4576));
}
