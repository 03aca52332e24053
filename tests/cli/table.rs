//! Scans as rows.

use processive_core::alphabet::UNKNOWN;
use processive_encode::{PaddedBatch, encode_dna};
use processive_models::Model;

/// One row of a scan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) chrom: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) scores: Vec<f32>,
}

/// Reads a TSV scan: its column names and its rows.
pub(crate) fn read_tsv(text: &str) -> (Vec<String>, Vec<Row>) {
    let mut lines = text.lines();
    let names = lines.next().unwrap().split('\t').map(str::to_owned).collect();
    (names, lines.map(read_row).collect())
}

/// Reads lines without a heading: bedGraph.
pub(crate) fn read_rows(text: &str) -> Vec<Row> {
    text.lines().map(read_row).collect()
}

fn read_row(line: &str) -> Row {
    let fields: Vec<&str> = line.split('\t').collect();
    Row {
        chrom: fields[0].to_owned(),
        start: fields[1].parse().unwrap(),
        end: fields[2].parse().unwrap(),
        scores: fields[3..].iter().map(|score| score.parse().unwrap()).collect(),
    }
}

/// The rows of a scan on both strands by definition, one window at a time: mean, plus, minus.
pub(crate) fn by_definition<S: AsRef<str>>(model: &Model, contigs: &[(&str, S)], bin: usize) -> Vec<Row> {
    let window = model.description().window;
    let mut rows = Vec::new();
    for (name, letters) in contigs {
        let codes = encode_dna(letters.as_ref().as_bytes());
        // Unknown bases on both sides, so that every window lies inside; the contig begins at `window`.
        let padded = [&vec![UNKNOWN; window][..], &codes, &vec![UNKNOWN; window + bin]].concat();
        for start in (0..codes.len()).step_by(bin) {
            let end = codes.len().min(start + bin);
            if codes[start..end].iter().all(|&code| code == UNKNOWN) {
                continue;
            }
            let first = window + start + bin / 2 - window / 2;
            let around = &padded[first..first + window];
            let batch = PaddedBatch::new(&[around]).unwrap();
            let plus = model.probabilities(&batch)[0];
            let minus = model.probabilities(&batch.reverse_complement())[0];
            rows.push(Row {
                chrom: (*name).to_owned(),
                start: start as u64,
                end: end as u64,
                scores: vec![f32::midpoint(plus, minus), plus, minus],
            });
        }
    }
    rows
}

/// Places must be equal; scores may differ by rounding, since windows are scored in batches of other sizes.
pub(crate) fn assert_same(found: &[Row], expected: &[Row]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let place = |row: &Row| (row.chrom.clone(), row.start, row.end);
        assert_eq!(place(found), place(expected));
        assert_eq!(found.scores.len(), expected.scores.len());
        // Sums of some f32 products near 1, put through a sigmoid whose slope is at most 20 / 4: well below 1e-5.
        let is_near = found
            .scores
            .iter()
            .zip(&expected.scores)
            .all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(is_near, "{found:?} is not {expected:?}");
    }
}
