use std::{fmt::Write, num::NonZeroUsize, path::Path};

use processive_core::{Contig, SequenceRecord};
use processive_ingest::{FastaStream, IngestError, contig_lengths, read_fasta};
use proptest::prelude::*;

use crate::files::{Folder, bgzip};

fn contigs(path: &Path, block: usize) -> Result<Vec<SequenceRecord>, IngestError> {
    let mut stream = FastaStream::open(path, NonZeroUsize::MIN)?;
    let mut records = Vec::new();
    while let Some(name) = stream.next_contig()? {
        let mut sequence = Vec::new();
        loop {
            let count = stream.read_block(&mut sequence, block)?;
            assert!(count <= block);
            if count == 0 {
                break;
            }
        }
        records.push(SequenceRecord { name, sequence });
    }
    assert_eq!(stream.next_contig()?, None);
    Ok(records)
}

fn record(name: &str, sequence: &str) -> SequenceRecord {
    SequenceRecord {
        name: name.to_owned(),
        sequence: sequence.as_bytes().to_vec(),
    }
}

#[test]
fn every_common_way_to_write_fasta_is_read() {
    let folder = Folder::new();
    let cases = [
        (">a\nACGT\n", vec![record("a", "ACGT")]),
        (">a\nACGT", vec![record("a", "ACGT")]),
        (">a\r\nAC\r\nGT\r\n", vec![record("a", "ACGT")]),
        (">a\r\nAC\r\nGT\r", vec![record("a", "ACGT")]),
        ("\n\r\n  \n>a\nA\n", vec![record("a", "A")]),
        (
            ">a some text > more\nA\n\n\n>b\tx\nC\n\n",
            vec![record("a", "A"), record("b", "C")],
        ),
        (">a\n\nAC\n\nGT  \t\n", vec![record("a", "ACGT")]),
        (
            ">a\nacgtnryswkmbdhvACGTNRYSWKMBDHVUux-.*\n",
            vec![record("a", "acgtnryswkmbdhvACGTNRYSWKMBDHVUux-.*")],
        ),
        (">a\nNNNN\nNN\n", vec![record("a", "NNNNNN")]),
        (">HLA-A*01:01:01 x\nA\n", vec![record("HLA-A*01:01:01", "A")]),
        (">é\nA\n", vec![record("é", "A")]),
    ];
    for (text, expected) in cases {
        let path = folder.write("x.fa", text);
        for block in [1, 2, 3, 1000, usize::MAX] {
            assert_eq!(contigs(&path, block).unwrap(), expected, "{text:?} {block}");
        }
        assert_eq!(read_fasta(&path).unwrap(), expected, "{text:?}");
        let lengths: Vec<Contig> = expected
            .iter()
            .map(|record| Contig::new(&record.name, record.sequence.len() as u64))
            .collect();
        assert_eq!(contig_lengths(&path, NonZeroUsize::MIN).unwrap(), lengths, "{text:?}");
    }
}

#[test]
fn bad_fasta_is_named_with_its_line() {
    let folder = Folder::new();
    let cases: [(&[u8], &str); 21] = [
        (b"", "x.fa is empty: no FASTA record in it"),
        (b"\n \r\n\n", "x.fa is empty: no FASTA record in it"),
        (b"\xef\xbb\xbf", "x.fa is empty: no FASTA record in it"),
        (
            b"sequence,label\nACGT,1\n",
            "x.fa, line 1: not a FASTA file: it should begin with '>', but begins with 'sequence,label'",
        ),
        (
            b"\n\n@read1\nACGT\n+\nIIII\n",
            "x.fa, line 3: not a FASTA file: it should begin with '>', but begins with '@read1'",
        ),
        (
            b"ACGTACGTACGTACGTACGTACGTACGTACGT\n",
            "x.fa, line 1: not a FASTA file: it should begin with '>', but begins with 'ACGTACGTACGTACGTACGTACGT'",
        ),
        (
            b"BAM\x01\x00\xff",
            "x.fa, line 1: not a FASTA file: it should begin with '>', but begins with 'BAM\\x01\\x00\\xff'",
        ),
        (b">chr1\n", "x.fa, line 1: record 'chr1' has no sequence"),
        (b">chr1", "x.fa, line 1: record 'chr1' has no sequence"),
        (
            b">a\nACGT\n>chr2 x\n\n  \n>b\nA\n",
            "x.fa, line 3: record 'chr2' has no sequence",
        ),
        (b">a\nACGT\n>b\n>c\n>d\n", "x.fa, line 3: record 'b' has no sequence"),
        (b">\nACGT\n", "x.fa, line 1: no name follows '>'"),
        (b">a\nAC\n> chr1\nACGT\n", "x.fa, line 3: no name follows '>'"),
        (
            b">chr1 x\nAC\n>chr2\nAC\n>chr1 y\nAC\n",
            "x.fa, line 5: name 'chr1' occurs a second time; names must be unique",
        ),
        (b">chr\xff\nACGT\n", "x.fa, line 1: 'chr\\xff' is not UTF-8 text"),
        (
            b">a\nACGT\nAC1T\n",
            "x.fa, line 3: byte '1' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\nACGT>b\nAC\n",
            "x.fa, line 2: byte '>' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\r\nACGT\r\nA GT\r\n",
            "x.fa, line 3: byte ' ' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\nAC\x00GT\n",
            "x.fa, line 2: byte '\\x00' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\nACGT\n;comment\n",
            "x.fa, line 3: byte ';' cannot be part of a sequence (record 'a')",
        ),
        (
            b">a\nAC\rGT\r",
            "x.fa, line 2: byte '\\r' cannot be part of a sequence (record 'a')",
        ),
    ];
    for (content, message) in cases {
        let path = folder.write("x.fa", content);
        for block in [1, 1000] {
            assert_eq!(folder.message(&contigs(&path, block).unwrap_err()), message);
        }
        let error = contig_lengths(&path, NonZeroUsize::MIN).unwrap_err();
        assert_eq!(folder.message(&error), message, "skipping checks as much as reading");
    }
}

