use std::fmt::Write;

use processive_ingest::read_mmcif_structure;

use crate::{files::Folder, real_data::real, structures::shown};

/// An annotated entry: two proteins with missing and modified residues, and DNA.
pub(crate) const ENTRY: &str = "data_X
_entry.id 9XYZ
loop_
_entity_poly.entity_id
_entity_poly.type
_entity_poly.pdbx_seq_one_letter_code_can
1 polypeptide(L)
;GMUOT
XB
;
2 polydeoxyribonucleotide AC
loop_
_pdbx_poly_seq_scheme.asym_id
_pdbx_poly_seq_scheme.entity_id
_pdbx_poly_seq_scheme.seq_id
_pdbx_poly_seq_scheme.mon_id
_pdbx_poly_seq_scheme.pdb_strand_id
A 1 1 GLY H
A 1 2 MSE H
A 1 3 SEC H
A 1 4 PYL H
A 1 5 TPO H
A 1 6 BP5 H
A 1 7 ASX H
A 1 7 ALA H
B 2 1 DA T
B 2 2 DC T
C 1 1 GLY L
C 1 2 MSE L
C 1 3 SEC L
C 1 4 PYL L
C 1 5 TPO L
C 1 6 BP5 L
C 1 7 ASX L
";

pub(crate) const SUMMARY: &str = "loop_
_dssp_struct_summary.entry_id
_dssp_struct_summary.label_comp_id
_dssp_struct_summary.label_asym_id
_dssp_struct_summary.label_seq_id
_dssp_struct_summary.secondary_structure
9XYZ MSE A 2 H
9XYZ SEC A 3 B
9XYZ PYL A 4 .
9XYZ TPO A 5 P
9XYZ TPO C 5 E
9XYZ BP5 C 6 T
9XYZ ASX C 7 S
";

/// Backbones of residues, and a second model in which all of chain C has one.
pub(crate) fn atoms(placed: &[(char, u32)]) -> String {
    let mut text = "loop_\n_atom_site.label_atom_id\n_atom_site.label_asym_id\n_atom_site.label_seq_id\n\
                    _atom_site.pdbx_PDB_model_num\n"
        .to_owned();
    let mut add = |atom: &str, chain: char, number: &str, model: u32| {
        writeln!(text, "{atom} {chain} {number} {model}").unwrap();
    };
    for &(chain, number) in placed {
        for atom in ["N", "CA", "C", "O", "CB"] {
            add(atom, chain, &number.to_string(), 1);
        }
    }
    // A residue without its backbone's oxygen, and a water.
    for atom in ["N", "CA", "C", "CB"] {
        add(atom, 'A', "1", 1);
    }
    add("O", 'D', ".", 1);
    for number in 1..=7 {
        for atom in ["N", "CA", "C", "O"] {
            add(atom, 'C', &number.to_string(), 2);
        }
    }
    text
}

fn entry(text: &str) -> Vec<(String, String, String)> {
    let folder = Folder::new();
    let path = folder.write("x.cif", text);
    read_mmcif_structure(&path).unwrap().iter().map(shown).collect()
}

fn expected(chains: &[[&str; 3]]) -> Vec<(String, String, String)> {
    let owned = |[id, letters, states]: &[&str; 3]| ((*id).to_owned(), (*letters).to_owned(), (*states).to_owned());
    chains.iter().map(owned).collect()
}

#[test]
fn the_summary_of_dssp_says_which_residues_are_scored() {
    let chains = [["9XYZ-H", "GMUOTXB", ".HBCC.."], ["9XYZ-L", "GMUOTXB", "....ETS"]];
    assert_eq!(entry(&format!("{ENTRY}{SUMMARY}")), expected(&chains));
    // Atoms of residues that DSSP left out change nothing.
    let text = format!("{ENTRY}{}{SUMMARY}", atoms(&[('A', 7), ('C', 1)]));
    assert_eq!(entry(&text), expected(&chains));
}

