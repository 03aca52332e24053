//! Backgrounds with the base composition of the foreground.

use rand::Rng;
use rand::seq::SliceRandom;

/// Draws, for every positive, `per_positive` candidates of about the same GC content, each at most once.
///
/// GC fractions fall into bins of `bin_width` from 0 to 1 (the last bin holds 1). In each of `per_positive`
/// rounds every positive first draws uniformly from the candidates left in its own bin; then those that
/// found none, in their order, draw from the nearest bin that has any left: of two equally near ones the
/// fuller, and at equal counts the lower.
///
/// Returns the indices of the drawn candidates round by round. There are fewer than
/// `per_positive · positive_gc.len()` only when all candidates are drawn. `bin_width` is limited to
/// 0.001 to 1, and what is not a number counts as a width of 1 or a fraction of 0. The same generator state gives the same draw.
pub fn gc_matched(
    positive_gc: &[f64],
    candidate_gc: &[f64],
    per_positive: usize,
    bin_width: f64,
    rng: &mut impl Rng,
) -> Vec<usize> {
    let mut bins = GcBins::new(candidate_gc, bin_width, rng);
    let mut drawn = Vec::new();
    for _ in 0..per_positive {
        let mut unmet = Vec::new();
        for &gc in positive_gc {
            let bin = bins.index(gc);
            match bins.members[bin].pop() {
                Some(candidate) => drawn.push(candidate),
                None => unmet.push(bin),
            }
        }
        for bin in unmet {
            let Some(candidate) = bins.pop_nearest(bin) else {
                return drawn;
            };
            drawn.push(candidate);
        }
    }
    drawn
}

/// Candidates by GC content.
struct GcBins {
    width: f64,
    /// The indices of the candidates that are left, by bin, in random order: taking the last draws uniformly.
    members: Vec<Vec<usize>>,
}

impl GcBins {
    fn new(candidate_gc: &[f64], width: f64, rng: &mut impl Rng) -> Self {
        let width = if width.is_nan() { 1.0 } else { width.clamp(0.001, 1.0) };
        let mut bins = Self {
            width,
            members: vec![Vec::new(); to_count((1.0 / width - ROUNDING).ceil())],
        };
        for (candidate, &gc) in candidate_gc.iter().enumerate() {
            let bin = bins.index(gc);
            bins.members[bin].push(candidate);
        }
        for members in &mut bins.members {
            members.shuffle(rng);
        }
        bins
    }

    /// The bin of a GC fraction.
    fn index(&self, gc: f64) -> usize {
        to_count((gc / self.width + ROUNDING).floor()).min(self.members.len() - 1)
    }

    fn pop_nearest(&mut self, bin: usize) -> Option<usize> {
        let size = |bin: usize| self.members[bin].len();
        let nearest = (0..self.members.len())
            .filter(|&other| size(other) > 0)
            .min_by_key(|&other| (other.abs_diff(bin), std::cmp::Reverse(size(other)), other))?;
        self.members[nearest].pop()
    }
}

/// A whole number as a count; negative numbers and NaN are 0.
#[allow(
    clippy::cast_sign_loss,
    reason = "casts from floats saturate, which is what is wanted"
)]
fn to_count(number: f64) -> usize {
    number as usize
}

