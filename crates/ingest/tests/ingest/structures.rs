use std::path::{Path, PathBuf};

use processive_core::LabelledChain;
use processive_ingest::{read_dssp, read_mmcif_structure, read_structures, structure_files};

use crate::{
    files::{Folder, gzip},
    mmcif::{ENTRY, SUMMARY, atoms},
    real_data::real,
};

/// A file made by mkdssp 4.2.2; `tests/golden/structure/make.py` says how.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/structure")
        .join(name)
}

/// The id, the letters and the states of a chain; `.` for a residue that is not scored.
pub(crate) fn shown(chain: &LabelledChain) -> (String, String, String) {
    let states = chain.labels.eight().unwrap();
    let state = |place: usize| {
        let letter = char::from(states[place].letter());
        if chain.scored[place] { letter } else { '.' }
    };
    (
        chain.id.clone(),
        String::from_utf8(chain.sequence.clone()).unwrap(),
        (0..states.len()).map(state).collect(),
    )
}

/// The letters and states of the residues that are scored.
fn scored(chain: &LabelledChain) -> Vec<(u8, u8)> {
    let states = chain.labels.eight().unwrap();
    let places = (0..states.len()).filter(|&place| chain.scored[place]);
    places
        .map(|place| (chain.sequence[place], states[place].letter()))
        .collect()
}

const HEADER: &str = "==== Secondary Structure Definition by the program DSSP
HEADER    HYDROLASE                               19-MAY-97   1AKI                                                             .
  #  RESIDUE AA STRUCTURE BP1 BP2  ACC
";

/// The lines of residues from number, chain, letter and state; a negative number is a break.
fn residues(lines: &[(i64, char, char, char)]) -> String {
    let line = |&(number, chain, letter, state): &(i64, char, char, char)| match letter {
        '!' => format!("    1        !{state}             0   0    0\n"),
        _ => format!("    1{number:5} {chain} {letter}  {state}         0   0   12\n"),
    };
    lines.iter().map(line).collect()
}

#[test]
fn dssp_files_give_chains_with_gaps_bridged_cysteines_and_loops() {
    let folder = Folder::new();
    let text = residues(&[
        (-1, 'A', 'M', ' '),
        (0, 'A', 'a', 'E'),
        (1, 'A', 'X', 'P'),
        (0, ' ', '!', ' '),
        (5, 'A', 'K', 'H'),
        (0, ' ', '!', ' '),
        (6, 'A', 'z', 'G'),
        (0, ' ', '!', '*'),
        (1, 'B', 'W', 'I'),
        (3, 'B', 'C', 'T'),
        (0, ' ', '!', ' '),
        (5000, 'B', 'Y', 'B'),
        (1, 'C', 'G', 'S'),
    ]);
    let expected = [
        ("1AKI-A", "MCXXXXKC", "CEC...HG"),
        ("1AKI-B", "WCXY", "IT.B"),
        ("1AKI-C", "G", "S"),
    ];
    let expected = expected.map(|(id, letters, states)| (id.to_owned(), letters.to_owned(), states.to_owned()));
    for content in [
        format!("{HEADER}{text}").into_bytes(),
        gzip(format!("{HEADER}{text}").as_bytes()),
    ] {
        let path = folder.write("x.dssp", content);
        let found: Vec<_> = read_dssp(&path).unwrap().iter().map(shown).collect();
        assert_eq!(found, expected);
    }
    let nameless = format!("{HEADER}{}", residues(&[(1, ' ', 'G', ' ')])).replace("1AKI", "    ");
    let path = folder.write("model.dssp", nameless);
    assert_eq!(shown(&read_dssp(&path).unwrap()[0]).0, "model");
}

#[test]
fn chains_with_long_names_stand_at_the_end_of_wide_lines() {
    let folder = Folder::new();
    let line = |name: &str| format!("{:136}{name:>13}{name:>10}\n", "    1    1 > M  H         0   0   12");
    let path = folder.write("x.dssp", format!("{HEADER}{}{}", line("AA"), line("AB")));
    let ids: Vec<String> = read_dssp(&path).unwrap().into_iter().map(|chain| chain.id).collect();
    assert_eq!(ids, ["1AKI-AA", "1AKI-AB"]);
}

#[test]
fn bad_dssp_files_are_named_with_their_line() {
    let folder = Folder::new();
    let rule = "not a DSSP file: residues follow a line '  #  RESIDUE AA STRUCTURE' and have fixed columns, found";
    let cases = [
        (String::new(), format!("x.dssp, line 0: {rule} 'end of file'")),
        (
            "ATOM      1  N   LEU A   1\n".to_owned(),
            format!("x.dssp, line 1: {rule} 'end of file'"),
        ),
        (HEADER.to_owned(), "x.dssp is empty: no residue in it".to_owned()),
        (
            format!("{HEADER}    1    1 A M\n"),
            format!("x.dssp, line 4: {rule} '1    1 A M'"),
        ),
        (
            HEADER.to_owned() + &residues(&[(1, 'A', 'M', 'H'), (2, 'A', 'M', 'X')]),
            "x.dssp, line 5: chain '1AKI-A' cannot be read: residue 2: 'X' is not a state; \
             states are H, B, E, G, I, T, S and C (or L, P, -)"
                .to_owned(),
        ),
        (
            HEADER.to_owned() + &residues(&[(1, 'A', '7', 'H')]),
            "x.dssp, line 4: byte '7' cannot be part of a sequence (chain '1AKI-A')".to_owned(),
        ),
        (
            format!("{HEADER}    1    x A M  H         0   0   12\n"),
            "x.dssp, line 4: residue number 'x' is not a whole number".to_owned(),
        ),
    ];
    for (text, message) in cases {
        let path = folder.write("x.dssp", text);
        assert_eq!(folder.message(&read_dssp(&path).unwrap_err()), message);
    }
}

