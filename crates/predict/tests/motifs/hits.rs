//! Which windows are hits.

use std::path::Path;

use processive_core::{Motif, Strand};
use processive_ingest::{read_fasta, read_motifs};
use processive_predict::motifs::MotifCard;
use processive_predict::{MotifScanRequest, MotifSettings, StrandRule};
use proptest::prelude::*;

use crate::toy::{
    Letters, Row, bases, by_definition, collect, fasta, is_same, nonzero, prepared, random_motif, settings, word_motif,
};

fn scanned(genome: &[Letters<'_>], motifs: &[Motif], settings: &MotifSettings) -> Vec<Row> {
    let file = fasta(genome);
    let set = prepared(motifs, settings.clone());
    collect(&MotifScanRequest::new(file.path(), &set)).unwrap().1
}

/// Places as contig, start and strand.
fn places(rows: &[Row]) -> Vec<(&str, u64, Strand)> {
    rows.iter()
        .map(|row| (&*row.chrom, row.hit.start, row.hit.strand))
        .collect()
}

#[test]
fn every_background_and_probability_has_the_hits_of_the_definition() {
    let contigs = [bases(3000, 1), bases(7, 2), bases(1, 3), bases(500, 4)];
    let genome: Vec<Letters<'_>> = ["a", "b", "c", "d"]
        .into_iter()
        .zip(contigs.iter().map(Vec::as_slice))
        .collect();
    let motifs: Vec<Motif> = (0..12)
        .map(|k| random_motif(&format!("M{k}"), 4 + k, 10 + k as u32))
        .collect();
    for background in [[0.25; 4], [0.3, 0.2, 0.2, 0.3], [0.4, 0.1, 0.3, 0.2]] {
        for p in [1e-4, 1e-2, 0.3] {
            let settings = settings(p, background);
            let expected = by_definition(&genome, &motifs, &settings);
            assert!(p < 1e-2 || expected.len() > 100, "{}", expected.len());
            assert!(is_same(&scanned(&genome, &motifs, &settings), &expected));
        }
    }
}

#[test]
fn real_sequence_and_real_motifs_have_the_hits_of_the_definition() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let genome = read_fasta(&root.join("data/dna/human-chr17.fa")).unwrap();
    let genome: Vec<Letters<'_>> = genome.iter().map(|contig| (&*contig.name, &*contig.sequence)).collect();
    let mut motifs: Vec<Motif> = (0..6)
        .map(|k| random_motif(&format!("R{k}"), 6 + 3 * k, k as u32))
        .collect();
    // Some of JASPAR, when it is there.
    let jaspar = root.join("../shared/data/motifs/JASPAR2024.meme");
    if jaspar.exists() {
        motifs.extend(read_motifs(&jaspar).unwrap().into_iter().step_by(150));
    }
    let settings = settings(1e-4, [0.22, 0.28, 0.27, 0.23]);
    let expected = by_definition(&genome, &motifs, &settings);
    assert!(expected.len() > 10);
    assert!(is_same(&scanned(&genome, &motifs, &settings), &expected));
}

