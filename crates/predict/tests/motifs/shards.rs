//! Parts of a search, put together, are the search: the same bytes, the same summary.

use std::fs;
use std::path::{Path, PathBuf};

use processive_core::Region;
use processive_predict::motifs::MotifCards;
use processive_predict::{
    MotifScanRequest, MotifScanSummary, MotifSet, NoProgress, PredictError, Shard, ShardSet, StrandRule, TableKind,
    scan_motifs,
};
use processive_report::{HitOptions, TableFormat, create_hit_writer};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::genomes::GenomeFile;
use crate::toy::{Letters, Row, bases, collect, fasta, nonzero, prepared, random_motif, settings};

/// Contigs shorter than a motif, one of more than a block of the digest, gaps, lower case.
fn genome() -> GenomeFile {
    let gaps = [bases(900, 1), vec![b'N'; 700], bases(500, 2).to_ascii_lowercase()].concat();
    let long = [bases((1 << 20) + 1234, 3), vec![b'N'; 5000]].concat();
    fasta(&[
        ("gaps", &gaps),
        ("tiny", b"AC"),
        ("long", &long),
        ("last", &bases(77, 5)),
    ])
}

pub(crate) fn motifs(p: f64) -> MotifSet {
    let motifs: Vec<_> = [4, 9, 17]
        .iter()
        .map(|&width| random_motif(&format!("M{width}"), width, width as u32))
        .collect();
    prepared(&motifs, settings(p, [0.3, 0.2, 0.25, 0.25]))
}

pub(crate) fn request<'a>(genome: &'a Path, motifs: &'a MotifSet) -> MotifScanRequest<'a> {
    let mut request = MotifScanRequest::new(genome, motifs);
    "processive scan genome.fa".clone_into(&mut request.command);
    request
}

pub(crate) fn scan_to(request: &MotifScanRequest<'_>, path: &Path) -> Result<MotifScanSummary, PredictError> {
    let motifs = request.motifs.cards().names();
    let options = HitOptions {
        motifs,
        ..HitOptions::default()
    };
    let writer = create_hit_writer(path, TableFormat::Parquet, options)?;
    scan_motifs(request, writer, &NoProgress)
}

/// Searches every part into a file of its own.
pub(crate) fn scan_parts(
    request: &MotifScanRequest<'_>,
    count: u32,
    folder: &Path,
) -> Result<Vec<PathBuf>, PredictError> {
    let part = |number| {
        let path = folder.join(format!("{number}-{count}.parquet"));
        let mut request = request.clone();
        request.shard = Shard::new(number, count);
        // Other blocks and threads than those of the whole search: they must not matter.
        request.block_size = nonzero(50_000 + number as usize);
        request.threads = nonzero(1 + number as usize % 2);
        scan_to(&request, &path)?;
        Ok(path)
    };
    (1..=count).map(part).collect()
}

pub(crate) fn gather_to(parts: &[PathBuf], path: &Path) -> Result<MotifScanSummary, PredictError> {
    let shards = ShardSet::open(parts)?;
    assert_eq!(shards.kind(), TableKind::Hits);
    let shards = shards.hits()?;
    let options = HitOptions {
        motifs: shards.motifs().names(),
        ..HitOptions::default()
    };
    let writer = create_hit_writer(path, TableFormat::Parquet, options)?;
    shards.gather("processive scan genome.fa", writer, &NoProgress)
}

/// Compares what footers tell of motifs with what it was made of; a number in JSON may be read as the next one.
fn assert_same(found: &MotifCards, expected: &MotifCards) {
    let rounded = |cards: &MotifCards| {
        let mut cards = cards.clone();
        let round = |number: &mut f64| *number = format!("{number:.12e}").parse().unwrap();
        for strand in cards.motifs.iter_mut().flat_map(|motif| &mut motif.strands) {
            round(&mut strand.best);
            round(&mut strand.p_of_best);
            if let Some((bits, p)) = &mut strand.threshold {
                round(bits);
                round(p);
            }
        }
        cards
    };
    assert_eq!(rounded(found), rounded(expected));
}

