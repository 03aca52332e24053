//! Scans that write the best sites instead of every bin.

use std::path::Path;

use processive_encode::PaddedBatch;
use processive_predict::{NoProgress, PredictError, ScanRequest, StrandRule, TopSites, WindowScorer, scan};
use processive_report::{Calls, ReportError, ScanOptions, TableFormat, create_scan_writer};

use crate::definition::{CLASSES, genome_rows};
use crate::toy::{Checksum, Row, bases, collect, fasta, nonzero};

const WINDOW: usize = 30;
const BIN: usize = 10;

/// The best sites of rows by definition: no row of the contig within a window is better, or as good and earlier.
fn by_definition(rows: &[Row], limit: usize, score: impl Fn(&Row) -> f32) -> Vec<Row> {
    let beats = |a: usize, b: usize| score(&rows[b]).total_cmp(&score(&rows[a])).then(a.cmp(&b)).is_lt();
    let near = |a: usize, b: usize| {
        rows[a].chrom == rows[b].chrom && rows[a].start.abs_diff(rows[b].start) < WINDOW as u64 && a != b
    };
    let mut sites: Vec<usize> = (0..rows.len())
        .filter(|&site| !(0..rows.len()).any(|other| near(site, other) && beats(other, site)))
        .collect();
    sites.sort_by(|&a, &b| score(&rows[b]).total_cmp(&score(&rows[a])).then(a.cmp(&b)));
    sites.truncate(limit);
    sites.sort_unstable();
    sites.into_iter().map(|site| rows[site].clone()).collect()
}

#[test]
fn the_rows_of_the_best_sites_come_in_genome_order() -> Result<(), PredictError> {
    let (b, a) = (bases(900, 1), bases(700, 2));
    let genome = [("b", &b[..]), ("a", &a[..]), ("short", b"ACGTA")];
    let file = fasta(&genome, 60);
    let scorer = Checksum { window: WINDOW };
    let (rows, _) = genome_rows(&genome, BIN, WINDOW, StrandRule::Both);
    let mean = |row: &Row| (row.scores[0] + row.scores[3]) / CLASSES as f32;
    for limit in [0, 1, 7, 1000] {
        for column in [None, Some(1), Some(3)] {
            let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(BIN));
            request.top = Some(TopSites { limit, column });
            request.threads = nonzero(3);
            request.batch_size = Some(nonzero(7));
            let (summary, found, _) = collect(&request)?;
            let expected = by_definition(&rows, limit, |row| {
                column.map_or(mean(row), |column| row.scores[column])
            });
            assert_eq!(found, expected, "{limit} by {column:?}");
            assert_eq!(
                (summary.sites, summary.bins),
                (Some(found.len() as u64), rows.len() as u64)
            );
        }
    }
    Ok(())
}

/// Scores one window with a number that is none.
struct Broken;

impl WindowScorer for Broken {
    fn window(&self) -> usize {
        WINDOW
    }

    fn classes(&self) -> usize {
        1
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        let is_n = |window: &[u8]| if window.contains(&4) { f32::NAN } else { 0.5 };
        batch.sequences().map(is_n).collect()
    }
}

#[test]
fn a_score_that_is_no_number_is_an_error_though_it_would_not_be_written() {
    let mut letters = bases(500, 3);
    letters[250] = b'N';
    let file = fasta(&[("c", &letters)], 60);
    let mut request = ScanRequest::with_scorer(file.path(), &Broken, nonzero(BIN));
    request.top = Some(TopSites { limit: 1, column: None });
    let options = ScanOptions {
        calls: Some(Calls::EachRow),
        ..ScanOptions::default()
    };
    let schema = request.strand.schema(&["p"]);
    let writer = create_scan_writer(Path::new("/dev/null"), TableFormat::Tsv, &schema, &options).unwrap();
    let error = scan(&request, writer, &NoProgress).unwrap_err();
    assert!(
        matches!(error, PredictError::Write(ReportError::NotFinite { .. })),
        "{error}"
    );
}
