//! File formats and how a name chooses one.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::ReportError;
use crate::atomic::is_stdout;

/// The format of a scan's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TableFormat {
    /// Parquet: every bin, all scores.
    Parquet,
    /// Tab-separated text with a header line: every bin, all scores.
    Tsv,
    /// The same, gzip-compressed.
    TsvGz,
    /// BED6: calls above a threshold.
    Bed,
    /// The same, gzip-compressed.
    BedGz,
    /// narrowPeak (BED6+4): calls above a threshold with their summit.
    NarrowPeak,
    /// The same, gzip-compressed.
    NarrowPeakGz,
    /// bedGraph: every bin, one score.
    BedGraph,
    /// The same, gzip-compressed.
    BedGraphGz,
    /// bigWig: every bin, one score, binary with an index.
    BigWig,
}

impl TableFormat {
    const ALL: [Self; 10] = [
        Self::Parquet,
        Self::Tsv,
        Self::TsvGz,
        Self::Bed,
        Self::BedGz,
        Self::NarrowPeak,
        Self::NarrowPeakGz,
        Self::BedGraph,
        Self::BedGraphGz,
        Self::BigWig,
    ];

    /// The endings that name the format, in lower case, the name that `--format` shows first.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Parquet => &["parquet"],
            Self::Tsv => &["tsv"],
            Self::TsvGz => &["tsv.gz"],
            Self::Bed => &["bed"],
            Self::BedGz => &["bed.gz"],
            Self::NarrowPeak => &["narrowpeak"],
            Self::NarrowPeakGz => &["narrowpeak.gz"],
            Self::BedGraph => &["bedgraph", "bdg"],
            Self::BedGraphGz => &["bedgraph.gz", "bdg.gz"],
            Self::BigWig => &["bigwig", "bw"],
        }
    }

    /// Chooses the format by the ending of a file name, in either case.
    ///
    /// # Errors
    /// [`ReportError::UnknownFormat`] when the name has no known ending (`-` has none: standard output
    /// needs `--format`).
    pub fn from_path(path: &Path) -> Result<Self, ReportError> {
        by_ending(path, &Self::ALL, Self::endings)
    }

    /// The name that `--format` takes.
    pub fn name(self) -> &'static str {
        self.endings()[0]
    }

    /// The names of all formats, as `--format` takes them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }

    /// Whether the format holds calls above a threshold instead of every bin.
    pub fn holds_calls(self) -> bool {
        matches!(self, Self::Bed | Self::BedGz | Self::NarrowPeak | Self::NarrowPeakGz)
    }

    /// Whether the format holds a single score per row.
    pub fn holds_one_score(self) -> bool {
        self.holds_calls() || matches!(self, Self::BedGraph | Self::BedGraphGz | Self::BigWig)
    }

    /// Refuses standard output for a format that is no stream.
    ///
    /// # Errors
    /// [`ReportError::NotAStream`].
    pub fn check_target(self, path: &Path) -> Result<(), ReportError> {
        if self == Self::BigWig && is_stdout(path) {
            return Err(ReportError::NotAStream { format: self.name() });
        }
        Ok(())
    }

    /// Whether the text is gzip-compressed.
    pub fn is_gzip(self) -> bool {
        matches!(self, Self::TsvGz | Self::BedGz | Self::NarrowPeakGz | Self::BedGraphGz)
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TableFormat {
    type Err = ReportError;

    fn from_str(name: &str) -> Result<Self, ReportError> {
        by_name(name, &Self::ALL, Self::endings)
    }
}

/// The names and endings of a format.
type Endings<F> = fn(F) -> &'static [&'static str];

/// Finds the format whose ending, behind a dot, ends a file name in either case.
pub(crate) fn by_ending<F: Copy>(path: &Path, formats: &[F], endings: Endings<F>) -> Result<F, ReportError> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let ends = |ending: &&str| name.strip_suffix(*ending).is_some_and(|rest| rest.ends_with('.'));
    let found = formats.iter().find(|&&format| endings(format).iter().any(ends));
    found
        .copied()
        .ok_or_else(|| unknown(&path.display().to_string(), formats, endings))
}

/// Finds the format of a name in either case.
pub(crate) fn by_name<F: Copy>(name: &str, formats: &[F], endings: Endings<F>) -> Result<F, ReportError> {
    let is_name = |ending: &&str| ending.eq_ignore_ascii_case(name);
    let found = formats.iter().find(|&&format| endings(format).iter().any(is_name));
    found.copied().ok_or_else(|| unknown(name, formats, endings))
}

/// The error for a name without a format.
fn unknown<F: Copy>(name: &str, formats: &[F], endings: Endings<F>) -> ReportError {
    let known: Vec<&str> = formats
        .iter()
        .flat_map(|&format| endings(format).iter().copied())
        .collect();
    ReportError::UnknownFormat {
        name: name.to_owned(),
        known: known.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_file_name_chooses_the_format() -> Result<(), ReportError> {
        for (name, format) in [
            ("out/ctcf.parquet", TableFormat::Parquet),
            ("a.b.tsv", TableFormat::Tsv),
            ("a.tsv.gz", TableFormat::TsvGz),
            ("a.bed", TableFormat::Bed),
            ("A.BED.GZ", TableFormat::BedGz),
            ("a.narrowPeak", TableFormat::NarrowPeak),
            ("a.bedGraph", TableFormat::BedGraph),
            ("a.bdg", TableFormat::BedGraph),
            ("a.bedgraph.gz", TableFormat::BedGraphGz),
            ("a.bw", TableFormat::BigWig),
            ("a.bigWig", TableFormat::BigWig),
            (".parquet", TableFormat::Parquet),
        ] {
            assert_eq!(TableFormat::from_path(Path::new(name))?, format, "{name}");
        }
        Ok(())
    }

    #[test]
    fn other_names_are_refused_with_the_list_of_formats() {
        for name in [
            "-",
            "out",
            "out.txt",
            "outparquet",
            "out.gz",
            "out.parquet/..",
            "out.wig",
        ] {
            let message = TableFormat::from_path(Path::new(name)).unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains("parquet, tsv, tsv.gz, bed"),
                "{message}"
            );
        }
        assert!("vcf".parse::<TableFormat>().is_err());
    }

    #[test]
    fn every_name_parses_to_its_format() -> Result<(), ReportError> {
        for name in TableFormat::names() {
            let format: TableFormat = name.parse()?;
            assert_eq!(format.to_string(), name);
            assert_eq!(TableFormat::from_path(&Path::new("out").with_extension(name))?, format);
            assert_eq!(format.is_gzip(), name.split('.').nth(1) == Some("gz"));
        }
        assert_eq!("bdg".parse::<TableFormat>()?, TableFormat::BedGraph);
        Ok(())
    }
}
