//! Scans whose scores are stored as integers.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt8Type, UInt16Type};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use processive_report::{
    Partition, Provenance, QUANTIZE_KEY, Quantize, ReportError, SCALE_KEY, ScanOptions, ScanRows, ScanSchema,
    TableFormat, create_scan_writer, inspect_parquet, read_scan,
};

type Outcome = Result<(), Box<dyn Error>>;

/// Scores from 0 to 1, ends included, and some in between that no code of 16 bits holds.
fn scores() -> Vec<f32> {
    (0..=3000).map(|row| row as f32 / 3000.0).collect()
}

fn options(quantize: Quantize) -> ScanOptions {
    ScanOptions {
        quantize: Some(quantize),
        ..ScanOptions::default()
    }
}

/// Writes two columns, the second from 1 down, and returns the largest error that the writer tells.
fn write(path: &Path, options: &ScanOptions, block: usize) -> Result<Option<f64>, ReportError> {
    let schema = ScanSchema::one_strand(&["up", "down"]);
    let mut writer = create_scan_writer(path, TableFormat::Parquet, &schema, options)?;
    let (scores, mut start) = (scores(), 0);
    for up in scores.chunks(block) {
        let starts: Vec<u64> = (start..start + up.len() as u64).map(|row| 10 * row).collect();
        let ends: Vec<u64> = starts.iter().map(|start| start + 10).collect();
        writer.write(&ScanRows {
            chrom: "chr1",
            starts: &starts,
            ends: &ends,
            scores: &[up.to_vec(), up.iter().map(|score| 1.0 - score).collect()],
        })?;
        start += up.len() as u64;
    }
    let error = writer.largest_error();
    writer.finish(&Provenance::new())?;
    Ok(error)
}

/// The codes of a column, as arrow reads them.
fn codes(path: &Path, name: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut codes = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()? {
        let batch = batch?;
        let column = batch.column_by_name(name).ok_or("no such column")?;
        if column.data_type() == &DataType::UInt8 {
            let values = column.as_primitive::<UInt8Type>().values();
            codes.extend(values.iter().map(|&code| f64::from(code)));
        } else {
            let values = column.as_primitive::<UInt16Type>().values();
            codes.extend(values.iter().map(|&code| f64::from(code)));
        }
    }
    Ok(codes)
}

#[test]
fn codes_times_scale_are_the_scores_within_half_a_scale() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (quantize, highest) in [(Quantize::U8, 255.0), (Quantize::U16, 65_535.0)] {
        let path = folder.path().join(format!("{quantize}.parquet"));
        let told = write(&path, &options(quantize), 1000)?.ok_or("no error is told")?;
        assert_eq!(inspect_parquet(&path)?.columns[3].dtype, quantize.to_string());
        let codes = codes(&path, "up")?;
        let error = |(code, score): (&f64, f32)| (code / highest - f64::from(score)).abs();
        let largest = codes.iter().zip(scores()).map(error).fold(0.0, f64::max);
        assert!(
            (largest - told).abs() < 1e-12 && told <= 0.5 / highest + 1e-12,
            "{told}, {largest}"
        );
        // The read-back of the program is the same number as an f32.
        for (row, code) in read_scan(&path, "up")?.zip(codes) {
            assert!((f64::from(row?.score) - code / highest).abs() < 6e-8);
        }
    }
    Ok(())
}

#[test]
fn field_and_footer_tell_the_scale() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.parquet");
    write(&path, &options(Quantize::U8), 1000)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&path)?)?;
    for (field, is_code) in [("chrom", false), ("start", false), ("up", true), ("down", true)] {
        let scale = builder.schema().field_with_name(field)?.metadata().get(SCALE_KEY);
        assert_eq!(
            scale.map(|scale| scale.parse()),
            is_code.then_some(Ok(1.0 / 255.0)),
            "{field}"
        );
    }
    let note = inspect_parquet(&path)?
        .key_values
        .remove(QUANTIZE_KEY)
        .ok_or("no note")?;
    let note: serde_json::Value = serde_json::from_str(&note)?;
    assert_eq!(note["value"], "code x scale");
    assert_eq!(note["type"], "uint8");
    assert_eq!(note["scale"].as_f64(), Some(1.0 / 255.0));
    assert!(
        note["largest_error"]
            .as_f64()
            .is_some_and(|error| error > 0.0 && error <= 0.5 / 255.0 + 1e-12)
    );
    Ok(())
}

#[test]
fn a_folder_says_the_same_as_a_file_and_the_split_of_rows_changes_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let [one, other, parts] = ["one.parquet", "other.parquet", "parts"].map(|name| folder.path().join(name));
    let error = write(&one, &options(Quantize::U16), 1000)?;
    assert_eq!(write(&other, &options(Quantize::U16), 7)?, error);
    assert_eq!(fs::read(&one)?, fs::read(&other)?);
    let by_contig = ScanOptions {
        partition: Partition::ByContig,
        ..options(Quantize::U16)
    };
    assert_eq!(write(&parts, &by_contig, 7)?, error);
    let part = parts.join("chrom=chr1/part-0.parquet");
    assert_eq!(
        inspect_parquet(&part)?.key_values[QUANTIZE_KEY],
        inspect_parquet(&one)?.key_values[QUANTIZE_KEY]
    );
    assert_eq!(codes(&part, "down")?, codes(&one, "down")?);
    Ok(())
}

#[test]
fn what_has_no_code_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.parquet");
    let schema = ScanSchema::one_strand(&["up"]);
    for value in [-0.001, 1.001] {
        let mut writer = create_scan_writer(&path, TableFormat::Parquet, &schema, &options(Quantize::U8))?;
        let error = writer.write(&ScanRows {
            chrom: "c",
            starts: &[0, 10],
            ends: &[10, 20],
            scores: &[vec![1.0, value]],
        });
        assert!(
            matches!(error, Err(ReportError::NotAProbability { start: 10, .. })),
            "{error:?}"
        );
    }
    let rounded = ScanOptions {
        precision: Some(3),
        ..options(Quantize::U8)
    };
    for (format, options) in [
        (TableFormat::Parquet, rounded),
        (TableFormat::Tsv, options(Quantize::U8)),
        (TableFormat::BigWig, options(Quantize::U16)),
    ] {
        let error = create_scan_writer(&path, format, &schema, &options).err();
        assert!(matches!(error, Some(ReportError::QuantizeUnused)), "{error:?}");
    }
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
