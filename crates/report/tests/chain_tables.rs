//! Tables of chains: what is written, and what is read back.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use polars::prelude::{Column, DataFrame, ParquetWriter};
use processive_core::{ChainRow, LabelledChain, Reduction, State3, State8, StructureLabels};
use processive_report::{
    ChainFormat, ChainWriter, DropRow, DropWriter, Overwrite, Provenance, ReportError, inspect_parquet,
    read_chain_table,
};

type Outcome = Result<(), Box<dyn Error>>;

fn rows() -> Vec<ChainRow> {
    vec![
        ChainRow {
            chain: LabelledChain {
                id: "1abc-A".to_owned(),
                sequence: b"MkUX".to_vec(),
                labels: StructureLabels::Eight(vec![State8::G, State8::B, State8::I, State8::S]),
                scored: vec![false, true, true, true],
            },
            source: "one".to_owned(),
            split: "train".to_owned(),
            cluster: "1abc-A".to_owned(),
        },
        ChainRow {
            chain: LabelledChain {
                id: "two words".to_owned(),
                sequence: b"AC".to_vec(),
                labels: StructureLabels::Three(vec![State3::E, State3::C]),
                scored: vec![true, true],
            },
            source: String::new(),
            split: String::new(),
            cluster: String::new(),
        },
    ]
}

const TEXT: &str = "id\tsource\tsplit\tcluster\tsequence\tq3\tq8\tmask\n\
                    1abc-A\tone\ttrain\t1abc-A\tMkUX\tHEHC\tGBIS\t0111\n\
                    two words\t\t\t\tAC\tEC\t\t11\n";

fn write(path: &Path, rows: &[ChainRow], rule: Reduction) -> Result<(), ReportError> {
    let writer = ChainWriter::create(path, ChainFormat::from_path(path)?, Overwrite::No)?;
    let provenance: Provenance = [("processive.command", "prepare")].into_iter().collect();
    writer.write(rows, rule, &provenance)
}

#[test]
fn a_table_has_a_line_per_chain_and_a_letter_per_residue() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (plain, packed) = (folder.path().join("a.tsv"), folder.path().join("a.TSV.gz"));
    write(&plain, &rows(), Reduction::GhiEb)?;
    assert_eq!(fs::read_to_string(&plain)?, TEXT);
    write(&packed, &rows(), Reduction::GhiEb)?;
    let mut text = String::new();
    MultiGzDecoder::new(File::open(&packed)?).read_to_string(&mut text)?;
    assert_eq!(text, TEXT);
    let other = folder.path().join("b.tsv");
    write(&other, &rows(), Reduction::HE)?;
    assert_eq!(fs::read_to_string(&other)?, TEXT.replace("HEHC", "CCCC"));
    Ok(())
}

#[test]
fn a_parquet_table_reads_back_as_it_was() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.parquet");
    write(&path, &rows(), Reduction::GhiEb)?;
    assert_eq!(read_chain_table(&path)?, rows());
    let summary = inspect_parquet(&path)?;
    let names: Vec<&str> = summary.columns.iter().map(|column| &column.name[..]).collect();
    assert_eq!(names.join(" "), "id source split cluster sequence q3 q8 mask");
    assert_eq!(summary.key_values["processive.command"], "prepare");
    let again = folder.path().join("b.parquet");
    write(&again, &rows(), Reduction::GhiEb)?;
    assert_eq!(fs::read(path)?, fs::read(again)?);
    Ok(())
}

/// Writes columns of text as another program might.
fn foreign(path: &Path, columns: &[(&str, &[&str])]) -> Outcome {
    let rows = columns[0].1.len();
    let columns = columns
        .iter()
        .map(|(name, cells)| Column::new((*name).into(), cells.to_vec()));
    let mut frame = DataFrame::new(rows, columns.collect())?;
    ParquetWriter::new(File::create(path)?).finish(&mut frame)?;
    Ok(())
}

