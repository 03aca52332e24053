//! Where windows begin, and which of them belong to a shard.

use std::fmt::Write as _;
use std::ops::Range;

use processive_core::{Contig, Region, RegionError};

use super::zones::{Zone, whole_contigs, zones};
use crate::Shard;
use crate::digest::sha256;
use crate::provenance::contig_list;
use crate::shards::Place;

/// The stretches of a search in the order of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MotifPlan {
    /// The stretches in which windows begin.
    pub(super) zones: Vec<Zone>,
    /// Where their bases stand in the whole search.
    pub(crate) place: Place,
}

impl MotifPlan {
    /// The zones of the regions, or whole contigs; of these the shard's share, cut between any two bases: a hit belongs to
    /// the shard in which it begins.
    pub(super) fn new(
        contigs: &[Contig],
        regions: Option<&[Region]>,
        widest: usize,
        shard: Option<Shard>,
    ) -> Result<Self, RegionError> {
        let zones = match regions {
            Some(regions) => zones(regions, contigs, widest)?,
            None => whole_contigs(contigs),
        };
        let of = zones.iter().map(Zone::len).sum();
        let mut place = Place {
            share: 0..of,
            of,
            digest: digest(contigs, &zones),
            contigs: sha256(contig_list(contigs).as_bytes()),
        };
        if let Some(shard) = shard {
            place = place.of_shard(shard, 1);
        }
        Ok(Self {
            zones: part(zones, &place.share),
            place,
        })
    }
}

/// The bases of `zones` whose numbers, counted through all of them, lie in `share`.
fn part(zones: Vec<Zone>, share: &Range<u64>) -> Vec<Zone> {
    let mut passed = 0;
    let mut kept = Vec::new();
    for zone in zones {
        let inside = |number: u64| number.clamp(passed, passed + zone.len()) - passed + zone.starts.start;
        let starts = inside(share.start)..inside(share.end);
        passed += zone.len();
        if !starts.is_empty() {
            kept.push(Zone { starts, ..zone });
        }
    }
    kept
}

/// The digest of the zones; names and lengths of contigs have their own.
fn digest(contigs: &[Contig], zones: &[Zone]) -> String {
    let mut text = String::new();
    for zone in zones {
        let Contig { name, length } = &contigs[zone.contig];
        let Range { start, end } = zone.starts;
        write!(text, "{name} {length} {start} {end}").expect("a string takes any text");
        for Range { start, end } in zone.regions.iter().flat_map(|regions| regions.iter()) {
            write!(text, " {start}-{end}").expect("a string takes any text");
        }
        text.push('\n');
    }
    sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contigs() -> Vec<Contig> {
        [("a", 95), ("none", 0), ("b", 3), ("c", 40), ("d", 200)]
            .map(|(name, length)| Contig::new(name, length))
            .to_vec()
    }

    #[test]
    fn a_shard_is_a_share_of_the_bases() -> Result<(), RegionError> {
        let plan = |contigs: &[Contig], widest, shard| MotifPlan::new(contigs, None, widest, shard);
        let whole = plan(&contigs(), 8, None)?;
        let second = plan(&contigs(), 8, Shard::new(2, 3))?;
        // 338 bases: the second third is bases 112 to 225.
        assert_eq!((second.place.share.clone(), second.place.of), (112..225, 338));
        let expected = [(3, 14..40), (4, 0..87)].map(|(contig, starts)| Zone {
            contig,
            starts,
            regions: None,
        });
        assert_eq!(second.zones, expected);
        assert_eq!(second.place.digest, whole.place.digest);
        let fewer = plan(&contigs()[1..], 8, None)?;
        assert_ne!(fewer.place.digest, whole.place.digest);
        assert_ne!(fewer.place.contigs, whole.place.contigs);
        Ok(())
    }

    #[test]
    fn other_regions_are_another_plan() -> Result<(), RegionError> {
        let digest = |regions: &[(u64, u64)], widest| -> Result<String, RegionError> {
            let regions = regions.iter().map(|&(start, end)| Region::new("d", start, end));
            let regions = regions.collect::<Result<Vec<_>, _>>()?;
            Ok(MotifPlan::new(&contigs(), Some(&regions), widest, None)?.place.digest)
        };
        let ours = digest(&[(50, 60), (70, 71)], 30)?;
        assert_eq!(digest(&[(70, 71), (50, 55), (55, 60)], 30)?, ours);
        // The same zone, and another region in it; the same regions, and other zones.
        assert_ne!(digest(&[(50, 61), (70, 71)], 30)?, ours);
        assert_ne!(digest(&[(50, 60), (70, 71)], 5)?, ours);
        Ok(())
    }

    proptest! {
        #[test]
        fn shards_have_every_base_once_and_in_order(
            count in 1u32..60,
            widest in 1usize..50,
            spans in prop::option::of(prop::collection::vec((0usize..5, 0u64..200, 0u64..80), 0..6)),
        ) {
            let contigs = contigs();
            let region = |(contig, start, length): (usize, u64, u64)| {
                let start = start % contigs[contig].length.max(1);
                let end = (start + length).min(contigs[contig].length);
                Region::new(&*contigs[contig].name, start, end).unwrap()
            };
            let regions: Option<Vec<Region>> = spans.map(|spans| spans.into_iter().map(region).collect());
            let plan = |shard| MotifPlan::new(&contigs, regions.as_deref(), widest, shard).unwrap();
            let bases = |plan: &MotifPlan| {
                let bases = |zone: &Zone| {
                    let (contig, regions) = (zone.contig, zone.regions.clone());
                    zone.starts.clone().map(move |base| (contig, base, regions.clone())).collect::<Vec<_>>()
                };
                plan.zones.iter().flat_map(bases).collect::<Vec<_>>()
            };
            let whole = plan(None);
            let mut found = Vec::new();
            for number in 1..=count {
                let part = plan(Shard::new(number, count));
                prop_assert_eq!(part.place.share.start, found.len() as u64);
                prop_assert!(part.place.len().abs_diff(whole.place.of / u64::from(count)) <= 1);
                prop_assert_eq!(&part.place.digest, &whole.place.digest);
                found.extend(bases(&part));
                prop_assert_eq!(part.place.share.end, found.len() as u64);
            }
            prop_assert_eq!(&found, &bases(&whole));
            prop_assert_eq!(found.len() as u64, whole.place.of);
        }
    }
}
