//! Scans written as Parquet and read back by arrow.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::data_type::ByteArray;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use processive_report::{
    Overwrite, Provenance, ReportError, ScanOptions, ScanRow, ScanRows, ScanSchema, TableFormat, ZERO_BASED_KEY,
    create_scan_writer, inspect_parquet, read_scan,
};
use proptest::prelude::*;

type Outcome = Result<(), Box<dyn Error>>;

/// One contig's rows.
struct Rows {
    chrom: &'static str,
    starts: Vec<u64>,
    ends: Vec<u64>,
    scores: Vec<Vec<f32>>,
}

impl Rows {
    /// `count` bins of 10 bp and `columns` scores that differ from each other and from row to row.
    fn new(chrom: &'static str, count: u64, columns: u64) -> Self {
        let score = |column: u64, row: u64| ((row * 7919 + column * 104_729) % 1_000_003) as f32 / 1_000_003.0;
        Self {
            chrom,
            starts: (0..count).map(|row| row * 10).collect(),
            ends: (0..count).map(|row| row * 10 + 10).collect(),
            scores: (0..columns)
                .map(|column| (0..count).map(|row| score(column, row)).collect())
                .collect(),
        }
    }

    /// The rows in blocks of `size`.
    fn blocks(&self, size: usize) -> impl Iterator<Item = (&[u64], &[u64], Vec<Vec<f32>>)> {
        let count = self.starts.len();
        (0..count).step_by(size).map(move |from| {
            let to = count.min(from + size);
            let scores = self.scores.iter().map(|column| column[from..to].to_vec()).collect();
            (&self.starts[from..to], &self.ends[from..to], scores)
        })
    }
}

fn write(
    path: &Path,
    contigs: &[Rows],
    names: &[&str],
    block: usize,
    options: &ScanOptions,
) -> Result<(), ReportError> {
    let schema = ScanSchema::one_strand(names);
    let mut writer = create_scan_writer(path, TableFormat::from_path(path)?, &schema, options)?;
    for rows in contigs {
        for (starts, ends, scores) in rows.blocks(block) {
            writer.write(&ScanRows {
                chrom: rows.chrom,
                starts,
                ends,
                scores: &scores,
            })?;
        }
    }
    writer.finish(&Provenance::from_iter([
        ("window", "1000"),
        ("command", "processive scan"),
    ]))
}

const GROUP: u64 = 122_880;

/// Two full groups and a rest; a short contig; exactly one group; small ones, of which the second fills a shared group, and
/// one that is just large enough not to share.
fn contigs() -> [Rows; 7] {
    [
        Rows::new("chrI", 2 * GROUP + 77, 2),
        Rows::new("chrII", 5, 2),
        Rows::new("chrM", GROUP, 2),
        Rows::new("scaffold1", 4000, 2),
        Rows::new("scaffold2", 96, 2),
        Rows::new("scaffold3", 1, 2),
        Rows::new("scaffold4", 4096, 2),
    ]
}

#[test]
fn every_value_comes_back_and_large_contigs_share_no_row_group() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    let contigs = contigs();
    write(&path, &contigs, &["a", "b"], 10_000, &ScanOptions::default())?;

    for (column, name) in ["a", "b"].into_iter().enumerate() {
        let mut read = read_scan(&path, name)?;
        for rows in &contigs {
            for row in 0..rows.starts.len() {
                let found = read.next().ok_or("too few rows")??;
                assert_eq!(
                    (&*found.chrom, found.start, found.end),
                    (rows.chrom, rows.starts[row], rows.ends[row])
                );
                assert_eq!(found.score.to_bits(), rows.scores[column][row].to_bits());
            }
        }
        assert!(read.next().is_none());
    }

    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&path)?)?;
    let sizes: Vec<i64> = builder
        .metadata()
        .row_groups()
        .iter()
        .map(RowGroupMetaData::num_rows)
        .collect();
    assert_eq!(sizes, [122_880, 122_880, 77, 5, 122_880, 4096, 1, 4096]);
    let mut names = Vec::new();
    for group in builder.metadata().row_groups() {
        let Some(Statistics::ByteArray(chrom)) = group.column(0).statistics() else {
            return Err("no statistics of chrom".into());
        };
        let name = |name: Option<&ByteArray>| Ok::<_, Box<dyn Error>>(name.ok_or("no name")?.as_utf8()?.to_owned());
        names.push([name(chrom.min_opt())?, name(chrom.max_opt())?]);
    }
    let one = |name: &str| [name.to_owned(), name.to_owned()];
    let shared = ["scaffold1".to_owned(), "scaffold2".to_owned()];
    let mut expected: Vec<[String; 2]> = ["chrI", "chrI", "chrI", "chrII", "chrM"].map(one).into();
    expected.extend([shared, one("scaffold3"), one("scaffold4")]);
    assert_eq!(names, expected);
    let Some(Statistics::Int32(start)) = builder.metadata().row_group(1).column(1).statistics() else {
        return Err("no statistics of start".into());
    };
    assert_eq!((start.min_opt(), start.max_opt()), (Some(&1_228_800), Some(&2_457_590)));
    Ok(())
}

