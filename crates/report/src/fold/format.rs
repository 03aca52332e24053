//! The formats of a fold and how a name chooses one.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::ReportError;
use crate::format::{by_ending, by_name};

/// What a format holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FoldLayout {
    Parquet,
    Segments,
    Tsv,
    Ss2,
    Horiz,
    Fasta,
    Gff3,
    Jsonl,
}

/// The format of a fold's output: a Parquet table, or text, plain or gzip-compressed.
///
/// Text is a table of residues or of segments (TSV), PSIPRED's vertical and horizontal form, FASTA of states, GFF3, or
/// JSON lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FoldFormat {
    pub(super) layout: FoldLayout,
    gzip: bool,
}

/// `out.segments.tsv` is found before `tsv`.
const ALL: [FoldFormat; 15] = [
    FoldFormat::plain(FoldLayout::Parquet),
    FoldFormat::plain(FoldLayout::Segments),
    FoldFormat::plain(FoldLayout::Tsv),
    FoldFormat::plain(FoldLayout::Ss2),
    FoldFormat::plain(FoldLayout::Horiz),
    FoldFormat::plain(FoldLayout::Fasta),
    FoldFormat::plain(FoldLayout::Gff3),
    FoldFormat::plain(FoldLayout::Jsonl),
    FoldFormat::gzip(FoldLayout::Segments),
    FoldFormat::gzip(FoldLayout::Tsv),
    FoldFormat::gzip(FoldLayout::Ss2),
    FoldFormat::gzip(FoldLayout::Horiz),
    FoldFormat::gzip(FoldLayout::Fasta),
    FoldFormat::gzip(FoldLayout::Gff3),
    FoldFormat::gzip(FoldLayout::Jsonl),
];

impl FoldFormat {
    /// The format of standard output when none is named.
    pub const TSV: Self = Self::plain(FoldLayout::Tsv);

    const fn plain(layout: FoldLayout) -> Self {
        Self { layout, gzip: false }
    }

    const fn gzip(layout: FoldLayout) -> Self {
        Self { layout, gzip: true }
    }

    /// The endings that name the format, in lower case, the name that `--format` shows first.
    fn endings(self) -> &'static [&'static str] {
        match (self.layout, self.gzip) {
            (FoldLayout::Parquet, _) => &["parquet"],
            (FoldLayout::Segments, false) => &["segments", "segments.tsv"],
            (FoldLayout::Segments, true) => &["segments.gz", "segments.tsv.gz"],
            (FoldLayout::Tsv, false) => &["tsv"],
            (FoldLayout::Tsv, true) => &["tsv.gz"],
            (FoldLayout::Ss2, false) => &["ss2"],
            (FoldLayout::Ss2, true) => &["ss2.gz"],
            (FoldLayout::Horiz, false) => &["horiz"],
            (FoldLayout::Horiz, true) => &["horiz.gz"],
            (FoldLayout::Fasta, false) => &["fasta", "fa", "fas"],
            (FoldLayout::Fasta, true) => &["fasta.gz", "fa.gz", "fas.gz"],
            (FoldLayout::Gff3, false) => &["gff3", "gff"],
            (FoldLayout::Gff3, true) => &["gff3.gz", "gff.gz"],
            (FoldLayout::Jsonl, false) => &["jsonl"],
            (FoldLayout::Jsonl, true) => &["jsonl.gz"],
        }
    }

    /// Chooses the format by the ending of a file name, in either case.
    ///
    /// # Errors
    /// [`ReportError::UnknownFormat`] when the name has no known ending.
    pub fn from_path(path: &Path) -> Result<Self, ReportError> {
        by_ending(path, &ALL, Self::endings)
    }

    /// The name that `--format` takes.
    pub fn name(self) -> &'static str {
        self.endings()[0]
    }

    /// The names of all formats, as `--format` takes them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.into_iter().map(Self::name)
    }

    /// Whether the text is gzip-compressed.
    pub fn is_gzip(self) -> bool {
        self.gzip
    }

    /// Whether the format has room for helix, strand and coil only.
    pub fn holds_three_states(self) -> bool {
        matches!(self.layout, FoldLayout::Ss2 | FoldLayout::Horiz)
    }

    /// The length in residues up to which the format has the columns that its readers expect; `None` when it has them
    /// at any length. PSIPRED's vertical form keeps four columns for the residue number.
    pub fn longest_chain(self) -> Option<u64> {
        (self.layout == FoldLayout::Ss2).then_some(9999)
    }
}

impl fmt::Display for FoldFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FoldFormat {
    type Err = ReportError;

    fn from_str(name: &str) -> Result<Self, ReportError> {
        by_name(name, &ALL, Self::endings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_file_name_chooses_the_format() -> Result<(), ReportError> {
        for (name, format) in [
            ("out/a.parquet", "parquet"),
            ("a.tsv", "tsv"),
            ("a.b.TSV.GZ", "tsv.gz"),
            ("a.segments.tsv", "segments"),
            ("a.segments.tsv.gz", "segments.gz"),
            ("a.ss2", "ss2"),
            ("a.horiz", "horiz"),
            ("a.fa", "fasta"),
            ("a.fas", "fasta"),
            ("a.fasta.gz", "fasta.gz"),
            ("a.gff", "gff3"),
            ("a.gff3.gz", "gff3.gz"),
            ("a.jsonl", "jsonl"),
        ] {
            assert_eq!(FoldFormat::from_path(Path::new(name))?.name(), format, "{name}");
        }
        for name in ["-", "out", "a.txt", "a.gz", "a.parquet.gz", "segments"] {
            let message = FoldFormat::from_path(Path::new(name)).unwrap_err().to_string();
            assert!(message.contains("parquet, segments"), "{message}");
        }
        Ok(())
    }

    #[test]
    fn every_name_parses_to_its_format() -> Result<(), ReportError> {
        for name in FoldFormat::names() {
            let format: FoldFormat = name.parse()?;
            assert_eq!(format.to_string(), name);
            assert_eq!(FoldFormat::from_path(&Path::new("out").with_extension(name))?, format);
            assert_eq!(format.is_gzip(), name.split('.').next_back() == Some("gz"));
        }
        Ok(())
    }
}
