//! Regions: the hits that overlap one.

use processive_core::Region;
use processive_predict::{MotifScanRequest, PredictError};
use proptest::prelude::*;

use crate::toy::{Letters, Row, bases, collect, fasta, nonzero, prepared, random_motif, settings};

fn overlapping(rows: &[Row], regions: &[Region]) -> Vec<Row> {
    let touches = |row: &&Row| {
        regions
            .iter()
            .any(|region| region.contig() == row.chrom && region.start() < row.hit.end && row.hit.start < region.end())
    };
    rows.iter().filter(touches).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_region_has_the_hits_of_the_whole_scan_that_overlap_it(
        spans in prop::collection::vec((0usize..2, 0u64..400, 1u64..60), 0..8),
        widths in prop::collection::vec(1usize..25, 1..4),
        block in 1usize..100,
    ) {
        let letters = [bases(400, 1), bases(90, 2)];
        let genome: [Letters<'_>; 2] = [("a", &letters[0]), ("b", &letters[1])];
        let file = fasta(&genome);
        let motifs: Vec<_> = widths.iter().zip(0..).map(|(&width, k)| random_motif(&format!("M{k}"), width, k)).collect();
        let set = prepared(&motifs, settings(0.1, [0.25; 4]));
        let mut request = MotifScanRequest::new(file.path(), &set);
        let (_, all, _) = collect(&request).unwrap();
        let region = |(contig, start, length): (usize, u64, u64)| {
            let (name, letters) = genome[contig];
            let start = start % letters.len() as u64;
            Region::new(name, start, start + length).unwrap()
        };
        let regions: Vec<Region> = spans.into_iter().map(region).collect();
        request.regions = Some(regions.clone());
        request.block_size = nonzero(block);
        let (summary, rows, _) = collect(&request).unwrap();
        prop_assert_eq!(rows, overlapping(&all, &regions));
        let inside = |contig: usize, base: u64| regions.iter().any(|r| r.contig() == genome[contig].0 && r.start() <= base && base < r.end());
        let bases: usize = (0..2)
            .map(|contig| (0..letters[contig].len() as u64).filter(|&base| inside(contig, base)).count())
            .sum();
        prop_assert_eq!(summary.bases.total(), bases as u64);
        let windows = |width: usize, contig: usize| {
            let last = (letters[contig].len() + 1).saturating_sub(width);
            (0..last as u64).filter(|&start| (start..start + width as u64).any(|base| inside(contig, base))).count()
        };
        let windows: usize = widths.iter().map(|&width| windows(width, 0) + windows(width, 1)).sum();
        prop_assert_eq!(summary.windows, windows as u64);
    }
}

#[test]
fn regions_off_the_genome_are_refused() {
    let letters = bases(100, 3);
    let file = fasta(&[("a", &letters)]);
    let set = prepared(&[random_motif("M", 6, 1)], settings(0.1, [0.25; 4]));
    let mut request = MotifScanRequest::new(file.path(), &set);
    for (contig, start) in [("b", 0), ("a", 100)] {
        request.regions = Some(vec![Region::new(contig, start, start + 1).unwrap()]);
        let result = collect(&request);
        assert!(matches!(result, Err(PredictError::Region(_))), "{result:?}");
    }
}
