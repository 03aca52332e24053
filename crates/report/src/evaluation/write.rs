//! Evaluations to files.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;

use super::{EvaluationReport, EvaluationRow, check_finite, frame};
use crate::format::{by_ending, by_name};
use crate::{AtomicFile, Overwrite, Provenance, ReportError};

/// The format of an evaluation's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EvaluationFormat {
    /// Parquet, one row per metric, provenance in the footer.
    Parquet,
    /// Tab-separated text with a header line.
    Tsv,
    /// Comma-separated text with a header line.
    Csv,
    /// JSON: the report's own form.
    Json,
}

impl EvaluationFormat {
    const ALL: [Self; 4] = [Self::Parquet, Self::Tsv, Self::Csv, Self::Json];

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Parquet => &["parquet"],
            Self::Tsv => &["tsv"],
            Self::Csv => &["csv"],
            Self::Json => &["json"],
        }
    }

    /// Chooses the format by the ending of a file name, in either case.
    ///
    /// # Errors
    /// [`ReportError::UnknownFormat`] when the name has no known ending.
    pub fn from_path(path: &Path) -> Result<Self, ReportError> {
        by_ending(path, &Self::ALL, Self::endings)
    }

    /// The names of all formats, as `--format` takes them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(|format| format.endings()[0])
    }
}

impl fmt::Display for EvaluationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.endings()[0])
    }
}

impl FromStr for EvaluationFormat {
    type Err = ReportError;

    fn from_str(name: &str) -> Result<Self, ReportError> {
        by_name(name, &Self::ALL, Self::endings)
    }
}

/// An evaluation's output: opened before the work, so that an existing file is refused at once.
#[derive(Debug)]
pub struct EvaluationWriter {
    file: AtomicFile,
    format: EvaluationFormat,
}

impl EvaluationWriter {
    /// Opens the output; `-` is standard output.
    ///
    /// # Errors
    /// As [`AtomicFile::create`].
    pub fn create(path: &Path, format: EvaluationFormat, overwrite: Overwrite) -> Result<Self, ReportError> {
        let file = AtomicFile::create(path, overwrite)?;
        Ok(Self { file, format })
    }

    /// Writes one report: its rows, or its JSON form.
    ///
    /// # Errors
    /// [`ReportError::MetricNotFinite`], or a [`ReportError`] when the file cannot be written.
    pub fn write_report(self, report: &EvaluationReport, provenance: &Provenance) -> Result<(), ReportError> {
        match self.format {
            EvaluationFormat::Json => {
                let json = report.to_json()?;
                self.commit(json.as_bytes())
            }
            _ => self.write_rows(&report.rows(), provenance),
        }
    }

    /// Writes rows of one or more reports; as JSON they are a list of objects.
    ///
    /// # Errors
    /// As [`write_report`](Self::write_report).
    pub fn write_rows(self, rows: &[EvaluationRow], provenance: &Provenance) -> Result<(), ReportError> {
        check_finite(rows)?;
        let path = self.file.path().to_path_buf();
        let bytes = match self.format {
            EvaluationFormat::Parquet => frame::frame(rows).and_then(|mut f| frame::parquet_bytes(&mut f, provenance)),
            EvaluationFormat::Tsv => frame::frame(rows).and_then(|mut f| frame::text_bytes(&mut f, b'\t')),
            EvaluationFormat::Csv => frame::frame(rows).and_then(|mut f| frame::text_bytes(&mut f, b',')),
            EvaluationFormat::Json => {
                let mut json = serde_json::to_vec_pretty(rows).map_err(|source| ReportError::Json { source })?;
                json.push(b'\n');
                return self.commit(&json);
            }
        };
        let bytes = bytes.map_err(|source| ReportError::Frame { path, source })?;
        self.commit(&bytes)
    }

    fn commit(mut self, bytes: &[u8]) -> Result<(), ReportError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| ReportError::write(self.file.path(), source))?;
        self.file.commit()
    }
}

/// Writes rows to a file in the format that its name chooses.
///
/// # Errors
/// As [`EvaluationFormat::from_path`], [`EvaluationWriter::create`] and [`EvaluationWriter::write_rows`].
pub fn write_evaluation(
    path: &Path,
    rows: &[EvaluationRow],
    overwrite: Overwrite,
    provenance: &Provenance,
) -> Result<(), ReportError> {
    let format = EvaluationFormat::from_path(path)?;
    EvaluationWriter::create(path, format, overwrite)?.write_rows(rows, provenance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_the_format_in_either_case() -> Result<(), ReportError> {
        for name in EvaluationFormat::names() {
            let format: EvaluationFormat = name.to_uppercase().parse()?;
            assert_eq!(format.to_string(), name);
            assert_eq!(
                EvaluationFormat::from_path(&Path::new("x.y").with_extension(name))?,
                format
            );
        }
        let message = EvaluationFormat::from_path(Path::new("x.bed")).unwrap_err().to_string();
        assert!(message.contains("parquet, tsv, csv, json"), "{message}");
        Ok(())
    }
}
