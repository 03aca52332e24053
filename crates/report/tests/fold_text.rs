//! Folds written as text. The expected bytes are laid out by hand in the forms of the reference files: PSIPRED's
//! VFORMAT and HFORMAT (`%4d %c %c  %6.3f %6.3f %6.3f`; blocks of 60), the PDB's FASTA of states.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use processive_report::{
    FoldChain, FoldFormat, FoldOptions, FoldStates, Overwrite, Provenance, ReportError, create_fold_writer,
};

type Outcome = Result<(), Box<dyn Error>>;

/// Eight probabilities, in the order H B E G I T S C, whose sums by G H I and E B are exact.
const HELIX: [f32; 8] = [0.5, 0.0, 0.0, 0.25, 0.0, 0.125, 0.0, 0.125];
const STRAND: [f32; 8] = [0.0, 0.125, 0.75, 0.0, 0.0, 0.0, 0.0, 0.125];
const TURN: [f32; 8] = [0.0, 0.0, 0.125, 0.125, 0.0, 0.5, 0.125, 0.125];

fn three(eight: &[f32; 8]) -> [f32; 3] {
    let sum = |places: [usize; 3]| places.iter().map(|&place| eight[place]).sum();
    // H G I, B E (I is always 0), T S C.
    [sum([0, 3, 4]), sum([1, 2, 4]), sum([5, 6, 7])]
}

struct Protein {
    id: &'static str,
    description: &'static str,
    sequence: Vec<u8>,
    eight: Vec<[f32; 8]>,
}

fn small() -> Protein {
    Protein {
        id: "sp|P1|A;B",
        description: "a first  protein",
        sequence: b"MkX-U".to_vec(),
        eight: vec![TURN, HELIX, HELIX, STRAND, TURN],
    }
}

fn one_residue() -> Protein {
    Protein {
        id: "two",
        description: "",
        sequence: b"W".to_vec(),
        eight: vec![STRAND],
    }
}

/// Helix throughout, with one turn at residue 61.
fn long(length: usize) -> Protein {
    let mut eight = vec![HELIX; length];
    if length > 60 {
        eight[60] = TURN;
    }
    Protein {
        id: "long",
        description: "",
        sequence: b"A".repeat(length),
        eight,
    }
}

fn write(path: &Path, proteins: &[Protein], options: FoldOptions) -> Result<(), ReportError> {
    let mut writer = create_fold_writer(path, FoldFormat::from_path(path)?, options)?;
    for protein in proteins {
        let three: Vec<[f32; 3]> = protein.eight.iter().map(three).collect();
        writer.write(&FoldChain {
            id: protein.id,
            description: protein.description,
            sequence: &protein.sequence,
            three: &three,
            eight: &protein.eight,
        })?;
    }
    writer.finish(&Provenance::from_iter([("processive.version", "x")]))
}

/// What a file says, the same plain and through gzip.
fn text(ending: &str, proteins: &[Protein], states: FoldStates) -> Result<String, Box<dyn Error>> {
    let options = FoldOptions {
        states,
        ..FoldOptions::default()
    };
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    write(&path(&format!("plain.{ending}")), proteins, options)?;
    write(&path(&format!("packed.{ending}.gz")), proteins, options)?;
    let plain = fs::read_to_string(path(&format!("plain.{ending}")))?;
    let packed = fs::read(path(&format!("packed.{ending}.gz")))?;
    // RFC 1952: bytes 4 to 7 are the time; flags (byte 3) without a file name.
    assert_eq!(packed[3..8], [0; 5]);
    let mut unpacked = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut unpacked)?;
    assert_eq!(unpacked, plain);
    Ok(plain)
}

fn version() -> String {
    format!("processive V{}", env!("CARGO_PKG_VERSION"))
}

#[test]
fn ss2_of_one_protein_has_the_lines_of_psipred_and_no_others() -> Outcome {
    let expected = format!(
        "# PSIPRED VFORMAT ({})\n\
         \n   1 M C   0.750  0.125  0.125\
         \n   2 k H   0.250  0.750  0.000\
         \n   3 X H   0.250  0.750  0.000\
         \n   4 - E   0.125  0.000  0.875\
         \n   5 U C   0.750  0.125  0.125\n",
        version()
    );
    assert_eq!(text("ss2", &[small()], FoldStates::Three)?, expected);
    Ok(())
}

#[test]
fn ss2_of_several_proteins_names_each_behind_its_own_header() -> Outcome {
    let header = format!("# PSIPRED VFORMAT ({})\n", version());
    let expected = format!(
        "{header}# >two\n\n   1 W E   0.125  0.000  0.875\n\
         \n{header}# >two\n\n   1 W E   0.125  0.000  0.875\n\
         \n{header}# >two\n\n   1 W E   0.125  0.000  0.875\n"
    );
    let three = [one_residue(), one_residue(), one_residue()];
    assert_eq!(text("ss2", &three, FoldStates::Three)?, expected);
    let named = text("ss2", &[small(), one_residue()], FoldStates::Three)?;
    assert!(
        named.starts_with(&format!("{header}# >sp|P1|A;B a first  protein\n\n   1 M")),
        "{named}"
    );
    Ok(())
}

