use std::fmt::Write;

use processive_core::{LabelledExample, Region};
use processive_ingest::{TableColumns, read_labelled_fasta, read_positives_negatives, read_sequence_table};

use crate::files::{Folder, gzip};

fn example(name: &str, sequence: &str, label: bool) -> LabelledExample {
    LabelledExample {
        name: name.to_owned(),
        sequence: sequence.as_bytes().to_vec(),
        label,
        region: None,
    }
}

#[test]
fn tables_of_every_dialect_give_the_same_examples() {
    let folder = Folder::new();
    let cases: [(&str, [u64; 2]); 14] = [
        ("sequence,label\nACGT,1\nnnac,0\n", [2, 3]),
        ("sequence,label\nACGT,1\nnnac,0", [2, 3]),
        ("sequence,label\r\nACGT,1\r\nnnac,0\r\n", [2, 3]),
        ("\u{feff}sequence,label\nACGT,1\nnnac,0\n", [2, 3]),
        (" sequence , label \n ACGT , 1 \nnnac,0\n", [2, 3]),
        ("\"sequence\",\"label\"\n\"ACGT\",\"1\"\n\"nnac\",0\n", [2, 3]),
        ("\"sequence\",\"label\"\r\n\"ACGT\",\"1\"\r\n\"nnac\",\"0\"\r\n", [2, 3]),
        ("sequence\tlabel\nACGT\t1\nnnac\t0\n", [2, 3]),
        ("sequence;label\nACGT;1\nnnac;0\n", [2, 3]),
        ("id\tlabel\tsequence\nx,y\t1.0\tACGT\n\tfalse\tnnac\n", [2, 3]),
        (
            "label,note,sequence\nTrue,\"a, b\",ACGT\n0.0,\"say \"\"x\"\"\",nnac\n",
            [2, 3],
        ),
        ("\n\nsequence,label\n\nACGT,1\n\n\nnnac,0\n\n", [5, 8]),
        ("\r\nsequence,label\r\n\r\nACGT,1\r\n\r\n\r\nnnac,0\r\n\r\n", [4, 7]),
        ("sequence,label,note\nACGT,1,\"two\nlines\"\nnnac,0,\n", [2, 4]),
    ];
    for (text, [first, second]) in cases {
        let expected = [
            example(&format!("x.csv:{first}"), "ACGT", true),
            example(&format!("x.csv:{second}"), "nnac", false),
        ];
        for content in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
            let path = folder.write("x.csv", content);
            assert_eq!(
                read_sequence_table(&path, &TableColumns::default()).unwrap(),
                expected,
                "{text:?}"
            );
        }
    }
}

#[test]
fn columns_may_have_other_names() {
    let folder = Folder::new();
    let path = folder.write("x.seq", "FoldID\tEventID\tseq\tBound\nA\tseq_1\tACGT\t1\n");
    let columns = TableColumns {
        sequence: "seq".to_owned(),
        label: "Bound".to_owned(),
    };
    assert_eq!(
        read_sequence_table(&path, &columns).unwrap(),
        [example("x.seq:2", "ACGT", true)]
    );
}

