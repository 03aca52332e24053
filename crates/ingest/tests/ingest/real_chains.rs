//! Real sets of labelled chains, when they are there; the counts are those of the data sets' own descriptions.

use processive_core::ChainRow;
use processive_ingest::{read_structure_fasta, read_structure_table};

use crate::real_data::real;

/// How much a set holds.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    chains: usize,
    residues: usize,
    scored: usize,
}

fn counts<'a>(rows: impl IntoIterator<Item = &'a ChainRow>) -> Counts {
    let mut counts = Counts {
        chains: 0,
        residues: 0,
        scored: 0,
    };
    for row in rows {
        counts.chains += 1;
        counts.residues += row.chain.sequence.len();
        counts.scored += row.chain.scored_residues();
    }
    counts
}

#[test]
fn the_netsurfp2_training_set_has_its_published_counts() {
    let Some(folder) = real("netsurfp2_flip/splits") else {
        return;
    };
    let file = |name: &str| folder.join(name);
    let mask = file("mask.fasta");
    let rows = read_structure_fasta(&file("sequences.fasta"), &file("sampled.fasta"), Some(&mask), &[]).unwrap();
    for (split, chains, residues, scored) in [
        ("train", 9712, 2_479_773, 2_319_963),
        ("valid", 1080, 280_780, 262_853),
        ("test", 364, 84_541, 75_402),
    ] {
        let expected = Counts {
            chains,
            residues,
            scored,
        };
        assert_eq!(
            counts(rows.iter().filter(|row| row.split == split)),
            expected,
            "{split}"
        );
    }
    assert!(rows.iter().all(|row| row.chain.labels.eight().is_none()));
    let filters = ["SET=train".parse().unwrap(), "VALIDATION=True".parse().unwrap()];
    let valid = read_structure_fasta(&file("sequences.fasta"), &file("sampled.fasta"), Some(&mask), &filters).unwrap();
    assert_eq!(counts(&valid).chains, 1080);
}

#[test]
fn the_test_sets_have_their_published_counts() {
    for (name, chains, residues, scored) in [
        ("cb513_ts115_ps4/CB513_HHblits.csv", 511, 144_011, 83_427),
        ("cb513_ts115_ps4/TS115_HHblits.csv", 115, 29_704, 27_501),
        ("cb513_ts115_ps4/shahid_CB513.csv", 511, 144_011, 83_427),
        ("cu_ssp/model_3_cb6133filtered.npy.csv", 5534, 1_183_318, 1_183_318),
        ("cu_ssp/model_3_cb513.npy.csv", 514, 84_765, 84_765),
    ] {
        let Some(path) = real(name) else { continue };
        let rows = read_structure_table(&path).unwrap();
        let expected = Counts {
            chains,
            residues,
            scored,
        };
        assert_eq!(counts(&rows), expected, "{name}");
        assert!(rows.iter().all(|row| row.chain.labels.eight().is_some()), "{name}");
    }
}

#[test]
fn the_states_of_cb513_have_their_published_shares() {
    let Some(path) = real("cb513_ts115_ps4/CB513_HHblits.csv") else {
        return;
    };
    let rows = read_structure_table(&path).unwrap();
    let mut found = [0usize; 8];
    for row in &rows {
        let states = row.chain.labels.eight().unwrap().iter().zip(&row.chain.scored);
        states
            .filter(|(_, scored)| **scored)
            .for_each(|(&state, _)| found[state as usize] += 1);
    }
    let total: usize = found.iter().sum();
    // H B E G I T S C, per cent, as the reference for this data set prints them.
    let expected = [30.6, 1.3, 21.1, 3.7, 0.56, 11.6, 9.8, 21.2];
    for (count, expected) in found.into_iter().zip(expected) {
        let share = 100.0 * count as f64 / total as f64;
        assert!((share - expected).abs() <= 0.05, "{share} {expected}");
    }
}