#[test]
fn without_a_summary_whole_backbones_are_scored_and_records_may_span_chains() {
    let conformations = "_struct_conf_type.criteria DSSP
loop_
_struct_conf.conf_type_id
_struct_conf.beg_label_asym_id
_struct_conf.beg_label_seq_id
_struct_conf.end_label_asym_id
_struct_conf.end_label_seq_id
HELX_RH_AL_P A 2 A 3
STRN A 4 A 4
TURN_TY1_P A 5 C 5
BEND C 6 C 6
STRN C 7 C 7
";
    let placed = [('A', 2), ('A', 3), ('A', 4), ('A', 5), ('C', 5), ('C', 6)];
    let chains = [["9XYZ-H", "GMUOTXB", ".HHBT.."], ["9XYZ-L", "GMUOTXB", "....TS."]];
    assert_eq!(
        entry(&format!("{ENTRY}{}{conformations}", atoms(&placed))),
        expected(&chains)
    );
    // A protein that is all loop has no record but that of the program.
    let software = "loop_\n_software.name\n_software.version\nphenix 1\ndssp 4.4.0\n";
    let chains = [["9XYZ-H", "GMUOTXB", ".CC...."]];
    assert_eq!(
        entry(&format!("{ENTRY}{}{software}", atoms(&placed[..2]))),
        expected(&chains)
    );
}

#[test]
fn a_sequence_may_be_that_of_the_entity_and_chains_may_be_named_by_atoms() {
    let text = "data_m
loop_
_entity_poly_seq.entity_id
_entity_poly_seq.num
_entity_poly_seq.mon_id
1 1 GLY
1 2 TRP
2 1 DA
loop_
_struct_asym.id
_struct_asym.entity_id
A 1
B 1
C 2
loop_
_atom_site.label_atom_id
_atom_site.label_asym_id
_atom_site.label_seq_id
_atom_site.auth_asym_id
N B 1 K
loop_
_dssp_struct_summary.label_asym_id
_dssp_struct_summary.label_seq_id
_dssp_struct_summary.secondary_structure
A 1 E
B 2 G
C 1 .
";
    assert_eq!(entry(text), expected(&[["m-A", "GW", "E."], ["m-K", "GW", ".G"]]));
}

#[test]
fn mmcif_files_without_states_say_how_to_get_them() {
    let folder = Folder::new();
    let deposited = "loop_\n_struct_conf_type.id\n_struct_conf_type.criteria\nHELX_P ?\n";
    let cases = [
        (
            format!("{ENTRY}{deposited}{}", atoms(&[('A', 2)])),
            "x.cif has no DSSP records: annotate it with mkdssp 4 (mkdssp in.cif out.cif)",
        ),
        (
            format!("data_x\n{SUMMARY}"),
            "x.cif is empty: no protein chain with residues that DSSP placed in it",
        ),
        (
            format!("{ENTRY}{}", SUMMARY.replace("A 3 B", "A 3 X")),
            "x.cif, line 42: a state is one of H B E G I T S P and '.', found 'X'",
        ),
        (
            format!("{ENTRY}{}", SUMMARY.replace("A 3 B", "A x B")),
            "x.cif, line 42: the number of a residue is a whole number, found 'x'",
        ),
        (
            "HEADER    HYDROLASE\n".to_owned(),
            "x.cif, line 1: an mmCIF file begins with data_ and a name, found 'HEADER'",
        ),
    ];
    for (text, message) in cases {
        let path = folder.write("x.cif", text);
        assert_eq!(folder.message(&read_mmcif_structure(&path).unwrap_err()), message);
    }
    let Some(path) = real("biotite_structs/1l2y.cif") else {
        return;
    };
    let error = read_mmcif_structure(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has no DSSP records: annotate it with mkdssp 4 (mkdssp in.cif out.cif)")
    );
}