#[test]
fn bad_tables_are_named_with_line_and_value() {
    let folder = Folder::new();
    let empty = "x.csv is empty: no row of sequences and labels in it";
    let cases: [(&[u8], &str); 20] = [
        (b"", empty),
        (b"\n\n", empty),
        (b"sequence,label\n", empty),
        (b"sequence,label\r\n\r\n", empty),
        (
            b"sequence,Label,fold\nACGT,1,2\n",
            "x.csv has no column 'label'; its columns are: sequence, Label, fold; name another with --label-column",
        ),
        (
            b"seq\tlabel\nACGT\t1\n",
            "x.csv has no column 'sequence'; its columns are: seq, label; name another with --sequence-column",
        ),
        (
            b"ACGT,1\nACGT,0\n",
            "x.csv has no column 'sequence'; its columns are: ACGT, 1; name another with --sequence-column",
        ),
        (
            b">chr1\nACGT\n",
            "x.csv has no column 'sequence'; its columns are: >chr1; name another with --sequence-column",
        ),
        (
            b"sequence,label\nACGT,1\nACGT\n",
            "x.csv, line 3: 1 fields, but the header has 2",
        ),
        (
            b"sequence,label\nACGT,1\nACGT,1,\n",
            "x.csv, line 3: 3 fields, but the header has 2",
        ),
        (
            b"sequence,label\r\nACGT,1\r\n\r\nACGT,1,0\r\n",
            "x.csv, line 4: 3 fields, but the header has 2",
        ),
        (
            b"sequence,label\nACGT,1\nACGT,2\n",
            "x.csv, line 3: label '2' is not 0 or 1",
        ),
        (
            b"sequence,label\r\nACGT,1\r\nACGT,yes\r\n",
            "x.csv, line 3: label 'yes' is not 0 or 1",
        ),
        (b"sequence,label\nACGT,\n", "x.csv, line 2: label '' is not 0 or 1"),
        (b"sequence,label\nACGT,0.5", "x.csv, line 2: label '0.5' is not 0 or 1"),
        (b"sequence,label\nACGT,1\n ,0\n", "x.csv, line 3: the sequence is empty"),
        (b"sequence,label\nACGT,1\n,\n", "x.csv, line 3: the sequence is empty"),
        (
            b"sequence,label\nACGT,1\n\nAC7T,0\n",
            "x.csv, line 4: byte '7' cannot be part of a sequence (column 'sequence')",
        ),
        (
            b"sequence,label\nAC GT,0\n",
            "x.csv, line 2: byte ' ' cannot be part of a sequence (column 'sequence')",
        ),
        (
            b"sequence,l\xe9bel\nACGT,0\n",
            "x.csv, line 1: 'sequence,l\\xe9bel' is not UTF-8 text",
        ),
    ];
    for (content, message) in cases {
        let path = folder.write("x.csv", content);
        let error = read_sequence_table(&path, &TableColumns::default()).unwrap_err();
        assert_eq!(folder.message(&error), message);
    }
}

#[test]
fn a_truncated_table_is_an_error() {
    let folder = Folder::new();
    let mut text = String::from("sequence,label\n");
    for number in 0..200 {
        writeln!(text, "{},{}", "ACGTTGCA".repeat(1 + number % 7), number % 2).unwrap();
    }
    let whole = gzip(text.as_bytes());
    for length in [20, whole.len() / 2, whole.len() - 1] {
        let path = folder.write("x.csv", &whole[..length]);
        let error = read_sequence_table(&path, &TableColumns::default()).unwrap_err();
        assert!(folder.message(&error).starts_with("x.csv is truncated"), "{error}");
    }
}

#[test]
fn a_fasta_header_can_be_the_label() {
    let folder = Folder::new();
    let path = folder.write("x.fa", ">1\nAC\nGT\n>0\r\nnn\r\n>1 \nA\n");
    let expected = [
        example("x.fa:1", "ACGT", true),
        example("x.fa:4", "nn", false),
        example("x.fa:6", "A", true),
    ];
    assert_eq!(read_labelled_fasta(&path).unwrap(), expected);
    let cases = [
        (">1\nA\n>2\nA\n", "x.fa, line 3: label '2' is not 0 or 1"),
        (
            ">1\nA\n>1 chr1:5-6\nA\n",
            "x.fa, line 3: label '1 chr1:5-6' is not 0 or 1",
        ),
        (">chr1\nA\n", "x.fa, line 1: label 'chr1' is not 0 or 1"),
        (">1\n>0\nA\n", "x.fa, line 1: record '1' has no sequence"),
        ("", "x.fa is empty: no FASTA record in it"),
    ];
    for (text, message) in cases {
        let path = folder.write("x.fa", text);
        assert_eq!(folder.message(&read_labelled_fasta(&path).unwrap_err()), message);
    }
}

#[test]
fn two_files_give_bound_and_unbound_sequences() {
    let folder = Folder::new();
    let pos = folder.write("pos.fa", ">chr1:10-14\nACGT\n>peak\nGG\n");
    let neg = folder.write("neg.fa", ">peak\nTT\n");
    let examples = read_positives_negatives(&pos, &neg).unwrap();
    let mut placed = example("chr1:10-14", "ACGT", true);
    placed.region = Some(Region::new("chr1", 10, 14).unwrap());
    assert_eq!(
        examples,
        [placed, example("peak", "GG", true), example("peak", "TT", false)]
    );
    let empty = folder.write("empty.fa", "");
    let error = read_positives_negatives(&pos, &empty).unwrap_err();
    assert_eq!(folder.message(&error), "empty.fa is empty: no FASTA record in it");
}