#[test]
fn ss2_of_a_long_protein_keeps_its_columns_and_says_how_wide_they_are() -> Outcome {
    let text = text("ss2", &[long(10_000), long(9999)], FoldStates::Three)?;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "# >long");
    assert_eq!(lines[2], "# 10000 residues: the number has 5 columns, not PSIPRED's 4");
    assert_eq!(lines[4], "    1 A H   0.250  0.750  0.000");
    assert_eq!(lines[10_003], "10000 A H   0.250  0.750  0.000");
    // An empty line, header, name, empty line; 9,999 residues fit into four columns.
    assert_eq!(lines[10_006], "# >long");
    assert_eq!(lines[10_008], "   1 A H   0.250  0.750  0.000");
    assert_eq!(lines.last(), Some(&"9999 A H   0.250  0.750  0.000"));
    Ok(())
}

#[test]
fn horiz_has_blocks_of_sixty_with_a_ruler_that_ends_at_the_tens() -> Outcome {
    let header = format!(
        "# PSIPRED HFORMAT ({}; Conf as PSIPRED's: 10 x (highest - second), at most 9)\n",
        version()
    );
    // 0.75 - 0.25 gives 5, 0.75 - 0.125 gives 6.
    let expected = format!(
        "{header}\nConf: {}\nPred: {}\n  AA: {}\n\
         \x20             10        20        30        40        50        60\n\n\
         \nConf: 6555555555555\nPred: CHHHHHHHHHHHH\n  AA: AAAAAAAAAAAAA\n\
         \x20             70\n\n",
        "5".repeat(60),
        "H".repeat(60),
        "A".repeat(60),
    );
    assert_eq!(text("horiz", &[long(73)], FoldStates::Three)?, expected);

    let several = text("horiz", &[small(), one_residue()], FoldStates::Three)?;
    let expected = format!(
        "{header}# >sp|P1|A;B a first  protein\n\nConf: 65576\nPred: CHHEC\n  AA: MkX-U\n      \n\n\
         \n{header}# >two\n\nConf: 7\nPred: E\n  AA: W\n      \n\n"
    );
    assert_eq!(several, expected);
    Ok(())
}

#[test]
fn horiz_numbers_long_proteins_at_the_same_places() -> Outcome {
    let text = text("horiz", &[long(12_345)], FoldStates::Three)?;
    let rulers: Vec<&str> = text.lines().filter(|line| line.starts_with("       ")).collect();
    assert_eq!(
        rulers[166],
        "            9970      9980      9990     10000     10010     10020"
    );
    assert!(text.lines().all(|line| line.starts_with('#') || line.len() <= 66));
    Ok(())
}

#[test]
fn fasta_holds_header_letters_and_states() -> Outcome {
    let proteins = [small(), one_residue()];
    assert_eq!(
        text("fasta", &proteins, FoldStates::Three)?,
        ">sp|P1|A;B a first  protein\nMkX-U\nCHHEC\n>two\nW\nE\n"
    );
    assert_eq!(
        text("fa", &proteins, FoldStates::Eight)?,
        ">sp|P1|A;B a first  protein\nMkX-U\nTHHET\n>two\nW\nE\n"
    );
    Ok(())
}

#[test]
fn tsv_has_the_documented_columns() -> Outcome {
    assert_eq!(
        text("tsv", &[small(), one_residue()], FoldStates::Three)?,
        "id\tposition\tresidue\tstate\tp_helix\tp_strand\tp_coil\tconfidence\n\
         sp|P1|A;B\t1\tM\tC\t0.125\t0.125\t0.75\t6\n\
         sp|P1|A;B\t2\tk\tH\t0.75\t0\t0.25\t5\n\
         sp|P1|A;B\t3\tX\tH\t0.75\t0\t0.25\t5\n\
         sp|P1|A;B\t4\t-\tE\t0\t0.875\t0.125\t7\n\
         sp|P1|A;B\t5\tU\tC\t0.125\t0.125\t0.75\t6\n\
         two\t1\tW\tE\t0\t0.875\t0.125\t7\n"
    );
    assert_eq!(
        text("tsv", &[one_residue()], FoldStates::Eight)?,
        "id\tposition\tresidue\tstate\tstate8\tp_helix\tp_strand\tp_coil\
         \tp_h\tp_b\tp_e\tp_g\tp_i\tp_t\tp_s\tp_c\tconfidence\n\
         two\t1\tW\tE\tE\t0\t0.875\t0.125\t0\t0.125\t0.75\t0\t0\t0\t0\t0.125\t7\n"
    );
    Ok(())
}

