use processive_core::{ChainRow, LabelledChain, State3, State8, StructureLabels};
use processive_ingest::{IngestError, read_structure_fasta, read_structure_table};

use crate::files::{Folder, gzip};

pub(crate) fn three(letters: &str) -> StructureLabels {
    StructureLabels::Three(
        letters
            .bytes()
            .map(|letter| State3::from_letter(letter).unwrap())
            .collect(),
    )
}

pub(crate) fn eight(letters: &str) -> StructureLabels {
    StructureLabels::Eight(
        letters
            .bytes()
            .map(|letter| State8::from_letter(letter).unwrap())
            .collect(),
    )
}

/// A row of no cluster; `mask` has a 1 for what is scored.
fn row(id: &str, sequence: &str, labels: StructureLabels, mask: &str, source: &str, split: &str) -> ChainRow {
    ChainRow {
        chain: LabelledChain {
            id: id.to_owned(),
            sequence: sequence.as_bytes().to_vec(),
            labels,
            scored: mask.bytes().map(|bit| bit == b'1').collect(),
        },
        source: source.to_owned(),
        split: split.to_owned(),
        cluster: String::new(),
    }
}

/// Writes the three files and reads them.
fn triple(
    folder: &Folder,
    [sequences, states, masks]: [&str; 3],
    filters: &[&str],
) -> Result<Vec<ChainRow>, IngestError> {
    let sequences = folder.write("s.fasta", sequences);
    let states = folder.write("l.fasta", states);
    let masks = folder.write("m.fasta", masks);
    let filters: Vec<_> = filters.iter().map(|text| text.parse().unwrap()).collect();
    read_structure_fasta(&sequences, &states, Some(&masks), &filters)
}

const SEQUENCES: &str = ">1abc-A\nMkXW\n>2abc-B\nAC\nDE\n>3abc-C\nGG\n";
const STATES: &str = ">2abc-B SET=train VALIDATION=True\nHHEC\n>1abc-A SET=train VALIDATION=False\nCCHH\n>3abc-C SET=test VALIDATION=False\nEE\n";
const MASKS: &str = ">1abc-A\n0111\n>2abc-B\n11\n10\n>3abc-C\n11\n";

#[test]
fn fasta_triples_are_joined_by_id_in_the_order_of_the_states() {
    let folder = Folder::new();
    let valid = row("2abc-B", "ACDE", three("HHEC"), "1110", "l", "valid");
    let train = row("1abc-A", "MkXW", three("CCHH"), "0111", "l", "train");
    let test = row("3abc-C", "GG", three("EE"), "11", "l", "test");
    let cases = [
        (&[][..], vec![valid.clone(), train.clone(), test.clone()]),
        (&["SET=train"], vec![valid.clone(), train.clone()]),
        (&["SET=train", "VALIDATION=False"], vec![train]),
        (&["SET=test", "SET=train", "VALIDATION=True"], vec![valid]),
        (&["SET=test"], vec![test]),
    ];
    for (filters, expected) in cases {
        assert_eq!(
            triple(&folder, [SEQUENCES, STATES, MASKS], filters).unwrap(),
            expected,
            "{filters:?}"
        );
    }
}

#[test]
fn without_a_mask_all_residues_are_scored_and_one_letter_makes_labels_of_eight() {
    let folder = Folder::new();
    let sequences = folder.write("s.fa", gzip(b">a SET=val\r\nMKVL\r\n>b\r\nAA\r\n"));
    let states = folder.write("q8.fa.gz", ">b\nHH\n>a\nLTT-");
    let expected = [
        row("b", "AA", eight("HH"), "11", "q8", ""),
        row("a", "MKVL", eight("CTTC"), "1111", "q8", "valid"),
    ];
    assert_eq!(read_structure_fasta(&sequences, &states, None, &[]).unwrap(), expected);
}

