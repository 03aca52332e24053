//! A scan of regions gives rows of the whole scan.

use processive_core::{Region, RegionError};
use processive_predict::{PredictError, ScanRequest, StrandRule};
use proptest::prelude::*;

use crate::definition::Letters;
use crate::toy::{Checksum, Row, bases, collect, fasta, nonzero};

fn genome() -> [(&'static str, Vec<u8>); 3] {
    let gaps = [bases(90, 1), vec![b'N'; 60], bases(150, 2)].concat();
    [("second", gaps), ("first", bases(41, 3)), ("third", bases(7, 4))]
}

fn scan_regions(regions: Option<Vec<Region>>, block: usize) -> Result<(u64, u64, Vec<Row>), PredictError> {
    let sequences = genome();
    let genome: Vec<Letters> = sequences.iter().map(|(name, letters)| (*name, &**letters)).collect();
    let file = fasta(&genome, 50);
    let scorer = Checksum { window: 24 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(10));
    request.regions = regions;
    request.block_size = nonzero(block);
    request.batch_size = Some(nonzero(4));
    let (summary, rows, _) = collect(&request)?;
    Ok((summary.bases.total(), summary.skipped_bins, rows))
}

/// The rows of the whole scan whose bins overlap a region.
fn subset(regions: &[Region]) -> Vec<Row> {
    let (_, _, rows) = scan_regions(None, 1000).unwrap();
    let bin = |row: &Row| Region::new(&*row.chrom, row.start, row.end).unwrap();
    rows.into_iter()
        .filter(|row| {
            regions
                .iter()
                .any(|region| !region.is_empty() && region.overlaps(&bin(row)))
        })
        .collect()
}

fn region(contig: &str, start: u64, end: u64) -> Region {
    Region::new(contig, start, end).unwrap()
}

#[test]
fn regions_in_any_order_give_rows_of_the_whole_scan_once() -> Result<(), PredictError> {
    let regions = vec![
        region("third", 6, 7),
        region("second", 285, 400),
        region("first", 0, 41),
        region("second", 95, 145),
        region("second", 0, 1),
        region("second", 5, 12),
        region("second", 88, 91),
        region("first", 20, 20),
    ];
    for block in [1, 7, 1000] {
        let (bases, skipped, rows) = scan_regions(Some(regions.clone()), block)?;
        assert_eq!(rows, subset(&regions));
        // bins of `second`: 0-20, 80-150 (90-150 are N) and 280-300; all of `first` and `third`
        assert_eq!((bases, skipped), (20 + 70 + 20 + 41 + 7, 6));
    }
    Ok(())
}

#[test]
fn whole_contigs_give_the_whole_scan() -> Result<(), PredictError> {
    let regions: Vec<Region> = genome()
        .iter()
        .map(|(name, letters)| region(name, 0, letters.len() as u64))
        .collect();
    assert_eq!(scan_regions(Some(regions), 64)?, scan_regions(None, 64)?);
    Ok(())
}

#[test]
fn no_region_gives_no_row() -> Result<(), PredictError> {
    assert_eq!(scan_regions(Some(vec![]), 64)?, (0, 0, vec![]));
    Ok(())
}

#[test]
fn regions_off_the_genome_are_refused() {
    let unknown = scan_regions(Some(vec![region("fourth", 0, 1)]), 64).unwrap_err();
    assert!(matches!(
        &unknown,
        PredictError::Region(RegionError::UnknownContig { .. })
    ));
    assert!(unknown.to_string().contains("second, first, third"), "{unknown}");
    let outside = scan_regions(Some(vec![region("first", 41, 42)]), 64).unwrap_err();
    assert!(matches!(
        outside,
        PredictError::Region(RegionError::OutsideContig { .. })
    ));
}

#[test]
fn both_strand_rules_scan_regions() -> Result<(), PredictError> {
    let letters = bases(200, 9);
    let file = fasta(&[("c", &letters)], 50);
    let scorer = Checksum { window: 24 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(10));
    request.strand = StrandRule::Plus;
    let (_, whole, _) = collect(&request)?;
    request.regions = Some(vec![region("c", 55, 61)]);
    let (_, rows, _) = collect(&request)?;
    assert_eq!(rows, whole[5..7]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_regions_in_any_blocks(
        spans in prop::collection::vec((0usize..3, 0u64..300, 0u64..80), 1..8),
        block in 1usize..100,
    ) {
        let sequences = genome();
        let regions: Vec<Region> = spans
            .into_iter()
            .map(|(contig, start, length)| {
                let (name, letters) = &sequences[contig];
                let start = start % letters.len() as u64;
                region(name, start, start + length)
            })
            .collect();
        let (_, _, rows) = scan_regions(Some(regions.clone()), block).unwrap();
        prop_assert_eq!(rows, subset(&regions));
    }
}
