//! Reading a Parquet table of chains.

use std::path::Path;

use polars::prelude::{DataFrame, ParquetReader, SerReader, StringChunked};
use processive_core::{ChainRow, LabelledChain, State3, State8, StructureLabels};

use crate::ReportError;
use crate::columns::chains::CHAINS;
use crate::inspect::open_parquet;

/// The columns without which there are no chains.
const NEEDED: [&str; 2] = ["id", "sequence"];

/// Reads a table of chains that [`ChainWriter`](super::ChainWriter), or another program, wrote as Parquet.
///
/// The columns are those of [`CHAINS`], in any order; others are ignored. `id`, `sequence` and one of `q3` and `q8` must
/// be there. A chain without `q8` has three states; without `mask` every residue is scored.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`]; [`ReportError::NoColumn`] and
/// [`ReportError::ColumnType`] when a column is absent or no text; [`ReportError::ChainShape`] with the chain when there
/// is not one state or mask bit per residue, or a letter, bit or split is unknown.
pub fn read_chain_table(path: &Path) -> Result<Vec<ChainRow>, ReportError> {
    let file = open_parquet(path)?;
    let frame = ParquetReader::new(file).set_rechunk(true).finish();
    let frame = frame.map_err(|source| ReportError::Frame {
        path: path.to_path_buf(),
        source,
    })?;
    let column = |place: usize| texts(&frame, path, CHAINS[place].name);
    let table = Table {
        id: column(0)?,
        source: column(1)?,
        split: column(2)?,
        cluster: column(3)?,
        sequence: column(4)?,
        q3: column(5)?,
        q8: column(6)?,
        mask: column(7)?,
    };
    if table.q3.is_none() && table.q8.is_none() {
        return Err(no_column(&frame, path, "q3"));
    }
    (0..frame.height()).map(|row| table.row(row)).collect()
}

/// The columns; none where the file has not got one.
struct Table<'a> {
    id: Option<&'a StringChunked>,
    source: Option<&'a StringChunked>,
    split: Option<&'a StringChunked>,
    cluster: Option<&'a StringChunked>,
    sequence: Option<&'a StringChunked>,
    q3: Option<&'a StringChunked>,
    q8: Option<&'a StringChunked>,
    mask: Option<&'a StringChunked>,
}

impl Table<'_> {
    fn row(&self, row: usize) -> Result<ChainRow, ReportError> {
        let cell = |column: Option<&StringChunked>| column.and_then(|column| column.get(row)).map(str::to_owned);
        let text = |column| cell(column).unwrap_or_default();
        let id = cell(self.id).unwrap_or_else(|| format!("row {}", row + 1));
        let invalid = |detail: String| ReportError::ChainShape { id: id.clone(), detail };
        let sequence = text(self.sequence).into_bytes();
        if let Some(byte) = sequence.iter().find(|byte| !byte.is_ascii_graphic()) {
            return Err(invalid(format!("'{}' is no letter", byte.escape_ascii())));
        }
        let filled = |column| cell(column).filter(|text| !text.is_empty() || sequence.is_empty());
        let labels = match (filled(self.q8), filled(self.q3)) {
            (Some(states), _) => StructureLabels::Eight(each(&states, State8::from_letter).map_err(invalid)?),
            (None, Some(states)) => StructureLabels::Three(each(&states, State3::from_letter).map_err(invalid)?),
            (None, None) => return Err(invalid("it has no states".to_owned())),
        };
        let scored = match filled(self.mask) {
            None => vec![true; sequence.len()],
            Some(mask) => {
                each(&mask, |digit| [b'0', b'1'].contains(&digit).then_some(digit == b'1')).map_err(invalid)?
            }
        };
        let (residues, states, bits) = (sequence.len(), labels.len(), scored.len());
        if residues == 0 || (states, bits) != (residues, residues) {
            return Err(invalid(format!(
                "{residues} residues with {states} states and {bits} mask bits"
            )));
        }
        let split = text(self.split);
        if !["", "train", "valid", "test"].contains(&split.as_str()) {
            return Err(invalid(format!(
                "its split is '{split}'; known are train, valid and test"
            )));
        }
        Ok(ChainRow {
            source: text(self.source),
            split,
            cluster: text(self.cluster),
            chain: LabelledChain {
                id,
                sequence,
                labels,
                scored,
            },
        })
    }
}

/// Reads a symbol per residue.
fn each<T>(text: &str, read: impl Fn(u8) -> Option<T>) -> Result<Vec<T>, String> {
    let unknown = |place: usize, symbol: u8| format!("'{}' of residue {} is unknown", symbol.escape_ascii(), place + 1);
    let symbols = text.bytes().enumerate();
    symbols
        .map(|(place, symbol)| read(symbol).ok_or_else(|| unknown(place, symbol)))
        .collect()
}

fn texts<'a>(frame: &'a DataFrame, path: &Path, name: &'static str) -> Result<Option<&'a StringChunked>, ReportError> {
    let Ok(column) = frame.column(name) else {
        return if NEEDED.contains(&name) {
            Err(no_column(frame, path, name))
        } else {
            Ok(None)
        };
    };
    let texts = column.str().map_err(|_| ReportError::ColumnType {
        path: path.to_path_buf(),
        name: name.to_owned(),
        found: column.dtype().to_string(),
        expected: "utf8",
    })?;
    Ok(Some(texts))
}

fn no_column(frame: &DataFrame, path: &Path, name: &str) -> ReportError {
    ReportError::NoColumn {
        path: path.to_path_buf(),
        name: name.to_owned(),
        known: frame.get_column_names().iter().map(ToString::to_string).collect(),
    }
}
