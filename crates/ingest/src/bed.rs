//! Peaks: BED3, BED6 and narrowPeak.

use std::path::Path;

use processive_core::{Peak, Region, Strand};

use crate::{IngestError, Place, lines::Lines};

/// The columns of narrowPeak; a BED file does not have this many (BED9 and BED12 do not clash).
const NARROW_PEAK: usize = 10;

/// Reads peaks from BED (three columns or more: contig, start, end, name, score, strand) or narrowPeak (ten
/// columns: the score is the signal value, the summit column 10); `track`, `browser`, `#` and blank lines are
/// skipped.
///
/// Columns are separated by tabs, or by any blanks on lines without a tab. A score or a strand that cannot be
/// read is left out, and their number is logged: nothing depends on them.
///
/// # Errors
/// - [`IngestError::TooFewColumns`], [`IngestError::InvalidNumber`], [`IngestError::ReversedPeak`],
///   [`IngestError::EmptyPeak`], [`IngestError::SummitOutsidePeak`] with the line;
/// - [`IngestError::Empty`] without a peak;
/// - [`IngestError::NotText`] and as [`open`](crate::open).
pub fn read_peaks(path: &Path) -> Result<Vec<Peak>, IngestError> {
    let mut lines = Lines::open(path)?;
    let mut peaks = Vec::new();
    let mut odd = 0u64;
    loop {
        let number = lines.number() + 1;
        let Some(line) = lines.next_line()? else { break };
        if is_peak(line) {
            peaks.push(parse_peak(line, &mut odd, || Place::new(path, number))?);
        }
    }
    if peaks.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
            expected: "peak (contig, start, end)",
        });
    }
    if odd > 0 {
        log::warn!(
            "{}: {odd} scores or strands cannot be read and are left out",
            path.display()
        );
    }
    Ok(peaks)
}

fn is_peak(line: &str) -> bool {
    let first = line.split_ascii_whitespace().next();
    !matches!(first, None | Some("track" | "browser")) && !line.starts_with('#')
}

/// Reads one line; `odd` counts scores and strands that cannot be read.
fn parse_peak(line: &str, odd: &mut u64, place: impl Fn() -> Place) -> Result<Peak, IngestError> {
    let fields: Vec<&str> = if line.contains('\t') {
        line.split('\t').map(str::trim).collect()
    } else {
        line.split_ascii_whitespace().collect()
    };
    let &[contig, start, end, ref rest @ ..] = fields.as_slice() else {
        return Err(IngestError::TooFewColumns {
            place: place(),
            found: fields.len(),
            expected: "3 (contig, start, end)",
        });
    };
    let start = parse_coordinate(start, "start", &place)?;
    let end = parse_coordinate(end, "end", &place)?;
    if start == end {
        return Err(IngestError::EmptyPeak { place: place(), start });
    }
    let region =
        Region::new(contig, start, end).map_err(|source| IngestError::ReversedPeak { place: place(), source })?;
    let is_narrow_peak = fields.len() == NARROW_PEAK;
    let score = if is_narrow_peak { rest.get(3) } else { rest.get(1) };
    Ok(Peak {
        summit: if is_narrow_peak {
            parse_summit(fields[9], &region, &place)?
        } else {
            None
        },
        region,
        name: rest
            .first()
            .filter(|name| !is_absent(name))
            .map(|&name| name.to_owned()),
        score: score.and_then(|score| parse_score(score, odd)),
        strand: rest
            .get(2)
            .map_or(Strand::Unstranded, |strand| parse_strand(strand, odd)),
    })
}

/// Reads a coordinate: digits only.
fn parse_coordinate(text: &str, column: &'static str, place: &impl Fn() -> Place) -> Result<u64, IngestError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(|| IngestError::InvalidNumber {
        place: place(),
        column,
        value: text.to_owned(),
        expected: if text.starts_with('-') {
            "a position: it is negative"
        } else {
            "a whole number"
        },
    })
}

/// Reads the summit's offset; -1 means that there is none.
fn parse_summit(text: &str, region: &Region, place: &impl Fn() -> Place) -> Result<Option<u64>, IngestError> {
    if text == "-1" || is_absent(text) {
        return Ok(None);
    }
    let summit = parse_coordinate(text, "summit", place)?;
    if summit >= region.len() {
        return Err(IngestError::SummitOutsidePeak {
            place: place(),
            summit,
            length: region.len(),
        });
    }
    Ok(Some(summit))
}

fn parse_score(text: &str, odd: &mut u64) -> Option<f64> {
    if is_absent(text) {
        return None;
    }
    let score = text.parse::<f64>().ok().filter(|score| !score.is_nan());
    *odd += u64::from(score.is_none());
    score
}

