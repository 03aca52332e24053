//! The rows of a scan as the documentation defines them: everything in memory, one window at a time.

use processive_predict::StrandRule;

use crate::toy::{Row, checksum};

/// A contig of a test genome.
pub(crate) type Letters<'a> = (&'a str, &'a [u8]);

/// The number of classes of [`checksum`] in tests.
pub(crate) const CLASSES: usize = 2;

fn code(letter: u8) -> u8 {
    match letter.to_ascii_uppercase() {
        b'A' => 0,
        b'C' => 1,
        b'G' => 2,
        b'T' | b'U' => 3,
        _ => 4,
    }
}

fn opposite(codes: &[u8]) -> Vec<u8> {
    let partner = |&code: &u8| if code == 4 { 4 } else { 3 - code };
    codes.iter().rev().map(partner).collect()
}

/// The codes of the `width` bases from `centre - width / 2` on, unknown outside the contig.
fn window(letters: &[u8], centre: usize, width: usize) -> Vec<u8> {
    let at = |k: usize| {
        (centre + k)
            .checked_sub(width / 2)
            .and_then(|position| letters.get(position))
    };
    (0..width).map(|k| at(k).map_or(4, |&letter| code(letter))).collect()
}

/// The rows of one contig and the number of its bins without a known base.
fn contig_rows((name, letters): Letters, bin: usize, width: usize, strand: StrandRule) -> (Vec<Row>, u64) {
    let (mut rows, mut skipped) = (Vec::new(), 0);
    for start in (0..letters.len()).step_by(bin) {
        let end = (start + bin).min(letters.len());
        if letters[start..end].iter().all(|&letter| code(letter) == 4) {
            skipped += 1;
            continue;
        }
        let plus = window(letters, start + bin / 2, width);
        let minus = opposite(&plus);
        let mut scores = Vec::new();
        for class in 0..CLASSES {
            let (plus, minus) = (checksum(&plus, class), checksum(&minus, class));
            match strand {
                StrandRule::Both => scores.extend([0.5 * plus + 0.5 * minus, plus, minus]),
                StrandRule::Plus => scores.push(plus),
            }
        }
        rows.push(Row {
            chrom: name.to_owned(),
            start: start as u64,
            end: end as u64,
            scores,
        });
    }
    (rows, skipped)
}

/// The rows of a genome and the number of bins without one.
pub(crate) fn genome_rows(genome: &[Letters], bin: usize, width: usize, strand: StrandRule) -> (Vec<Row>, u64) {
    let (mut rows, mut skipped) = (Vec::new(), 0);
    for &contig in genome {
        let (more, missing) = contig_rows(contig, bin, width, strand);
        rows.extend(more);
        skipped += missing;
    }
    (rows, skipped)
}
