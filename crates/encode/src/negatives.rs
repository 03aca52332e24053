//! Background windows of a contig, by rule.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use rand::seq::index;
use rand::{Rng, RngExt};

use crate::free_starts::FreeStarts;
use crate::peak_windows::WindowExample;
use crate::{EncodeError, dinucleotide_shuffle, gc_fraction, gc_matched};

/// Where the negatives of a training set come from.
///
/// All but [`Self::Shuffle`] are windows of the genome that lie wholly inside the contig, keep their distance
/// from every peak and are unknown in less than half of their bases. No two negatives of a contig start at
/// the same base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NegativeRule {
    /// Windows on a grid of half a window, drawn to have the GC content of the positives in bins of 0.02
    /// ([`gc_matched`]): a model cannot tell them apart by composition.
    #[default]
    GcMatched,
    /// Windows 1.5 to 10 widths to the left or right of each peak, centre to centre, drawn uniformly: the
    /// same kind of region, without the factor.
    Flank,
    /// Dinucleotide shuffles of the positives ([`dinucleotide_shuffle`]): a model must know more than
    /// composition, but can learn what makes a sequence natural.
    Shuffle,
    /// Windows drawn uniformly from the contig: the background that a scan of a genome meets.
    Background,
}

impl NegativeRule {
    /// All rules.
    pub const ALL: [Self; 4] = [Self::GcMatched, Self::Flank, Self::Shuffle, Self::Background];

    /// The name that a user writes.
    pub fn name(self) -> &'static str {
        match self {
            Self::GcMatched => "gc-matched",
            Self::Flank => "flank",
            Self::Shuffle => "shuffle",
            Self::Background => "background",
        }
    }
}

impl fmt::Display for NegativeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for NegativeRule {
    type Err = EncodeError;

    fn from_str(text: &str) -> Result<Self, EncodeError> {
        let named = Self::ALL.into_iter().find(|rule| rule.name() == text);
        named.ok_or_else(|| EncodeError::UnknownNegativeRule { text: text.to_owned() })
    }
}

/// The GC bins of [`NegativeRule::GcMatched`]: 4 bases of a window of 200.
const GC_BIN_WIDTH: f64 = 0.02;

/// Draws the starts of windows on a grid of half a window whose GC content matches that of the positives.
pub(crate) fn gc_matched_starts(
    codes: &[u8],
    width: usize,
    free: &FreeStarts,
    positives: &[WindowExample],
    per_positive: usize,
    rng: &mut impl Rng,
) -> Vec<u64> {
    let grid = (0..codes.len()).step_by((width / 2).max(1));
    let candidates: Vec<usize> = grid.filter(|&start| free.contains(start as u64)).collect();
    let gc = |codes: &[u8]| gc_fraction(codes).expect("at least half of a window is known");
    let candidate_gc: Vec<f64> = candidates
        .iter()
        .map(|&start| gc(&codes[start..start + width]))
        .collect();
    let positive_gc: Vec<f64> = positives.iter().map(|positive| gc(&positive.codes)).collect();
    let drawn = gc_matched(&positive_gc, &candidate_gc, per_positive, GC_BIN_WIDTH, rng);
    drawn.into_iter().map(|index| candidates[index] as u64).collect()
}

/// Draws the starts of windows 1.5 to 10 widths on either side of each centre.
pub(crate) fn flank_starts(
    centres: &[u64],
    width: usize,
    free: &FreeStarts,
    per_positive: usize,
    rng: &mut impl Rng,
) -> Vec<u64> {
    let mut taken = BTreeSet::new();
    let mut starts = Vec::new();
    for &centre in centres {
        let sides = flanks(centre, width as u64).map(|side| free.rank(side.start)..free.rank(side.end));
        let ranks = sides[0].len() + sides[1].len();
        let left: usize = sides.iter().map(|side| taken.range(side.clone()).count()).sum();
        for _ in 0..per_positive.min(ranks - left) {
            let rank = draw_untaken(&sides, &taken, rng);
            taken.insert(rank);
            starts.push(free.nth(rank));
        }
    }
    starts
}

/// Draws a rank of two ranges uniformly among those not taken, of which there is at least one.
fn draw_untaken(sides: &[Range<usize>; 2], taken: &BTreeSet<usize>, rng: &mut impl Rng) -> usize {
    let [before, after] = sides;
    loop {
        let draw = rng.random_range(0..before.len() + after.len());
        let rank = match draw.checked_sub(before.len()) {
            None => before.start + draw,
            Some(beyond) => after.start + beyond,
        };
        if !taken.contains(&rank) {
            return rank;
        }
    }
}

/// The starts of the windows whose centres lie 1.5 to 10 widths before and after a centre.
fn flanks(centre: u64, width: u64) -> [Range<u64>; 2] {
    let (near, far) = ((3 * width).div_ceil(2), 10 * width);
    // A window starts half a width before its centre; before the contig's first base there is no start.
    let start_at = |centre: u64| centre.saturating_sub(width / 2);
    let before_near = (centre + 1).saturating_sub(near + width / 2);
    let before = centre.saturating_sub(far + width / 2)..before_near;
    [before, start_at(centre + near)..start_at(centre + far) + 1]
}

/// Draws starts uniformly from all free ones.
pub(crate) fn background_starts(free: &FreeStarts, wanted: usize, rng: &mut impl Rng) -> Vec<u64> {
    let ranks = index::sample(rng, free.len(), wanted.min(free.len()));
    ranks.into_iter().map(|rank| free.nth(rank)).collect()
}

/// How often a shuffle that gives the positive itself is drawn again.
const SHUFFLE_ATTEMPTS: usize = 20;

/// Shuffles every positive; shuffles that keep giving the positive itself are left out.
pub(crate) fn shuffles(positives: &[WindowExample], per_positive: usize, rng: &mut impl Rng) -> Vec<WindowExample> {
    let mut examples = Vec::with_capacity(positives.len() * per_positive);
    for positive in positives {
        for _ in 0..per_positive {
            let mut attempts = (0..SHUFFLE_ATTEMPTS).map(|_| dinucleotide_shuffle(&positive.codes, rng));
            let region = positive.region.clone();
            if let Some(codes) = attempts.find(|codes| *codes != positive.codes) {
                examples.push(WindowExample { region, codes });
            }
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_by_the_names_they_print() -> Result<(), EncodeError> {
        for rule in NegativeRule::ALL {
            assert_eq!(rule.to_string().parse::<NegativeRule>()?, rule);
        }
        let error = "gc".parse::<NegativeRule>().unwrap_err();
        assert!(error.to_string().contains("gc-matched, flank, shuffle and background"));
        Ok(())
    }

    #[test]
    fn flanks_are_one_and_a_half_to_ten_widths_away() {
        // Width 4: centres 6 to 40 away, starts 2 before the centre.
        assert_eq!(flanks(100, 4), [58..93, 104..139]);
        // Width 3: centres 5 to 30 away, starts 1 before the centre.
        assert_eq!(flanks(100, 3), [69..95, 104..130]);
        assert_eq!(flanks(10, 4), [0..3, 14..49]);
        assert_eq!(flanks(2, 4)[0], 0..0);
    }
}
