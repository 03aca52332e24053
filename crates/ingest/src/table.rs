//! Tables of sequences with labels.

use std::path::Path;

use processive_core::LabelledExample;

use crate::{
    IngestError, Place,
    fasta::first_invalid,
    rows::{Rows, empty},
};

/// What a row is.
const ROW: &str = "row of sequences and labels";

/// The names of the columns that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumns {
    /// The column of sequences.
    pub sequence: String,
    /// The column of labels.
    pub label: String,
}

impl Default for TableColumns {
    fn default() -> Self {
        Self {
            sequence: "sequence".to_owned(),
            label: "label".to_owned(),
        }
    }
}

/// Reads a CSV or TSV file with a header line; the delimiter is the first of tab, comma and semicolon that the
/// header holds.
///
/// Fields may be quoted, blanks around fields and column names are dropped, other columns are ignored. Labels
/// are `0`, `1`, `0.0`, `1.0`, `false`, `true`. An example is named `file:line`.
///
/// # Errors
/// - [`IngestError::MissingColumn`] with the columns that there are;
/// - [`IngestError::RaggedRow`], [`IngestError::InvalidLabel`], [`IngestError::EmptySequence`],
///   [`IngestError::InvalidLetter`] with the line;
/// - [`IngestError::Empty`] without a row;
/// - [`IngestError::NotText`] for the header and as [`open`](crate::open).
pub fn read_sequence_table(path: &Path, columns: &TableColumns) -> Result<Vec<LabelledExample>, IngestError> {
    let mut rows = Rows::open(path, ROW)?;
    let sequence = rows.column(&columns.sequence, "--sequence-column")?;
    let label = rows.column(&columns.label, "--label-column")?;
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut examples = Vec::new();
    while let Some(line) = rows.read()? {
        let place = || Place::new(path, line);
        let letters = rows.row[sequence].trim_ascii();
        check_sequence(letters, &columns.sequence, place)?;
        examples.push(LabelledExample {
            name: format!("{file}:{line}"),
            sequence: letters.to_vec(),
            label: parse_label(rows.row[label].trim_ascii(), place)?,
            region: None,
        });
    }
    if examples.is_empty() {
        return Err(empty(path, ROW));
    }
    Ok(examples)
}

fn check_sequence(letters: &[u8], column: &str, place: impl Fn() -> Place) -> Result<(), IngestError> {
    if letters.is_empty() {
        return Err(IngestError::EmptySequence { place: place() });
    }
    match first_invalid(letters) {
        None => Ok(()),
        Some(byte) => Err(IngestError::InvalidLetter {
            place: place(),
            within: format!("column '{column}'"),
            byte,
        }),
    }
}

fn parse_label(text: &[u8], place: impl Fn() -> Place) -> Result<bool, IngestError> {
    match text.to_ascii_lowercase().as_slice() {
        b"0" | b"0.0" | b"false" => Ok(false),
        b"1" | b"1.0" | b"true" => Ok(true),
        _ => Err(IngestError::InvalidLabel {
            place: place(),
            value: String::from_utf8_lossy(text).into_owned(),
        }),
    }
}
