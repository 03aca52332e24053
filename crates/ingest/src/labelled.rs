//! FASTA files whose records have labels.

use std::path::Path;

use processive_core::{LabelledExample, Region};

use crate::{IngestError, fasta::read_headed};

/// Reads a FASTA file whose headers are labels: `>0` or `>1` and nothing else. An example is named `file:line`.
///
/// # Errors
/// - [`IngestError::InvalidLabel`] for another header;
/// - as [`read_fasta`](crate::read_fasta).
pub fn read_labelled_fasta(path: &Path) -> Result<Vec<LabelledExample>, IngestError> {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let label = |header: &[u8]| match header {
        b"0" => Some(false),
        b"1" => Some(true),
        _ => None,
    };
    let examples = read_headed(path)?.into_iter().map(|headed| {
        let Some(label) = label(&headed.header) else {
            return Err(IngestError::InvalidLabel {
                place: headed.place,
                value: String::from_utf8_lossy(&headed.header).into_owned(),
            });
        };
        Ok(LabelledExample {
            name: format!("{file}:{}", headed.place.line),
            sequence: headed.record.sequence,
            label,
            region: None,
        })
    });
    examples.collect()
}

/// Reads a FASTA file of bound sequences and one of sequences that are not bound; names may repeat.
///
/// A header that is an interval, as bedtools or samtools write it (`chr1:100-300`), gives the example its region:
/// the sequence's length tells 0-based half-open from 1-based closed.
///
/// # Errors
/// As [`read_fasta`](crate::read_fasta).
pub fn read_positives_negatives(pos: &Path, neg: &Path) -> Result<Vec<LabelledExample>, IngestError> {
    let mut examples = Vec::new();
    for (path, label) in [(pos, true), (neg, false)] {
        let labelled = read_headed(path)?.into_iter().map(|headed| LabelledExample {
            region: interval(&headed.record.name, headed.record.sequence.len() as u64),
            name: headed.record.name,
            sequence: headed.record.sequence,
            label,
        });
        examples.extend(labelled);
    }
    Ok(examples)
}

/// Reads the interval in a header, such as `peak7::chr1:100-300(+)`, when it fits the sequence's length.
fn interval(header: &str, length: u64) -> Option<Region> {
    let text = header.rsplit_once("::").map_or(header, |(_, interval)| interval);
    let text = ["(+)", "(-)", "(.)"]
        .iter()
        .find_map(|strand| text.strip_suffix(strand))
        .unwrap_or(text);
    let (contig, span) = text.rsplit_once(':')?;
    let (start, end) = span.split_once('-')?;
    let (start, end): (u64, u64) = (start.parse().ok()?, end.parse().ok()?);
    let start = match end.checked_sub(start)? {
        half_open if half_open == length => start,
        closed if closed + 1 == length => start.checked_sub(1)?,
        _ => return None,
    };
    Region::new(contig, start, end).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_tells_how_a_header_counts() {
        let region = |start, end| Some(Region::new("chr1", start, end).unwrap());
        let cases = [
            ("chr1:100-300", 200, region(100, 300)),
            ("chr1:101-300", 200, region(100, 300)),
            ("chr1:1-200", 200, region(0, 200)),
            ("chr1:0-200(+)", 200, region(0, 200)),
            ("peak::chr1:100-300(-)", 200, region(100, 300)),
            ("chr1:100-300", 150, None),
            ("chr1:0-199", 200, None),
            ("chr1:300-100", 200, None),
            ("chr1:a-b", 200, None),
            ("read_7", 200, None),
        ];
        for (header, length, expected) in cases {
            assert_eq!(interval(header, length), expected, "{header} {length}");
        }
    }
}
