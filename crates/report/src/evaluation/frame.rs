//! Evaluations as polars frames.

use polars::prelude::{
    Column, CsvWriter, DataFrame, KeyValueMetadata, ParquetCompression, ParquetWriter, PolarsResult, SerWriter,
};

use super::EvaluationRow;
use crate::Provenance;
use crate::columns::EVALUATION;

/// Makes the frame of the evaluation table.
pub(super) fn frame(rows: &[EvaluationRow]) -> PolarsResult<DataFrame> {
    let [
        task,
        model,
        arch,
        dataset,
        seed,
        metric,
        value,
        low,
        high,
        n,
        parameters,
        seconds,
    ] = EVALUATION.map(|column| column.name);
    let text = |name: &str, field: fn(&EvaluationRow) -> &str| {
        Column::new(name.into(), rows.iter().map(field).collect::<Vec<&str>>())
    };
    let count = |name: &str, field: fn(&EvaluationRow) -> Option<u64>| {
        Column::new(name.into(), rows.iter().map(field).collect::<Vec<Option<u64>>>())
    };
    let number = |name: &str, field: fn(&EvaluationRow) -> Option<f64>| {
        Column::new(name.into(), rows.iter().map(field).collect::<Vec<Option<f64>>>())
    };
    DataFrame::new(
        rows.len(),
        vec![
            text(task, |row| &row.task),
            text(model, |row| &row.model),
            text(arch, |row| &row.arch),
            text(dataset, |row| &row.dataset),
            count(seed, |row| row.seed),
            text(metric, |row| &row.metric),
            number(value, |row| Some(row.value)),
            number(low, |row| row.ci_low),
            number(high, |row| row.ci_high),
            count(n, |row| Some(row.n)),
            count(parameters, |row| row.parameters),
            number(seconds, |row| row.train_seconds),
        ],
    )
}

/// Encodes a frame as Parquet with `provenance` in the footer.
pub(crate) fn parquet_bytes(frame: &mut DataFrame, provenance: &Provenance) -> PolarsResult<Vec<u8>> {
    let pairs = provenance
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs)))
        .set_parallel(false)
        .finish(frame)?;
    Ok(bytes)
}

/// Encodes a frame as text with a header line; missing values are empty.
pub(super) fn text_bytes(frame: &mut DataFrame, separator: u8) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes)
        .with_separator(separator)
        .n_threads(1)
        .finish(frame)?;
    Ok(bytes)
}
