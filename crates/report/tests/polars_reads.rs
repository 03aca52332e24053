//! What the program writes, read by polars.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{CsvReader, DataFrame, DataType, ParquetReader, PlSmallStr, SerReader};
use processive_report::{
    EvaluationFormat, EvaluationReport, EvaluationWriter, Overwrite, Provenance, ReportError, ScanOptions, ScanRows,
    ScanSchema, TableFormat, columns, create_scan_writer, inspect_parquet, write_evaluation,
};

type Outcome = Result<(), Box<dyn Error>>;

fn frame(path: &Path) -> Result<DataFrame, Box<dyn Error>> {
    Ok(ParquetReader::new(File::open(path)?).finish()?)
}

fn names(frame: &DataFrame) -> Vec<&str> {
    frame.get_column_names().into_iter().map(PlSmallStr::as_str).collect()
}

#[test]
fn a_scan_opens_as_a_frame_with_its_types_and_values() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.parquet");
    let schema = ScanSchema::both_strands(&["reb1"]);
    let mut writer = create_scan_writer(&path, TableFormat::Parquet, &schema, &ScanOptions::default())?;
    for (chrom, score) in [("chrII", 0.25f32), ("chrI", 0.75)] {
        let scores = [0.0, 0.125, -0.125].map(|shift| vec![score + shift, score - shift]);
        writer.write(&ScanRows {
            chrom,
            starts: &[0, 10],
            ends: &[10, 15],
            scores: &scores,
        })?;
    }
    writer.finish(&Provenance::new())?;

    let frame = frame(&path)?;
    assert_eq!(
        names(&frame),
        ["chrom", "start", "end", "reb1", "reb1_plus", "reb1_minus"]
    );
    assert!(matches!(frame.column("chrom")?.dtype(), DataType::Categorical(..)));
    let chroms = frame.column("chrom")?.cast(&DataType::String)?;
    assert!(chroms.str()?.iter().flatten().eq(["chrII", "chrII", "chrI", "chrI"]));
    assert!(frame.column("start")?.i32()?.iter().flatten().eq([0, 10, 0, 10]));
    assert!(frame.column("end")?.i32()?.iter().flatten().eq([10, 15, 10, 15]));
    assert!(
        frame
            .column("reb1")?
            .f32()?
            .iter()
            .flatten()
            .eq([0.25, 0.25, 0.75, 0.75])
    );
    assert!(
        frame
            .column("reb1_plus")?
            .f32()?
            .iter()
            .flatten()
            .eq([0.375, 0.125, 0.875, 0.625])
    );
    assert!(
        frame
            .column("reb1_minus")?
            .f32()?
            .iter()
            .flatten()
            .eq([0.125, 0.375, 0.625, 0.875])
    );
    Ok(())
}

fn report() -> EvaluationReport {
    let auroc = |value: f64| processive_core::Metric {
        value,
        ci_low: Some(value - 0.0625),
        ci_high: None,
    };
    EvaluationReport {
        task: "tfbs".into(),
        model: "ctcf, the \"second\"".into(),
        arch: "bigru".into(),
        dataset: "test".into(),
        seed: Some(7),
        n: 2000,
        parameters: Some(71_234),
        train_seconds: Some(12.5),
        metrics: [("auroc".to_owned(), auroc(0.9375))].into(),
        baselines: [("gc".to_owned(), [("auroc".to_owned(), auroc(0.5))].into())].into(),
    }
}

/// Checks what the rows of the report have in every format.
fn check(frame: &DataFrame) -> Outcome {
    assert_eq!(names(frame), columns::EVALUATION.map(|column| column.name));
    assert!(
        frame
            .column("model")?
            .str()?
            .iter()
            .flatten()
            .eq(["ctcf, the \"second\"", "gc"])
    );
    assert!(frame.column("arch")?.str()?.iter().flatten().eq(["bigru", "baseline"]));
    assert!(frame.column("metric")?.str()?.iter().flatten().eq(["auroc", "auroc"]));
    assert!(frame.column("value")?.f64()?.iter().eq([Some(0.9375), Some(0.5)]));
    assert!(frame.column("ci_low")?.f64()?.iter().eq([Some(0.875), Some(0.4375)]));
    assert_eq!(frame.column("ci_high")?.null_count(), 2);
    assert!(frame.column("train_seconds")?.f64()?.iter().eq([Some(12.5), None]));
    Ok(())
}

#[test]
fn an_evaluation_opens_as_a_frame_with_the_documented_types() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("e.parquet");
    let provenance = Provenance::from_iter([("window", "200"), ("command", "processive evaluate")]);
    let mut report = report();
    report.seed = Some(u64::MAX);
    write_evaluation(&path, &report.rows(), Overwrite::No, &provenance)?;
    let frame = frame(&path)?;
    check(&frame)?;
    assert!(frame.column("seed")?.u64()?.iter().eq([Some(u64::MAX), None]));
    assert!(frame.column("n")?.u64()?.iter().eq([Some(2000), Some(2000)]));
    assert!(frame.column("parameters")?.u64()?.iter().eq([Some(71_234), None]));

    let summary = inspect_parquet(&path)?;
    let pairs: Vec<_> = summary
        .key_values
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(pairs, [("command", "processive evaluate"), ("window", "200")]);
    for (column, doc) in summary.columns.iter().zip(columns::EVALUATION) {
        let view = if doc.dtype == "utf8" { "utf8view" } else { doc.dtype };
        assert!(
            column.dtype == doc.dtype || column.dtype == view,
            "{}: {}",
            column.name,
            column.dtype
        );
    }
    let again = folder.path().join("again.parquet");
    write_evaluation(&again, &report.rows(), Overwrite::No, &provenance)?;
    assert_eq!(fs::read(path)?, fs::read(again)?);
    Ok(())
}

#[test]
fn an_evaluation_as_text_reads_back_whatever_its_names_hold() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (ending, separator) in [("tsv", b'\t'), ("csv", b',')] {
        let path = folder.path().join("e").with_extension(ending);
        write_evaluation(&path, &report().rows(), Overwrite::No, &Provenance::new())?;
        let options =
            polars::prelude::CsvReadOptions::default().map_parse_options(|parse| parse.with_separator(separator));
        let frame = CsvReader::new(File::open(&path)?).with_options(options).finish()?;
        check(&frame)?;
    }
    Ok(())
}

#[test]
fn json_is_the_report_form_or_a_list_of_rows() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("e.json");
    let create = |overwrite| EvaluationWriter::create(&path, EvaluationFormat::Json, overwrite);
    create(Overwrite::No)?.write_report(&report(), &Provenance::new())?;
    assert_eq!(fs::read_to_string(&path)?, report().to_json()?);
    assert!(matches!(create(Overwrite::No), Err(ReportError::Exists { .. })));

    create(Overwrite::Yes)?.write_rows(&report().rows(), &Provenance::new())?;
    let rows: Vec<processive_report::EvaluationRow> = serde_json::from_slice(&fs::read(&path)?)?;
    assert_eq!(rows, report().rows());
    Ok(())
}