#[test]
fn bad_triples_are_named_with_record_line_and_symbol() {
    let folder = Folder::new();
    let cases = [
        (
            [SEQUENCES, &STATES.replace("CCHH", "CCH"), MASKS],
            "l.fasta, line 3: chain '1abc-A' cannot be read: it has 4 residues, but 3 states",
        ),
        (
            [SEQUENCES, &STATES.replace("CCHH", "CCXH"), MASKS],
            "l.fasta, line 3: chain '1abc-A' cannot be read: residue 3: 'X' is not a state; states are H, E and C (or L, -)",
        ),
        (
            [SEQUENCES, &STATES.replace("CCHH", "TChH"), MASKS],
            "l.fasta, line 3: chain '1abc-A' cannot be read: residue 3: 'h' is not a state; \
             states are H, B, E, G, I, T, S and C (or L, P, -)",
        ),
        (
            [SEQUENCES, &STATES.replace("CCHH", "CC1H"), MASKS],
            "l.fasta, line 4: byte '1' cannot be part of a sequence (record '1abc-A')",
        ),
        (
            [SEQUENCES, STATES, &MASKS.replace("0111", "01111")],
            "m.fasta, line 1: chain '1abc-A' cannot be read: it has 4 residues, but 5 mask symbols",
        ),
        (
            [SEQUENCES, STATES, &MASKS.replace("0111", "01X1")],
            "m.fasta, line 1: chain '1abc-A' cannot be read: residue 3: 'X' in the mask symbols is not 0 or 1",
        ),
        (
            [SEQUENCES, STATES, &MASKS.replace("0111", "0121")],
            "m.fasta, line 1: chain '1abc-A' cannot be read: residue 3: '2' in the mask symbols is not 0 or 1",
        ),
        (
            [&SEQUENCES.replace("2abc", "4abc"), STATES, MASKS],
            "s.fasta has no record '2abc-B', which l.fasta has",
        ),
        (
            [SEQUENCES, STATES, &MASKS.replace("2abc", "4abc")],
            "m.fasta has no record '2abc-B', which l.fasta has",
        ),
        (
            [SEQUENCES, &STATES.replace("2abc-B", "1abc-A"), MASKS],
            "l.fasta, line 3: name '1abc-A' occurs a second time; names must be unique",
        ),
        (
            [SEQUENCES, &STATES.replace("HHEC\n", ""), MASKS],
            "l.fasta, line 1: record '2abc-B' has no sequence",
        ),
        (["", STATES, MASKS], "s.fasta is empty: no FASTA record in it"),
    ];
    for (files, message) in cases {
        let error = triple(&folder, files, &[]).unwrap_err();
        assert_eq!(folder.message(&error), message);
    }
}

#[test]
fn fields_that_no_record_has_are_an_error_with_those_that_there_are() {
    let folder = Folder::new();
    let error = triple(&folder, [SEQUENCES, STATES, MASKS], &["SET=trian", "VALIDATION=True"]).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "l.fasta: no record has SET=trian VALIDATION=True in its header; fields there are: SET=test, SET=train, \
         VALIDATION=False, VALIDATION=True"
    );
}

#[test]
fn tables_of_every_form_give_the_same_chain() {
    let folder = Folder::new();
    let spaced = "input, dssp3, dssp8, disorder, cb513_mask\n\
                  M K X W,C H H E,S H G B,0.0 1.0 1.0 1.0,1.0 1.0 0.0 1.0\n\
                  A C,C C,C P,1.0 1.0,1.0 1.0\n";
    let plain = "input,dssp3,dssp8,disorder,cb513_mask\r\n\
                 MKXW,CHHE,SHGB,0.0 1.0 1.0 1.0,1101\r\n\
                 AC,CC,C ,11,1.0 1.0\r\n";
    let cu = "id,len,input,expected,mask\nx_1,4,MKXW,SHGB,0101\nx_2,2,AC,LL,11\n";
    let ours = "id\tsource\tsplit\tcluster\tsequence\tq3\tq8\tmask\n\
                x_1\tx\t\t\tMKXW\tCHHE\tSHGB\t0101\nx_2\t\t\t\tAC\tCC\tCC\t11\n";
    let kaggle = "pdb_id,chain_code,seq,sst8,sst3,mask\nx_1,,MKXW,SHGB,CHHE,0101\nx_2,,AC,CC,CC,11\n";
    let expected = [
        row("x_1", "MKXW", eight("SHGB"), "0101", "x", ""),
        row("x_2", "AC", eight("CC"), "11", "x", ""),
    ];
    for text in [spaced, plain, cu, ours, kaggle] {
        for (name, content) in [("x.csv", text.as_bytes().to_vec()), ("x.csv.gz", gzip(text.as_bytes()))] {
            let path = folder.write(name, content);
            assert_eq!(read_structure_table(&path).unwrap(), expected, "{text}");
        }
    }
}

#[test]
fn chain_tables_keep_source_split_and_cluster_and_rows_with_and_without_eight_states() {
    let folder = Folder::new();
    let path = folder.write(
        "chains.tsv",
        "id\tsource\tsplit\tcluster\tsequence\tq3\tq8\tmask\n\
         a\tflip\ttrain\tc1\tMKV\tHHC\t\t101\nb\tcu\tvalid\tc2\tMKV\tHHC\tGHS\t111\n",
    );
    let mut first = row("a", "MKV", three("HHC"), "101", "flip", "train");
    "c1".clone_into(&mut first.cluster);
    let mut second = row("b", "MKV", eight("GHS"), "111", "cu", "valid");
    "c2".clone_into(&mut second.cluster);
    assert_eq!(read_structure_table(&path).unwrap(), [first, second]);
}

