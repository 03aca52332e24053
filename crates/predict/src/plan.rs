//! Which bins are read, in which order, and which of them belong to a shard.

use std::fmt::Write as _;
use std::ops::Range;

use processive_core::{Contig, Region, RegionError};

use crate::Shard;
use crate::digest::sha256;
use crate::grid::BinGrid;
use crate::provenance::contig_list;
use crate::regions::{BinRange, bins_of_regions};
use crate::shards::Place;

/// The bins of a scan in the order of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The bins that are read.
    pub(crate) ranges: Vec<BinRange>,
    /// Where they stand in the whole scan.
    pub(crate) place: Place,
}

impl Plan {
    /// The bins that overlap the regions, or all bins; of these the shard's.
    pub(crate) fn new(
        contigs: &[Contig],
        regions: Option<&[Region]>,
        grid: BinGrid,
        batch_bins: usize,
        shard: Option<Shard>,
    ) -> Result<Self, RegionError> {
        let ranges = match regions {
            Some(regions) => bins_of_regions(regions, contigs, grid)?,
            None => all_bins(contigs, grid),
        };
        let of = ranges.iter().map(BinRange::len).sum();
        let mut place = Place {
            share: 0..of,
            of,
            digest: digest(contigs, &ranges, grid, batch_bins),
            contigs: sha256(contig_list(contigs).as_bytes()),
        };
        if let Some(shard) = shard {
            place = place.of_shard(shard, batch_bins as u64);
        }
        Ok(Self {
            ranges: part(ranges, &place.share),
            place,
        })
    }
}

fn all_bins(contigs: &[Contig], grid: BinGrid) -> Vec<BinRange> {
    let range = |(contig, found): (usize, &Contig)| BinRange {
        contig,
        bins: 0..grid.bins(found.length),
    };
    contigs.iter().enumerate().map(range).collect()
}

/// The bins of `ranges` whose numbers, counted through all of them, lie in `bins`.
fn part(ranges: Vec<BinRange>, bins: &Range<u64>) -> Vec<BinRange> {
    let mut passed = 0;
    let mut kept = Vec::new();
    for range in ranges {
        let inside = |number: u64| number.clamp(passed, passed + range.len()) - passed + range.bins.start;
        let part = inside(bins.start)..inside(bins.end);
        passed += range.len();
        if !part.is_empty() {
            kept.push(BinRange {
                contig: range.contig,
                bins: part,
            });
        }
    }
    kept
}

/// The digest of the bins and how they are cut; names and lengths of contigs have their own.
fn digest(contigs: &[Contig], ranges: &[BinRange], grid: BinGrid, batch_bins: usize) -> String {
    let mut text = format!("{} {} {batch_bins}\n", grid.bin(), grid.window());
    for BinRange { contig, bins } in ranges {
        let Contig { name, length } = &contigs[*contig];
        writeln!(text, "{name} {length} {} {}", bins.start, bins.end).expect("a string takes any text");
    }
    sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use proptest::prelude::*;

    use super::*;

    fn grid() -> BinGrid {
        let number = |number| NonZeroUsize::new(number).unwrap();
        BinGrid::new(number(10), number(30))
    }

    fn contigs() -> Vec<Contig> {
        [("a", 95), ("b", 3), ("c", 40), ("d", 200)]
            .map(|(name, length)| Contig::new(name, length))
            .to_vec()
    }

    fn bins(ranges: &[BinRange]) -> Vec<(usize, u64)> {
        let bins = |range: &BinRange| range.bins.clone().map(|bin| (range.contig, bin)).collect::<Vec<_>>();
        ranges.iter().flat_map(bins).collect()
    }

    #[test]
    fn a_shard_is_a_share_of_the_batches() -> Result<(), RegionError> {
        // 10 + 1 + 4 + 20 bins make 9 batches of 4: the second third is bins 12 to 24
        let shard = Shard::new(2, 3);
        let plan = Plan::new(&contigs(), None, grid(), 4, shard)?;
        assert_eq!((plan.place.share.clone(), plan.place.of), (12..24, 35));
        let expected = [(2, 1..4), (3, 0..9)].map(|(contig, bins)| BinRange { contig, bins });
        assert_eq!(plan.ranges, expected);
        assert_ne!(
            plan.place.digest,
            Plan::new(&contigs(), None, grid(), 5, shard)?.place.digest
        );
        assert_ne!(
            plan.place.contigs,
            Plan::new(&contigs()[1..], None, grid(), 4, shard)?.place.contigs
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn shards_have_every_bin_once_and_begin_with_a_batch(
            count in 1u32..60,
            batch in 1usize..50,
            spans in prop::option::of(prop::collection::vec((0usize..4, 0u64..200, 0u64..80), 0..6)),
        ) {
            let contigs = contigs();
            let region = |(contig, start, length): (usize, u64, u64)| {
                let start = start % contigs[contig].length;
                Region::new(&*contigs[contig].name, start, start + length).unwrap()
            };
            let regions: Option<Vec<Region>> = spans.map(|spans| spans.into_iter().map(region).collect());
            let plan = |shard| Plan::new(&contigs, regions.as_deref(), grid(), batch, shard).unwrap();
            let whole = plan(None);
            let mut found = Vec::new();
            for number in 1..=count {
                let part = plan(Shard::new(number, count));
                prop_assert_eq!(part.place.share.start, found.len() as u64);
                prop_assert!(part.ranges.is_empty() || found.len() % batch == 0);
                prop_assert_eq!(&part.place.digest, &whole.place.digest);
                found.extend(bins(&part.ranges));
                prop_assert_eq!(part.place.share.end, found.len() as u64);
            }
            prop_assert_eq!(&found, &bins(&whole.ranges));
            prop_assert_eq!(found.len() as u64, whole.place.of);
        }
    }
}