/// Compares the whole search with what is gathered of its parts.
fn check(request: &MotifScanRequest<'_>, counts: &[u32]) -> Result<MotifScanSummary, PredictError> {
    let folder = TempDir::new().unwrap();
    let whole = folder.path().join("whole.parquet");
    let summary = scan_to(request, &whole)?;
    for &count in counts {
        let parts = tempfile::tempdir_in(folder.path()).unwrap();
        let mut files = scan_parts(request, count, parts.path())?;
        assert_same(ShardSet::open(&files)?.hits()?.motifs(), &request.motifs.cards());
        let third = files.len() / 3;
        files.rotate_left(third);
        let gathered = parts.path().join("gathered.parquet");
        assert_eq!(gather_to(&files, &gathered)?, summary, "{count} parts");
        assert!(
            fs::read(&gathered).unwrap() == fs::read(&whole).unwrap(),
            "{count} parts"
        );
    }
    Ok(summary)
}

#[test]
fn gathered_parts_are_the_whole_search() -> Result<(), PredictError> {
    let genome = genome();
    for p in [0.03, 1e-6] {
        let motifs = motifs(p);
        let summary = check(&request(genome.path(), &motifs), &[1, 2, 3, 7, 31])?;
        // More than a row group, or next to nothing: the motif of four positions has no hit at 1e-6.
        assert_eq!(summary.total() > 122_880, p > 0.01, "{}", summary.total());
        assert!(summary.genome_digest.is_some() && summary.unknown_windows > 0);
    }
    Ok(())
}

#[test]
fn there_may_be_more_parts_than_bases() -> Result<(), PredictError> {
    let file = fasta(&[("a", b"ACG"), ("b", b"ACGTACGT")]);
    let motifs = motifs(0.2);
    let summary = check(&request(file.path(), &motifs), &[4, 11, 40])?;
    assert!(summary.total() > 0);
    Ok(())
}

#[test]
fn parts_of_regions_are_the_search_of_the_regions() -> Result<(), PredictError> {
    let genome = genome();
    let mut settings = settings(0.05, [0.25; 4]);
    settings.strand = StrandRule::Plus;
    let motifs = prepared(&[random_motif("A", 6, 1), random_motif("B", 12, 2)], settings);
    let mut request = request(genome.path(), &motifs);
    let regions = [
        ("long", 70_000, 90_000),
        ("gaps", 5, 2100),
        ("long", 90_004, 90_005),
        ("last", 10, 11),
    ];
    let region = |(contig, start, end)| Region::new(contig, start, end).unwrap();
    request.regions = Some(regions.map(region).to_vec());
    let summary = check(&request, &[1, 3, 100])?;
    assert!(summary.total() > 100 && summary.genome_digest.is_none());
    request.regions = Some(Vec::new());
    check(&request, &[2])?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_hit_belongs_to_the_part_in_which_it_begins(
        lengths in prop::collection::vec(1usize..120, 1..4),
        widths in prop::collection::vec(1usize..25, 1..4),
        block in 1usize..100,
        count in 1u32..9,
    ) {
        let letters: Vec<_> = lengths.iter().zip(1..).map(|(&length, seed)| bases(length, seed)).collect();
        let genome: Vec<Letters<'_>> = ["a", "b", "c"].into_iter().zip(letters.iter().map(Vec::as_slice)).collect();
        let file = fasta(&genome);
        let motifs: Vec<_> = widths.iter().zip(0..).map(|(&width, k)| random_motif(&format!("M{k}"), width, k)).collect();
        let set = prepared(&motifs, settings(0.1, [0.25; 4]));
        let mut request = request(file.path(), &set);
        let (whole, all, _) = collect(&request).unwrap();
        // A base is counted through all contigs.
        let place = |row: &Row| {
            let before = genome.iter().take_while(|(name, _)| *name != row.chrom).map(|(_, letters)| letters.len());
            before.sum::<usize>() as u64 + row.hit.start
        };
        let total: u64 = lengths.iter().sum::<usize>() as u64;
        request.block_size = nonzero(block);
        let (mut bases, mut windows, mut unknown) = (0, 0, 0);
        for number in 1..=count {
            request.shard = Shard::new(number, count);
            let (summary, rows, _) = collect(&request).unwrap();
            let border = |number: u32| total * u64::from(number) / u64::from(count);
            let share = border(number - 1)..border(number);
            let expected: Vec<Row> = all.iter().filter(|row| share.contains(&place(row))).cloned().collect();
            prop_assert_eq!(rows, expected);
            prop_assert_eq!(summary.bases.total(), share.end - share.start);
            bases += summary.bases.total();
            windows += summary.windows;
            unknown += summary.unknown_windows;
        }
        prop_assert_eq!((bases, windows, unknown), (total, whole.windows, whole.unknown_windows));
    }
}
