//! Leaks that another program found in real data, when they are there.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed; clippy takes only #[test] functions for tests"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use processive_encode::kin::{KinIndex, KinSearch, KinSettings};

/// The path of a real file; says so when it is absent.
fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.exists() {
        Some(path)
    } else {
        eprintln!("SKIPPED: {} is absent", path.display());
        None
    }
}

/// Sequences by the first word of their headers.
fn fasta(text: &str) -> BTreeMap<String, String> {
    let records = text.split('>').skip(1).filter_map(|record| record.split_once('\n'));
    records
        .map(|(header, lines)| {
            let id = header.split(' ').next().unwrap_or_default();
            (id.to_owned(), lines.split_whitespace().collect())
        })
        .collect()
}

/// The sequences of a `NetSurfP` table, which have blanks between their letters.
fn table(text: &str) -> Vec<String> {
    let sequence = |line: &str| line.split(',').next().unwrap_or_default().replace(' ', "");
    text.lines().skip(1).map(sequence).collect()
}

/// What the lists say: pairs of a training chain and the place of a test chain, in one of two test sets.
fn listed(leaks: &str, overlaps: &str) -> BTreeSet<(String, &'static str, usize)> {
    let mut pairs = BTreeSet::new();
    for line in leaks.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        // CB513cull numbers the chains of another file.
        let set = ["CB513", "TS115"]
            .into_iter()
            .find(|set| fields[2] == *set || fields[2] == format!("{set}nsp"));
        pairs.extend(set.map(|set| (fields[0].to_owned(), set, fields[3].parse().unwrap())));
    }
    for line in overlaps.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let length: usize = fields[3].parse().unwrap();
        // What is shared up to a tag of histidines is the vector, not the protein.
        let is_tag = fields[4].contains("HHHHHH") && length < 30;
        let set = ["CB513", "TS115"].into_iter().find(|set| fields[0] == *set);
        if length >= 20
            && !is_tag
            && let Some(set) = set
        {
            let (_, row) = fields[1].rsplit_once('_').unwrap();
            pairs.insert((fields[2].to_owned(), set, row.parse().unwrap()));
        }
    }
    pairs
}

#[test]
fn every_listed_leak_is_kin_and_chains_that_share_a_tag_are_not() -> Result<(), Box<dyn std::error::Error>> {
    let names = [
        "netsurfp2_flip/splits/sequences.fasta",
        "netsurfp2_flip/leak_list.tsv",
        "netsurfp2_flip/overlaps.tsv",
        "cb513_ts115_ps4/CB513_HHblits.csv",
        "cb513_ts115_ps4/TS115_HHblits.csv",
    ];
    let Some(paths) = names.map(real).into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(());
    };
    let contents = paths
        .iter()
        .map(std::fs::read_to_string)
        .collect::<Result<Vec<_>, _>>()?;
    let sequences = fasta(&contents[0]);
    let tests = [("CB513", table(&contents[3])), ("TS115", table(&contents[4]))];
    let places: Vec<(&str, usize)> = tests
        .iter()
        .flat_map(|(set, chains)| (0..chains.len()).map(move |place| (*set, place)))
        .collect();
    let all = tests.iter().flat_map(|(_, chains)| chains).map(String::as_bytes);
    let index = KinIndex::new(all, KinSettings::default());
    assert_eq!(index.len(), 511 + 115);
    let mut search = KinSearch::new(&index);
    let pairs = listed(&contents[1], &contents[2]);
    // 12 chains of the first list, and 5uiw-A, 3qex-A and 4lld-B of the second.
    assert_eq!(
        pairs.iter().map(|(id, ..)| id).collect::<BTreeSet<_>>().len(),
        15,
        "{pairs:?}"
    );
    for (id, set, place) in pairs {
        let kin = search.kin_of(sequences[&id].as_bytes());
        assert!(
            kin.iter().any(|kin| places[kin.target] == (set, place)),
            "{id} is kin of {set}_{place}"
        );
    }
    for tagged in [
        "4gim-B", "2f0c-B", "2fsd-B", "2v7s-A", "2wb6-A", "4hzi-B", "4pmo-A", "2vpa-A", "3oa5-B", "4dev-C",
    ] {
        let kin = search.kin_of(sequences[tagged].as_bytes());
        let with: Vec<_> = kin.iter().map(|kin| (places[kin.target], kin.stretch.length)).collect();
        assert!(with.iter().all(|&(_, stretch)| stretch < 20), "{tagged}: {with:?}");
    }
    Ok(())
}
