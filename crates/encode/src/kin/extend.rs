//! Ungapped comparison along one diagonal.

use std::cmp::Reverse;
use std::ops::Range;

use super::scores::{Scores, is_same};

/// An ungapped extension ends where its score falls this far below its best (7 bits, as in BLAST).
const DROP: i32 = 16;
/// A shared stretch with fewer bits of information per residue is a repeat, not a sign of kinship.
const FEWEST_BITS: f64 = 1.5;

/// An exact stretch that two chains share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SharedStretch {
    /// The 0-based first residue in the query.
    pub query_start: usize,
    /// The number of residues.
    pub length: usize,
}

/// Extends a shared word to both sides without gaps; returns the score and the span in the query.
pub(super) fn extend(query: &[u8], codes: &[u8], place: usize, target: usize, scores: &Scores) -> (i32, usize, usize) {
    let (mut best, mut end) = (0, place);
    let mut score = 0;
    for (offset, (&a, &b)) in query[place..].iter().zip(&codes[target..]).enumerate() {
        score += scores.of(a, b);
        if score > best {
            (best, end) = (score, place + offset + 1);
        } else if score < best - DROP {
            break;
        }
    }
    let mut start = place;
    score = best;
    for (offset, (&a, &b)) in query[..place]
        .iter()
        .rev()
        .zip(codes[..target].iter().rev())
        .enumerate()
    {
        score += scores.of(a, b);
        if score > best {
            (best, start) = (score, place - offset - 1);
        } else if score < best - DROP {
            break;
        }
    }
    (best, start, end)
}

/// The longest run of equal residues within a span of the query that is no repeat.
pub(super) fn longest_stretch(query: &[u8], codes: &[u8], span: Range<usize>, shift: isize) -> SharedStretch {
    let same = |&place: &usize| is_same(query[place], codes[place.wrapping_add_signed(shift)]);
    let places: Vec<usize> = span.filter(same).collect();
    let runs = places.chunk_by(|a, b| a + 1 == *b);
    let stretches = runs.map(|run| SharedStretch {
        query_start: run[0],
        length: run.len(),
    });
    let is_rich = |stretch: &SharedStretch| {
        bits(&query[stretch.query_start..stretch.query_start + stretch.length]) >= FEWEST_BITS
    };
    stretches
        .filter(is_rich)
        .max_by_key(|stretch| (stretch.length, Reverse(stretch.query_start)))
        .unwrap_or_default()
}

/// The entropy of the residues, in bits per residue.
fn bits(codes: &[u8]) -> f64 {
    let mut counts = [0usize; 256];
    for &code in codes {
        counts[usize::from(code)] += 1;
    }
    let share = |&count: &usize| count as f64 / codes.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|count| -share(count) * share(count).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kin::scores::BREAK;
    use crate::kin::tags::codes_without_tags as codes;

    #[test]
    fn an_extension_keeps_its_best_span_and_stops_at_breaks() {
        let scores = Scores::new();
        // W W W is 33; K against D costs 1, and what lies behind it (C C, 18) makes it good.
        let (query, target) = (codes(b"GGWWWKCC"), codes(b"IIWWWDCC"));
        assert_eq!(extend(&query, &target, 2, 2, &scores), (33 - 1 + 18, 2, 8));
        assert_eq!(extend(&query, &target, 6, 6, &scores), (33 - 1 + 18, 2, 8));
        let mut broken = target.clone();
        broken[5] = BREAK;
        assert_eq!(extend(&query, &broken, 2, 2, &scores), (33, 2, 5));
        assert_eq!(extend(&query, &broken, 6, 6, &scores), (18, 6, 8));
        // Five columns of G against I cost 20, more than an extension goes down.
        let (query, target) = (codes(b"WWWGGGGGWWW"), codes(b"WWWIIIIIWWW"));
        assert_eq!(extend(&query, &target, 0, 0, &scores), (33, 0, 3));
    }

    #[test]
    fn the_longest_stretch_is_no_repeat() {
        let query = codes(b"ACDEFGAAAAAAAAAAAAAAAAAAKLMN");
        let mut other = query.clone();
        (other[6], other[23]) = (1, 1);
        let found = longest_stretch(&query, &other, 0..query.len(), 0);
        assert_eq!((found.query_start, found.length), (0, 6));
        let shifted = [&codes(b"WW")[..], &query].concat();
        let found = longest_stretch(&query, &shifted, 0..6, 2);
        assert_eq!((found.query_start, found.length), (0, 6));
        assert_eq!(longest_stretch(&query, &other, 7..23, 0).length, 0);
    }
}
