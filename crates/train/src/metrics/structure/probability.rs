//! Probabilities of states against the observed ones.

use super::super::CALIBRATION_BINS;
use super::super::probability::calibration_bin;

/// The least probability that a logarithm is taken of: half a unit in the last place of one, as scikit-learn takes for
/// numbers of this size. A state that was called impossible and is observed costs `-ln` of it, 15.9.
const FLOOR: f64 = f32::EPSILON as f64;

/// How far the probabilities of a residue may be from adding up to one: files give three decimals.
const SUM_TOLERANCE: f64 = 0.02;

/// Sums over residues from which the likelihood, the Brier score and the calibration error follow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProbabilityTally {
    residues: f64,
    log_losses: f64,
    squares: f64,
    bins: [Bin; CALIBRATION_BINS],
}

/// The residues whose most likely state has a probability in one range.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bin {
    residues: f64,
    confidence: f64,
    right: f64,
}

/// One bar of a reliability diagram: the residues whose most likely state has a probability in one range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// The lower edge of the range, excluded but for 0.
    pub low: f64,
    /// The upper edge, included.
    pub high: f64,
    /// The number of residues.
    pub residues: u64,
    /// The mean probability of their most likely state.
    pub confidence: f64,
    /// The share of them that have this state.
    pub accuracy: f64,
}

impl ProbabilityTally {
    /// Adds a residue. Its probabilities are divided by their sum, which rounding moved from one.
    ///
    /// # Panics
    /// When the observed state has no probability.
    pub(super) fn record<const K: usize>(&mut self, probabilities: &[f32; K], observed: usize) {
        let sum: f64 = probabilities.iter().map(|&p| f64::from(p)).sum();
        let of = |state: usize| f64::from(probabilities[state]) / sum;
        let likeliest = most_likely(probabilities);
        let right = f64::from(u8::from(likeliest == observed));
        self.residues += 1.0;
        self.log_losses -= of(observed).max(FLOOR).ln();
        self.squares += (0..K)
            .map(|state| (of(state) - f64::from(u8::from(state == observed))).powi(2))
            .sum::<f64>();
        let bin = &mut self.bins[calibration_bin(of(likeliest))];
        bin.residues += 1.0;
        bin.confidence += of(likeliest);
        bin.right += right;
    }

    /// Adds another tally `times` times.
    pub fn add(&mut self, other: &Self, times: f64) {
        self.residues += times * other.residues;
        self.log_losses += times * other.log_losses;
        self.squares += times * other.squares;
        for (bin, added) in self.bins.iter_mut().zip(&other.bins) {
            bin.residues += times * added.residues;
            bin.confidence += times * added.confidence;
            bin.right += times * added.right;
        }
    }

    /// The mean negative natural logarithm of the observed state's probability. `None` without residues.
    pub fn nll(&self) -> Option<f64> {
        self.mean(self.log_losses)
    }

    /// The mean over residues of `Σ (p − o)²` over the states, `o` being 1 for the observed one and else 0 (Brier
    /// 1950): 0 is perfect, 2 is certain and wrong. `None` without residues.
    pub fn brier(&self) -> Option<f64> {
        self.mean(self.squares)
    }

    /// The expected calibration error of the most likely state: `Σ_b (n_b / n) · |share right − mean probability|` over
    /// bins as in [`expected_calibration_error`](crate::metrics::expected_calibration_error) (Guo et al. 2017). `None`
    /// without residues.
    pub fn ece(&self) -> Option<f64> {
        self.mean(self.bins.iter().map(|bin| (bin.right - bin.confidence).abs()).sum())
    }

    /// The bins that hold residues, by rising probability.
    #[allow(clippy::cast_sign_loss, reason = "a number of residues is not negative")]
    pub fn reliability(&self) -> Vec<ReliabilityBin> {
        let edge = |bin: usize| bin as f64 / CALIBRATION_BINS as f64;
        let filled = self.bins.iter().enumerate().filter(|(_, bin)| bin.residues > 0.0);
        filled
            .map(|(place, bin)| ReliabilityBin {
                low: edge(place),
                high: edge(place + 1),
                residues: bin.residues.round() as u64,
                confidence: bin.confidence / bin.residues,
                accuracy: bin.right / bin.residues,
            })
            .collect()
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.residues > 0.0).then(|| sum / self.residues)
    }
}

