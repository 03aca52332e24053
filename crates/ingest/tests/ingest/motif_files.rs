//! Motif files of all formats, and the frequencies of bases.

use processive_core::Motif;
use processive_ingest::{MotifFormat, base_composition, read_background, read_motif_file};

use crate::files::{Folder, bgzip, gzip};
use crate::real_data::{real, threads};

const MEME: &str = "MEME version 4\n\nMOTIF M1 Abc\nletter-probability matrix: w= 2 nsites= 4\n1 0 0 0\n0 .5 .5 0\n";
const JASPAR: &str = ">M1\tAbc\nA [4 0]\nC [0 2]\nG [0 2]\nT [0 0]\n";
const TRANSFAC: &str = "AC M1\nID Abc\nP0 A C G T\n01 4 0 0 0 A\n02 0 2 2 0 S\nXX\n//\n";

#[test]
fn content_tells_the_format_and_all_formats_tell_the_same_motif() {
    let folder = Folder::new();
    let mut motifs = Vec::new();
    for (text, format) in [
        (MEME, MotifFormat::Meme),
        (JASPAR, MotifFormat::Jaspar),
        (TRANSFAC, MotifFormat::Transfac),
    ] {
        let with_mark = format!("\u{feff}{text}");
        let windows = text.replace('\n', "\r\n");
        for content in [
            text.as_bytes().to_vec(),
            with_mark.into_bytes(),
            windows.into_bytes(),
            text.trim_end().as_bytes().to_vec(),
            gzip(text.as_bytes()),
            bgzip(text.as_bytes(), 20),
        ] {
            // The name says nothing.
            let file = read_motif_file(&folder.write("motifs.txt", content)).unwrap();
            assert_eq!(file.format, format);
            assert!(file.renamed.is_empty());
            motifs.extend(file.motifs);
        }
    }
    assert_eq!(motifs.len(), 18);
    assert!(motifs.iter().all(|motif| *motif == motifs[0]), "{motifs:?}");
    assert_eq!(
        (motifs[0].id(), motifs[0].name(), motifs[0].sites()),
        ("M1", "Abc", &[4.0; 2][..])
    );
}

#[test]
fn motifs_of_one_accession_are_told_apart() {
    let folder = Folder::new();
    let path = folder.write("twice.jaspar", JASPAR.repeat(3));
    let file = read_motif_file(&path).unwrap();
    let ids: Vec<&str> = file.motifs.iter().map(Motif::id).collect();
    assert_eq!(
        (ids, file.renamed),
        (vec!["M1", "M1#2", "M1#3"], vec!["M1#2".to_owned(), "M1#3".to_owned()])
    );
    assert_eq!(file.contents, JASPAR.repeat(3).into_bytes());
}

