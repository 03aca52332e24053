//! Order, threads, batches and windows: none of it changes a row, and memory stays bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use processive_core::Reduction;
use processive_encode::PaddedBatch;
use processive_predict::{FoldRequest, NoProgress, PredictError, ResidueScorer, fold};
use processive_report::{FoldChain, FoldWriter, Provenance, ReportError};

use crate::toy::{Folded, ProteinFile, Whole, collect, nonzero, protein, states_of};

/// Sixty proteins of 1 to 900 residues, in no order of length.
fn proteins() -> Vec<(String, Vec<u8>)> {
    let length = |i: usize| match i {
        7 => 900,
        13 => 1,
        _ => 2 + i * 37 % 101,
    };
    (0..60)
        .map(|i| (format!("p{i}|x"), protein(length(i), i as u32 + 1)))
        .collect()
}

fn fasta(proteins: &[(String, Vec<u8>)]) -> String {
    let record = |(id, sequence): &(String, Vec<u8>)| {
        let lines: Vec<&str> = sequence
            .chunks(60)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(">{id} number {}\n{}\n", sequence.len(), lines.join("\n"))
    };
    proteins.iter().map(record).collect()
}

fn in_pool<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(run)
}

#[test]
fn every_protein_has_its_labels_in_the_order_of_the_file() -> Result<(), PredictError> {
    let proteins = proteins();
    let file = ProteinFile::new(fasta(&proteins));
    let mut request = file.request();
    (request.batch_size, request.look_ahead) = (nonzero(300), nonzero(1000));
    let Folded { rows, summary, .. } = collect(&request)?;
    assert_eq!(rows.len(), proteins.len());
    for (row, (id, sequence)) in rows.iter().zip(&proteins) {
        assert_eq!(row.header, format!("{id} number {}", sequence.len()));
        assert_eq!(&row.sequence, sequence);
        assert_eq!(row.states, states_of(sequence), "{id}");
        let reduced = row
            .states
            .replace(['G', 'I'], "H")
            .replace('B', "E")
            .replace(['T', 'S'], "C");
        assert_eq!(row.three, reduced);
    }
    let residues: usize = proteins.iter().map(|(_, sequence)| sequence.len()).sum();
    assert_eq!(
        (summary.proteins, summary.residues(), summary.longest),
        (60, residues as u64, 900)
    );
    let called = |letter| {
        rows.iter()
            .map(|row| row.three.matches(letter).count() as u64)
            .sum::<u64>()
    };
    assert_eq!(summary.states, ["H", "E", "C"].map(called));
    Ok(())
}

#[test]
fn rows_and_footer_do_not_depend_on_threads_batches_or_windows() {
    let file = ProteinFile::new(fasta(&proteins()));
    let run = |threads, batch, window| {
        let mut request = file.request();
        (request.batch_size, request.look_ahead) = (nonzero(batch), nonzero(window));
        in_pool(threads, || collect(&request).unwrap())
    };
    let reference = run(1, 1, 1);
    for (threads, batch, window) in [(1, 64, 1000), (2, 1, 100_000), (4, 500, 333), (3, 1 << 20, 1 << 20)] {
        assert!(
            run(threads, batch, window) == reference,
            "{threads} threads, batches of {batch}"
        );
    }
}

#[test]
fn a_protein_as_long_as_titin_is_not_cut() -> Result<(), PredictError> {
    let titin = protein(36_000, 5);
    let file = ProteinFile::new(fasta(&[
        ("a".to_owned(), protein(3, 1)),
        ("titin".to_owned(), titin.clone()),
        ("b".to_owned(), protein(30, 2)),
    ]));
    let mut request = file.request();
    (request.batch_size, request.look_ahead) = (nonzero(100), nonzero(100));
    let rows = collect(&request)?.rows;
    assert_eq!(rows[1].states, states_of(&titin));
    Ok(())
}

/// Counts residues when they are labelled.
struct Counting {
    labelled: Arc<AtomicUsize>,
    largest: Arc<AtomicUsize>,
}

impl ResidueScorer for Counting {
    fn reduction(&self) -> Reduction {
        Whole.reduction()
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.labelled.fetch_add(batch.lengths().iter().sum(), Ordering::SeqCst);
        self.largest.fetch_max(batch.codes().len(), Ordering::SeqCst);
        vec![0.125; batch.codes().len() * 8]
    }
}

/// Writes slowly and notes how far labelling ran ahead.
struct SlowWriter {
    labelled: Arc<AtomicUsize>,
    written: usize,
    most_ahead: Arc<AtomicUsize>,
}

impl FoldWriter for SlowWriter {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        std::thread::sleep(Duration::from_millis(1));
        let ahead = self.labelled.load(Ordering::SeqCst) - self.written;
        self.most_ahead.fetch_max(ahead, Ordering::SeqCst);
        self.written += chain.len();
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        Ok(())
    }
}

#[test]
fn a_slow_writer_holds_labelling_back() -> Result<(), PredictError> {
    let proteins: Vec<(String, Vec<u8>)> = (0..200).map(|i| (format!("p{i}"), protein(50, i + 1))).collect();
    let file = ProteinFile::new(fasta(&proteins));
    let counter = || Arc::new(AtomicUsize::new(0));
    let (labelled, largest, most_ahead) = (counter(), counter(), counter());
    let scorer = Counting {
        labelled: Arc::clone(&labelled),
        largest: Arc::clone(&largest),
    };
    let mut request = FoldRequest::with_scorer(file.path(), &scorer);
    (request.batch_size, request.look_ahead) = (nonzero(250), nonzero(1000));
    let writer = SlowWriter {
        labelled: Arc::clone(&labelled),
        written: 0,
        most_ahead: Arc::clone(&most_ahead),
    };
    in_pool(4, || fold(&request, Box::new(writer), &NoProgress))?;
    assert_eq!(labelled.load(Ordering::SeqCst), 10_000);
    assert_eq!(largest.load(Ordering::SeqCst), 250);
    // One window is written, one waits, one is on its way.
    assert!(most_ahead.load(Ordering::SeqCst) <= 3000, "{most_ahead:?}");
    Ok(())
}
