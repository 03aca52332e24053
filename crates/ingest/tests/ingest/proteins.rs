use std::path::Path;

use processive_ingest::{IngestError, ProteinFasta, ProteinRecord};

use crate::files::{Folder, bgzip, gzip};

fn proteins(path: &Path) -> Result<Vec<ProteinRecord>, IngestError> {
    ProteinFasta::open(path)?.collect()
}

fn record(id: &str, description: &str, sequence: &str, line: u64) -> ProteinRecord {
    ProteinRecord {
        id: id.to_owned(),
        description: description.to_owned(),
        sequence: sequence.as_bytes().to_vec(),
        line,
    }
}

#[test]
fn every_common_way_to_write_proteins_is_read() {
    let folder = Folder::new();
    let header = "1QYS_1|Chain A|TOP7|Computationally Designed Sequence";
    let cases = [
        (">a\nMKV\n".to_owned(), vec![record("a", "", "MKV", 1)]),
        (">a\nMKV".to_owned(), vec![record("a", "", "MKV", 1)]),
        ("\u{feff}>a\r\nMK\r\nV\r\n".to_owned(), vec![record("a", "", "MKV", 1)]),
        (
            "\n \r\n>a\n\n MK V\t\n\nL\n\n".to_owned(),
            vec![record("a", "", "MKVL", 3)],
        ),
        (
            format!(">{header}\nmkXUOBZJ*-.?\n>sp|P69905|HBA_HUMAN\tHemoglobin > 1  \nM\n"),
            vec![
                record(
                    "1QYS_1|Chain",
                    "A|TOP7|Computationally Designed Sequence",
                    "mkXUOBZJ*-.?",
                    1,
                ),
                record("sp|P69905|HBA_HUMAN", "Hemoglobin > 1", "M", 3),
            ],
        ),
        (
            ">é ü\nM\n>é\nW".to_owned(),
            vec![record("é", "ü", "M", 1), record("é", "", "W", 3)],
        ),
    ];
    for (text, expected) in cases {
        for content in [
            text.as_bytes().to_vec(),
            gzip(text.as_bytes()),
            bgzip(text.as_bytes(), 5),
        ] {
            let path = folder.write("x.fa", content);
            assert_eq!(proteins(&path).unwrap(), expected, "{text:?}");
        }
    }
}

#[test]
fn a_protein_longer_than_titin_is_read_from_one_line_or_many() {
    let folder = Folder::new();
    let sequence = "MKVLW".repeat(8000);
    let lines: Vec<&str> = (0..40_000)
        .step_by(50)
        .map(|start| &sequence[start..start + 50])
        .collect();
    for body in [sequence.clone(), lines.join("\n")] {
        let path = folder.write("x.fa", format!(">titin\n{body}\n>b\nM\n"));
        let found = proteins(&path).unwrap();
        assert_eq!(found[0].sequence, sequence.as_bytes());
        assert_eq!(found[1].id, "b");
    }
}

#[test]
fn bad_proteins_are_named_with_record_line_and_byte() {
    let folder = Folder::new();
    let cases: [(&[u8], &str); 15] = [
        (b"", "x.fa is empty: no FASTA record in it"),
        (b"\n\n", "x.fa is empty: no FASTA record in it"),
        (
            b"MKV\n",
            "x.fa, line 1: not a FASTA file: it should begin with '>', but begins with 'MKV'",
        ),
        (b">a\n", "x.fa, line 1: record 'a' has no sequence"),
        (b">a", "x.fa, line 1: record 'a' has no sequence"),
        (
            b">a\nMKV\n>b text\n\n  \n>c\nM\n",
            "x.fa, line 3: record 'b' has no sequence",
        ),
        (b">\nMKV\n", "x.fa, line 1: no name follows '>'"),
        (b">a\nM\n> b\nMKV\n", "x.fa, line 3: no name follows '>'"),
        (b">a\xff\nMKV\n", "x.fa, line 1: 'a\\xff' is not UTF-8 text"),
        (
            b">a\nMKV\n\nM1V\n",
            "x.fa, line 4: byte '1' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\r\nMKV\r\n>b\r\nM\x00V\r\n",
            "x.fa, line 4: byte '\\x00' cannot be part of a sequence (record 'b')",
        ),
        (
            b">a\nMK>b\nM\n",
            "x.fa, line 2: byte '>' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\nMK\n;note\n",
            "x.fa, line 3: byte ';' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\nMK\rV\r",
            "x.fa, line 2: byte '\\r' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\nM\xc3\xa9\n",
            "x.fa, line 2: byte '\\xc3' cannot be part of a sequence (record 'a')",
        ),
    ];
    for (content, message) in cases {
        let path = folder.write("x.fa", content);
        assert_eq!(folder.message(&proteins(&path).unwrap_err()), message);
    }
}

#[test]
fn reading_ends_at_the_first_error() {
    let folder = Folder::new();
    let path = folder.write("x.fa", ">a\nM\n>b\n>c\nM\n");
    let mut reader = ProteinFasta::open(&path).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().id, "a");
    assert!(reader.next().unwrap().is_err());
    assert!(reader.next().is_none());
    let whole = gzip(b">a\nMKVLW\n>b\nMKVLWKVLKW\n");
    let path = folder.write("x.fa", &whole[..whole.len() - 4]);
    let error = proteins(&path).unwrap_err();
    assert!(folder.message(&error).starts_with("x.fa is truncated"), "{error}");
}

#[test]
fn repeated_ids_are_an_error_only_when_they_must_be_unique() {
    let folder = Folder::new();
    let path = folder.write("x.fa", ">a x\nM\n>b\nK\n>a y\nV\n");
    assert_eq!(proteins(&path).unwrap().len(), 3);
    let unique: Result<Vec<_>, _> = ProteinFasta::open(&path).unwrap().unique().collect();
    assert_eq!(
        folder.message(&unique.unwrap_err()),
        "x.fa, line 5: name 'a' occurs a second time; names must be unique"
    );
}
