//! Folds written as Parquet, read back by polars.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{DataFrame, DataType, ParquetReader, PlSmallStr, SerReader};
use processive_report::{
    FoldChain, FoldFormat, FoldOptions, FoldStates, Provenance, ReportError, columns, create_fold_writer,
    inspect_parquet,
};

type Outcome = Result<(), Box<dyn Error>>;

/// The rows of a row group.
const GROUP: usize = 122_880;

/// Proteins by name and length; the probabilities of a residue follow from its position.
fn write(path: &Path, proteins: &[(&str, usize)], options: FoldOptions) -> Result<(), ReportError> {
    let mut writer = create_fold_writer(path, FoldFormat::from_path(path)?, options)?;
    for (id, length) in proteins {
        let helix = |at: usize| ((at * 37) % 1024) as f32 / 1024.0;
        let three: Vec<[f32; 3]> = (0..*length).map(|at| [helix(at), 0.0, 1.0 - helix(at)]).collect();
        let eight: Vec<[f32; 8]> = three
            .iter()
            .map(|p| [0.0, 0.0, 0.0, p[0], 0.0, 0.0, p[2], 0.0])
            .collect();
        writer.write(&FoldChain {
            id,
            description: "",
            sequence: &b"MKTx".iter().copied().cycle().take(*length).collect::<Vec<u8>>(),
            three: &three,
            eight: &eight,
        })?;
    }
    writer.finish(&Provenance::from_iter([
        ("processive.version", "0"),
        ("ARROW:schema", "not this"),
    ]))
}

fn frame(path: &Path) -> Result<DataFrame, Box<dyn Error>> {
    Ok(ParquetReader::new(File::open(path)?).finish()?)
}

fn names(frame: &DataFrame) -> Vec<&str> {
    frame.get_column_names().into_iter().map(PlSmallStr::as_str).collect()
}

#[test]
fn a_fold_opens_as_a_frame_with_its_types_and_values() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("fold.parquet");
    write(&path, &[("b|1", 3), ("a", 1), ("b|1", 2)], FoldOptions::default())?;
    let frame = frame(&path)?;
    let expected = [
        "id",
        "position",
        "residue",
        "state",
        "p_helix",
        "p_strand",
        "p_coil",
        "confidence",
    ];
    assert_eq!(names(&frame), expected);
    assert!(matches!(frame.column("id")?.dtype(), DataType::Categorical(..)));
    let ids = frame.column("id")?.cast(&DataType::String)?;
    assert!(ids.str()?.iter().flatten().eq(["b|1", "b|1", "b|1", "a", "b|1", "b|1"]));
    assert!(frame.column("position")?.i32()?.iter().flatten().eq([1, 2, 3, 1, 1, 2]));
    let text =
        |name: &str| -> Result<String, Box<dyn Error>> { Ok(frame.column(name)?.str()?.iter().flatten().collect()) };
    assert_eq!(
        (text("residue")?, text("state")?),
        ("MKTMMK".to_owned(), "CCCCCC".to_owned())
    );
    let exact = [0.0, 37.0 / 1024.0, 74.0 / 1024.0, 0.0, 0.0, 37.0 / 1024.0];
    assert!(frame.column("p_helix")?.f32()?.iter().flatten().eq(exact));
    assert!(
        frame
            .column("confidence")?
            .i32()?
            .iter()
            .flatten()
            .eq([9, 9, 8, 9, 9, 9])
    );
    Ok(())
}

#[test]
fn eight_states_add_their_columns_and_the_page_explains_them_all() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("fold.parquet");
    let options = FoldOptions {
        states: FoldStates::Eight,
        precision: Some(2),
        ..FoldOptions::default()
    };
    write(&path, &[("a", 28)], options)?;
    let frame = frame(&path)?;
    let page = columns::tables().iter().find(|table| table.name == "fold").unwrap();
    assert_eq!(
        names(&frame),
        page.columns.iter().map(|column| column.name).collect::<Vec<_>>()
    );
    // Residue 28: 27 x 37 is 999 of 1024.
    let state8 = frame.column("state8")?.str()?.get(27);
    assert_eq!((state8, frame.column("state")?.str()?.get(27)), (Some("G"), Some("H")));
    assert_eq!(frame.column("p_g")?.f32()?.get(27), Some(0.98));
    let summary = inspect_parquet(&path)?;
    for (column, found) in page.columns.iter().zip(&summary.columns) {
        assert_eq!((column.name, column.dtype), (found.name.as_str(), found.dtype.as_str()));
        assert!(!found.nullable && found.compression == "zstd");
    }
    assert_eq!(summary.key_values.len(), 1, "{:?}", summary.key_values);
    assert_eq!(summary.key_values["processive.version"], "0");
    Ok(())
}

#[test]
fn row_groups_hold_whole_proteins_unless_one_is_longer_than_a_group() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("fold.parquet");
    for (proteins, groups) in [
        (&[("a", GROUP - 10), ("b", 10)][..], 1),
        (&[("a", GROUP - 10), ("b", 11), ("c", 5)], 2),
        (&[("a", 5), ("b", GROUP + 7), ("c", 5)], 3),
        (&[("a", 2 * GROUP)], 2),
    ] {
        write(&path, proteins, FoldOptions::default())?;
        let summary = inspect_parquet(&path)?;
        let rows: usize = proteins.iter().map(|(_, length)| length).sum();
        assert_eq!(
            (summary.row_groups, summary.rows),
            (groups, rows as u64),
            "{proteins:?}"
        );
        let positions = frame(&path)?
            .column("position")?
            .i32()?
            .iter()
            .flatten()
            .collect::<Vec<_>>();
        let expected = proteins
            .iter()
            .flat_map(|(_, length)| 1..=i32::try_from(*length).unwrap());
        assert!(positions.into_iter().eq(expected));
        fs::remove_file(&path)?;
    }
    Ok(())
}

#[test]
fn the_same_proteins_give_the_same_bytes() -> Outcome {
    let folder = tempfile::tempdir()?;
    let proteins = [("a", 3000), ("b", GROUP), ("c", 1)];
    let bytes = |name: &str| -> Result<Vec<u8>, Box<dyn Error>> {
        let path = folder.path().join(name);
        write(&path, &proteins, FoldOptions::default())?;
        Ok(fs::read(path)?)
    };
    assert!(bytes("one.parquet")? == bytes("two.parquet")?);
    Ok(())
}