#[test]
fn line_numbers_count_what_was_read_in_blocks() {
    let folder = Folder::new();
    let text = format!(">a\n{}>b\n{}AC!T\n", "ACGT\n".repeat(1000), "ACGT\r\n".repeat(99));
    let path = folder.write("x.fa.gz", bgzip(text.as_bytes(), 13));
    for block in [7, 4, 1000] {
        assert_eq!(
            folder.message(&contigs(&path, block).unwrap_err()),
            "x.fa.gz, line 1102: byte '!' cannot be part of a sequence (record 'b')"
        );
    }
}

#[test]
fn what_is_left_of_a_contig_is_skipped() -> Result<(), IngestError> {
    let folder = Folder::new();
    let path = folder.write("x.fa", ">a\nACGT\nACGT\n>b\nGG\n>c\nT\n");
    let mut stream = FastaStream::open(&path, NonZeroUsize::MIN)?;
    let mut block = b"kept:".to_vec();
    assert_eq!(stream.read_block(&mut block, 10)?, 0, "no contig yet");
    assert_eq!(stream.next_contig()?.as_deref(), Some("a"));
    assert_eq!(stream.read_block(&mut block, 0)?, 0);
    assert_eq!(stream.read_block(&mut block, 5)?, 5);
    assert_eq!(stream.next_contig()?.as_deref(), Some("b"));
    assert_eq!(stream.skip_contig()?, 2);
    assert_eq!(stream.next_contig()?.as_deref(), Some("c"));
    assert_eq!(stream.read_block(&mut block, 5)?, 1);
    assert_eq!(stream.skip_contig()?, 1);
    assert_eq!(stream.next_contig()?, None);
    assert_eq!(stream.read_block(&mut block, 5)?, 0);
    assert_eq!(block, b"kept:ACGTAT");
    Ok(())
}

#[test]
fn small_files_may_repeat_names() {
    let folder = Folder::new();
    let path = folder.write("x.fa", ">1\nAC\n>0\nGT\n>1\nTT\n");
    let expected = [record("1", "AC"), record("0", "GT"), record("1", "TT")];
    assert_eq!(read_fasta(&path).unwrap(), expected);
    let message = folder.message(&contigs(&path, 9).unwrap_err());
    assert_eq!(
        message,
        "x.fa, line 5: name '1' occurs a second time; names must be unique"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn records_round_trip_through_any_layout(
        sequences in proptest::collection::vec("[ACGTNacgtn]{1,50}", 1..5),
        width in 1usize..20,
        crlf: bool,
        last_newline: bool,
        block in 1usize..60,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = String::new();
        for (number, sequence) in sequences.iter().enumerate() {
            write!(text, ">s{number} text{end}").unwrap();
            for line in sequence.as_bytes().chunks(width) {
                text.push_str(std::str::from_utf8(line).unwrap());
                text.push_str(end);
            }
        }
        if !last_newline {
            text.truncate(text.len() - end.len());
        }
        let folder = Folder::new();
        let path = folder.write("x.fa", text);
        let expected: Vec<SequenceRecord> =
            sequences.iter().enumerate().map(|(number, sequence)| record(&format!("s{number}"), sequence)).collect();
        prop_assert_eq!(contigs(&path, block).unwrap(), expected);
    }
}
