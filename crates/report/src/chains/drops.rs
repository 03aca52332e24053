//! The report of chains that were left out.

use std::path::Path;

use crate::columns::chains::DROPS;
use crate::text_sink::TextSink;
use crate::{AtomicFile, Overwrite, ReportError};

/// A chain that was left out of a table, and the chain that it was measured against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DropRow {
    /// The chain.
    pub id: String,
    /// Its data set.
    pub source: String,
    /// Why, in a word.
    pub reason: &'static str,
    /// The other chain.
    pub with: String,
    /// The data set of the other chain.
    pub with_source: String,
    /// The longest exact stretch that the two share; empty for copies.
    pub stretch: String,
    /// The identity of their alignment, 0 to 1; none for copies.
    pub identity: Option<f64>,
    /// The share of the shorter chain in their alignment, 0 to 1; none for copies.
    pub cover: Option<f64>,
    /// The scored residues of the chain.
    pub residues: usize,
}

/// The report, as TSV: opened before the work, so that an existing file is refused at once.
#[derive(Debug)]
pub struct DropWriter(AtomicFile);

impl DropWriter {
    /// Opens the output; `-` is standard output.
    ///
    /// # Errors
    /// As [`AtomicFile::create`].
    pub fn create(path: &Path, overwrite: Overwrite) -> Result<Self, ReportError> {
        AtomicFile::create(path, overwrite).map(Self)
    }

    /// Writes all rows and completes the file; shares have three digits behind the point.
    ///
    /// # Errors
    /// A [`ReportError`] when the file cannot be written.
    pub fn write(self, rows: &[DropRow]) -> Result<(), ReportError> {
        let mut sink = TextSink::new(self.0, false);
        sink.write_lines(format!("{}\n", DROPS.map(|column| column.name).join("\t")).as_bytes())?;
        for row in rows {
            sink.write_lines(row.line().as_bytes())?;
        }
        sink.commit()
    }
}

impl DropRow {
    fn line(&self) -> String {
        let share = |share: Option<f64>| share.map(|share| format!("{share:.3}")).unwrap_or_default();
        let cells = [
            &self.id,
            &self.source,
            self.reason,
            &self.with,
            &self.with_source,
            &self.stretch.len().to_string(),
            &self.stretch,
            &share(self.identity),
            &share(self.cover),
            &self.residues.to_string(),
        ];
        cells.join("\t") + "\n"
    }
}