#[test]
fn the_reference_of_dssp_itself_is_read_exactly() {
    let (Some(path), Some(expected)) = (real("dssp_1cbs/1cbs.dssp"), real("dssp_1cbs/1cbs-dssp-test.tsv")) else {
        return;
    };
    let expected = std::fs::read_to_string(expected).unwrap();
    let expected: String = expected
        .lines()
        .map(|line| line.rsplit('\t').next().unwrap().replace('_', "C"))
        .collect();
    let chains = read_dssp(&path).unwrap();
    assert_eq!(chains.len(), 1);
    let (id, _, states) = shown(&chains[0]);
    assert_eq!((id.as_str(), states), ("1CBS-A", expected));
}

#[test]
fn dssp_files_have_the_residues_that_their_headers_count() {
    let Some(folder) = real("biotite_structs") else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "dssp") {
            let text = std::fs::read_to_string(&path).unwrap();
            let counted = text
                .lines()
                .find(|line| line.contains("TOTAL NUMBER OF RESIDUES"))
                .unwrap();
            let counted: usize = counted[..5].trim().parse().unwrap();
            let found: usize = read_dssp(&path)
                .unwrap()
                .iter()
                .map(LabelledChain::scored_residues)
                .sum();
            assert_eq!(found, counted, "{}", path.display());
            files += 1;
        }
    }
    assert_eq!(files, 10);
}

#[test]
fn both_formats_of_mkdssp_give_the_same_states() {
    for (name, chains, residues) in [("1l2y", 1, 20), ("3wip", 2, 410)] {
        let old = read_dssp(&golden(&format!("{name}.dssp.gz"))).unwrap();
        let new = read_mmcif_structure(&golden(&format!("{name}.cif.gz"))).unwrap();
        assert_eq!((old.len(), new.len()), (chains, chains), "{name}");
        let mut found = 0;
        for (old, new) in old.iter().zip(&new) {
            assert_eq!(old.id, new.id);
            assert_eq!(scored(old), scored(new), "{}", old.id);
            found += scored(new).len();
        }
        assert_eq!(found, residues, "{name}");
    }
}

#[test]
fn mmcif_files_give_the_whole_sequence_of_the_sample() {
    let chains = read_mmcif_structure(&golden("1l2y.cif.gz")).unwrap();
    let (id, sequence, states) = shown(&chains[0]);
    // The Trp-cage: its published sequence, and an alpha helix from 2 to 8, a 3-10 helix from 11 to 14.
    assert_eq!((id.as_str(), sequence.as_str()), ("1L2Y-A", "NLYIQWLKDGGPSSGRPPPS"));
    assert_eq!(states, "CHHHHHHHTTGGGGTCCCCC");
    let chains = read_mmcif_structure(&golden("3wip.cif.gz")).unwrap();
    for chain in &chains {
        let (_, sequence, states) = shown(chain);
        assert!(
            sequence.starts_with("MRRNIFCLACLWIVQACLSLDRADILYNIRQTSRPD"),
            "{sequence}"
        );
        assert_eq!((sequence.len(), states.len()), (229, 229));
        assert!(
            states.starts_with("..................."),
            "the signal peptide has no coordinates: {states}"
        );
        assert!(
            states.trim_matches('.').contains('.'),
            "a loop has no coordinates: {states}"
        );
    }
}

#[test]
fn folders_are_read_by_name_and_mmcif_goes_before_dssp_when_it_has_states() {
    let folder = Folder::new();
    let old = |entry: &str| format!("{HEADER}{}", residues(&[(1, 'A', 'M', 'H')])).replace("1AKI", entry);
    folder.write("b.cif", format!("# first\n{ENTRY}{SUMMARY}"));
    folder.write("b.dssp.gz", gzip(old("9OLD").as_bytes()));
    folder.write("a.dssp", old("1AAA"));
    folder.write("c.cif.gz", gzip(format!("{ENTRY}{}", atoms(&[])).as_bytes()));
    folder.write("c.dssp", old("1CCC"));
    folder.write("notes.txt", "nothing");
    let rows = read_structures(folder.path()).unwrap();
    let ids: Vec<&str> = rows.iter().map(|row| row.chain.id.as_str()).collect();
    assert_eq!(ids, ["1AAA-A", "9XYZ-H", "9XYZ-L", "1CCC-A"]);
    let files = structure_files(folder.path()).unwrap();
    let names: Vec<_> = files
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["a.dssp", "b.cif", "b.dssp.gz", "c.cif.gz", "c.dssp"]);
    let rows = read_structures(&folder.path().join("b.dssp.gz")).unwrap();
    assert_eq!((rows[0].chain.id.as_str(), rows[0].source.as_str()), ("9OLD-A", "b"));
    folder.write("d.cif", format!("{ENTRY}{}", atoms(&[])));
    let error = read_structures(folder.path()).unwrap_err();
    assert!(
        folder.message(&error).starts_with("d.cif has no DSSP records"),
        "{error}"
    );
    let empty = Folder::new();
    let error = read_structures(empty.path()).unwrap_err();
    assert!(
        error.to_string().ends_with("no .cif, .mmcif or .dssp file in it"),
        "{error}"
    );
}
