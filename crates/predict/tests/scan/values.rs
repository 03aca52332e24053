//! Every value of a scan equals the definition's.

use processive_predict::{PredictError, ScanRequest, StrandRule, WindowScorer};
use proptest::prelude::*;

use crate::definition::{Letters, genome_rows};
use crate::toy::{Checksum, GenomeFile, Tiled, bases, collect, fasta, nonzero};

/// How a genome is cut; none of it may change a value.
#[derive(Clone, Copy, Debug)]
struct Cut {
    block: usize,
    batch: usize,
    threads: usize,
}

fn check(genome: &[Letters], file: &GenomeFile, bin: usize, window: usize, strand: StrandRule, cut: Cut) {
    let (alone, tiled) = (Checksum { window }, Tiled(Checksum { window }));
    for scorer in [&alone as &dyn WindowScorer, &tiled] {
        check_scorer(scorer, genome, file, bin, strand, cut);
    }
}

fn check_scorer(
    scorer: &dyn WindowScorer,
    genome: &[Letters],
    file: &GenomeFile,
    bin: usize,
    strand: StrandRule,
    cut: Cut,
) {
    let window = scorer.window();
    let mut request = ScanRequest::with_scorer(file.path(), scorer, nonzero(bin));
    request.strand = strand;
    request.block_size = nonzero(cut.block);
    request.batch_size = Some(nonzero(cut.batch));
    request.threads = nonzero(cut.threads);
    let (summary, rows, _) = collect(&request).unwrap();
    let (expected, skipped) = genome_rows(genome, bin, window, strand);
    assert_eq!(rows, expected, "bin {bin}, window {window}, {strand}, {cut:?}");
    assert_eq!(summary.bins, expected.len() as u64);
    assert_eq!(summary.skipped_bins, skipped);
    let lengths: Vec<_> = summary
        .contigs
        .iter()
        .map(|contig| (&*contig.name, contig.length))
        .collect();
    let known: Vec<_> = genome
        .iter()
        .map(|(name, letters)| (*name, letters.len() as u64))
        .collect();
    assert_eq!(lengths, known);
}

#[test]
fn contigs_of_every_length_around_the_bin_and_the_window() {
    for (bin, window) in [(1, 1), (1, 6), (4, 9), (5, 8), (6, 6), (8, 3), (9, 4), (7, 1)] {
        let around = [
            1,
            bin - 1,
            bin,
            bin + 1,
            window - 1,
            window,
            window + 1,
            3 * bin + window + 2,
        ];
        let sequences: Vec<(String, Vec<u8>)> = around
            .into_iter()
            .filter(|&length| length > 0)
            .enumerate()
            .map(|(at, length)| (format!("contig{at}"), bases(length, at as u32 + 1)))
            .collect();
        let genome: Vec<Letters> = sequences.iter().map(|(name, letters)| (&**name, &**letters)).collect();
        let file = fasta(&genome, 11);
        for block in [1, 2, 7, 1000] {
            for strand in [StrandRule::Both, StrandRule::Plus] {
                let cut = Cut {
                    block,
                    batch: 3,
                    threads: 1,
                };
                check(&genome, &file, bin, window, strand, cut);
            }
        }
    }
}

#[test]
fn runs_of_n_at_the_edges_and_in_the_middle() {
    let unknown = |length| vec![b'N'; length];
    let middle = [unknown(23), bases(10, 1), unknown(57), bases(3, 2), unknown(41)].concat();
    let no_edge = [bases(31, 3), unknown(30), bases(1, 4), unknown(9), bases(20, 5)].concat();
    let nothing = unknown(70);
    let genome: [Letters; 4] = [
        ("edges", &middle),
        ("nothing", &nothing),
        ("inside", &no_edge),
        ("n", b"N"),
    ];
    let file = fasta(&genome, 60);
    for (bin, window) in [(10, 25), (10, 10), (7, 4), (1, 15)] {
        for block in [1, 13, 500] {
            let cut = Cut {
                block,
                batch: 4,
                threads: 2,
            };
            check(&genome, &file, bin, window, StrandRule::Both, cut);
        }
    }
}

#[test]
fn lower_case_and_other_letters() {
    let soft_masked: Vec<u8> = bases(40, 7).to_ascii_lowercase();
    let mixed = [
        &soft_masked[..],
        b"RYSWKMnnnnnnn",
        &bases(60, 8),
        b"BDHVNX",
        &soft_masked,
    ]
    .concat();
    let genome: [Letters; 2] = [("soft", &soft_masked), ("mixed", &mixed)];
    let file = fasta(&genome, 50);
    let cut = Cut {
        block: 9,
        batch: 5,
        threads: 1,
    };
    check(&genome, &file, 4, 11, StrandRule::Both, cut);
    check(&genome, &file, 3, 8, StrandRule::Plus, cut);
}

#[test]
fn more_windows_than_batches_in_flight() {
    let long = bases(20_000, 11);
    let genome: [Letters; 1] = [("long", &long)];
    let file = fasta(&genome, 60);
    for threads in [1, 3] {
        let cut = Cut {
            block: 777,
            batch: 16,
            threads,
        };
        check(&genome, &file, 10, 50, StrandRule::Both, cut);
    }
}

#[test]
fn a_contig_without_letters_is_an_error_of_the_reader() {
    let file = fasta(&[("full", b"ACGT"), ("empty", b"")], 60);
    let scorer = Checksum { window: 4 };
    let request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(2));
    assert!(matches!(collect(&request), Err(PredictError::Read(_))));
}

fn contig() -> impl Strategy<Value = Vec<u8>> {
    let letter =
        prop_oneof![12 => prop::sample::select(b"ACGTacgt".to_vec()), 1 => prop::sample::select(b"NnX-".to_vec())];
    let run = prop_oneof![
        4 => prop::collection::vec(letter, 1..40),
        1 => (1usize..40).prop_map(|length| vec![b'N'; length]),
    ];
    prop::collection::vec(run, 1..4).prop_map(|runs| [b"A".to_vec(), runs.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_genome_in_any_cut(
        contigs in prop::collection::vec(contig(), 1..5),
        bin in 1usize..20,
        window in 1usize..40,
        block in 1usize..60,
        batch in 1usize..20,
        threads in 1usize..4,
        both in any::<bool>(),
    ) {
        let names: Vec<String> = (0..contigs.len()).map(|at| format!("c{at}")).collect();
        let genome: Vec<Letters> = names.iter().zip(&contigs).map(|(name, letters)| (&**name, &**letters)).collect();
        let file = fasta(&genome, 17);
        let strand = if both { StrandRule::Both } else { StrandRule::Plus };
        check(&genome, &file, bin, window, strand, Cut { block, batch, threads });
    }
}
