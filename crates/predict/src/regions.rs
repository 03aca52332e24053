//! From regions in any order to bins in genome order.

use std::collections::HashMap;
use std::ops::Range;

use processive_core::{Contig, Region, RegionError};

use crate::grid::BinGrid;

/// Consecutive bins of one contig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BinRange {
    /// The place of the contig in the genome.
    pub(crate) contig: usize,
    /// The bins.
    pub(crate) bins: Range<u64>,
}

impl BinRange {
    /// The number of bins.
    pub(crate) fn len(&self) -> u64 {
        self.bins.end - self.bins.start
    }
}

/// The part of a contig that a region covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegionOnContig {
    /// The place of the contig in the genome.
    pub(crate) contig: usize,
    /// The bases; there is one at least.
    pub(crate) bases: Range<u64>,
}

/// Looks regions up in the genome and sorts them. The end of a region is cut to its contig's end; a region without a
/// base is left out.
pub(crate) fn on_contigs(regions: &[Region], contigs: &[Contig]) -> Result<Vec<RegionOnContig>, RegionError> {
    let places: HashMap<&str, usize> = contigs
        .iter()
        .zip(0..)
        .map(|(contig, at)| (&*contig.name, at))
        .collect();
    let mut found = regions
        .iter()
        .map(|region| {
            let contig = *places
                .get(region.contig())
                .ok_or_else(|| unknown_contig(region, contigs))?;
            let bases = bases_in_contig(region, &contigs[contig])?;
            Ok(RegionOnContig { contig, bases })
        })
        .collect::<Result<Vec<_>, RegionError>>()?;
    found.retain(|region| !region.bases.is_empty());
    found.sort_by_key(|region| (region.contig, region.bases.start));
    Ok(found)
}

/// Lists the bins that overlap any of the regions: sorted, every bin once, neighbours joined.
///
/// The end of a region is cut to its contig's end; a region without a base has no bins.
pub(crate) fn bins_of_regions(
    regions: &[Region],
    contigs: &[Contig],
    grid: BinGrid,
) -> Result<Vec<BinRange>, RegionError> {
    let bins = |region: RegionOnContig| BinRange {
        contig: region.contig,
        bins: grid.bins_over(region.bases),
    };
    Ok(join(on_contigs(regions, contigs)?.into_iter().map(bins)))
}

/// Joins sorted ranges that overlap or touch.
fn join(ranges: impl Iterator<Item = BinRange>) -> Vec<BinRange> {
    let mut joined: Vec<BinRange> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.contig == range.contig && range.bins.start <= last.bins.end => {
                last.bins.end = last.bins.end.max(range.bins.end);
            }
            _ => joined.push(range),
        }
    }
    joined
}

fn bases_in_contig(region: &Region, contig: &Contig) -> Result<Range<u64>, RegionError> {
    if region.start() > contig.length || (region.start() == contig.length && !region.is_empty()) {
        return Err(RegionError::OutsideContig {
            text: region.to_string(),
            contig: contig.name.clone(),
            length: contig.length,
        });
    }
    Ok(region.start()..region.end().min(contig.length))
}

fn unknown_contig(region: &Region, contigs: &[Contig]) -> RegionError {
    RegionError::UnknownContig {
        text: region.to_string(),
        known: contigs.iter().map(|contig| contig.name.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn plan(regions: &[(&str, u64, u64)]) -> Result<Vec<BinRange>, RegionError> {
        let contigs = [Contig::new("b", 100), Contig::new("a", 35)];
        let ten = NonZeroUsize::new(10).unwrap();
        let regions = regions
            .iter()
            .map(|&(contig, start, end)| Region::new(contig, start, end))
            .collect::<Result<Vec<_>, _>>()?;
        bins_of_regions(&regions, &contigs, BinGrid::new(ten, ten))
    }

    #[test]
    fn bins_come_in_genome_order_and_once() -> Result<(), RegionError> {
        let ranges = plan(&[
            ("a", 31, 32),
            ("b", 50, 51),
            ("b", 5, 25),
            ("b", 21, 22),
            ("b", 30, 40),
            ("b", 5, 5),
            ("a", 0, 1),
        ])?;
        let expected = [(0, 0..4), (0, 5..6), (1, 0..1), (1, 3..4)].map(|(contig, bins)| BinRange { contig, bins });
        assert_eq!(ranges, expected);
        Ok(())
    }

    #[test]
    fn a_region_is_cut_to_its_contig() -> Result<(), RegionError> {
        assert_eq!(plan(&[("a", 30, 1000)])?, [BinRange { contig: 1, bins: 3..4 }]);
        assert_eq!(plan(&[("a", 35, 35)])?, []);
        Ok(())
    }

    #[test]
    fn a_region_off_the_genome_is_refused() {
        let error = plan(&[("c", 0, 1)]).unwrap_err();
        assert!(matches!(error, RegionError::UnknownContig { known, .. } if known == ["b", "a"]));
        for (start, end) in [(35, 36), (36, 36)] {
            let error = plan(&[("a", start, end)]).unwrap_err();
            assert!(matches!(error, RegionError::OutsideContig { length: 35, .. }));
        }
    }
}