#[test]
fn a_word_is_found_on_the_strand_on_which_it_reads() {
    let genome: [Letters<'_>; 1] = [("c", b"TTTTTGACCGTTTTTTTTTTTTACGGTCTTT")];
    let rows = scanned(&genome, &[word_motif("M", b"GACCGT")], &settings(3e-4, [0.25; 4]));
    assert_eq!(places(&rows), [("c", 5, Strand::Plus), ("c", 22, Strand::Minus)]);
    // One word of 4^6; ten sites and a tenth of one, of which a quarter is the base: log2 of 10.025 / 10.1 / 0.25, six times.
    let p = 0.25f64.powi(6);
    assert!(rows.iter().all(|row| row.hit.p.to_bits() == p.to_bits()));
    let bits = 6.0 * (10.025f64 / 10.1 * 4.0).log2();
    assert!(
        rows.iter()
            .all(|row| (f64::from(row.hit.score) - bits).abs() < 6.0 * 0.0005)
    );
}

#[test]
fn a_palindrome_is_found_on_both_strands_plus_first() {
    let genome: [Letters<'_>; 1] = [("c", b"TTTGAATTCTTT")];
    let rows = scanned(&genome, &[word_motif("M", b"GAATTC")], &settings(3e-4, [0.25; 4]));
    assert_eq!(places(&rows), [("c", 3, Strand::Plus), ("c", 3, Strand::Minus)]);
}

#[test]
fn one_strand_has_the_plus_hits_of_both() {
    let letters = bases(2000, 5);
    let genome: [Letters<'_>; 1] = [("c", &letters)];
    let motifs = [random_motif("A", 6, 1), random_motif("B", 9, 2)];
    let both = settings(1e-2, [0.3, 0.2, 0.2, 0.3]);
    let plus = MotifSettings {
        strand: StrandRule::Plus,
        ..both.clone()
    };
    let mut expected = by_definition(&genome, &motifs, &both);
    expected.retain(|row| row.hit.strand == Strand::Plus);
    assert!(is_same(&scanned(&genome, &motifs, &plus), &expected));
}

#[test]
fn unknown_letters_break_windows_and_lower_case_does_not() {
    let motif = [word_motif("M", b"GACCGT")];
    let settings = settings(3e-4, [0.25; 4]);
    for letter in *b"NnRYKMSWBDHVX-*." {
        let letters = [&b"gaccgtNNGACC"[..], &[letter], b"GTGACCGTga"].concat();
        let rows = scanned(&[("c", &letters)], &motif, &settings);
        assert_eq!(places(&rows), [("c", 0, Strand::Plus), ("c", 15, Strand::Plus)]);
    }
    let rows = scanned(&[("c", b"NNNN"), ("d", b"GACCGU")], &motif, &settings);
    assert_eq!(places(&rows), [("d", 0, Strand::Plus)]);
}

#[test]
fn windows_with_unknown_letters_are_counted_once_for_both_strands() {
    let genome: [Letters<'_>; 3] = [("a", b"ACGTNACGT"), ("b", b"NN"), ("c", b"ACGT")];
    let file = fasta(&genome);
    let set = prepared(
        &[random_motif("A", 2, 1), random_motif("B", 4, 2)],
        settings(1e-3, [0.25; 4]),
    );
    let (summary, ..) = collect(&MotifScanRequest::new(file.path(), &set)).unwrap();
    // Pairs: 8 + 1 + 3, of which two and one hold an N. Windows of four: 6 + 1, of which four do.
    assert_eq!((summary.windows, summary.unknown_windows), (12 + 7, 3 + 4));
    assert_eq!((summary.bases.known, summary.bases.n), (12, 3));
}

#[test]
fn motifs_that_cannot_reach_p_have_no_hits_and_are_known_beforehand() {
    let letters = bases(5000, 8);
    let motifs = [random_motif("short", 4, 3), word_motif("long", b"ACGTACGTAC")];
    let settings = settings(1e-4, [0.25; 4]);
    let set = prepared(&motifs, settings.clone());
    let can: Vec<bool> = set.cards().motifs.iter().map(MotifCard::can_have_hits).collect();
    // The best of 4^4 words has a probability of 1 / 256 at least.
    assert_eq!(can, [false, true]);
    assert!(scanned(&[("c", &letters)], &motifs[..1], &settings).is_empty());
}

#[test]
fn the_share_of_hits_in_random_sequence_is_the_p_of_the_threshold() {
    // 400,000 windows of uniform bases on two strands, a hit in 1,000 or so: five standard deviations are 5 / sqrt(800) or 18 %.
    // Overlapping windows and strands make hits cluster a little.
    let letters = bases(400_000, 77);
    let motifs = [random_motif("A", 10, 4), random_motif("B", 14, 6)];
    let set = prepared(&motifs, settings(1e-3, [0.25; 4]));
    let file = fasta(&[("c", &letters)]);
    let (summary, ..) = collect(&MotifScanRequest::new(file.path(), &set)).unwrap();
    for (count, motif) in summary.hits.iter().zip(&set.motifs) {
        let p = motif.plus.tail.p_of_threshold();
        assert!(p > 0.9e-3, "of thousands of scores some is near the threshold: {p}");
        let expected = 2.0 * 400_000.0 * p;
        let found = count.total() as f64;
        assert!((found / expected - 1.0).abs() < 0.25, "{found} for {expected}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn threads_and_blocks_change_no_row(
        contigs in prop::collection::vec((0usize..300, 0u32..50), 1..6),
        gaps in prop::collection::vec((0usize..300, 1usize..20), 0..4),
        widths in prop::collection::vec(1usize..30, 1..5),
        block in 1usize..200,
        threads in 1usize..4,
        p in prop::sample::select(vec![1e-3, 0.05, 1.0]),
    ) {
        let mut letters: Vec<Vec<u8>> = contigs.into_iter().map(|(length, seed)| bases(length + 1, seed)).collect();
        for (start, length) in gaps {
            for contig in &mut letters {
                contig.iter_mut().skip(start).take(length).for_each(|letter| *letter = b'N');
            }
        }
        let names: Vec<String> = (0..letters.len()).map(|k| format!("c{k}")).collect();
        let genome: Vec<Letters<'_>> = names.iter().map(String::as_str).zip(letters.iter().map(Vec::as_slice)).collect();
        let motifs: Vec<Motif> = widths.iter().zip(0..).map(|(&width, k)| random_motif(&format!("M{k}"), width, k)).collect();
        let settings = settings(p, [0.25; 4]);
        let set = prepared(&motifs, settings.clone());
        let file = fasta(&genome);
        let mut request = MotifScanRequest::new(file.path(), &set);
        request.block_size = nonzero(block);
        request.threads = nonzero(threads);
        let (summary, rows, _) = collect(&request).unwrap();
        prop_assert_eq!(rows.len() as u64, summary.total());
        prop_assert!(is_same(&rows, &by_definition(&genome, &motifs, &settings)));
        request.block_size = nonzero(1 << 17);
        let (whole, ..) = collect(&request).unwrap();
        prop_assert_eq!(summary, whole);
    }
}
