//! The places of a contig where a background window may lie.

use std::ops::Range;

use processive_core::alphabet::UNKNOWN;

/// A stretch of a contig that no background window may touch, 0-based and half-open.
pub(crate) type Zone = Range<u64>;

/// The starts of all windows of one width that lie inside a contig, touch no zone and are unknown in less
/// than half of their bases, in ascending order. A *rank* is a place in that order.
#[derive(Debug)]
pub(crate) struct FreeStarts {
    /// Runs of consecutive starts.
    runs: Vec<Range<u64>>,
    /// The rank of each run's first start.
    ranks: Vec<usize>,
    len: usize,
}

impl FreeStarts {
    /// Finds the free starts in one pass over a contig's codes.
    pub(crate) fn find(codes: &[u8], width: usize, zones: &[Zone]) -> Self {
        let mut free = Self {
            runs: Vec::new(),
            ranks: Vec::new(),
            len: 0,
        };
        let mut blocked = Blocked::new(zones, width);
        let unknown_at = |position: usize| usize::from(codes[position] >= UNKNOWN);
        let mut unknown: usize = (0..width.min(codes.len())).map(unknown_at).sum();
        for start in 0..(codes.len() + 1).saturating_sub(width) {
            if start > 0 {
                unknown = unknown + unknown_at(start + width - 1) - unknown_at(start - 1);
            }
            if 2 * unknown < width && !blocked.contains(start as u64) {
                free.push(start as u64);
            }
        }
        free
    }

    fn push(&mut self, start: u64) {
        match self.runs.last_mut() {
            Some(run) if run.end == start => run.end += 1,
            _ => {
                self.runs.push(start..start + 1);
                self.ranks.push(self.len);
            }
        }
        self.len += 1;
    }

    /// The number of free starts.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The free start of a rank below [`Self::len`].
    pub(crate) fn nth(&self, rank: usize) -> u64 {
        let run = self.ranks.partition_point(|&first| first <= rank) - 1;
        self.runs[run].start + (rank - self.ranks[run]) as u64
    }

    /// The number of free starts before `start`.
    pub(crate) fn rank(&self, start: u64) -> usize {
        let run = self.runs.partition_point(|run| run.end <= start);
        match self.runs.get(run) {
            None => self.len,
            Some(run_at) => self.ranks[run] + start.saturating_sub(run_at.start) as usize,
        }
    }

    /// Whether a window may start here.
    pub(crate) fn contains(&self, start: u64) -> bool {
        self.rank(start + 1) > self.rank(start)
    }
}

/// The starts whose windows touch a zone, asked for in ascending order.
struct Blocked {
    /// By ascending first start; they may overlap.
    starts: Vec<Range<u64>>,
    /// The first of them that does not end before the last start asked for.
    current: usize,
}

impl Blocked {
    fn new(zones: &[Zone], width: usize) -> Self {
        // The window [start, start + width) touches [a, b) when start < b and start + width > a.
        let reach = |zone: &Zone| (zone.start + 1).saturating_sub(width as u64)..zone.end;
        let mut starts: Vec<_> = zones.iter().filter(|zone| !zone.is_empty()).map(reach).collect();
        starts.sort_unstable_by_key(|range| range.start);
        Self { starts, current: 0 }
    }

    fn contains(&mut self, start: u64) -> bool {
        while self.starts.get(self.current).is_some_and(|range| range.end <= start) {
            self.current += 1;
        }
        self.starts.get(self.current).is_some_and(|range| range.start <= start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, window by window.
    fn by_definition(codes: &[u8], width: usize, zones: &[Zone]) -> Vec<u64> {
        let is_free = |start: &usize| {
            let window = *start as u64..(start + width) as u64;
            let touches = |zone: &Zone| zone.clone().any(|position| window.contains(&position));
            let unknown = codes[*start..start + width]
                .iter()
                .filter(|&&code| code >= UNKNOWN)
                .count();
            !zones.iter().any(touches) && (unknown as f64) < 0.5 * width as f64
        };
        let last = codes.len().checked_sub(width);
        let starts = last.into_iter().flat_map(|last| 0..=last);
        starts.filter(is_free).map(|start| start as u64).collect()
    }

    proptest! {
        #[test]
        fn free_starts_are_those_of_the_definition(
            codes in prop::collection::vec(prop_oneof![3 => 0u8..4, 1 => Just(UNKNOWN)], 0..60),
            width in 1usize..12,
            zones in prop::collection::vec((0u64..70, 0u64..15), 0..5),
        ) {
            let zones: Vec<Zone> = zones.into_iter().map(|(start, length)| start..start + length).collect();
            let expected = by_definition(&codes, width, &zones);
            let free = FreeStarts::find(&codes, width, &zones);
            prop_assert_eq!(free.len(), expected.len());
            let listed: Vec<u64> = (0..free.len()).map(|rank| free.nth(rank)).collect();
            prop_assert_eq!(&listed, &expected);
            for start in 0..80 {
                prop_assert_eq!(free.rank(start), expected.iter().filter(|&&other| other < start).count());
                prop_assert_eq!(free.contains(start), expected.contains(&start));
            }
        }
    }
}