#[test]
fn segments_cover_a_protein_half_open() -> Outcome {
    assert_eq!(
        text("segments.tsv", &[small(), one_residue()], FoldStates::Three)?,
        "id\tstart\tend\tstate\tmean_p\tlength\n\
         sp|P1|A;B\t0\t1\tC\t0.7500\t1\n\
         sp|P1|A;B\t1\t3\tH\t0.7500\t2\n\
         sp|P1|A;B\t3\t4\tE\t0.8750\t1\n\
         sp|P1|A;B\t4\t5\tC\t0.7500\t1\n\
         two\t0\t1\tE\t0.8750\t1\n"
    );
    let eight = text("segments", &[small()], FoldStates::Eight)?;
    assert!(eight.contains("sp|P1|A;B\t0\t1\tT\t0.5000\t1\n"), "{eight}");
    Ok(())
}

#[test]
fn gff3_types_segments_by_the_ontology_and_escapes_names() -> Outcome {
    assert_eq!(
        text("gff3", &[small()], FoldStates::Three)?,
        "##gff-version 3\n##sequence-region sp|P1|A%3BB 1 5\n\
         sp|P1|A%3BB\tprocessive\tpeptide_coil\t1\t1\t0.7500\t.\t.\tstate=C;length=1\n\
         sp|P1|A%3BB\tprocessive\tpeptide_helix\t2\t3\t0.7500\t.\t.\tstate=H;length=2\n\
         sp|P1|A%3BB\tprocessive\tbeta_strand\t4\t4\t0.8750\t.\t.\tstate=E;length=1\n\
         sp|P1|A%3BB\tprocessive\tpeptide_coil\t5\t5\t0.7500\t.\t.\tstate=C;length=1\n"
    );
    let eight = text("gff", &[small()], FoldStates::Eight)?;
    let terms: Vec<&str> = eight
        .lines()
        .skip(2)
        .filter_map(|line| line.split('\t').nth(2))
        .collect();
    let turn = "polypeptide_turn_motif";
    assert_eq!(terms, [turn, "alpha_helix", "beta_strand", turn]);
    Ok(())
}

#[test]
fn json_lines_hold_one_object_per_protein() -> Outcome {
    let text = text("jsonl", &[small(), one_residue()], FoldStates::Eight)?;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1],
        "{\"id\":\"two\",\"description\":\"\",\"length\":1,\"sequence\":\"W\",\"state\":\"E\",\"state8\":\"E\",\
         \"confidence\":\"7\",\"p_helix\":[0.0],\"p_strand\":[0.875],\"p_coil\":[0.125],\"p_h\":[0.0],\"p_b\":[0.125],\
         \"p_e\":[0.75],\"p_g\":[0.0],\"p_i\":[0.0],\"p_t\":[0.0],\"p_s\":[0.0],\"p_c\":[0.125]}"
    );
    let object: serde_json::Value = serde_json::from_str(lines[0])?;
    assert_eq!(object["description"], "a first  protein");
    assert_eq!(object["state8"], "THHET");
    assert_eq!(object["p_coil"], serde_json::json!([0.75, 0.25, 0.25, 0.125, 0.75]));
    Ok(())
}

#[test]
fn precision_rounds_probabilities_and_not_what_follows_from_them() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("out.tsv");
    let options = FoldOptions {
        precision: Some(1),
        ..FoldOptions::default()
    };
    write(&path, &[one_residue()], options)?;
    // 0.875 - 0.125 is 7 tenths, 0.9 - 0.1 were 8.
    assert!(fs::read_to_string(&path)?.ends_with("two\t1\tW\tE\t0\t0.9\t0.1\t7\n"));
    Ok(())
}

#[test]
fn eight_states_in_a_format_of_three_are_refused_before_a_file_is_made() -> Outcome {
    let folder = tempfile::tempdir()?;
    for ending in ["ss2", "horiz", "ss2.gz"] {
        let options = FoldOptions {
            states: FoldStates::Eight,
            ..FoldOptions::default()
        };
        let error = write(&folder.path().join(format!("out.{ending}")), &[], options).unwrap_err();
        assert!(matches!(error, ReportError::StatesChoice { .. }), "{error}");
        assert!(error.to_string().contains("--states 8"), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn a_file_appears_when_it_is_finished_and_existing_ones_are_kept() -> Outcome {
    let folder = tempfile::tempdir()?;
    for ending in ["parquet", "tsv", "ss2", "horiz", "fasta", "segments", "gff3", "jsonl"] {
        let path = folder.path().join(format!("out.{ending}"));
        let format = FoldFormat::from_path(&path)?;
        let options = FoldOptions::default();
        drop(create_fold_writer(&path, format, options)?);
        assert_eq!(fs::read_dir(folder.path())?.count(), 0);

        File::create(&path)?;
        let error = create_fold_writer(&path, format, options).err();
        assert!(matches!(error, Some(ReportError::Exists { .. })), "{ending}");
        let replacing = FoldOptions {
            overwrite: Overwrite::Yes,
            ..options
        };
        write(&path, &[small()], replacing)?;
        assert_ne!(fs::metadata(&path)?.len(), 0);
        fs::remove_file(&path)?;
    }
    Ok(())
}
