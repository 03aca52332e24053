//! Scans written as a folder with a file per contig.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use polars::prelude::{DataFrame, DataType, ParquetReader, SerReader};
use processive_report::{
    Overwrite, Partition, Provenance, ReportError, ScanOptions, ScanRows, ScanSchema, TableFormat, ZERO_BASED_KEY,
    create_scan_writer, inspect_folder, inspect_parquet,
};

type Outcome = Result<(), Box<dyn Error>>;

/// A contig whose name has letters with a meaning in paths, an ordinary one, and one that looks like a number.
const CONTIGS: [(&str, &str, u64); 3] = [
    ("HLA-A*01:01/x=1%", "chrom=HLA-A%2A01%3A01%2Fx%3D1%25", 5),
    ("chr1", "chrom=chr1", 130_000),
    ("2", "chrom=2", 1),
];

fn score(row: u64) -> f32 {
    ((row * 7919) % 100_003) as f32 / 100_003.0
}

fn options(overwrite: Overwrite) -> ScanOptions {
    ScanOptions {
        overwrite,
        partition: Partition::ByContig,
        ..ScanOptions::default()
    }
}

/// Writes the contigs in blocks of rows; the score of a row that is not finite, when there is one.
fn write(path: &Path, block: u64, overwrite: Overwrite, wrong: Option<u64>) -> Result<(), ReportError> {
    let schema = ScanSchema::one_strand(&["a"]);
    let mut writer = create_scan_writer(path, TableFormat::Parquet, &schema, &options(overwrite))?;
    for (chrom, _, rows) in CONTIGS {
        for from in (0..rows).step_by(block as usize) {
            let rows = from..rows.min(from + block);
            let of = |row: u64| if Some(row) == wrong { f32::NAN } else { score(row) };
            writer.write(&ScanRows {
                chrom,
                starts: &rows.clone().map(|row| 10 * row).collect::<Vec<_>>(),
                ends: &rows.clone().map(|row| 10 * row + 10).collect::<Vec<_>>(),
                scores: &[rows.map(of).collect()],
            })?;
        }
    }
    writer.finish(&Provenance::from_iter([
        ("command", "processive scan"),
        ("window", "30"),
    ]))
}

fn frame(path: &Path) -> Result<DataFrame, Box<dyn Error>> {
    Ok(ParquetReader::new(File::open(path)?).finish()?)
}

/// All files below a folder with their bytes.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for value in fs::read_dir(folder)? {
        let value = value?;
        for file in fs::read_dir(value.path())? {
            let file = file?;
            let name = format!("{}/{}", value.file_name().display(), file.file_name().display());
            files.insert(name, fs::read(file.path())?);
        }
    }
    Ok(files)
}

#[test]
fn every_contig_has_a_file_of_its_own_that_does_not_repeat_its_name() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan");
    write(&path, 10_000, Overwrite::No, None)?;
    let mut names: Vec<String> = files(&path)?.into_keys().collect();
    names.sort();
    let mut expected = CONTIGS.map(|(_, value, _)| format!("{value}/part-0.parquet"));
    expected.sort();
    assert_eq!(names, expected);
    for (_, value, rows) in CONTIGS {
        let frame = frame(&path.join(value).join("part-0.parquet"))?;
        assert_eq!(frame.get_column_names(), ["start", "end", "a"]);
        assert_eq!(frame.column("a")?.dtype(), &DataType::Float32);
        let count = i32::try_from(rows)?;
        assert!(
            frame
                .column("start")?
                .i32()?
                .iter()
                .flatten()
                .eq((0..count).map(|row| 10 * row))
        );
        assert!(
            frame
                .column("end")?
                .i32()?
                .iter()
                .flatten()
                .eq((0..count).map(|row| 10 * row + 10))
        );
        assert!(frame.column("a")?.f32()?.iter().flatten().eq((0..rows).map(score)));
    }
    Ok(())
}

