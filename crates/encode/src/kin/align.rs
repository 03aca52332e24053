//! Local alignment within a band.

use std::ops::Range;

use super::scores::{Scores, is_same};

/// The first residue of a gap, beside [`GAP`].
const GAP_OPEN: i32 = 11;
/// Every residue of a gap.
const GAP: i32 = 1;

/// The best local alignment of two chains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alignment {
    /// The score: BLOSUM62, a gap of `n` residues costs `11 + n`.
    pub score: i32,
    /// The number of columns with the same residue.
    pub same: usize,
    /// The number of columns, gaps included.
    pub columns: usize,
    /// The 0-based first residue and the end of the aligned part of the query.
    pub query: (usize, usize),
    /// The same of the target.
    pub target: (usize, usize),
}

impl Alignment {
    /// The share of columns with the same residue, 0 to 1.
    pub fn identity(&self) -> f64 {
        self.same as f64 / self.columns.max(1) as f64
    }
}

/// The best alignment that ends in a cell.
#[derive(Clone, Copy)]
struct Cell {
    score: i32,
    same: u32,
    columns: u32,
    query_start: u32,
    target_start: u32,
}

impl Cell {
    const LOWEST: Self = Self {
        score: i32::MIN / 2,
        same: 0,
        columns: 0,
        query_start: 0,
        target_start: 0,
    };

    fn empty(query: usize, target: usize) -> Self {
        Self {
            score: 0,
            same: 0,
            columns: 0,
            query_start: query as u32,
            target_start: target as u32,
        }
    }

    fn gap(self, cost: i32) -> Self {
        Self {
            score: self.score - cost,
            columns: self.columns + 1,
            ..self
        }
    }

    fn better(self, other: Self) -> Self {
        if other.score > self.score { other } else { self }
    }
}

/// The rows of the alignment, kept between alignments.
#[derive(Default)]
pub(super) struct Rows {
    ends: Vec<Cell>,
    gaps: Vec<Cell>,
}

/// Aligns two chains of codes locally (Smith-Waterman, affine gaps) in the band of `width` diagonals on both sides of
/// `diagonal`, which is the place in the target minus the place in the query.
///
/// Of alignments with the same score the first that ends is taken.
pub(super) fn align(
    query: &[u8],
    target: &[u8],
    diagonal: isize,
    width: usize,
    scores: &Scores,
    rows: &mut Rows,
) -> Alignment {
    rows.ends.clear();
    rows.ends.resize(target.len() + 1, Cell::empty(0, 0));
    rows.gaps.clear();
    rows.gaps.resize(target.len() + 1, Cell::LOWEST);
    let mut best = (Cell::empty(0, 0), 0, 0);
    for (row, &residue) in query.iter().enumerate() {
        let band = band(row, diagonal, width, target.len());
        if band.is_empty() {
            continue;
        }
        // `ends[place]` is the cell before `place`: the diagonal neighbour is read before it is overwritten.
        let mut diagonal_cell = rows.ends[band.start];
        let mut gap_in_query = Cell::LOWEST;
        let mut left = Cell::LOWEST;
        for (place, &faced) in band.clone().zip(&target[band]) {
            let above = rows.ends[place + 1];
            let gap_in_target = rows.gaps[place + 1].gap(GAP).better(above.gap(GAP_OPEN + GAP));
            gap_in_query = gap_in_query.gap(GAP).better(left.gap(GAP_OPEN + GAP));
            let from = if diagonal_cell.score > 0 {
                diagonal_cell
            } else {
                Cell::empty(row, place)
            };
            let matched = Cell {
                score: from.score + scores.of(residue, faced),
                same: from.same + u32::from(is_same(residue, faced)),
                columns: from.columns + 1,
                ..from
            };
            let cell = matched.better(gap_in_target).better(gap_in_query);
            let cell = if cell.score > 0 { cell } else { Cell::empty(0, 0) };
            if cell.score > best.0.score {
                best = (cell, row + 1, place + 1);
            }
            rows.gaps[place + 1] = gap_in_target;
            diagonal_cell = above;
            rows.ends[place + 1] = cell;
            left = cell;
        }
    }
    let (cell, query_end, target_end) = best;
    Alignment {
        score: cell.score,
        same: cell.same as usize,
        columns: cell.columns as usize,
        query: (cell.query_start as usize, query_end),
        target: (cell.target_start as usize, target_end),
    }
}

/// The places of the target that the band holds beside a residue of the query.
fn band(row: usize, diagonal: isize, width: usize, target: usize) -> Range<usize> {
    let middle = row.cast_signed() + diagonal;
    let place = |place: isize| usize::try_from(place).unwrap_or(0).min(target);
    place(middle - width.cast_signed())..place(middle + width.cast_signed() + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kin::tags::codes_without_tags as codes;

    fn aligned(query: &[u8], target: &[u8], diagonal: isize, width: usize) -> Alignment {
        align(query, target, diagonal, width, &Scores::new(), &mut Rows::default())
    }

    #[test]
    fn a_gap_is_crossed_when_both_sides_are_worth_it() {
        let (query, target) = (codes(b"GWWWWWWCCCCCC"), codes(b"WWWWWWAACCCCCCI"));
        let found = aligned(&query, &target, -1, 5);
        // Six W are 66, six C 54, a gap of two 13.
        assert_eq!(
            found,
            Alignment {
                score: 66 + 54 - 13,
                same: 12,
                columns: 14,
                query: (1, 13),
                target: (0, 14)
            }
        );
        assert!((found.identity() - 12.0 / 14.0).abs() < 1e-12);
        // The band holds one diagonal, and no gap: six W, two columns of C and A (0), four of six C.
        let found = aligned(&query, &target, -1, 0);
        assert_eq!((found.score, found.query, found.target), (66 + 36, (1, 13), (0, 12)));
    }

    #[test]
    fn nothing_in_common_is_an_empty_alignment() {
        let found = aligned(&codes(b"GGGG"), &codes(b"IIII"), 0, 3);
        assert_eq!((found.score, found.columns, found.same), (0, 0, 0));
        assert_eq!(aligned(&codes(b"GGGG"), &codes(b"GGGG"), 9, 2).score, 0);
    }

    /// Smith-Waterman as defined: every gap of every length is tried in every cell.
    fn best_score(query: &[u8], target: &[u8]) -> i32 {
        let scores = Scores::new();
        let mut table = vec![vec![0; target.len() + 1]; query.len() + 1];
        for row in 1..=query.len() {
            for column in 1..=target.len() {
                let mut best = table[row - 1][column - 1] + scores.of(query[row - 1], target[column - 1]);
                for gap in 1..=row {
                    best = best.max(table[row - gap][column] - 11 - gap as i32);
                }
                for gap in 1..=column {
                    best = best.max(table[row][column - gap] - 11 - gap as i32);
                }
                table[row][column] = best.max(0);
            }
        }
        table.into_iter().flatten().max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn a_wide_band_finds_the_best_score(
            query in prop::collection::vec(0u8..6, 0..40),
            target in prop::collection::vec(0u8..6, 0..40),
        ) {
            let found = aligned(&query, &target, 0, 80);
            prop_assert_eq!(found.score, best_score(&query, &target));
            prop_assert!(found.same <= found.columns);
            prop_assert!(found.query.1 - found.query.0 <= found.columns);
        }
    }
}
