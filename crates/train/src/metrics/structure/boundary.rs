//! Where in a segment predictions are right: accuracy by the distance from the observed boundaries.

/// Distances that are told apart: 0 to 9; the last place holds 10 and more.
pub const BOUNDARY_DISTANCES: usize = 11;

/// Residues, and how many of them are predicted right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RightOf {
    /// The residues whose predicted state is the observed one.
    pub right: u64,
    /// All residues.
    pub residues: u64,
}

impl RightOf {
    /// The share that is right; `None` without residues.
    pub fn accuracy(&self) -> Option<f64> {
        (self.residues > 0).then(|| self.right as f64 / self.residues as f64)
    }

    fn add(&mut self, other: Self, times: u64) {
        self.right += times * other.right;
        self.residues += times * other.residues;
    }
}

/// The residues of a chain by their distance from the ends of the observed segment that they lie in.
///
/// A boundary lies between two neighbouring scored residues of different observed state. The residue behind it has
/// distance 0 from the start of its segment, the one before it distance 0 from the end of its own. Ends of chains and
/// gaps are no boundaries: a residue between a gap and the first boundary behind it has no start, and is left out of
/// `starts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoundaryTally {
    /// By distance from the start of the segment.
    pub starts: [RightOf; BOUNDARY_DISTANCES],
    /// By distance from the end of the segment.
    pub ends: [RightOf; BOUNDARY_DISTANCES],
    /// By the lesser of the two, or by the one that there is.
    pub nearest: [RightOf; BOUNDARY_DISTANCES],
}

impl BoundaryTally {
    /// Counts the residues of a chain.
    ///
    /// # Panics
    /// When the three differ in length.
    pub fn of_chain(observed: &[u8], predicted: &[u8], scored: &[bool]) -> Self {
        assert_eq!(observed.len(), predicted.len(), "one prediction per residue");
        assert_eq!(observed.len(), scored.len(), "one mark per residue");
        let from_starts = from_starts(observed, scored);
        let from_ends = from_ends(observed, scored);
        let mut tally = Self::default();
        for place in (0..observed.len()).filter(|&place| scored[place]) {
            let one = RightOf {
                right: u64::from(observed[place] == predicted[place]),
                residues: 1,
            };
            let (start, end) = (from_starts[place], from_ends[place]);
            let nearest = start.into_iter().chain(end).min();
            for (table, distance) in [
                (&mut tally.starts, start),
                (&mut tally.ends, end),
                (&mut tally.nearest, nearest),
            ] {
                if let Some(distance) = distance {
                    table[distance.min(BOUNDARY_DISTANCES - 1)].add(one, 1);
                }
            }
        }
        tally
    }

    /// Adds another tally `times` times.
    pub fn add(&mut self, other: &Self, times: u64) {
        for (table, added) in [
            (&mut self.starts, &other.starts),
            (&mut self.ends, &other.ends),
            (&mut self.nearest, &other.nearest),
        ] {
            for (cell, added) in table.iter_mut().zip(added) {
                cell.add(*added, times);
            }
        }
    }
}

/// The distance of every residue from the start of its segment, where this is a boundary.
fn from_starts(observed: &[u8], scored: &[bool]) -> Vec<Option<usize>> {
    let mut distances = vec![None; observed.len()];
    for place in 1..observed.len() {
        if scored[place] && scored[place - 1] {
            let goes_on = observed[place] == observed[place - 1];
            distances[place] = if goes_on {
                distances[place - 1].map(|d| d + 1)
            } else {
                Some(0)
            };
        }
    }
    distances
}

/// The distance of every residue from the end of its segment, where this is a boundary.
fn from_ends(observed: &[u8], scored: &[bool]) -> Vec<Option<usize>> {
    let reversed = |of: &[u8]| of.iter().rev().copied().collect::<Vec<u8>>();
    let marks: Vec<bool> = scored.iter().rev().copied().collect();
    let mut distances = from_starts(&reversed(observed), &marks);
    distances.reverse();
    distances
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<bool> {
        text.bytes().map(|mark| mark == b'1').collect()
    }

    #[test]
    fn distances_count_from_changes_of_state_only() {
        let written = |distances: Vec<Option<usize>>| -> String {
            let letter = |d: Option<usize>| d.map_or("-".to_owned(), |d| d.to_string());
            distances.into_iter().map(letter).collect()
        };
        let cases = [
            ("HHHCCHH", "1111111", "---0101", "21010--"),
            // The gap is the end of the first helix's run and the start of the second's: neither is a boundary.
            ("HHHHHHC", "1101111", "------0", "---210-"),
            ("HCHCHC", "101010", "------", "------"),
            ("HHH", "111", "---", "---"),
        ];
        for (states, scored, starts, ends) in cases {
            assert_eq!(
                written(from_starts(states.as_bytes(), &marks(scored))),
                starts,
                "{states}"
            );
            assert_eq!(written(from_ends(states.as_bytes(), &marks(scored))), ends, "{states}");
        }
    }

    #[test]
    fn residues_are_counted_by_both_distances_and_by_the_lesser() {
        let found = BoundaryTally::of_chain(b"HHHCCCH", b"HHCCCCC", &[true; 7]);
        let counts = |table: &[RightOf; BOUNDARY_DISTANCES]| -> Vec<(u64, u64)> {
            table.iter().map(|cell| (cell.right, cell.residues)).take(4).collect()
        };
        // Starts: C at 3 (right), 4, 5, and H at 6 (wrong). Ends: H at 2 (wrong), 1, 0, and C at 5, 4, 3.
        assert_eq!(counts(&found.starts), [(1, 2), (1, 1), (1, 1), (0, 0)]);
        assert_eq!(counts(&found.ends), [(1, 2), (2, 2), (2, 2), (0, 0)]);
        assert_eq!(counts(&found.nearest), [(2, 4), (2, 2), (1, 1), (0, 0)]);
        assert_eq!(found.starts[0].accuracy(), Some(0.5));
        assert_eq!(found.starts[3].accuracy(), None);
        let mut twice = BoundaryTally::default();
        twice.add(&found, 2);
        assert_eq!(counts(&twice.nearest), [(4, 8), (4, 4), (2, 2), (0, 0)]);
    }

    #[test]
    fn far_residues_share_the_last_place() {
        let observed: Vec<u8> = [vec![0; 30], vec![1; 30]].concat();
        let found = BoundaryTally::of_chain(&observed, &observed, &[true; 60]);
        let residues = found.nearest.map(|cell| cell.residues);
        assert_eq!(residues, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 40]);
        assert_eq!(found.starts.map(|cell| cell.residues).iter().sum::<u64>(), 30);
    }
}
