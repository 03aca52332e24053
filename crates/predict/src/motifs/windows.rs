//! Which windows of a piece there are, which of them have a score, and which belong to a region.

use std::ops::Range;

use processive_core::alphabet::UNKNOWN;

/// The longest runs of known codes.
pub(super) fn known_runs(codes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        from += codes[from..].iter().position(|&code| code != UNKNOWN)?;
        let rest = &codes[from..];
        let length = rest.iter().position(|&code| code == UNKNOWN).unwrap_or(rest.len());
        let run = from..from + length;
        from = run.end;
        Some(run)
    })
}

/// How many windows of `width` bases begin in `starts`, lie in `letters` and overlap one of `regions` (sorted, disjoint; all when there are none).
pub(super) fn windows(starts: &Range<u64>, letters: &Range<u64>, width: usize, regions: Option<&[Range<u64>]>) -> u64 {
    let width = width as u64;
    let end = (letters.end + 1).saturating_sub(width).min(starts.end);
    let starts = starts.start.max(letters.start)..end;
    let Some(regions) = regions else {
        return starts.end.saturating_sub(starts.start);
    };
    let mut count = 0;
    let mut from = starts.start;
    for region in regions {
        let first = from.max((region.start + 1).saturating_sub(width));
        let last = region.end.min(starts.end);
        count += last.saturating_sub(first);
        from = from.max(last);
    }
    count
}

/// Whether `bases` overlaps one of `regions`, which are sorted and disjoint.
pub(super) fn overlaps(bases: &Range<u64>, regions: &[Range<u64>]) -> bool {
    let next = regions.partition_point(|region| region.end <= bases.start);
    regions.get(next).is_some_and(|region| region.start < bases.end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn runs_end_at_unknown_codes() {
        let runs = |codes: &[u8]| known_runs(codes).map(|run| (run.start, run.end)).collect::<Vec<_>>();
        assert_eq!(runs(&[0, 1, 4, 4, 2, 4, 3, 3]), [(0, 2), (4, 5), (6, 8)]);
        assert!(runs(&[4, 4]).is_empty());
        assert!(runs(&[]).is_empty());
        assert_eq!(runs(&[1, 2]), [(0, 2)]);
    }

    proptest! {
        #[test]
        fn windows_are_counted_as_one_by_one(
            starts in (0u64..30, 0u64..30),
            letters in (0u64..30, 0u64..30),
            width in 1usize..9,
            edges in prop::collection::btree_set(0u64..40, 0..8),
        ) {
            let starts = starts.0..starts.0 + starts.1;
            let letters = letters.0..letters.0 + letters.1;
            let edges: Vec<u64> = edges.into_iter().collect();
            let regions: Vec<Range<u64>> = edges.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
            let inside = |start: &u64| *start >= letters.start && start + width as u64 <= letters.end;
            let touches = |start: u64| regions.iter().any(|region| region.start < start + width as u64 && start < region.end);
            let all = starts.clone().filter(inside).count() as u64;
            prop_assert_eq!(windows(&starts, &letters, width, None), all);
            let some = starts.clone().filter(inside).filter(|&start| touches(start)).count() as u64;
            prop_assert_eq!(windows(&starts, &letters, width, Some(&regions)), some);
            for start in 0..40 {
                prop_assert_eq!(overlaps(&(start..start + width as u64), &regions), touches(start));
            }
        }
    }
}