#[test]
fn a_table_needs_ids_sequences_and_states() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.parquet");
    foreign(
        &path,
        &[
            ("q3", &["HC", "E"]),
            ("note", &["", ""]),
            ("sequence", &["MK", "V"]),
            ("id", &["a", "b"]),
        ],
    )?;
    let read = read_chain_table(&path)?;
    assert_eq!(read[0].chain.labels, StructureLabels::Three(vec![State3::H, State3::C]));
    assert_eq!(
        (&read[1].chain.id[..], &read[1].source[..], &read[1].chain.scored[..]),
        ("b", "", &[true][..])
    );
    foreign(&path, &[("id", &["a"]), ("sequence", &["MK"])])?;
    let error = read_chain_table(&path).unwrap_err();
    assert!(
        matches!(&error, ReportError::NoColumn { name, .. } if name == "q3"),
        "{error}"
    );
    let mut frame = DataFrame::new(
        1,
        vec![Column::new("id".into(), [7]), Column::new("sequence".into(), ["M"])],
    )?;
    ParquetWriter::new(File::create(&path)?).finish(&mut frame)?;
    let error = read_chain_table(&path).unwrap_err();
    assert!(
        matches!(&error, ReportError::ColumnType { name, .. } if name == "id"),
        "{error}"
    );
    fs::write(&path, TEXT)?;
    assert!(matches!(read_chain_table(&path), Err(ReportError::NotParquet { .. })));
    Ok(())
}

#[test]
fn cells_that_do_not_fit_are_refused_with_the_chain() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.parquet");
    for (sequence, q3, mask, split, message) in [
        ("MKV", "HH", "111", "train", "3 residues with 2 states and 3 mask bits"),
        ("MKV", "HHE", "11", "train", "3 residues with 3 states and 2 mask bits"),
        ("MKV", "HHX", "111", "train", "'X' of residue 3"),
        ("MKV", "HHE", "121", "train", "'2' of residue 2"),
        ("MKV", "HHE", "111", "tset", "its split is 'tset'"),
        ("M V", "HHE", "111", "train", "' ' is no letter"),
        ("", "", "", "train", "0 residues"),
        ("MKV", "", "111", "train", "no states"),
    ] {
        let columns = [
            ("id", &["1abc-A"][..]),
            ("sequence", &[sequence]),
            ("q3", &[q3]),
            ("mask", &[mask]),
            ("split", &[split]),
        ];
        foreign(&path, &columns)?;
        let error = read_chain_table(&path).unwrap_err().to_string();
        assert!(
            error.contains(message) && error.contains("1abc-A"),
            "{message}: {error}"
        );
    }
    let mut broken = rows();
    broken[1].chain.scored.pop();
    let error = write(&folder.path().join("a.tsv"), &broken, Reduction::GhiEb).unwrap_err();
    assert!(
        error.to_string().contains("2 residues with 2 states and 1 mask bits"),
        "{error}"
    );
    let mut broken = rows();
    broken[0].source = "a\tb".to_owned();
    let error = write(&folder.path().join("a.tsv"), &broken, Reduction::GhiEb).unwrap_err();
    assert!(error.to_string().contains("tab"), "{error}");
    assert!(!folder.path().join("a.tsv").exists());
    Ok(())
}

#[test]
fn drops_have_a_line_each_and_copies_no_alignment() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("drops.tsv");
    let leak = DropRow {
        id: "a".to_owned(),
        source: "one".to_owned(),
        reason: "similar",
        with: "t".to_owned(),
        with_source: "test".to_owned(),
        stretch: "MKV".to_owned(),
        identity: Some(1.0 / 3.0),
        cover: Some(1.0),
        residues: 40,
    };
    let copy = DropRow {
        id: "b".to_owned(),
        reason: "duplicate",
        residues: 5,
        ..DropRow::default()
    };
    DropWriter::create(&path, Overwrite::No)?.write(&[leak, copy])?;
    assert_eq!(
        fs::read_to_string(&path)?,
        "id\tsource\treason\twith\twith_source\tstretch_length\tstretch\tidentity\tcover\tresidues\n\
         a\tone\tsimilar\tt\ttest\t3\tMKV\t0.333\t1.000\t40\n\
         b\t\tduplicate\t\t\t0\t\t\t\t5\n"
    );
    assert!(matches!(
        DropWriter::create(&path, Overwrite::No),
        Err(ReportError::Exists { .. })
    ));
    Ok(())
}
