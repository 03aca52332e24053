use processive_core::{Contig, Region};
use processive_ingest::{ContigAliases, Folds, place_peaks, read_folds, read_motifs, read_peaks};

use crate::files::{Folder, bgzip};

#[test]
fn peaks_are_read_between_comments() {
    let folder = Folder::new();
    let text = "track name=\"x\"\n#chrom\tstart\tend\n\nchr1\t5\t9\r\nchr2 1 2\n";
    for content in [
        text.as_bytes().to_vec(),
        bgzip(text.as_bytes(), 11),
        format!("\u{feff}{text}").into_bytes(),
    ] {
        let path = folder.write("x.bed", content);
        let regions: Vec<Region> = read_peaks(&path).unwrap().into_iter().map(|peak| peak.region).collect();
        assert_eq!(
            regions,
            [Region::new("chr1", 5, 9).unwrap(), Region::new("chr2", 1, 2).unwrap()]
        );
    }
}

#[test]
fn bad_peak_files_are_named() {
    let folder = Folder::new();
    let empty = "x.bed is empty: no peak (contig, start, end) in it";
    let cases: [(&[u8], &str); 7] = [
        (b"", empty),
        (b"#chrom\tstart\tend\n\n", empty),
        (
            b"chr1\t1\t2\nchr1\t7\n",
            "x.bed, line 2: 2 columns, but 3 (contig, start, end) are needed",
        ),
        (b"\n\nchr1\t1\tend\n", "x.bed, line 3: end 'end' is not a whole number"),
        (
            b"chr1\t1\t2\nchr1\t-1\t2\n",
            "x.bed, line 2: start '-1' is not a position: it is negative",
        ),
        (
            b"chr1\t1\t2\nchr1\t9\t2\n",
            "x.bed, line 2: the peak ends before it starts: region on chr1 ends at 2, before its start 9 (0-based)",
        ),
        (
            b"chr1\t1\t2\tp\xff\n",
            "x.bed, line 1: 'chr1\\t1\\t2\\tp\\xff' is not UTF-8 text",
        ),
    ];
    for (content, message) in cases {
        let path = folder.write("x.bed", content);
        assert_eq!(folder.message(&read_peaks(&path).unwrap_err()), message);
    }
}

#[test]
fn aliases_resolve_names_that_differ() {
    let folder = Folder::new();
    let peaks = read_peaks(&folder.write("x.bed", "1\t5\t9\nchr2\t1\t2\nchrM\t3\t4\nchr2\t90\t101\n")).unwrap();
    let genome = ["chrI", "chrII", "chrM"].map(|name| Contig::new(name, 100));
    let message = place_peaks(peaks.clone(), &genome, None).unwrap_err().to_string();
    assert!(
        message.contains("not in the genome (1, chr2)") && message.contains("--contig-aliases FILE"),
        "{message}"
    );

    let aliases = folder.write("aliases.tsv", "# peaks\tgenome\n1\tchrI\r\nchr2 chrII\n\nchr2\tchrII\n");
    let aliases = ContigAliases::read(&aliases).unwrap();
    assert_eq!((aliases.rename("1"), aliases.rename("chrM")), ("chrI", "chrM"));
    let placed = place_peaks(peaks, &genome, Some(&aliases)).unwrap();
    let texts =
        |peaks: &[processive_core::Peak]| -> Vec<String> { peaks.iter().map(|peak| peak.region.to_string()).collect() };
    assert_eq!(texts(&placed.peaks), ["chrI:6-9", "chrII:2-2", "chrM:4-4"]);
    assert_eq!(texts(&placed.outside), ["chrII:91-101"]);
}

#[test]
fn bad_alias_files_are_named() {
    let folder = Folder::new();
    let columns = "columns, but exactly 2 (name in the peaks, name in the genome) are needed";
    let cases = [
        ("", "x.tsv is empty: no pair of contig names in it".to_owned()),
        ("chr1\tchrI\nchr2\n", format!("x.tsv, line 2: 1 {columns}")),
        ("chr1\tchrI\tx\n", format!("x.tsv, line 1: 3 {columns}")),
        (
            "chr1\tchrI\n\nchr1\tchrII\n",
            "x.tsv, line 3: 'chr1' is already an alias of 'chrI', so it cannot be one of 'chrII'".to_owned(),
        ),
    ];
    for (text, message) in cases {
        let path = folder.write("x.tsv", text);
        assert_eq!(folder.message(&ContigAliases::read(&path).unwrap_err()), message);
    }
}

#[test]
fn folds_deal_out_contigs_once() {
    let folder = Folder::new();
    let path = folder.write(
        "f.json",
        r#"{"train": ["chr1", "chr2"], "valid": ["chr3"], "test": []}"#,
    );
    let expected = Folds {
        train: vec!["chr1".to_owned(), "chr2".to_owned()],
        valid: vec!["chr3".to_owned()],
        test: Vec::new(),
    };
    assert_eq!(read_folds(&path).unwrap(), expected);
    let form = r#"f.json is not a folds file ({"train": [..], "valid": [..], "test": [..]})"#;
    let cases = [
        ("", format!("{form}: EOF while parsing a value at line 1 column 0")),
        (
            r#"{"train": [], "valid": []}"#,
            format!("{form}: missing field `test` at line 1 column 26"),
        ),
        (
            "{\"train\": [],\n\"validation\": []}",
            format!("{form}: unknown field `validation`, expected one of `train`, `valid`, `test` at line 2 column 12"),
        ),
        (
            r#"{"train": ["chr1"], "valid": ["chr2"], "test": ["chr1"]}"#,
            "f.json: contig 'chr1' is both in train and in test".to_owned(),
        ),
    ];
    for (text, message) in cases {
        let path = folder.write("f.json", text);
        assert_eq!(folder.message(&read_folds(&path).unwrap_err()), message);
    }
}

#[test]
fn a_matrix_that_is_no_motif_names_the_position() {
    let folder = Folder::new();
    let text = "MEME version 4\n\nMOTIF M1 x\nletter-probability matrix: w= 2\n1 0 0 0\n.5 .5 .5 0\n";
    let path = folder.write("x.meme", text);
    assert_eq!(
        folder.message(&read_motifs(&path).unwrap_err()),
        "x.meme, line 5: the matrix is not a motif: position 2 of motif M1 has probabilities [0.5, 0.5, 0.5, 0.0], \
         which do not sum to 1"
    );
}