#[test]
fn files_that_hold_no_motifs_are_refused() {
    let folder = Folder::new();
    let expected = "expected a motif file, which begins with 'MEME version' (MEME), '>' (JASPAR) or a key like 'AC' or \
                    'ID' (TRANSFAC)";
    let cases: [(&[u8], String); 6] = [
        (b"", "x is empty: no motif in it".to_owned()),
        (b"\n# comment\n\n", "x is empty: no motif in it".to_owned()),
        (
            b"MEME version 4\n\nALPHABET= ACGT\n",
            "x is empty: no motif in it".to_owned(),
        ),
        (b"VV  TRANSFAC\n//\n", "x is empty: no motif in it".to_owned()),
        (
            b"# x\nchr1\t5\t9\n",
            format!("x, line 2: {expected}, found 'chr1\t5\t9'"),
        ),
        (
            b">M1\nA [ 1 \xff ]\n",
            "x, line 2: 'A [ 1 \\xff ]' is not UTF-8 text".to_owned(),
        ),
    ];
    for (content, message) in cases {
        let path = folder.write("x", content);
        assert_eq!(folder.message(&read_motif_file(&path).unwrap_err()), message);
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused_or_lacks_whole_motifs_only() {
    let folder = Folder::new();
    let two = |text: &str, second: &str| format!("{text}{second}");
    for text in [
        two(MEME, "MOTIF M2\nletter-probability matrix: w= 1\n0 0 0 1\n"),
        two(JASPAR, &JASPAR.replace("M1", "M2")),
        two(TRANSFAC, &TRANSFAC.replace("M1", "M2")),
    ] {
        let whole = read_motif_file(&folder.write("x", &text)).unwrap().motifs;
        for cut in 0..text.len() {
            if let Ok(file) = read_motif_file(&folder.write("x", &text[..cut])) {
                let widths = |motif: &Motif| motif.probabilities().len();
                for (found, expected) in file.motifs.iter().zip(&whole) {
                    assert_eq!(widths(found), widths(expected), "{}", &text[..cut]);
                }
            }
        }
    }
}

#[test]
fn backgrounds_are_read_and_broken_ones_refused() {
    let folder = Folder::new();
    let text = "# order 1\nA 2.8e-1\nt\t0.3\n\nC 0.22 \r\nG 0.2\nAA 0.1\nAC 0.2\n";
    let background = read_background(&folder.write("bg", text)).unwrap();
    assert_eq!(background.as_slice(), [0.28, 0.22, 0.2, 0.3]);
    for (text, message) in [
        (
            "A 0.3\nC\n",
            "bg, line 2: expected a letter and its frequency, found 'C'",
        ),
        (
            "A 0.3 1\n",
            "bg, line 1: expected a letter and its frequency, found 'A 0.3 1'",
        ),
        (
            "N 0.3\n",
            "bg, line 1: expected one of the letters A, C, G and T, found 'N 0.3'",
        ),
        (
            "A 0.3\na 0.3\n",
            "bg, line 2: expected every letter once, found 'a 0.3'",
        ),
        (
            "A 0.3\nC 0.3\nT 0.2\n",
            "bg, line 4: expected the frequencies of A, C, G and T, found 'the end of the file'",
        ),
    ] {
        let path = folder.write("bg", text);
        assert_eq!(folder.message(&read_background(&path).unwrap_err()), message);
    }
}

#[test]
fn bases_are_counted_in_either_case() {
    let folder = Folder::new();
    let path = folder.write("a.fa", ">a\nAcgTNU\n>b\nGGRx-\n");
    assert_eq!(base_composition(&path, threads(1)).unwrap(), [1, 1, 3, 2]);
    let error = base_composition(std::path::Path::new("-"), threads(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "standard input and pipes can be read only once: give a file to count its bases before it is read"
    );
}

#[test]
fn real_collections_are_complete() {
    let read = |name: &str| real(name).map(|path| read_motif_file(&path).unwrap());
    if let Some(file) = read("motifs/prodoric.transfac") {
        assert_eq!((file.format, file.motifs.len()), (MotifFormat::Transfac, 353));
        // MX000001 has two sites, and none of them tells its sixth position.
        let first = &file.motifs[0];
        assert_eq!((first.id(), first.probabilities().len()), ("MX000001", 15));
        assert_eq!(first.sites()[4..7], [2.0, 0.0, 2.0]);
        assert_eq!(first.probabilities()[..1], [[0.0, 0.0, 1.0, 0.0]]);
    }
    for (name, count) in [
        ("HOCOMOCOv11_HUMAN", 401),
        ("HOMER", 436),
        ("JASPAR2022_fungi", 179),
        ("JASPAR2022_vertebrates", 838),
        ("gimme.vertebrate.v5.0", 1796),
    ] {
        if let Some(file) = read(&format!("motifs/gimme/{name}.pfm")) {
            assert_eq!((file.format, file.motifs.len()), (MotifFormat::Jaspar, count), "{name}");
        }
    }
    if let Some(file) = read("motifs/gimme/HOCOMOCOv11_HUMAN.pfm") {
        let first = &file.motifs[0];
        assert_eq!((first.id(), first.probabilities().len()), ("AHR_HUMAN.H11MO.0.B", 9));
        assert!((first.sites()[0] - 153.958_717).abs() < 1e-6);
    }
}
