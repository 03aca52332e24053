use std::{
    fmt::Write,
    fs::File,
    num::NonZeroUsize,
    path::Path,
    time::{Duration, SystemTime},
};

use processive_core::{Contig, Region};
use processive_ingest::{IndexedFasta, IngestError, contig_lengths};
use proptest::prelude::*;

use crate::files::{Folder, bgzip, gzip};

/// Lines of 4; chr2 begins at byte 6 + 12 + 11 = 29.
const FASTA: &str = ">chr1\nACGT\nacgt\nNN\n>chr2 text\nGGGG\nTTTT\n>chr3\nC\n";

fn fetch(path: &Path, contig: &str, start: u64, end: u64) -> Result<String, IngestError> {
    let letters = IndexedFasta::open(path)?.fetch(&Region::new(contig, start, end).unwrap())?;
    Ok(String::from_utf8(letters).unwrap())
}

fn set_age(path: &Path, seconds: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
        .unwrap();
}

#[test]
fn regions_are_the_same_in_every_packing() -> Result<(), IngestError> {
    let folder = Folder::new();
    let crlf = FASTA.replace('\n', "\r\n");
    let uneven = FASTA.replace("ACGT\nacgt\n", "A\nCGTacg\nt\n");
    let files: [(&str, Vec<u8>); 9] = [
        ("plain.fa", FASTA.into()),
        ("crlf.fa", crlf.clone().into()),
        ("mark.fa", format!("\u{feff}{FASTA}").into()),
        (
            "blank.fa",
            format!("\n\n{}\n\n", FASTA.replace(">chr3", "\n\n>chr3")).into(),
        ),
        ("no_newline.fa", FASTA.trim_end().into()),
        ("bgzip.fa.gz", bgzip(FASTA.as_bytes(), 5)),
        ("bgzip_crlf.fa.gz", bgzip(crlf.as_bytes(), 3)),
        ("gzip.fa.gz", gzip(FASTA.as_bytes())),
        ("uneven.fa", uneven.into()),
    ];
    for (name, content) in files {
        let path = folder.write(name, content);
        for indexed_before in [false, true] {
            let mut genome = IndexedFasta::open(&path)?;
            let contigs = [("chr1", 10), ("chr2", 8), ("chr3", 1)].map(|(name, length)| Contig::new(name, length));
            assert_eq!(genome.contigs(), contigs, "{name} {indexed_before}");
            for (contig, letters) in [("chr1", "ACGTacgtNN"), ("chr2", "GGGGTTTT"), ("chr3", "C")] {
                for start in 0..=letters.len() {
                    for end in start..=letters.len() {
                        let region = Region::new(contig, start as u64, end as u64).unwrap();
                        let fetched = genome.fetch(&region)?;
                        assert_eq!(
                            fetched,
                            letters.as_bytes()[start..end],
                            "{name} {indexed_before} {region}"
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn indexes_are_written_next_to_the_file() {
    let folder = Folder::new();
    let plain = folder.write("g.fa", FASTA);
    IndexedFasta::open(&plain).unwrap();
    assert_eq!(folder.names(), ["g.fa", "g.fa.fai"]);
    let index = std::fs::read_to_string(folder.path().join("g.fa.fai")).unwrap();
    assert_eq!(index, "chr1\t10\t6\t4\t5\nchr2\t8\t30\t4\t5\nchr3\t1\t46\t1\t2\n");

    let packed = folder.write("g.fa.gz", bgzip(FASTA.as_bytes(), 20));
    IndexedFasta::open(&packed).unwrap();
    assert_eq!(
        folder.names(),
        ["g.fa", "g.fa.fai", "g.fa.gz", "g.fa.gz.fai", "g.fa.gz.gzi"]
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("g.fa.gz.fai")).unwrap(),
        index
    );
    // 48 bytes in blocks of 20: the second begins at 20, the third at 40.
    let blocks = std::fs::read(folder.path().join("g.fa.gz.gzi")).unwrap();
    let numbers: Vec<u64> = blocks
        .chunks(8)
        .map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!((numbers.len(), numbers[0], numbers[2], numbers[4]), (5, 2, 20, 40));
}

#[cfg(unix)]
#[test]
fn others_may_read_an_index_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.write("g.fa", FASTA);
    IndexedFasta::open(&path).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
    assert_eq!(mode(&folder.path().join("g.fa.fai")), mode(&path));
}

#[test]
fn an_index_older_than_its_file_is_made_anew() -> Result<(), IngestError> {
    let folder = Folder::new();
    let path = folder.write("g.fa", FASTA);
    let index = folder.write("g.fa.fai", "chr1\t2\t6\t4\t5\n");
    set_age(&path, 100);
    assert_eq!(
        contig_lengths(&path, NonZeroUsize::MIN)?,
        [Contig::new("chr1", 2)],
        "a fresh index is believed"
    );
    assert_eq!(IndexedFasta::open(&path)?.contigs().len(), 1);
    set_age(&index, 200);
    assert_eq!(contig_lengths(&path, NonZeroUsize::MIN)?.len(), 3);
    assert_eq!(IndexedFasta::open(&path)?.contigs().len(), 3);
    assert!(std::fs::read_to_string(&index).unwrap().starts_with("chr1\t10\t"));
    Ok(())
}

#[test]
fn an_index_that_cannot_be_parsed_is_made_anew() -> Result<(), IngestError> {
    let folder = Folder::new();
    let path = folder.write("g.fa", FASTA);
    for text in ["", "chr1\t10\n", "chr1\tten\t6\t4\t5\n", "e\t0\t6\t0\t0\n"] {
        folder.write("g.fa.fai", text);
        assert_eq!(fetch(&path, "chr2", 3, 6)?, "GTT", "{text}");
    }
    Ok(())
}

#[test]
fn without_a_place_to_write_the_index_stays_in_memory() -> Result<(), IngestError> {
    let folder = Folder::new();
    let path = folder.write("g.fa.gz", bgzip(FASTA.as_bytes(), 9));
    // A folder in the index's place refuses the file for every user, root too.
    std::fs::create_dir(folder.path().join("g.fa.gz.fai")).unwrap();
    std::fs::create_dir(folder.path().join("g.fa.gz.gzi")).unwrap();
    assert_eq!(fetch(&path, "chr1", 3, 9)?, "TacgtN");
    assert_eq!(
        folder.names(),
        ["g.fa.gz", "g.fa.gz.fai", "g.fa.gz.gzi"],
        "no temporary file is left"
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_no_obstacle() -> Result<(), IngestError> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    let folder = Folder::new();
    let path = folder.write("g.fa", FASTA);
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    let fetched = fetch(&path, "chr2", 0, 8);
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fetched?, "GGGGTTTT");
    Ok(())
}

#[test]
fn the_index_of_another_file_is_noticed() {
    let folder = Folder::new();
    let path = folder.write("g.fa", FASTA);
    for index in [
        "chr1\t10\t6\t4\t5\nchr2\t80\t30\t4\t5\n",
        "chr1\t10\t6\t4\t5\nchr2\t8\t22\t8\t9\n",
    ] {
        folder.write("g.fa.fai", index);
        let error = fetch(&path, "chr2", 0, 8)
            .and_then(|_| fetch(&path, "chr2", 60, 70))
            .unwrap_err();
        assert_eq!(
            folder.message(&error),
            "g.fa.fai does not fit g.fa: delete it, and it is made anew"
        );
    }
    folder.write("g.fa.fai", "chr1\t10\t6\t4\t5\nchr1\t8\t22\t8\t9\n");
    let error = IndexedFasta::open(&path).err().unwrap();
    assert_eq!(
        folder.message(&error),
        "g.fa.fai, line 2: name 'chr1' occurs a second time; names must be unique"
    );
}

#[test]
fn regions_outside_the_genome_are_refused() {
    let folder = Folder::new();
    let path = folder.write("g.fa", FASTA);
    let cases = [
        (("chr1", 5, 11), "g.fa: no region chr1:6-11: the contig has 10 bases"),
        (("chr1", 50, 60), "g.fa: no region chr1:51-60: the contig has 10 bases"),
        (("1", 0, 4), "g.fa: no region 1:1-4: there is no such contig"),
    ];
    for ((contig, start, end), message) in cases {
        assert_eq!(folder.message(&fetch(&path, contig, start, end).unwrap_err()), message);
    }
}

#[test]
fn bad_files_are_named_when_an_index_is_made() {
    let folder = Folder::new();
    let cases = [
        ("", "g.fa is empty: no FASTA record in it"),
        (
            "ACGT",
            "g.fa, line 1: not a FASTA file: it should begin with '>', but begins with 'ACGT'",
        ),
        (">a\n>b\nA\n", "g.fa, line 1: record 'a' has no sequence"),
        (">a\nA\n\n>b\n", "g.fa, line 4: record 'b' has no sequence"),
        (">a\nAC\n>\nA\n", "g.fa, line 3: no name follows '>'"),
        (
            ">a\nAC\n>a\nA\n",
            "g.fa, line 3: name 'a' occurs a second time; names must be unique",
        ),
        (
            ">a\nAC\nA2\n",
            "g.fa, line 3: byte '2' cannot be part of a sequence (record 'a')",
        ),
        (
            ">a\nAC\n>b x\nACG\nAC\nACG\n9\n",
            "g.fa, line 7: byte '9' cannot be part of a sequence (record 'b')",
        ),
    ];
    for (text, message) in cases {
        let path = folder.write("g.fa", text);
        assert_eq!(
            folder.message(&IndexedFasta::open(&path).err().unwrap()),
            message,
            "{text:?}"
        );
        assert_eq!(folder.names(), ["g.fa"]);
    }
    let whole = bgzip(FASTA.as_bytes(), 9);
    let path = folder.write("g.fa", &whole[..whole.len() - 28]);
    assert!(matches!(IndexedFasta::open(&path), Err(IngestError::Truncated { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn our_index_serves_another_reader(
        sequences in proptest::collection::vec("[ACGTN]{1,80}", 1..4),
        width in 1usize..30,
        block in 1usize..50,
    ) {
        let mut text = String::new();
        for (number, sequence) in sequences.iter().enumerate() {
            writeln!(text, ">s{number} text").unwrap();
            for line in sequence.as_bytes().chunks(width) {
                text.push_str(std::str::from_utf8(line).unwrap());
                text.push('\n');
            }
        }
        let folder = Folder::new();
        let plain = folder.write("g.fa", &text);
        let packed = folder.write("g.fa.gz", bgzip(text.as_bytes(), block));
        let (mut ours, mut packed) = (IndexedFasta::open(&plain).unwrap(), IndexedFasta::open(&packed).unwrap());
        let mut theirs = bio::io::fasta::IndexedReader::from_file(&plain).unwrap();
        for (number, sequence) in sequences.iter().enumerate() {
            let (start, end) = (sequence.len() as u64 / 3, sequence.len() as u64);
            let region = Region::new(format!("s{number}"), start, end).unwrap();
            let mut expected = Vec::new();
            theirs.fetch(region.contig(), start, end).unwrap();
            theirs.read(&mut expected).unwrap();
            prop_assert_eq!(&expected, &sequence.as_bytes()[start as usize..]);
            prop_assert_eq!(&ours.fetch(&region).unwrap(), &expected);
            prop_assert_eq!(&packed.fetch(&region).unwrap(), &expected);
        }
    }
}