#[test]
fn every_footer_holds_the_provenance_and_the_contig_and_the_page_index_is_kept() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan");
    write(&path, 10_000, Overwrite::No, None)?;
    for (chrom, value, rows) in CONTIGS {
        let part = path.join(value).join("part-0.parquet");
        let summary = inspect_parquet(&part)?;
        let pairs = [
            (ZERO_BASED_KEY, "true"),
            ("command", "processive scan"),
            ("processive.partition.chrom", chrom),
            ("window", "30"),
        ];
        let pairs: BTreeMap<String, String> = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        assert_eq!((summary.key_values, summary.rows), (pairs, rows));
        assert_eq!(summary.created_by.as_deref(), Some("processive"));

        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(File::open(&part)?, options)?;
        assert_eq!(
            builder.schema().metadata().get(ZERO_BASED_KEY).map(String::as_str),
            Some("true")
        );
        let indexed = builder
            .metadata()
            .row_groups()
            .iter()
            .flat_map(RowGroupMetaData::columns);
        assert!(indexed.clone().all(|chunk| chunk.offset_index_offset().is_some()));
        assert_eq!(indexed.count() as u64, 3 * rows.div_ceil(122_880));
        let mut read = 0;
        for batch in builder.build()? {
            read += batch?.num_rows() as u64;
        }
        assert_eq!(read, rows);
    }
    Ok(())
}

#[test]
fn a_long_list_stands_in_one_footer_only() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan");
    let schema = ScanSchema::one_strand(&["a"]);
    let mut writer = create_scan_writer(&path, TableFormat::Parquet, &schema, &options(Overwrite::No))?;
    for chrom in ["a", "b", "c"] {
        writer.write(&ScanRows {
            chrom,
            starts: &[0],
            ends: &[10],
            scores: &[vec![0.5]],
        })?;
    }
    writer.finish(&Provenance::from_iter([
        ("short", "x".repeat(16 * 1024)),
        ("long", "y".repeat(16 * 1024 + 1)),
    ]))?;
    let keys = |chrom: &str| inspect_parquet(&path.join(format!("chrom={chrom}/part-0.parquet")));
    assert!(keys("a")?.key_values.contains_key("long"));
    for chrom in ["b", "c"] {
        let pairs = keys(chrom)?.key_values;
        assert!(pairs.contains_key("short") && !pairs.contains_key("long"));
    }
    let together = inspect_folder(&path)?;
    assert_eq!((together.files, together.rows), (3, 3));
    let keys: Vec<&String> = together.key_values.keys().collect();
    assert_eq!(keys, [ZERO_BASED_KEY, "long", "short"]);
    Ok(())
}

#[test]
fn the_same_rows_give_the_same_bytes_and_force_replaces_the_whole_folder() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan");
    write(&path, 10_000, Overwrite::No, None)?;
    let once = files(&path)?;
    assert!(matches!(
        write(&path, 10_000, Overwrite::No, None),
        Err(ReportError::FolderExists { .. })
    ));
    fs::create_dir(path.join("chrom=old"))?;
    fs::write(path.join("chrom=old/part-0.parquet"), "old")?;
    write(&path, 777, Overwrite::Yes, None)?;
    assert_eq!(files(&path)?, once);
    Ok(())
}

#[test]
fn a_scan_without_rows_is_a_table_without_rows() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan");
    let schema = ScanSchema::one_strand(&["a"]);
    create_scan_writer(&path, TableFormat::Parquet, &schema, &options(Overwrite::No))?.finish(&Provenance::new())?;
    let frame = frame(&path.join("chrom=__HIVE_DEFAULT_PARTITION__/part-0.parquet"))?;
    assert_eq!((frame.height(), frame.width()), (0, 3));
    Ok(())
}

#[test]
fn a_scan_that_fails_leaves_nothing_behind_and_other_formats_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan");
    let error = write(&path, 100, Overwrite::No, Some(700)).unwrap_err();
    assert!(matches!(error, ReportError::NotFinite { start: 7000, .. }), "{error}");
    let schema = ScanSchema::one_strand(&["a"]);
    for format in [TableFormat::Tsv, TableFormat::BedGraph] {
        let error = create_scan_writer(&path, format, &schema, &options(Overwrite::No)).err();
        assert!(matches!(error, Some(ReportError::PartitionFormat { .. })));
    }
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