fn parse_strand(text: &str, odd: &mut u64) -> Strand {
    match text {
        "+" => Strand::Plus,
        "-" => Strand::Minus,
        _ => {
            *odd += u64::from(!is_absent(text));
            Strand::Unstranded
        }
    }
}

fn is_absent(text: &str) -> bool {
    matches!(text, "" | ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<(Peak, u64), IngestError> {
        let mut odd = 0;
        let peak = parse_peak(line, &mut odd, || Place::new(Path::new("x.bed"), 7))?;
        Ok((peak, odd))
    }

    #[test]
    fn the_number_of_columns_decides_the_format() -> Result<(), IngestError> {
        let plain = |region: Region| Peak {
            region,
            summit: None,
            name: None,
            score: None,
            strand: Strand::Unstranded,
        };
        let region = || Region::new("chr1", 9, 20).unwrap();
        let named = |score, strand, summit| Peak {
            name: Some("p".to_owned()),
            score,
            strand,
            summit,
            ..plain(region())
        };
        let cases = [
            ("chr1\t9\t20", plain(region())),
            ("chr1 9   20", plain(region())),
            ("chr1\t9\t20\t.\t.\t.", plain(region())),
            ("chr1\t9\t20\tp", named(None, Strand::Unstranded, None)),
            ("chr1\t9\t20\tp\t7.5", named(Some(7.5), Strand::Unstranded, None)),
            ("chr1\t9\t20\tp\t7\t-", named(Some(7.0), Strand::Minus, None)),
            ("chr1\t9\t20\tp\t7\t+\t1\t2\t3", named(Some(7.0), Strand::Plus, None)),
            (
                "chr1\t9\t20\tp\t7\t+\t3.5\t2\t1\t4",
                named(Some(3.5), Strand::Plus, Some(4)),
            ),
            (
                "chr1\t9\t20\tp\t7\t.\t3.5\t-1\t-1\t-1",
                named(Some(3.5), Strand::Unstranded, None),
            ),
            (
                "chr1\t9\t20\tp\t7\t+\t9\t20\t0\t1\t11,\t0,",
                named(Some(7.0), Strand::Plus, None),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parse(line)?, (expected, 0), "{line}");
        }
        Ok(())
    }

    #[test]
    fn odd_scores_and_strands_are_counted() -> Result<(), IngestError> {
        let (peak, odd) = parse("chr1\t9\t20\tp\tENSG01\tforward")?;
        assert_eq!((peak.score, peak.strand, odd), (None, Strand::Unstranded, 2));
        Ok(())
    }

    #[test]
    fn broken_lines_are_named_with_their_value() {
        let cases = [
            (
                "chr1\t9",
                "x.bed, line 7: 2 columns, but 3 (contig, start, end) are needed",
            ),
            (
                "chr1",
                "x.bed, line 7: 1 columns, but 3 (contig, start, end) are needed",
            ),
            ("chr1\tstart\tend", "x.bed, line 7: start 'start' is not a whole number"),
            ("chr1\t1e3\t2000", "x.bed, line 7: start '1e3' is not a whole number"),
            ("chr1\t1\t2,000", "x.bed, line 7: end '2,000' is not a whole number"),
            ("chr1\t\t2", "x.bed, line 7: start '' is not a whole number"),
            (
                "chr1\t1\t99999999999999999999",
                "x.bed, line 7: end '99999999999999999999' is not a whole number",
            ),
            (
                "chr1\t-5\t20",
                "x.bed, line 7: start '-5' is not a position: it is negative",
            ),
            ("chr1\t+5\t20", "x.bed, line 7: start '+5' is not a whole number"),
            ("chr1\t30\t20", "x.bed, line 7: the peak ends before it starts"),
            (
                "chr1\t20\t20",
                "x.bed, line 7: the peak covers no base: start and end are both 20 (BED counts from 0 and excludes \
                 the end)",
            ),
            (
                "c\t9\t20\tp\t7\t+\t3.5\t2\t1\t11",
                "x.bed, line 7: summit offset 11 lies outside the peak of 11 bases",
            ),
            (
                "c\t9\t20\tp\t7\t+\t3.5\t2\t1\tx",
                "x.bed, line 7: summit 'x' is not a whole number",
            ),
        ];
        for (line, message) in cases {
            assert_eq!(parse(line).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn track_lines_comments_and_blank_lines_are_no_peaks() {
        for line in [
            "",
            "  ",
            "track name=x",
            "browser position chr1:1-2",
            "#chr1\t1\t2",
            "track",
        ] {
            assert!(!is_peak(line), "{line}");
        }
        for line in ["chr1\t1\t2", "tracked\t1\t2", "browser_contig 1 2"] {
            assert!(is_peak(line), "{line}");
        }
    }
}