#[test]
fn a_domain_mask_that_is_zero_everywhere_says_nothing() {
    let folder = Folder::new();
    let path = folder.write(
        "t.csv",
        "input,dssp3,disorder,cb513_mask\nMK,HH,1 0,0 0\nAC,CC,1 1,0 0\n",
    );
    let rows = read_structure_table(&path).unwrap();
    assert_eq!(rows[0].chain.scored, [true, false]);
    assert_eq!(rows[1].chain.scored, [true, true]);
    let path = folder.write(
        "t.csv",
        "input,dssp3,disorder,cb513_mask\nMK,HH,1 0,0 0\nAC,CC,1 1,0 1\n",
    );
    let rows = read_structure_table(&path).unwrap();
    assert_eq!(rows[0].chain.scored, [false, false]);
    assert_eq!(rows[1].chain.scored, [false, true]);
}

#[test]
fn expected_states_are_of_three_when_no_row_has_more() {
    let folder = Folder::new();
    let path = folder.write("t.csv", "id,input,expected\n1,MK,HL\n2,A,E\n");
    let rows = read_structure_table(&path).unwrap();
    assert_eq!(rows[0].chain.labels, three("HC"));
    let path = folder.write("t.csv", "id,input,expected\n1,MK,HL\n2,A,B\n");
    assert_eq!(read_structure_table(&path).unwrap()[0].chain.labels, eight("HC"));
}

#[test]
fn bad_tables_of_chains_are_named_with_row_and_symbol() {
    let folder = Folder::new();
    let cases = [
        ("", "t.csv is empty: no row of a chain in it"),
        ("input,dssp3\n", "t.csv is empty: no row of a chain in it"),
        (
            "protein,dssp3\nMK,HH\n",
            "t.csv has no column of sequences (sequence, input or seq); its columns are: protein, dssp3",
        ),
        (
            "input,label\nMK,HH\n",
            "t.csv has no column of states (q3, q8, dssp3, dssp8, ss3, ss8, sst3, sst8 or expected); \
             its columns are: input, label",
        ),
        (
            "input,dssp3\nMK,HH\nMKV,HH\n",
            "t.csv, line 3: chain 't_2' cannot be read: it has 3 residues, but 2 states",
        ),
        (
            "id,input,q3,q8\na,MKV,HHC,\nb,MKV,HHC,HH\n",
            "t.csv, line 3: chain 'b' cannot be read: it has 3 residues, but 2 states",
        ),
        (
            "id,input,q3,q8\na,MKV,,\n",
            "t.csv, line 2: chain 'a' cannot be read: it has 3 residues, but 0 states",
        ),
        (
            "id,input,q3\na,MKV,HTC\n",
            "t.csv, line 2: chain 'a' cannot be read: residue 2: 'T' is not a state; states are H, E and C (or L, -)",
        ),
        (
            "id,input,q8\na,MKV,HXC\n",
            "t.csv, line 2: chain 'a' cannot be read: residue 2: 'X' is not a state; \
             states are H, B, E, G, I, T, S and C (or L, P, -)",
        ),
        (
            "id,input,q3,mask\na,MKV,HHC,11\n",
            "t.csv, line 2: chain 'a' cannot be read: it has 3 residues, but 2 mask symbols",
        ),
        (
            "id,input,q3,mask\na,MKV,HHC,1a1\n",
            "t.csv, line 2: chain 'a' cannot be read: residue 2: 'a' in the mask symbols is not 0 or 1",
        ),
        (
            "id,input,q3,disorder\na,MKV,HHC,1.0 0.5 1.0\n",
            "t.csv, line 2: chain 'a' cannot be read: residue 2: '0.5' in the disorder symbols is not 0 or 1",
        ),
        (
            "id,input,q3,cb513_mask\na,MKV,HHC,\n",
            "t.csv, line 2: chain 'a' cannot be read: it has 3 residues, but 0 cb513_mask symbols",
        ),
        (
            "id,input,q3,split\na,MKV,HHC,fold1\n",
            "t.csv, line 2: chain 'a' cannot be read: 'fold1' is not a split; splits are train, valid and test",
        ),
        ("id,input,q3\na,,HHC\n", "t.csv, line 2: the sequence is empty"),
        (
            "id,input,q3\na,M1V,HHC\n",
            "t.csv, line 2: byte '1' cannot be part of a sequence (column 'input')",
        ),
        ("id,input,q3\na,MKV\n", "t.csv, line 2: 2 fields, but the header has 3"),
    ];
    for (text, message) in cases {
        let path = folder.write("t.csv", text);
        let error = read_structure_table(&path).unwrap_err();
        assert_eq!(folder.message(&error), message);
    }
}