#[test]
fn the_same_rows_give_the_same_bytes_however_they_are_split() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for block in [usize::MAX, 4096, 777] {
        let path = folder.path().join(format!("{block}.parquet"));
        write(&path, &contigs(), &["a", "b"], block, &ScanOptions::default())?;
        files.push(fs::read(&path)?);
    }
    assert_eq!(files[0], files[1]);
    assert_eq!(files[0], files[2]);
    Ok(())
}

#[test]
fn columns_have_their_types_encodings_and_compression() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    write(&path, &contigs(), &["reb1", "a.b c"], 10_000, &ScanOptions::default())?;
    let summary = inspect_parquet(&path)?;
    assert_eq!(
        (summary.rows, summary.row_groups, summary.bytes),
        (3 * GROUP + 82 + 8193, 8, fs::metadata(&path)?.len())
    );
    assert_eq!(summary.created_by.as_deref(), Some("processive"));
    let types: Vec<_> = summary
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.dtype.as_str(), c.nullable))
        .collect();
    let expected = [
        ("chrom", "dictionary<int32, utf8>", false),
        ("start", "int32", false),
        ("end", "int32", false),
        ("reb1", "float32", false),
        ("a.b c", "float32", false),
    ];
    assert_eq!(types, expected);
    for (column, encoding) in summary.columns.iter().zip([
        "RLE_DICTIONARY",
        "DELTA_BINARY_PACKED",
        "DELTA_BINARY_PACKED",
        "BYTE_STREAM_SPLIT",
        "BYTE_STREAM_SPLIT",
    ]) {
        assert_eq!(column.compression, "zstd");
        assert!(column.encodings.iter().any(|found| found == encoding), "{column:?}");
        assert_eq!(
            column.encodings.iter().any(|found| found.contains("DICTIONARY")),
            column.name == "chrom"
        );
    }
    Ok(())
}

#[test]
fn the_footer_holds_the_provenance_and_says_that_intervals_are_zero_based() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    write(&path, &contigs()[1..2], &["a", "b"], 10, &ScanOptions::default())?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&path)?)?;
    let pairs = builder
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .ok_or("no key-value pairs")?;
    let keys: Vec<&str> = pairs.iter().map(|pair| pair.key.as_str()).collect();
    assert_eq!(keys, ["ARROW:schema", ZERO_BASED_KEY, "command", "window"]);
    assert_eq!(
        builder.schema().metadata().get(ZERO_BASED_KEY).map(String::as_str),
        Some("true")
    );

    let key_values = inspect_parquet(&path)?.key_values;
    let found: Vec<_> = key_values
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (ZERO_BASED_KEY, "true"),
            ("command", "processive scan"),
            ("window", "1000")
        ]
    );
    Ok(())
}

#[test]
fn coordinates_are_wide_only_when_a_contig_needs_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    let far = i32::MAX as u64;
    let rows = |end: u64| Rows {
        chrom: "long",
        starts: vec![far - 10],
        ends: vec![end],
        scores: vec![vec![0.5]],
    };
    for (longest, dtype) in [(0, DataType::Int32), (far, DataType::Int32), (far + 1, DataType::Int64)] {
        let options = ScanOptions {
            longest_contig: longest,
            overwrite: Overwrite::Yes,
            ..ScanOptions::default()
        };
        let wide = dtype == DataType::Int64;
        let end = far + u64::from(wide);
        write(&path, &[rows(end)], &["a"], 1, &options)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&path)?)?;
        assert_eq!(builder.schema().field_with_name("start")?.data_type(), &dtype);
        assert_eq!(builder.schema().field_with_name("end")?.data_type(), &dtype);
        let read: Vec<ScanRow> = read_scan(&path, "a")?.collect::<Result<_, _>>()?;
        assert_eq!((read[0].start, read[0].end), (far - 10, end));
    }

    let path = folder.path().join("narrow.parquet");
    let error = write(&path, &[rows(far + 1)], &["a"], 1, &ScanOptions::default()).unwrap_err();
    assert!(
        matches!(&error, ReportError::Position { chrom, position, .. }
        if chrom == "long" && *position == far + 1),
        "{error}"
    );
    assert!(!path.exists());
    Ok(())
}

