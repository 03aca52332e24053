//! The formats of tables of chains.

use std::fmt;
use std::path::Path;

use crate::ReportError;
use crate::format::by_ending;

/// The format of a table of chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainFormat {
    /// Parquet, provenance in the footer.
    Parquet,
    /// Tab-separated text with a header line.
    Tsv,
    /// The same, gzip-compressed.
    TsvGz,
}

impl ChainFormat {
    const ALL: [Self; 3] = [Self::Parquet, Self::Tsv, Self::TsvGz];

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Parquet => &["parquet"],
            Self::Tsv => &["tsv"],
            Self::TsvGz => &["tsv.gz"],
        }
    }

    /// Chooses the format by the ending of a file name, in either case.
    ///
    /// # Errors
    /// [`ReportError::UnknownFormat`] when the name has no known ending.
    pub fn from_path(path: &Path) -> Result<Self, ReportError> {
        by_ending(path, &Self::ALL, Self::endings)
    }
}

impl fmt::Display for ChainFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.endings()[0])
    }
}
