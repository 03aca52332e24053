//! Memory, order and progress.

use std::cell::RefCell;

use processive_predict::{MotifScanRequest, Progress, scan_motifs};

use crate::toy::{Collector, bases, fasta, nonzero, prepared, random_motif, settings};

/// Contigs and bases as they are told.
#[derive(Default)]
struct Told(RefCell<(Vec<String>, u64)>);

impl Progress for Told {
    fn contig(&self, name: &str, _: Option<u64>) {
        self.0.borrow_mut().0.push(name.to_owned());
    }

    fn advance(&self, bases: u64) {
        self.0.borrow_mut().1 += bases;
    }
}

#[test]
fn progress_names_every_contig_and_counts_every_base() {
    let letters = [bases(500, 1), bases(3, 2), bases(40, 3)];
    let file = fasta(&[("a", &letters[0]), ("b", &letters[1]), ("c", &letters[2])]);
    let set = prepared(&[random_motif("M", 12, 1)], settings(1e-2, [0.25; 4]));
    for block in [1, 7, 100, 1000] {
        let mut request = MotifScanRequest::new(file.path(), &set);
        request.block_size = nonzero(block);
        let told = Told::default();
        scan_motifs(&request, Box::new(Collector::default()), &told).unwrap();
        let (contigs, bases) = told.0.into_inner();
        assert_eq!((contigs.join(" "), bases), ("a b c".to_owned(), 543), "block {block}");
    }
}

#[test]
fn hits_reach_the_writer_before_the_genome_is_read_to_its_end() {
    // The output is given up at the second write, long before the digit at the end is seen: one batch a thread is ahead.
    let mut letters = bases(2_000_000, 4);
    letters.push(b'7');
    let file = fasta(&[("a", &letters)]);
    let set = prepared(&[random_motif("M", 12, 1)], settings(1e-2, [0.25; 4]));
    let mut request = MotifScanRequest::new(file.path(), &set);
    request.block_size = nonzero(1000);
    let writer = Collector {
        failure: Some(1),
        ..Collector::default()
    };
    let error = scan_motifs(&request, Box::new(writer), &Told::default()).unwrap_err();
    assert!(error.to_string().contains("out.parquet"), "{error}");
}