/// Keeps fractions that lie on the edge of a bin, such as 0.3 / 0.1 = 2.999…, in the bin that starts there.
const ROUNDING: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    #[test]
    fn every_positive_gets_candidates_of_its_own_bin_while_there_are_any() {
        let positives = [0.31, 0.62, 0.31];
        let candidates = [0.35, 0.1, 0.65, 0.39, 0.61, 0.9, 0.3, 0.32];
        let mut drawn = gc_matched(&positives, &candidates, 1, 0.1, &mut rng(1));
        let bins: Vec<f64> = drawn
            .iter()
            .map(|&index| (candidates[index] * 10.0 + 1e-9).floor())
            .collect();
        assert_eq!(bins, [3.0, 6.0, 3.0]);
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 3, "a candidate was drawn twice");
    }

    #[test]
    fn a_positive_without_a_match_draws_from_the_nearest_bin() {
        // Bins of 0.1: the positive is in bin 5. Candidates and which of them may be drawn.
        let cases: [(&[f64], &[usize]); 4] = [
            (&[0.05, 0.75, 0.95], &[1]),
            (&[0.45, 0.65, 0.66], &[1, 2]),
            (&[0.45, 0.65], &[0]),
            (&[1.0], &[0]),
        ];
        for (candidates, nearest) in cases {
            let drawn = gc_matched(&[0.55], candidates, 1, 0.1, &mut rng(3));
            assert_eq!(drawn.len(), 1);
            assert!(nearest.contains(&drawn[0]), "{candidates:?}");
        }
    }

    #[test]
    fn a_spill_does_not_take_the_match_of_a_later_positive() {
        // The first positive has no match; the only candidate of bin 5 belongs to the second.
        let drawn = gc_matched(&[0.45, 0.55], &[0.55, 0.75], 1, 0.1, &mut rng(1));
        assert_eq!(drawn, [0, 1]);
    }

    #[test]
    fn draws_stop_when_no_candidate_is_left() {
        let mut drawn = gc_matched(&[0.2, 0.5], &[0.5, 0.1, 0.9], 4, 0.05, &mut rng(1));
        drawn.sort_unstable();
        assert_eq!(drawn, [0, 1, 2]);
        assert!(gc_matched(&[0.2], &[], 1, 0.05, &mut rng(1)).is_empty());
        assert!(gc_matched(&[], &[0.2], 1, 0.05, &mut rng(1)).is_empty());
    }

    #[test]
    fn edges_belong_to_the_bin_that_starts_there() {
        for (width, count) in [
            (0.1, 10),
            (0.02, 50),
            (0.3, 4),
            (1.0, 1),
            (9.0, 1),
            (0.0, 1000),
            (f64::NAN, 1),
        ] {
            let bins = GcBins::new(&[], width, &mut rng(1));
            assert_eq!(bins.members.len(), count, "{width}");
            assert_eq!(bins.index(1.0), count - 1, "{width}");
            assert_eq!((bins.index(0.0), bins.index(f64::NAN)), (0, 0), "{width}");
        }
        let bins = GcBins::new(&[], 0.1, &mut rng(1));
        assert_eq!([0.1, 0.3, 0.6, 0.7, 0.7999].map(|gc| bins.index(gc)), [1, 3, 6, 7, 7]);
    }

    #[test]
    fn candidates_of_a_bin_are_drawn_equally_often() {
        let candidates = [0.5; 5];
        let mut times = [0; 5];
        let mut rng = rng(5);
        for _ in 0..5000 {
            times[gc_matched(&[0.5], &candidates, 1, 0.02, &mut rng)[0]] += 1;
        }
        // Binomial: mean 1000, standard deviation 28; five of them.
        assert!(times.iter().all(|times| (860..=1140).contains(times)), "{times:?}");
    }

    proptest! {
        #[test]
        fn no_candidate_is_drawn_twice_and_none_is_missing(
            positives in prop::collection::vec(0.0f64..=1.0, 0..20),
            candidates in prop::collection::vec(0.0f64..=1.0, 0..60),
            per_positive in 0usize..4,
            seed in any::<u64>(),
        ) {
            let drawn = gc_matched(&positives, &candidates, per_positive, 0.02, &mut rng(seed));
            prop_assert_eq!(drawn.len(), candidates.len().min(positives.len() * per_positive));
            let mut distinct = drawn.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), drawn.len());
            prop_assert_eq!(gc_matched(&positives, &candidates, per_positive, 0.02, &mut rng(seed)), drawn);
        }
    }
}
