//! The lines of a motif file, and how to complain about them.

use std::path::Path;

use processive_core::{Motif, MotifError};

use super::MotifFormat;
use crate::{IngestError, Place, error::excerpt};

/// The lines of a motif file without blanks at their ends.
pub(super) struct MotifText<'a> {
    path: &'a Path,
    lines: Vec<&'a str>,
}

/// A line of the file, with its place from 0.
pub(super) type Line<'a> = (usize, &'a str);

impl<'a> MotifText<'a> {
    pub(super) fn new(path: &'a Path, contents: &'a [u8]) -> Result<Self, IngestError> {
        let contents = contents.strip_prefix(b"\xef\xbb\xbf").unwrap_or(contents);
        let line = |(at, line): (usize, &'a [u8])| {
            let line = line.trim_ascii();
            std::str::from_utf8(line).map_err(|_| IngestError::NotText {
                place: Place::new(path, at as u64 + 1),
                bytes: excerpt(line),
            })
        };
        let contents = contents.strip_suffix(b"\n").unwrap_or(contents);
        let lines = contents.split(|&byte| byte == b'\n').enumerate().map(line);
        Ok(Self {
            path,
            lines: lines.collect::<Result<_, _>>()?,
        })
    }

    /// The lines, empty ones included.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        self.lines.iter().copied().enumerate()
    }

    /// The format that the first line with something in it tells; `#` begins a comment.
    pub(super) fn format(&self) -> Result<MotifFormat, IngestError> {
        let mut lines = self
            .lines()
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let Some((at, line)) = lines.next() else {
            return Err(self.empty());
        };
        match line.split_ascii_whitespace().next() {
            Some("MEME") => Ok(MotifFormat::Meme),
            _ if line.starts_with('>') => Ok(MotifFormat::Jaspar),
            Some(word) if is_transfac_key(word) => Ok(MotifFormat::Transfac),
            _ => {
                let expected = "expected a motif file, which begins with 'MEME version' (MEME), '>' (JASPAR) or a key \
                                like 'AC' or 'ID' (TRANSFAC)";
                Err(self.invalid(at, "", expected, line))
            }
        }
    }

    pub(super) fn empty(&self) -> IngestError {
        IngestError::Empty {
            path: self.path.to_owned(),
            expected: "motif",
        }
    }

    /// A complaint about a line, which belongs to a motif unless its accession is empty.
    pub(super) fn invalid(&self, at: usize, motif: &str, problem: &'static str, found: &str) -> IngestError {
        const SHOWN: usize = 60;
        IngestError::InvalidMotifFile {
            place: Place::new(self.path, at as u64 + 1),
            motif: motif.to_owned(),
            problem,
            found: found.chars().take(SHOWN).collect(),
        }
    }

    /// The line behind the last one, for what is missing there.
    pub(super) fn end(&self) -> Line<'static> {
        (self.lines.len(), "the end of the file")
    }

    /// Names the line at which a matrix begins that is no motif.
    pub(super) fn checked(&self, at: usize, motif: Result<Motif, MotifError>) -> Result<Motif, IngestError> {
        motif.map_err(|source| IngestError::InvalidMotif {
            place: Place::new(self.path, at as u64 + 1),
            source,
        })
    }
}

fn is_transfac_key(word: &str) -> bool {
    word.len() == 2
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// A matrix of counts, or of probabilities when all its positions sum to 1 and not all numbers are written whole.
pub(super) fn counts_or_probabilities(
    (id, name): (&str, &str),
    columns: Vec<[f64; 4]>,
    is_whole: bool,
) -> Result<Motif, MotifError> {
    const ROUNDING: f64 = 0.02;
    let sums_to_one = |column: &[f64; 4]| (column.iter().sum::<f64>() - 1.0).abs() <= ROUNDING;
    if !is_whole && columns.iter().all(sums_to_one) {
        Motif::new(id, name, columns)
    } else {
        Motif::from_counts(id, name, &columns)
    }
}

/// Whether a number is written without fraction and exponent.
pub(super) fn is_whole(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a count or a probability.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
}
