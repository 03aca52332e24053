use std::path::Path;

use processive_core::StructureLabels;
use processive_ingest::{IngestError, PredictedChain, read_structure_predictions};

use crate::{
    chains::{eight, three},
    files::{Folder, gzip},
};

fn chain(id: &str, sequence: &str, states: StructureLabels) -> PredictedChain {
    PredictedChain {
        id: id.to_owned(),
        sequence: (!sequence.is_empty()).then(|| sequence.as_bytes().to_vec()),
        states,
        states8: None,
        probabilities: None,
    }
}

fn with(probabilities: &[[f32; 3]], chain: PredictedChain) -> PredictedChain {
    PredictedChain {
        probabilities: Some(probabilities.to_vec()),
        ..chain
    }
}

fn read(name: &str, text: &str) -> Vec<PredictedChain> {
    let folder = Folder::new();
    let plain = read_structure_predictions(&folder.write(name, text)).unwrap();
    let packed = read_structure_predictions(&folder.write(&format!("{name}.gz"), gzip(text.as_bytes()))).unwrap();
    assert_eq!(plain, packed);
    plain
}

const VERTICAL: &str =
    "# PSIPRED VFORMAT (PSIPRED V4.0)\n\n   1 M C   0.997  0.000  0.002\n   2 x H   0.100  0.900  0.016\n";

#[test]
fn vertical_files_are_read_for_one_protein_and_for_several() {
    let probabilities = [[0.0, 0.002, 0.997], [0.9, 0.016, 0.1]];
    let first = with(&probabilities, chain("x", "Mx", three("CH")));
    assert_eq!(read("x.ss2", VERTICAL), std::slice::from_ref(&first));
    let bare = VERTICAL.split_once("\n\n").unwrap().1;
    assert_eq!(
        read("x.ss", bare),
        std::slice::from_ref(&first),
        "PSIPRED's first pass has no header"
    );
    let several = VERTICAL.replace("\n\n", "\n# >p1 first protein\n\n")
        + "\n"
        + &VERTICAL.replace("\n\n", "\n# >p2\n# 12345 residues: the number has 5 columns\n\n");
    let second = PredictedChain {
        id: "p2".to_owned(),
        ..first.clone()
    };
    let first = PredictedChain {
        id: "p1".to_owned(),
        ..first
    };
    assert_eq!(read("x.ss2", &several), [first, second]);
}

