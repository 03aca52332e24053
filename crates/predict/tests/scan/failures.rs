//! A failure of one stage stops the others, is reported, and leaves no finished output.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use processive_core::Region;
use processive_encode::PaddedBatch;
use processive_ingest::IngestError;
use processive_predict::{NoProgress, PredictError, ScanRequest, ScanSummary, WindowScorer, scan};

use crate::toy::{Checksum, Collector, bases, fasta, nonzero};

/// Scans with small batches and returns the result, the number of writes and whether the output was finished.
fn attempt(
    letters: &[u8],
    scorer: &dyn WindowScorer,
    failure: Option<(usize, ErrorKind)>,
    threads: usize,
) -> (Result<ScanSummary, PredictError>, usize, bool) {
    let file = fasta(&[("ok", b"ACGTACGTAC"), ("c", letters)], 60);
    let mut request = ScanRequest::with_scorer(file.path(), scorer, nonzero(10));
    request.batch_size = Some(nonzero(4));
    request.block_size = nonzero(100);
    request.threads = nonzero(threads);
    let writer = Collector {
        failure,
        ..Collector::default()
    };
    let collected = Arc::clone(&writer.collected);
    let result = scan(&request, Box::new(writer), &NoProgress);
    let collected = collected.lock().unwrap();
    (result, collected.writes, collected.provenance.is_some())
}

#[test]
fn a_writer_that_fails_at_any_write_stops_the_scan() {
    let letters = bases(4000, 1);
    for at in [0, 1, 2, 17, 60, 99] {
        for threads in [1, 3] {
            let failure = Some((at, ErrorKind::StorageFull));
            let (result, writes, finished) = attempt(&letters, &Checksum { window: 30 }, failure, threads);
            assert!(matches!(result, Err(PredictError::Write(_))), "write {at}: {result:?}");
            assert_eq!((writes, finished), (at, false));
        }
    }
}

#[test]
fn a_closed_pipe_can_be_told_from_other_errors() {
    let failure = Some((3, ErrorKind::BrokenPipe));
    let (result, ..) = attempt(&bases(4000, 1), &Checksum { window: 30 }, failure, 2);
    assert!(matches!(result, Err(PredictError::Write(error)) if error.is_broken_pipe()));
}

#[test]
fn a_bad_byte_in_the_middle_is_reported_with_its_place() {
    let mut letters = bases(4000, 2);
    letters[2500] = b'7';
    for threads in [1, 3] {
        let (result, _, finished) = attempt(&letters, &Checksum { window: 30 }, None, threads);
        let Err(PredictError::Read(IngestError::InvalidLetter { place, byte, .. })) = result else {
            panic!("{result:?}");
        };
        // the record's header is line 3 of the file, its letters stand 60 to a line
        assert_eq!((place.line, byte), (3 + 1 + 2500 / 60, b'7'));
        assert!(!finished);
    }
}

#[test]
fn a_missing_genome_is_an_error_of_the_reader() {
    let scorer = Checksum { window: 30 };
    let request = ScanRequest::with_scorer(std::path::Path::new("no/such/genome.fa"), &scorer, nonzero(10));
    let result = scan(&request, Box::new(Collector::default()), &NoProgress);
    assert!(matches!(result, Err(PredictError::Read(_))));
}

#[test]
fn protein_given_to_a_dna_model_is_refused() {
    let protein = b"MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVV".repeat(4);
    let (result, _, finished) = attempt(&protein, &Checksum { window: 30 }, None, 1);
    let Err(PredictError::NotDna { contig, beginning }) = result else {
        panic!("{result:?}");
    };
    assert_eq!((&*contig, &*beginning), ("c", "MKTAYIAKQRQISFVKSHFS"));
    assert!(!finished);
}

#[test]
fn protein_is_refused_in_a_scan_of_regions_whatever_the_region_holds() {
    let letters = [
        &b"MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSG"[..],
        &bases(40, 1),
    ]
    .concat();
    let file = fasta(&[("c", &letters)], 60);
    let scorer = Checksum { window: 4 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(2));
    request.regions = Some(vec![Region::new("c", 70, 80).unwrap()]);
    let result = scan(&request, Box::new(Collector::default()), &NoProgress);
    assert!(matches!(result, Err(PredictError::NotDna { .. })), "{result:?}");
}

/// A scorer that misbehaves in the middle of the genome.
struct Panics;

impl WindowScorer for Panics {
    fn window(&self) -> usize {
        10
    }

    fn classes(&self) -> usize {
        1
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        assert!(!batch.codes().contains(&4), "a scorer that cannot read N");
        vec![0.5; batch.len()]
    }
}

#[test]
fn a_panic_of_the_scorer_reaches_the_caller() {
    let mut letters = bases(4000, 3);
    letters[2000] = b'N';
    let panic = catch_unwind(AssertUnwindSafe(|| attempt(&letters, &Panics, None, 2)));
    assert!(panic.is_err());
}

/// A scorer without windows or without classes.
struct Empty {
    window: usize,
    classes: usize,
}

impl WindowScorer for Empty {
    fn window(&self) -> usize {
        self.window
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn score(&self, _: &PaddedBatch) -> Vec<f32> {
        Vec::new()
    }
}

#[test]
fn a_model_without_window_or_classes_is_refused() {
    for (window, classes) in [(0, 1), (10, 0)] {
        let (result, ..) = attempt(b"ACGT", &Empty { window, classes }, None, 1);
        assert!(matches!(result, Err(PredictError::EmptyModel { .. })), "{result:?}");
    }
}
