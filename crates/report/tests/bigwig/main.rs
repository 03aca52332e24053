//! Scans written as bigWig.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed; clippy takes only #[test] functions for tests"
)]

mod reader;
mod refusals;
mod values;
mod zooms;

use std::path::Path;

use processive_core::Contig;
use processive_report::{Provenance, ReportError, ScanOptions, ScanRows, ScanSchema, TableFormat, create_scan_writer};

/// Consecutive rows of a contig: start, end, value.
type Rows<'a> = (&'a str, Vec<(u64, u64, f32)>);

/// Writes the second of two columns, `block` rows at a time.
fn write(
    path: &Path,
    contigs: &[Contig],
    table: &[Rows<'_>],
    block: usize,
    precision: Option<u8>,
) -> Result<(), ReportError> {
    let options = ScanOptions {
        column: Some(1),
        precision,
        ..ScanOptions::default()
    };
    let schema = ScanSchema::one_strand(&["a", "b"]);
    let mut writer = create_scan_writer(path, TableFormat::BigWig, &schema, &options)?;
    for (chrom, rows) in table {
        for rows in rows.chunks(block) {
            let values: Vec<f32> = rows.iter().map(|row| row.2).collect();
            writer.write(&ScanRows {
                chrom,
                starts: &rows.iter().map(|row| row.0).collect::<Vec<_>>(),
                ends: &rows.iter().map(|row| row.1).collect::<Vec<_>>(),
                scores: &[vec![0.75; rows.len()], values],
            })?;
        }
    }
    writer.set_contigs(contigs);
    writer.finish(&Provenance::new())
}

/// `count` bins of `bin` bases with values that differ from row to row.
fn bins(count: u64, bin: u64, seed: u64) -> Vec<(u64, u64, f32)> {
    let value = |row: u64| ((row * 7919 + seed * 104_729) % 1_000_003) as f32 / 1_000_003.0;
    (0..count).map(|row| (row * bin, row * bin + bin, value(row))).collect()
}
