//! Places on a genome.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Contig;

/// A stretch of a contig, 0-based and half-open: `start <= end`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Region {
    contig: String,
    start: u64,
    end: u64,
}

/// Why a text or a pair of numbers is not a region.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegionError {
    /// The end lies before the start.
    #[error("region on {contig} ends at {end}, before its start {start} (0-based)")]
    Reversed {
        /// The contig.
        contig: String,
        /// The 0-based start.
        start: u64,
        /// The 0-based end, excluded.
        end: u64,
    },
    /// No contig has the name that the text gives.
    #[error(
        "no contig fits region '{text}'; the genome has {}; a region is written NAME, NAME:START or NAME:START-END, 1-based and closed",
        summarise(known)
    )]
    UnknownContig {
        /// The text.
        text: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// The numbers do not fit a contig.
    #[error("region '{text}' does not lie in {contig} ({length} bases, 1-{length})")]
    OutsideContig {
        /// The text.
        text: String,
        /// The contig.
        contig: String,
        /// Its length in bases.
        length: u64,
    },
}

/// Lists the first names of a genome, so that a message stays readable.
fn summarise(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}

impl Region {
    /// Creates a region from 0-based half-open coordinates.
    ///
    /// # Errors
    /// [`RegionError::Reversed`] when `end < start`.
    pub fn new(contig: impl Into<String>, start: u64, end: u64) -> Result<Self, RegionError> {
        let contig = contig.into();
        if end < start {
            return Err(RegionError::Reversed { contig, start, end });
        }
        Ok(Self { contig, start, end })
    }

    /// Creates the region that covers a whole contig.
    pub fn whole(contig: &Contig) -> Self {
        Self {
            contig: contig.name.clone(),
            start: 0,
            end: contig.length,
        }
    }

    /// Reads samtools' text form, 1-based and closed, commas allowed: `chr1`, `chr1:101`, `chr1:101-200`.
    ///
    /// The text is resolved against the contigs of a genome, so names that hold a colon (`HLA-A*01:01`)
    /// work, and an end past the contig's end is cut to it.
    ///
    /// # Errors
    /// - [`RegionError::UnknownContig`] when no contig fits;
    /// - [`RegionError::OutsideContig`] when the start is 0, past the end, or after the region's end.
    pub fn parse(text: &str, contigs: &[Contig]) -> Result<Self, RegionError> {
        let find = |name: &str| contigs.iter().find(|contig| contig.name == name);
        if let Some(contig) = find(text) {
            return Ok(Self::whole(contig));
        }
        let resolved = text.rsplit_once(':').and_then(|(name, span)| {
            let (first, last) = parse_span(span)?;
            Some((find(name)?, first, last))
        });
        let Some((contig, first, last)) = resolved else {
            return Err(RegionError::UnknownContig {
                text: text.to_owned(),
                known: contigs.iter().map(|contig| contig.name.clone()).collect(),
            });
        };
        let last = last.unwrap_or(contig.length).min(contig.length);
        if first == 0 || first > last {
            return Err(RegionError::OutsideContig {
                text: text.to_owned(),
                contig: contig.name.clone(),
                length: contig.length,
            });
        }
        Ok(Self {
            contig: contig.name.clone(),
            start: first - 1,
            end: last,
        })
    }

    /// The contig's name.
    pub fn contig(&self) -> &str {
        &self.contig
    }

    /// The first base, 0-based.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The base after the last, 0-based.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The length in bases.
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether the region holds no base.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether two regions share a base.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contig == other.contig && self.start.max(other.start) < self.end.min(other.end)
    }
}

/// Reads `101`, `101-` or `101-200`, with commas.
fn parse_span(span: &str) -> Option<(u64, Option<u64>)> {
    let number = |text: &str| text.replace(',', "").parse::<u64>().ok();
    match span.split_once('-') {
        None => Some((number(span)?, None)),
        Some((first, "")) => Some((number(first)?, None)),
        Some((first, last)) => Some((number(first)?, Some(number(last)?))),
    }
}

impl fmt::Display for Region {
    /// Writes samtools' text form, 1-based and closed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}-{}", self.contig, self.start + 1, self.end)
    }
}