#[test]
fn rounded_scores_are_the_nearest_decimals() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    let options = ScanOptions {
        precision: Some(3),
        ..ScanOptions::default()
    };
    let rows = Rows::new("chrI", 1000, 1);
    write(&path, &[Rows::new("chrI", 1000, 1)], &["a"], 100, &options)?;
    for (row, score) in read_scan(&path, "a")?.zip(&rows.scores[0]) {
        let row = row?;
        let nearest: f32 = format!("{score:.3}").parse()?;
        assert_eq!(row.score.to_bits(), nearest.to_bits());
    }
    // Few values repeat often: they are written as a dictionary.
    let encodings = inspect_parquet(&path)?.columns.remove(3).encodings;
    assert!(
        encodings.iter().any(|encoding| encoding == "RLE_DICTIONARY"),
        "{encodings:?}"
    );
    Ok(())
}

#[test]
fn a_scan_without_rows_is_a_table_without_rows() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    write(&path, &[], &["a"], 1, &ScanOptions::default())?;
    let summary = inspect_parquet(&path)?;
    assert_eq!((summary.rows, summary.columns.len()), (0, 4));
    assert_eq!(read_scan(&path, "a")?.count(), 0);
    Ok(())
}

#[test]
fn a_missing_column_is_answered_with_the_columns_there_are() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    write(&path, &contigs()[1..2], &["a", "b"], 10, &ScanOptions::default())?;
    let message = read_scan(&path, "reb1").err().ok_or("it was found")?.to_string();
    assert!(
        message.contains("'reb1'") && message.contains("chrom, start, end, a, b"),
        "{message}"
    );
    let error = read_scan(&path, "start").err().map_or_else(
        || {
            read_scan(&path, "start")
                .ok()
                .and_then(|mut rows| rows.next())
                .and_then(Result::err)
        },
        Some,
    );
    assert!(matches!(error, Some(ReportError::ColumnType { .. })));
    Ok(())
}

#[test]
fn a_file_cut_anywhere_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    write(&path, &contigs()[1..2], &["a", "b"], 10, &ScanOptions::default())?;
    let whole = fs::read(&path)?;
    for keep in [4, 8, 12, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..keep])?;
        let error = inspect_parquet(&path).unwrap_err();
        assert!(matches!(error, ReportError::Truncated { .. }), "{keep}: {error}");
        assert!(read_scan(&path, "a").is_err());
    }
    Ok(())
}

#[test]
fn a_scan_that_fails_or_is_dropped_leaves_nothing_behind() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    let mut rows = Rows::new("chrI", 10, 1);
    rows.scores[0][7] = f32::NAN;
    let error = write(&path, &[rows], &["a"], 5, &ScanOptions::default()).unwrap_err();
    assert!(matches!(error, ReportError::NotFinite { start: 70, .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);

    fs::write(&path, "kept")?;
    let error = write(&path, &[Rows::new("chrI", 10, 1)], &["a"], 5, &ScanOptions::default()).unwrap_err();
    assert!(matches!(error, ReportError::Exists { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path)?, "kept");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn reading_undoes_writing(
        bins in prop::collection::vec((0u64..1000, 1u64..1000, 0f32..=1f32), 1..300),
        block in 1usize..400,
    ) {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("scan.parquet");
        let mut rows = Rows { chrom: "c", starts: vec![], ends: vec![], scores: vec![vec![]] };
        let mut position = 0;
        for (gap, width, score) in bins {
            rows.starts.push(position + gap);
            position += gap + width;
            rows.ends.push(position);
            rows.scores[0].push(score);
        }
        write(&path, std::slice::from_ref(&rows), &["a"], block, &ScanOptions::default())?;
        let read: Vec<ScanRow> = read_scan(&path, "a")?.collect::<Result<_, _>>()?;
        prop_assert!(read.iter().map(|row| row.start).eq(rows.starts.iter().copied()));
        prop_assert!(read.iter().map(|row| row.end).eq(rows.ends.iter().copied()));
        prop_assert!(read.iter().map(|row| row.score).eq(rows.scores[0].iter().copied()));
    }
}