/// The place of the largest probability; the first of equal ones.
pub(super) fn most_likely<const K: usize>(probabilities: &[f32; K]) -> usize {
    (1..K).fold(0, |best, state| {
        if probabilities[state] > probabilities[best] {
            state
        } else {
            best
        }
    })
}

/// The first residue whose numbers are no probabilities: one is outside 0 to 1 or not a number, or their sum is not
/// one within 0.02.
pub(super) fn first_improper<const K: usize>(probabilities: &[[f32; K]]) -> Option<usize> {
    let proper = |row: &[f32; K]| {
        let sum: f64 = row.iter().map(|&p| f64::from(p)).sum();
        row.iter().all(|p| (0.0..=1.0 + f32::EPSILON * 8.0).contains(p)) && (sum - 1.0).abs() <= SUM_TOLERANCE
    };
    probabilities.iter().position(|row| !proper(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally<const K: usize>(residues: &[([f32; K], usize)]) -> ProbabilityTally {
        let mut tally = ProbabilityTally::default();
        for (probabilities, observed) in residues {
            tally.record(probabilities, *observed);
        }
        tally
    }

    fn assert_close(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }

    #[test]
    fn sums_agree_with_hand_computation() {
        // .5 and .75 lie in two bins: |.5 - 1| and |.75 - 0|.
        let found = tally(&[([0.5, 0.25, 0.25], 0), ([0.125, 0.75, 0.125], 2)]);
        assert_close(found.nll(), f64::midpoint(2f64.ln(), 8f64.ln()));
        let squares = (0.25 + 0.0625 + 0.0625) + (0.015_625 + 0.5625 + 0.765_625);
        assert_close(found.brier(), squares / 2.0);
        assert_close(found.ece(), f64::midpoint(0.5, 0.75));
        let bins = found.reliability();
        let shape: Vec<_> = bins
            .iter()
            .map(|bin| (bin.residues, bin.confidence, bin.accuracy))
            .collect();
        assert_eq!(shape, [(1, 0.5, 1.0), (1, 0.75, 0.0)]);
        assert!(
            bins.iter()
                .all(|bin| bin.low < bin.confidence && bin.confidence <= bin.high)
        );
    }

    #[test]
    fn certain_answers_cost_nothing_when_right_and_a_bounded_amount_when_wrong() {
        let right = tally(&[([1.0, 0.0], 0)]);
        assert_eq!([right.nll(), right.brier(), right.ece()], [Some(0.0); 3]);
        let wrong = tally(&[([1.0, 0.0], 1)]);
        assert_close(wrong.nll(), 23.0 * 2f64.ln());
        assert_eq!([wrong.brier(), wrong.ece()], [Some(2.0), Some(1.0)]);
        let nothing = ProbabilityTally::default();
        assert_eq!([nothing.nll(), nothing.brier(), nothing.ece()], [None; 3]);
        assert_eq!(nothing.reliability(), []);
    }

    #[test]
    fn a_tally_added_twice_is_its_residues_recorded_twice() {
        let once = [([0.5, 0.5], 1), ([0.25, 0.75], 0)];
        let mut added = ProbabilityTally::default();
        added.add(&tally(&once), 2.0);
        assert_eq!(added, tally(&[once, once].concat()));
    }

    #[test]
    fn numbers_that_are_no_probabilities_are_found() {
        let proper = [0.5, 0.25, 0.25];
        for improper in [
            [0.5, 0.5, 0.5],
            [0.25, 0.25, 0.25],
            [1.5, -0.25, -0.25],
            [f32::NAN, 0.5, 0.5],
        ] {
            assert_eq!(first_improper(&[proper, improper]), Some(1), "{improper:?}");
        }
        assert_eq!(first_improper(&[proper, [0.333, 0.333, 0.333]]), None);
        assert_eq!(most_likely(&[0.25, 0.375, 0.375]), 1);
    }
}