/// The strand of a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Strand {
    /// As the genome is written: `+`.
    Plus,
    /// The reverse complement: `-`.
    Minus,
    /// Not known or not meaningful: `.`.
    #[default]
    Unstranded,
}

impl fmt::Display for Strand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Unstranded => ".",
        })
    }
}

/// A peak of a binding experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// Where it lies.
    pub region: Region,
    /// The offset of the summit from the region's start, when the file gives one (narrowPeak column 10).
    pub summit: Option<u64>,
    /// The name column, when there is one.
    pub name: Option<String>,
    /// The score column (BED 5) or signal value (narrowPeak 7), when there is one.
    pub score: Option<f64>,
    /// The strand column.
    pub strand: Strand,
}

impl Peak {
    /// The 0-based base that a window is centred on: the summit, else the middle of the region.
    pub fn centre(&self) -> u64 {
        self.region.start + self.summit.unwrap_or(self.region.len() / 2)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn genome() -> Vec<Contig> {
        vec![Contig::new("chr1", 1000), Contig::new("HLA-A*01:01", 50)]
    }

    #[test]
    fn samtools_text_is_one_based_and_closed() -> Result<(), RegionError> {
        let cases = [
            ("chr1", ("chr1", 0, 1000)),
            ("chr1:101", ("chr1", 100, 1000)),
            ("chr1:101-", ("chr1", 100, 1000)),
            ("chr1:101-200", ("chr1", 100, 200)),
            ("chr1:1-1", ("chr1", 0, 1)),
            ("chr1:1-9,999", ("chr1", 0, 1000)),
            ("HLA-A*01:01", ("HLA-A*01:01", 0, 50)),
            ("HLA-A*01:01:2-3", ("HLA-A*01:01", 1, 3)),
        ];
        for (text, (contig, start, end)) in cases {
            assert_eq!(
                Region::parse(text, &genome())?,
                Region::new(contig, start, end)?,
                "{text}"
            );
        }
        Ok(())
    }

    #[test]
    fn text_that_is_no_region_is_refused() {
        for text in ["chr2", "chr2:1-5", "chr1:a-b", "", "chr1:"] {
            let error = Region::parse(text, &genome()).unwrap_err();
            assert!(matches!(error, RegionError::UnknownContig { .. }), "{text}");
        }
        for text in ["chr1:0-5", "chr1:7-6", "chr1:1001-1002"] {
            let error = Region::parse(text, &genome()).unwrap_err();
            assert!(matches!(error, RegionError::OutsideContig { .. }), "{text}");
        }
    }

    #[test]
    fn regions_overlap_when_they_share_a_base() -> Result<(), RegionError> {
        let overlap = |a: (u64, u64), b: (u64, u64)| -> Result<bool, RegionError> {
            let (a, b) = (Region::new("c", a.0, a.1)?, Region::new("c", b.0, b.1)?);
            assert_eq!(a.overlaps(&b), b.overlaps(&a));
            Ok(a.overlaps(&b))
        };
        assert!(overlap((0, 5), (4, 9))?);
        assert!(!overlap((0, 5), (5, 9))?);
        assert!(!overlap((3, 3), (0, 9))?, "an empty region holds no base to share");
        assert!(!Region::new("c", 0, 9)?.overlaps(&Region::new("d", 0, 9)?));
        Ok(())
    }

    #[test]
    fn the_centre_is_the_summit_or_the_middle() -> Result<(), RegionError> {
        let peak = |summit| -> Result<u64, RegionError> {
            Ok(Peak {
                region: Region::new("chr1", 10, 21)?,
                summit,
                name: None,
                score: None,
                strand: Strand::Unstranded,
            }
            .centre())
        };
        assert_eq!(peak(None)?, 15);
        assert_eq!(peak(Some(2))?, 12);
        Ok(())
    }

    proptest! {
        #[test]
        fn text_form_round_trips(start in 0u64..999, length in 1u64..1000) {
            let end = (start + length).min(1000);
            let region = Region::new("chr1", start, end).unwrap();
            prop_assert_eq!(Region::parse(&region.to_string(), &genome()).unwrap(), region);
        }
    }
}
