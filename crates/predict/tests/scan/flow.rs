//! Threads, batches in flight, progress: none of it changes a row, and memory stays bounded.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use processive_encode::PaddedBatch;
use processive_predict::{NoProgress, PredictError, Progress, ScanRequest, WindowScorer, scan};
use processive_report::{Provenance, ReportError, ScanRows, ScanWriter};

use crate::definition::Letters;
use crate::toy::{Checksum, Collector, Sociable, bases, collect, fasta, nonzero};

fn sequences() -> [(&'static str, Vec<u8>); 4] {
    let gap = [bases(2000, 1), vec![b'N'; 5000], bases(500, 2)].concat();
    [
        ("a", gap),
        ("b", bases(35, 3)),
        ("c", bases(3000, 4)),
        ("d", bases(9, 5)),
    ]
}

fn in_pool<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(run)
}

#[test]
fn rows_and_footer_do_not_depend_on_threads_batches_or_blocks() {
    let sequences = sequences();
    let genome: Vec<Letters> = sequences.iter().map(|(name, letters)| (*name, &**letters)).collect();
    let file = fasta(&genome, 60);
    let run = |threads, batch, block| {
        let scorer = Checksum { window: 40 };
        let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(7));
        request.threads = nonzero(threads);
        request.batch_size = Some(nonzero(batch));
        request.block_size = nonzero(block);
        in_pool(threads, || collect(&request).unwrap())
    };
    let reference = run(1, 1, 100_000);
    for (threads, batch, block) in [
        (1, 64, 1000),
        (2, 5, 33),
        (4, 17, 512),
        (4, 10_000, 64),
        (3, 128, 1 << 18),
    ] {
        assert!(
            run(threads, batch, block) == reference,
            "{threads} threads, batches of {batch}"
        );
    }
}

#[test]
fn batches_do_not_depend_on_blocks_or_threads() {
    let sequences = sequences();
    let genome: Vec<Letters> = sequences.iter().map(|(name, letters)| (*name, &**letters)).collect();
    let file = fasta(&genome, 60);
    for (bin, window, tiled) in [(7, 40, true), (7, 40, false), (9, 4, false), (10, 10, true)] {
        let run = |threads, block| {
            let scorer = Sociable { window, tiled };
            let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(bin));
            request.threads = nonzero(threads);
            request.batch_size = Some(nonzero(30));
            request.block_size = nonzero(block);
            in_pool(threads, || collect(&request).unwrap())
        };
        let reference = run(1, 100_000);
        for (threads, block) in [(1, 1), (2, 33), (4, 512), (3, 1 << 18)] {
            assert!(run(threads, block) == reference, "{threads} threads, blocks of {block}");
        }
    }
}

#[test]
fn a_pool_of_one_thread_can_call_the_scan_itself() -> Result<(), PredictError> {
    let letters = bases(5000, 6);
    let file = fasta(&[("c", &letters)], 60);
    let scorer = Checksum { window: 20 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(10));
    request.batch_size = Some(nonzero(8));
    let (summary, ..) = in_pool(1, || collect(&request))?;
    assert_eq!(summary.bins, 500);
    Ok(())
}

/// Counts windows when they are scored.
struct Counting {
    scored: Arc<AtomicUsize>,
}

impl WindowScorer for Counting {
    fn window(&self) -> usize {
        10
    }

    fn classes(&self) -> usize {
        1
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.scored.fetch_add(batch.len(), Ordering::SeqCst);
        vec![0.5; batch.len()]
    }
}

/// Writes slowly and notes how far scoring ran ahead.
struct SlowWriter {
    scored: Arc<AtomicUsize>,
    written: usize,
    most_ahead: Arc<AtomicUsize>,
}

impl ScanWriter for SlowWriter {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        std::thread::sleep(Duration::from_millis(2));
        let ahead = self.scored.load(Ordering::SeqCst) - self.written;
        self.most_ahead.fetch_max(ahead, Ordering::SeqCst);
        self.written += rows.starts.len();
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        Ok(())
    }
}

#[test]
fn a_slow_writer_holds_the_reader_back() -> Result<(), PredictError> {
    const BATCH: usize = 4;
    const THREADS: usize = 2;
    let letters = bases(4000, 7);
    let file = fasta(&[("c", &letters)], 60);
    let scored = Arc::new(AtomicUsize::new(0));
    let most_ahead = Arc::new(AtomicUsize::new(0));
    let counting = Counting {
        scored: Arc::clone(&scored),
    };
    let writer = SlowWriter {
        scored,
        written: 0,
        most_ahead: Arc::clone(&most_ahead),
    };
    let mut request = ScanRequest::with_scorer(file.path(), &counting, nonzero(10));
    request.strand = processive_predict::StrandRule::Plus;
    request.batch_size = Some(nonzero(BATCH));
    request.threads = nonzero(THREADS);
    request.block_size = nonzero(64);
    let summary = scan(&request, Box::new(writer), &NoProgress)?;
    assert_eq!(summary.bins, 400);
    // four batches per thread wait in the channel, and one more is being written
    let most_ahead = most_ahead.load(Ordering::SeqCst);
    assert!(
        most_ahead <= (4 * THREADS + 1) * BATCH,
        "{most_ahead} windows in flight"
    );
    assert!(most_ahead > BATCH, "nothing was scored while the writer slept");
    Ok(())
}

#[derive(Default)]
struct Log {
    contigs: RefCell<Vec<(String, Option<u64>)>>,
    bases: RefCell<Vec<u64>>,
}

impl Progress for Log {
    fn contig(&self, name: &str, length: Option<u64>) {
        self.contigs.borrow_mut().push((name.to_owned(), length));
    }

    fn advance(&self, bases: u64) {
        self.bases.borrow_mut().push(bases);
    }
}

#[test]
fn progress_names_every_contig_and_counts_every_base() -> Result<(), PredictError> {
    let sequences = sequences();
    let genome: Vec<Letters> = sequences.iter().map(|(name, letters)| (*name, &**letters)).collect();
    let file = fasta(&genome, 60);
    let scorer = Checksum { window: 40 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(7));
    request.batch_size = Some(nonzero(50));
    let log = Log::default();
    scan(&request, Box::new(Collector::default()), &log)?;
    let names: Vec<String> = log.contigs.take().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    let steps = log.bases.take();
    assert_eq!(steps.iter().sum::<u64>(), 7500 + 35 + 3000 + 9);
    // a step is a batch of 50 bins of 7, or a gap
    assert!(steps.len() > 10, "{steps:?}");

    request.regions = Some(vec![
        processive_core::Region::new("c", 10, 20)?,
        processive_core::Region::new("c", 100, 101)?,
    ]);
    scan(&request, Box::new(Collector::default()), &log)?;
    assert_eq!(
        log.contigs.take(),
        [("c".to_owned(), Some(3000)), ("c".to_owned(), Some(3000))]
    );
    assert_eq!(log.bases.take().iter().sum::<u64>(), 14 + 7);
    Ok(())
}
