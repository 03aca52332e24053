//! Precision and recall by threshold.

use processive_core::OperatingPoint;

use super::classification::between;
use super::ranking::Ranked;

/// Returns, for every precision of 0.01, 0.02, ... 1 that is reached, the lowest threshold that reaches it: by rising
/// threshold and precision, at most 100 points.
///
/// A threshold lies in the middle between the scores that it parts; the lowest is the lowest score. Precision does not rise
/// everywhere with the threshold, so a point may be followed by thresholds of less. Time `O(n log n)`.
///
/// Empty without a positive example, or when a score is not a number.
///
/// # Panics
/// When there are not as many labels as scores.
pub fn operating_points(scores: &[f64], labels: &[bool]) -> Vec<OperatingPoint> {
    let Some(ranked) = Ranked::new(scores, labels) else {
        return Vec::new();
    };
    let counts = vec![1; scores.len()];
    let (positives, _) = ranked.totals(&counts, 0, scores.len());
    let mut points = Vec::new();
    // From everything called to little: thresholds rise.
    let (mut right, mut percent) = (positives, 0);
    let mut ends = ranked.group_ends().iter().rev().copied().peekable();
    while let Some(called) = ends.next() {
        let share = 100 * right / called as u64;
        if right > 0 && share > percent {
            percent = share;
            points.push(OperatingPoint {
                threshold: threshold(scores, &ranked, called),
                precision: right as f64 / called as f64,
                recall: right as f64 / positives as f64,
            });
        }
        let next = ends.peek().copied().unwrap_or(0);
        right -= ranked.totals(&counts, next, called).0;
    }
    points
}

/// The threshold at which the first `called` examples are called.
fn threshold(scores: &[f64], ranked: &Ranked, called: usize) -> f64 {
    let score_at = |position: usize| scores[ranked.order()[position]];
    if called < scores.len() {
        between(score_at(called), score_at(called - 1))
    } else {
        score_at(called - 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Confusion;

    #[test]
    fn points_rise_and_lie_between_scores() {
        let scores = [0.9, 0.8, 0.8, 0.5, 0.4, 0.1];
        let labels = [true, true, false, true, false, false];
        let found: Vec<[f64; 3]> = operating_points(&scores, &labels)
            .iter()
            .map(|point| [point.threshold, point.precision, point.recall])
            .collect();
        // Of 6, 5, 4 and 1 calls 3, 3, 3 and 1 are right; of the 3 down to 0.8 2 are, which is less than 3 of 4.
        let middle = |a, b| f64::midpoint(a, b);
        let expected = [
            [0.1, 0.5, 1.0],
            [middle(0.1, 0.4), 0.6, 1.0],
            [middle(0.4, 0.5), 0.75, 1.0],
            [middle(0.8, 0.9), 1.0, 1.0 / 3.0],
        ];
        assert_eq!(found, expected);
        assert_eq!(operating_points(&[0.5, 0.25], &[false, false]), []);
        assert_eq!(operating_points(&[], &[]), []);
    }

    proptest! {
        #[test]
        fn no_lower_threshold_reaches_a_percentage(examples in prop::collection::vec((0u8..30, any::<bool>()), 1..150)) {
            let scores: Vec<f64> = examples.iter().map(|example| f64::from(example.0)).collect();
            let labels: Vec<bool> = examples.iter().map(|example| example.1).collect();
            let points = operating_points(&scores, &labels);
            prop_assert!(points.is_sorted_by(|a, b| a.threshold < b.threshold && a.precision < b.precision));
            let precision = |threshold: f64| {
                let calls = Confusion::at(&scores, &labels, threshold);
                let called = calls.true_positives + calls.false_positives;
                (called > 0).then(|| (100 * calls.true_positives, called))
            };
            for percent in 1u64..=100 {
                let reaches = |&threshold: &f64| precision(threshold).is_some_and(|(right, called)| right >= percent * called);
                let lowest = scores.iter().copied().filter(reaches).min_by(f64::total_cmp);
                let point = points.iter().find(|point| point.precision * 100.0 >= percent as f64 - 1e-9);
                prop_assert_eq!(point.is_some(), lowest.is_some());
                if let (Some(point), Some(lowest)) = (point, lowest) {
                    prop_assert_eq!(Confusion::at(&scores, &labels, point.threshold), Confusion::at(&scores, &labels, lowest));
                }
            }
        }
    }
}