#[test]
fn horizontal_files_are_read_block_by_block() {
    let text = "# PSIPRED HFORMAT (PSIPRED V3.5)\n\nConf: 9280\nPred: CEHH\n  AA: MKVL\n              10        20\n\n\
                Conf: 10\nPred: CC\n  AA: WY\n      \n";
    assert_eq!(read("x.horiz", text), [chain("x", "MKVLWY", three("CEHHCC"))]);
    let several = text.replace("V3.5)\n", "V3.5)\n# >a 1\n") + &text.replace("V3.5)\n", "V3.5)\n# >b 2\n");
    let ids: Vec<String> = read("x.horiz", &several).into_iter().map(|chain| chain.id).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn fasta_of_states_is_read_in_every_layout() {
    let both = [chain("a", "MKVL", three("CHHC")), chain("b", "WY", three("EE"))];
    let states_only = [chain("a", "", three("CHHC")), chain("b", "", three("EE"))];
    for (text, expected) in [
        (">a text\nMKVL\nCHHC\n>b\nWY\nEE\n", &both),
        (">a\r\nMKVL\r\nCHHC\r\n\r\n>b\r\nWY\r\nEE", &both),
        (">a\nMK\nVL\nCH\nHC\n>b\nW\nY\nE\nE\n", &both),
        (">a\nCHHC\n>b\nEE\n", &states_only),
        ("\u{feff}>a\nCH\nHC\n>b\nE\nE\n", &states_only),
    ] {
        assert_eq!(read("x.fas", text), *expected, "{text:?}");
    }
    let numbers = ">a\nMKV\nCHE\n0.9 0.1 0.0\n0.1 0.8 0.25\n0.0 0.1 0.75\n";
    let probabilities = [[0.1, 0.0, 0.9], [0.8, 0.1, 0.1], [0.25, 0.75, 0.0]];
    assert_eq!(
        read("x.fas", numbers),
        [with(&probabilities, chain("a", "MKV", three("CHE")))]
    );
    assert_eq!(read("x.fas", ">a\nMKV\nGTB\n"), [chain("a", "MKV", eight("GTB"))]);
}

#[test]
fn states_of_the_pdb_keep_their_blanks() {
    let text = ">1ABC:A:sequence\nMKVLW\nMKVLW\nMKVLW\nMK\n>1ABC:A:secstr\n HHHH\nTE\n\n\n>2ABC:B:secstr\nGG\n";
    let expected = [
        chain("1ABC:A", "MKVLWMKVLWMKVLWMK", eight("CHHHHTECCCCCCCCCC")),
        chain("2ABC:B", "", eight("GG")),
    ];
    assert_eq!(read("ss.txt", text), expected);
}

#[test]
fn tables_of_proteins_are_read_by_the_names_of_their_columns() {
    let q3 = [chain("a", "MKV", three("HCE")), chain("b", "W", three("C"))];
    for text in [
        "id,sequence,states\na,MKV,HLE\nb,W,-\n",
        "id\tinput\tpredicted\na\tMKV\tH C E\nb\tW\tC\n",
        "name;seq;SS3\na;MKV;HCE\nb;W;C\n",
    ] {
        assert_eq!(read("t.csv", text), q3, "{text}");
    }
    let q8 = [chain("1", "", eight("HCT")), chain("2", "", eight("B"))];
    assert_eq!(read("t.csv", "id,expected\n1,HLT\n2,B\n"), q8);
    assert_eq!(read("t.csv", "ss8\nHLT\n")[0].id, "t_1");
    let both = read("t.csv", "id,q8,q3\na,GTE,HCE\n");
    assert_eq!(both[0].states, three("HCE"));
    assert_eq!(both[0].eight(), eight("GTE").eight());
}

#[test]
fn tables_of_residues_are_read_by_the_names_of_their_columns() {
    let fold = "id\tposition\tresidue\tstate\tstate8\tp_helix\tp_strand\tp_coil\tp_h\tconfidence\n\
                a\t1\tM\tC\tT\t0.25\t0\t0.75\t0.1\t5\na\t2\tk\tH\tH\t0.5\t0.25\t0.25\t0.1\t2\nb\t1\tW\tE\tE\t0\t1\t0\t0\t9\n";
    let mut first = with(&[[0.25, 0.0, 0.75], [0.5, 0.25, 0.25]], chain("a", "Mk", three("CH")));
    first.states8 = eight("TH").eight().map(<[_]>::to_vec);
    let mut second = with(&[[0.0, 1.0, 0.0]], chain("b", "W", three("E")));
    second.states8 = eight("E").eight().map(<[_]>::to_vec);
    assert_eq!(read("fold.tsv", fold), [first, second]);

    // RePROF 1.0.1 of Debian writes this.
    let reprof = "##General\n# No\t: Residue number (beginning with 1)\n# AA\t: Amino acid\n# \n\
                  No\tAA\tPHEL\tRI_S\tpH\tpE\tpL\tPACC\tPREL\tP10\tRI_A\tPbe\tPbie\n\
                  1\tM\tL\t9\t4\t1\t94\t169\t90\t9\t2\te\te\n2\tK\tH\t0\t47\t6\t46\t114\t56\t7\t0\te\te\n";
    let expected = with(&[[0.04, 0.01, 0.94], [0.47, 0.06, 0.46]], chain("q", "MK", three("CH")));
    assert_eq!(read("q.reprof", reprof), [expected]);

    let netsurfp = "id,seq,n,rsa,asa,q3,p[q3_H],p[q3_E],p[q3_C],q8\n>p,M,1,0.5,9,C,0.125,0.375,0.5,S\n";
    let mut expected = with(&[[0.125, 0.375, 0.5]], chain("p", "M", three("C")));
    expected.states8 = eight("S").eight().map(<[_]>::to_vec);
    assert_eq!(read("n.csv", netsurfp), [expected]);
}

#[test]
fn bad_predictions_are_named_with_their_line() {
    let folder = Folder::new();
    let vertical = "a line of VFORMAT has number, amino acid, state and three numbers, found";
    let cases = [
        (String::new(), "x is empty: no prediction in it".to_owned()),
        (
            "# a comment\n\n".to_owned(),
            "x is empty: no prediction in it".to_owned(),
        ),
        (
            "# PSIPRED VFORMAT (PSIPRED V4.0)\n\n".to_owned(),
            "x is empty: no predicted residue in it".to_owned(),
        ),
        (
            VERTICAL.replace("   2 x", "   3 x"),
            "x, line 4: residues are numbered from 1 on, found '   3 x H   0.100  0.900 '".to_owned(),
        ),
        (
            VERTICAL.replace("0.016", "nan"),
            format!("x, line 4: {vertical} '   2 x H   0.100  0.900 '"),
        ),
        (
            VERTICAL.replace("x H", "xH"),
            format!("x, line 4: {vertical} '   2 xH   0.100  0.900  '"),
        ),
        (
            VERTICAL.replace("x H", "x Q"),
            "x, line 3: chain 'x' cannot be read: residue 2: 'Q' is not a state; states are H, E and C (or L, -)"
                .to_owned(),
        ),
        (
            "# PSIPRED HFORMAT\nPred: HH\n  AA: MKV\n".to_owned(),
            "x, line 2: chain 'x' cannot be read: it has 3 residues, but 2 states".to_owned(),
        ),
        (
            "# PSIPRED HFORMAT\nPred: HH\nresidues MK\n".to_owned(),
            "x, line 3: a line of HFORMAT is one of Conf:, Pred:, AA: or a ruler, found 'residues MK'".to_owned(),
        ),
        (
            ">a\nMKV\nHH\n".to_owned(),
            "x, line 1: chain 'a' cannot be read: residue 1: 'M' is not a state; states are H, E and C (or L, -)"
                .to_owned(),
        ),
        (
            ">a\nMKV\nHHC\n0.1 0.2 0.3\n0.1 0.2 0.3\n".to_owned(),
            "x, line 1: three lines of one number per residue follow the states, or none, found 'a'".to_owned(),
        ),
        (
            ">a\nHH\n>b\nHH\n>a\nHH\n".to_owned(),
            "x, line 5: name 'a' occurs a second time; names must be unique".to_owned(),
        ),
        (
            ">a\n>b\nHH\n".to_owned(),
            "x, line 1: record 'a' has no sequence".to_owned(),
        ),
        (
            ">1ABC:A:secstr\nHH\n>b\nHH\n".to_owned(),
            "x, line 3: headers end in :sequence or in :secstr, found 'b'".to_owned(),
        ),
    ];
    for (text, message) in cases {
        let path = folder.write("x", text);
        let error = read_structure_predictions(&path).unwrap_err();
        assert_eq!(folder.message(&error), message);
    }
    let error = read_structure_predictions(Path::new("-")).unwrap_err();
    assert!(matches!(error, IngestError::StandardInput { .. }));
}

#[test]
fn bad_tables_of_predictions_are_named_with_their_line() {
    let folder = Folder::new();
    let row = |row: &str| format!("id\tposition\tresidue\tstate\n{row}\n");
    let cases = [
        (
            "id,sequence,q3\na,MKV,HH\n".to_owned(),
            "x, line 2: chain 'a' cannot be read: it has 3 residues, but 2 states".to_owned(),
        ),
        (
            "id,sequence\na,MKV\n".to_owned(),
            "x has no column of predicted states (states, predicted, prediction, expected, q3, q8, ss3 or ss8); \
             its columns are: id, sequence"
                .to_owned(),
        ),
        (
            "id,expected\n<<<<<<< HEAD\n1,HLT\n".to_owned(),
            "x, line 2: 1 fields, but the header has 2".to_owned(),
        ),
        (
            row("a\t2\tM\tH"),
            "x, line 2: the residues of a protein are numbered from 1 on and stand together, found '2'".to_owned(),
        ),
        (
            row("a\t1\tM\tH\nb\t1\tM\tH\na\t2\tM\tH"),
            "x, line 4: the residues of a protein are numbered from 1 on and stand together, found '2'".to_owned(),
        ),
        (
            row("a\t1\tM\tX"),
            "x, line 2: chain 'a' cannot be read: residue 1: 'X' is not a state; states are H, E and C (or L, -)"
                .to_owned(),
        ),
        (
            row("a\t1\tMET\tH"),
            "x, line 2: residues and states are single letters, found 'MET'".to_owned(),
        ),
        (
            "aa\tstate\tp_helix\tp_strand\tp_coil\nM\tH\t-0.1\t0\t0\n".to_owned(),
            "x, line 2: a probability is a number and not negative, found '-0.1'".to_owned(),
        ),
        (
            "position\tresidue\n1\tM\n".to_owned(),
            "x has no column of predicted states (state, state8, q3, q8, ss3, ss8 or PHEL); its columns are: \
             position, residue"
                .to_owned(),
        ),
    ];
    for (text, message) in cases {
        let path = folder.write("x", text);
        let error = read_structure_predictions(&path).unwrap_err();
        assert_eq!(folder.message(&error), message);
    }
}

#[test]
fn a_folder_has_a_file_for_every_protein() {
    let folder = Folder::new();
    folder.write("p2.ss2", VERTICAL);
    folder.write("p1.ss2", VERTICAL);
    folder.write("p1.horiz", "# PSIPRED HFORMAT\nPred: HH\n");
    let ids = |path: &Path| -> Vec<String> {
        let chains = read_structure_predictions(path).unwrap();
        chains.into_iter().map(|chain| chain.id).collect()
    };
    assert_eq!(ids(folder.path()), ["p1", "p2"]);
    folder.write("p3.ss2.gz", gzip(VERTICAL.replace("\n\n", "\n# >p2\n\n").as_bytes()));
    let error = read_structure_predictions(folder.path()).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "p3.ss2.gz, line 1: name 'p2' occurs a second time; names must be unique"
    );
    let empty = Folder::new();
    let error = read_structure_predictions(empty.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("no .ss2, .horiz, FASTA, .tsv, .csv or .reprof file in it")
    );
}
