//! A failure of one stage stops the others, is reported, and leaves no finished output.

use std::path::Path;
use std::sync::Arc;

use processive_ingest::IngestError;
use processive_predict::{MotifScanRequest, MotifScanSummary, NoProgress, PredictError, scan_motifs};

use crate::toy::{Collector, bases, fasta, nonzero, prepared, random_motif, settings};

/// Scans in small batches and returns the result, the number of writes and whether the output was finished.
fn attempt(
    letters: &[u8],
    failure: Option<usize>,
    threads: usize,
) -> (Result<MotifScanSummary, PredictError>, usize, bool) {
    let file = fasta(&[("ok", b"ACGTACGTAC"), ("c", letters)]);
    let set = prepared(&[random_motif("M", 5, 1)], settings(0.1, [0.25; 4]));
    let mut request = MotifScanRequest::new(file.path(), &set);
    request.block_size = nonzero(40);
    request.threads = nonzero(threads);
    let writer = Collector {
        failure,
        ..Collector::default()
    };
    let collected = Arc::clone(&writer.collected);
    let result = scan_motifs(&request, Box::new(writer), &NoProgress);
    let collected = collected.lock().unwrap();
    (result, collected.writes, collected.provenance.is_some())
}

#[test]
fn a_writer_that_fails_at_any_write_stops_the_scan() {
    let letters = bases(4000, 1);
    for at in [0, 1, 2, 17, 60, 99] {
        for threads in [1, 3] {
            let (result, writes, finished) = attempt(&letters, Some(at), threads);
            assert!(matches!(result, Err(PredictError::Write(_))), "write {at}: {result:?}");
            assert_eq!((writes, finished), (at, false));
        }
    }
}

#[test]
fn a_bad_byte_in_the_middle_is_reported_with_its_place() {
    let mut letters = bases(4000, 2);
    letters[2500] = b'7';
    for threads in [1, 3] {
        let (result, _, finished) = attempt(&letters, None, threads);
        let Err(PredictError::Read(IngestError::InvalidLetter { place, byte, .. })) = result else {
            panic!("{result:?}");
        };
        // The record's header is line 3 of the file, its letters stand 60 to a line.
        assert_eq!((place.line, byte), (3 + 1 + 2500 / 60, b'7'));
        assert!(!finished);
    }
}

#[test]
fn files_that_are_no_genomes_are_refused() {
    let protein = b"MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV".repeat(4);
    let (result, _, finished) = attempt(&protein, None, 1);
    assert!(
        matches!(&result, Err(PredictError::NotDna { contig, .. }) if contig == "c"),
        "{result:?}"
    );
    assert!(!finished);
    let set = prepared(&[random_motif("M", 5, 1)], settings(0.1, [0.25; 4]));
    let request = MotifScanRequest::new(Path::new("no/such/genome.fa"), &set);
    let result = scan_motifs(&request, Box::new(Collector::default()), &NoProgress);
    assert!(matches!(result, Err(PredictError::Read(_))));
}
