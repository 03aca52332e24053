//! Tables of labelled chains: one row a chain, one letter per residue in a cell.

mod drops;
mod format;
mod frame;
mod read;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use processive_core::{ChainRow, Reduction};

pub use self::drops::{DropRow, DropWriter};
pub use self::format::ChainFormat;
pub use self::read::read_chain_table;
use crate::columns::chains::CHAINS;
use crate::text_sink::TextSink;
use crate::{AtomicFile, Overwrite, Provenance, ReportError};

/// A table of chains: opened before the work, so that an existing file is refused at once.
#[derive(Debug)]
pub struct ChainWriter {
    file: AtomicFile,
    format: ChainFormat,
}

/// The cells of a row, in the order of the columns; `q8` is none when only three states are known.
struct Cells {
    id: String,
    source: String,
    split: String,
    cluster: String,
    sequence: String,
    q3: String,
    q8: Option<String>,
    mask: String,
}

impl ChainWriter {
    /// Opens the output; `-` is standard output.
    ///
    /// # Errors
    /// As [`AtomicFile::create`].
    pub fn create(path: &Path, format: ChainFormat, overwrite: Overwrite) -> Result<Self, ReportError> {
        let file = AtomicFile::create(path, overwrite)?;
        Ok(Self { file, format })
    }

    /// Writes all rows and completes the file; states of eight are reduced by `rule` to those of three beside them.
    ///
    /// # Errors
    /// [`ReportError::ChainShape`] when a chain has not one state and mask bit per residue, or a name with a tab or a
    /// line end; else a [`ReportError`] when the file cannot be written.
    pub fn write(mut self, rows: &[ChainRow], rule: Reduction, provenance: &Provenance) -> Result<(), ReportError> {
        let cells = rows
            .iter()
            .map(|row| Cells::of(row, rule))
            .collect::<Result<Vec<_>, _>>()?;
        if self.format == ChainFormat::Parquet {
            let path = self.file.path().to_path_buf();
            let bytes = frame::parquet_bytes(&cells, provenance);
            let bytes = bytes.map_err(|source| ReportError::Frame { path, source })?;
            let written = self.file.write_all(&bytes);
            written.map_err(|source| ReportError::write(self.file.path(), source))?;
            return self.file.commit();
        }
        let mut sink = TextSink::new(self.file, self.format == ChainFormat::TsvGz);
        sink.write_lines(format!("{}\n", CHAINS.map(|column| column.name).join("\t")).as_bytes())?;
        let mut line = String::new();
        for row in &cells {
            row.line(&mut line);
            sink.write_lines(line.as_bytes())?;
        }
        sink.commit()
    }
}

impl Cells {
    fn of(row: &ChainRow, rule: Reduction) -> Result<Self, ReportError> {
        let chain = &row.chain;
        let invalid = |detail: String| ReportError::ChainShape {
            id: chain.id.clone(),
            detail,
        };
        let (residues, states, bits) = (chain.sequence.len(), chain.labels.len(), chain.scored.len());
        if (states, bits) != (residues, residues) {
            return Err(invalid(format!(
                "{residues} residues with {states} states and {bits} mask bits"
            )));
        }
        for text in [&chain.id, &row.source, &row.split, &row.cluster] {
            if text.contains(['\t', '\n', '\r']) {
                return Err(invalid(format!("'{}' holds a tab or a line end", text.escape_debug())));
            }
        }
        if let Some(byte) = chain.sequence.iter().find(|byte| !byte.is_ascii_graphic()) {
            return Err(invalid(format!("'{}' is no letter", byte.escape_ascii())));
        }
        let eight = chain.labels.eight();
        Ok(Self {
            id: chain.id.clone(),
            source: row.source.clone(),
            split: row.split.clone(),
            cluster: row.cluster.clone(),
            sequence: letters(chain.sequence.iter().copied()),
            q3: letters(chain.labels.three(rule).iter().map(|state| state.letter())),
            q8: eight.map(|states| letters(states.iter().map(|state| state.letter()))),
            mask: letters(chain.scored.iter().map(|&scored| if scored { b'1' } else { b'0' })),
        })
    }

    fn line(&self, line: &mut String) {
        line.clear();
        let q8 = self.q8.as_deref().unwrap_or("");
        let names = [&self.id[..], &self.source, &self.split, &self.cluster];
        let written = writeln!(
            line,
            "{}\t{}\t{}\t{q8}\t{}",
            names.join("\t"),
            self.sequence,
            self.q3,
            self.mask
        );
        written.expect("a string takes every write");
    }
}

fn letters(bytes: impl Iterator<Item = u8>) -> String {
    bytes.map(char::from).collect()
}
