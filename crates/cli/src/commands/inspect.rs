//! `processive inspect`

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueHint};
use processive_models::Model;
use processive_report::{ColumnSummary, ParquetSummary, inspect_folder, inspect_parquet};

use crate::description_text::describe;
use crate::input::begins_as_parquet;
use crate::numbers::{bytes, counted, grouped};
use crate::session::print_on_stdout;
use crate::status::ExitStatus;
use crate::text_table::{aligned, indented};

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive inspect ctcf.parquet
  processive inspect model.safetensors";

/// Options of `processive inspect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct InspectArgs {
    /// A Parquet file, a folder of them (scan --partition-by), or a model.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

/// Prints what the file says about itself.
pub(crate) fn run(args: &InspectArgs) -> anyhow::Result<ExitStatus> {
    let path = &args.file;
    let text = if path.is_dir() {
        parquet_text(path, &inspect_folder(path)?)
    } else if begins_as_parquet(path).with_context(|| format!("cannot read {}", path.display()))? {
        let summary = inspect_parquet(path).with_context(|| format!("cannot inspect {}", path.display()))?;
        parquet_text(path, &summary)
    } else {
        let neither = || format!("{} is neither a Parquet file nor a model", path.display());
        describe(&Model::read(path).with_context(neither)?)
    };
    print_on_stdout(&text)?;
    Ok(ExitStatus::Success)
}

fn parquet_text(path: &Path, summary: &ParquetSummary) -> String {
    let writer = summary
        .created_by
        .as_ref()
        .map(|writer| format!("written by {writer}\n"));
    let files = match summary.files {
        1 => String::new(),
        files => format!("{}, ", counted(files as u64, "file")),
    };
    let mut text = format!(
        "{}: Parquet, {}{}, {} in {}\n",
        path.display(),
        files,
        bytes(summary.bytes),
        counted(summary.rows, "row"),
        counted(summary.row_groups as u64, "row group"),
    );
    text += &writer.unwrap_or_default();
    text += "\ncolumns\n";
    text += &indented(&aligned(&columns(&summary.columns)), "  ");
    text += "\nprovenance\n";
    let pairs: Vec<[&String; 2]> = summary.key_values.iter().map(|(key, value)| [key, value]).collect();
    text += &indented(&aligned(&pairs), "  ");
    text
}

fn columns(columns: &[ColumnSummary]) -> Vec<[String; 5]> {
    let heading = ["name", "type", "compression", "encodings", "bytes"].map(str::to_owned);
    let row = |column: &ColumnSummary| {
        let nullable = if column.nullable { ", may be empty" } else { "" };
        [
            column.name.clone(),
            format!("{}{nullable}", column.dtype),
            column.compression.clone(),
            column.encodings.join(" "),
            grouped(column.bytes),
        ]
    };
    std::iter::once(heading).chain(columns.iter().map(row)).collect()
}
