//! `processive columns`

use clap::Args;
use clap::builder::PossibleValuesParser;
use processive_report::columns::{TableDoc, tables};

use crate::session::print_on_stdout;
use crate::status::ExitStatus;
use crate::text_table::{aligned, indented};

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive columns
  processive columns scan";

/// Options of `processive columns`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ColumnsArgs {
    /// Explain this table only.
    #[arg(value_name = "TABLE", value_parser = PossibleValuesParser::new(tables().iter().map(|table| table.name)))]
    table: Option<String>,
}

/// Prints the tables.
pub(crate) fn run(args: &ColumnsArgs) -> anyhow::Result<ExitStatus> {
    let is_wanted = |table: &&TableDoc| args.table.as_ref().is_none_or(|name| name == table.name);
    let texts: Vec<String> = tables().iter().filter(is_wanted).map(text).collect();
    print_on_stdout(&texts.join("\n"))?;
    Ok(ExitStatus::Success)
}

fn text(table: &TableDoc) -> String {
    let heading = ["column", "type", "unit", "meaning"];
    let columns = table
        .columns
        .iter()
        .map(|column| [column.name, column.dtype, column.unit, column.meaning]);
    let rows: Vec<Vec<&str>> = std::iter::once(heading)
        .chain(columns)
        .map(|row| row.to_vec())
        .collect();
    format!("{}: {}\n\n{}", table.name, table.about, indented(&aligned(&rows), "  "))
}
