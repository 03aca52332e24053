//! From regions in any order to stretches of contigs that are read in one go.

use std::ops::Range;
use std::sync::Arc;

use processive_core::{Contig, Region, RegionError};

use crate::regions::{RegionOnContig, on_contigs};

/// A stretch of a contig in which hits begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    /// The place of the contig in the genome.
    pub(super) contig: usize,
    /// Where a hit may begin.
    pub(super) starts: Range<u64>,
    /// What a hit has to overlap: sorted, disjoint, not touching, none empty; `None` when all hits count.
    pub(super) regions: Option<Arc<[Range<u64>]>>,
}

impl Zone {
    /// The number of bases on which a hit may begin.
    pub(super) fn len(&self) -> u64 {
        self.starts.end - self.starts.start
    }
}

/// Every contig as a zone.
pub(super) fn whole_contigs(contigs: &[Contig]) -> Vec<Zone> {
    let zone = |(contig, found): (usize, &Contig)| Zone {
        contig,
        starts: 0..found.length,
        regions: None,
    };
    contigs.iter().enumerate().map(zone).collect()
}

/// Sorts and joins regions, and gathers those into one zone that a hit of the widest motif may overlap together: every hit then belongs to one
/// zone, and zones follow each other in genome order.
///
/// The end of a region is cut to its contig's end; a region without a base has no hits.
pub(super) fn zones(regions: &[Region], contigs: &[Contig], widest: usize) -> Result<Vec<Zone>, RegionError> {
    let mut joined: Vec<RegionOnContig> = Vec::new();
    for region in on_contigs(regions, contigs)? {
        match joined.last_mut() {
            Some(last) if last.contig == region.contig && region.bases.start <= last.bases.end => {
                last.bases.end = last.bases.end.max(region.bases.end);
            }
            _ => joined.push(region),
        }
    }
    let reach = widest.saturating_sub(1) as u64;
    let is_near = |last: &RegionOnContig, next: &RegionOnContig| {
        last.contig == next.contig && next.bases.start - last.bases.end < reach
    };
    let zone = |regions: &[RegionOnContig]| Zone {
        contig: regions[0].contig,
        starts: regions[0].bases.start.saturating_sub(reach)..regions[regions.len() - 1].bases.end,
        regions: Some(regions.iter().map(|region| region.bases.clone()).collect()),
    };
    Ok(joined.chunk_by(is_near).map(zone).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_that_one_hit_may_overlap_share_a_zone() -> Result<(), RegionError> {
        let contigs = [Contig::new("b", 1000), Contig::new("a", 35)];
        let regions = [
            ("a", 31, 90),
            ("b", 100, 110),
            ("b", 105, 120),
            ("b", 120, 121),
            ("b", 129, 130),
            ("b", 139, 140),
            ("b", 3, 4),
            ("b", 50, 50),
        ];
        let regions: Vec<Region> = regions
            .iter()
            .map(|&(contig, start, end)| Region::new(contig, start, end))
            .collect::<Result<_, _>>()?;
        let expected = [
            (0, 0..4, &[(3, 4)][..]),
            // A motif of ten positions cannot overlap 129..130 and 139..140 together.
            (0, 91..130, &[(100, 121), (129, 130)]),
            (0, 130..140, &[(139, 140)]),
            (1, 22..35, &[(31, 35)]),
        ]
        .map(|(contig, starts, regions)| Zone {
            contig,
            starts,
            regions: Some(regions.iter().map(|&(start, end)| start..end).collect()),
        });
        assert_eq!(zones(&regions, &contigs, 10)?, expected);
        Ok(())
    }
}
