//! Metrics of yes-or-no calls at a threshold.

use super::ranking::Ranked;

/// How many examples of either class were called and not called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Positive examples that were called.
    pub true_positives: u64,
    /// Negative examples that were called.
    pub false_positives: u64,
    /// Negative examples that were not called.
    pub true_negatives: u64,
    /// Positive examples that were not called.
    pub false_negatives: u64,
}

impl Confusion {
    /// Counts the calls at a threshold: an example is called when `score >= threshold`.
    ///
    /// # Panics
    /// When there are not as many labels as scores.
    pub fn at(scores: &[f64], labels: &[bool], threshold: f64) -> Self {
        assert_eq!(scores.len(), labels.len(), "one label per score");
        let mut confusion = Self::default();
        for (&score, &label) in scores.iter().zip(labels) {
            *match (score >= threshold, label) {
                (true, true) => &mut confusion.true_positives,
                (true, false) => &mut confusion.false_positives,
                (false, false) => &mut confusion.true_negatives,
                (false, true) => &mut confusion.false_negatives,
            } += 1;
        }
        confusion
    }

    /// Returns Matthews' correlation coefficient of calls and labels.
    ///
    /// `(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))`, from −1 to 1; 0 when a factor is 0, that is
    /// when there is one class only or when all examples or none are called.
    pub fn mcc(&self) -> f64 {
        let [tp, fp, tn, fn_] = self.wide();
        let called_and_positive = (tp + fp) * (tp + fn_);
        let left_and_negative = (tn + fp) * (tn + fn_);
        if called_and_positive == 0 || left_and_negative == 0 {
            return 0.0;
        }
        let covariance = (tp * tn) as f64 - (fp * fn_) as f64;
        covariance / ((called_and_positive as f64).sqrt() * (left_and_negative as f64).sqrt())
    }

    /// Returns the share of examples whose call agrees with their label; 0 without examples.
    pub fn accuracy(&self) -> f64 {
        let right = self.true_positives + self.true_negatives;
        ratio(right, right + self.false_positives + self.false_negatives)
    }

    /// Returns the harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`; 0 when there is
    /// neither a positive example nor a call.
    pub fn f1(&self) -> f64 {
        let twice = 2 * self.true_positives;
        ratio(twice, twice + self.false_positives + self.false_negatives)
    }

    fn wide(&self) -> [u128; 4] {
        [
            self.true_positives,
            self.false_positives,
            self.true_negatives,
            self.false_negatives,
        ]
        .map(u128::from)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Returns Matthews' correlation coefficient at a threshold; see [`Confusion::mcc`].
///
/// # Panics
/// When there are not as many labels as scores.
pub fn mcc(scores: &[f64], labels: &[bool], threshold: f64) -> f64 {
    Confusion::at(scores, labels, threshold).mcc()
}

/// Returns the share of right calls at a threshold; see [`Confusion::accuracy`].
///
/// # Panics
/// When there are not as many labels as scores.
pub fn accuracy(scores: &[f64], labels: &[bool], threshold: f64) -> f64 {
    Confusion::at(scores, labels, threshold).accuracy()
}

/// Returns F1 at a threshold; see [`Confusion::f1`].
///
/// # Panics
/// When there are not as many labels as scores.
pub fn f1(scores: &[f64], labels: &[bool], threshold: f64) -> f64 {
    Confusion::at(scores, labels, threshold).f1()
}

/// Returns the threshold with the highest Matthews correlation.
///
/// The candidates are the midpoints between neighbouring distinct scores, and the lowest score, at which
/// everything is called. Among equally good ones the highest is taken: the fewest calls. The answer is
/// finite when the scores are, and does not depend on the order of the examples. Time `O(n log n)`.
///
/// `None` when there is only one class, or when a score is not a number.
///
/// # Panics
/// When there are not as many labels as scores.
pub fn best_mcc_threshold(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let ranked = Ranked::new(scores, labels)?;
    let counts = vec![1; scores.len()];
    let (positives, negatives) = ranked.totals(&counts, 0, scores.len());
    if positives == 0 || negatives == 0 {
        return None;
    }
    let score_at = |position: usize| scores[ranked.order()[position]];
    let (mut from, mut called, mut best) = (0, Confusion::default(), None);
    for &to in ranked.group_ends() {
        let (group_positives, group_negatives) = ranked.totals(&counts, from, to);
        called.true_positives += group_positives;
        called.false_positives += group_negatives;
        let mcc = Confusion {
            true_negatives: negatives - called.false_positives,
            false_negatives: positives - called.true_positives,
            ..called
        }
        .mcc();
        if best.is_none_or(|(highest, _)| mcc > highest) {
            let lowest_called = score_at(to - 1);
            let threshold = if to < scores.len() {
                between(score_at(to), lowest_called)
            } else {
                lowest_called
            };
            best = Some((mcc, threshold));
        }
        from = to;
    }
    best.map(|(_, threshold)| threshold)
}

/// The midpoint of two scores, or the upper one when no number lies between them.
pub(super) fn between(lower: f64, upper: f64) -> f64 {
    let middle = f64::midpoint(lower, upper);
    if middle > lower && middle < upper {
        middle
    } else {
        upper
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: bool = true;
    const F: bool = false;

    fn confusion([tp, fp, tn, fn_]: [u64; 4]) -> Confusion {
        Confusion {
            true_positives: tp,
            false_positives: fp,
            true_negatives: tn,
            false_negatives: fn_,
        }
    }

    #[test]
    fn an_example_at_the_threshold_is_called() {
        let found = Confusion::at(&[0.9, 0.5, 0.5, 0.4, 0.1], &[T, T, F, T, F], 0.5);
        assert_eq!(found, confusion([2, 1, 1, 1]));
    }

    #[test]
    fn metrics_of_a_confusion_agree_with_hand_computation() {
        let cases = [
            // (6·3 − 1·2) / √(7·8·4·5), 9/12, 12/15
            ("mixed", [6, 1, 3, 2], 16.0 / 1120f64.sqrt(), 0.75, 0.8),
            ("all right", [5, 0, 5, 0], 1.0, 1.0, 1.0),
            ("all wrong", [0, 5, 0, 5], -1.0, 0.0, 0.0),
            ("nothing called", [0, 0, 7, 3], 0.0, 0.7, 0.0),
            ("everything called", [3, 7, 0, 0], 0.0, 0.3, 6.0 / 13.0),
            ("negatives only, none called", [0, 0, 4, 0], 0.0, 1.0, 0.0),
            ("no examples", [0, 0, 0, 0], 0.0, 0.0, 0.0),
            ("a genome's worth", [3_000_000_000, 0, 3_000_000_000, 0], 1.0, 1.0, 1.0),
        ];
        for (name, counts, mcc, accuracy, f1) in cases {
            let found = confusion(counts);
            assert!((found.mcc() - mcc).abs() < 1e-15, "{name}: {}", found.mcc());
            assert_eq!((found.accuracy(), found.f1()), (accuracy, f1), "{name}");
        }
    }

    /// A name, scores, labels, and the threshold.
    type Case<'a> = (&'a str, &'a [f64], &'a [bool], Option<f64>);

    #[test]
    fn best_threshold_is_the_middle_of_the_best_gap() {
        let cases: [Case<'_>; 8] = [
            ("separable", &[0.125, 0.25, 0.75, 1.0], &[F, F, T, T], Some(0.5)),
            // cuts from the top: 1/√3 (TP 1 of 2), 0 (TP 1, FP 1), 1/√3 (TP 2, FP 1)
            (
                "equally good cuts: the higher",
                &[4.0, 3.0, 2.0, 1.0],
                &[T, F, T, F],
                Some(3.5),
            ),
            ("ties are not cut", &[2.0, 2.0, 0.0, 0.0], &[T, F, F, F], Some(1.0)),
            ("nothing better than calling all", &[0.5, 0.5], &[T, F], Some(0.5)),
            (
                "order against the labels: all are called",
                &[1.0, 2.0],
                &[T, F],
                Some(1.0),
            ),
            ("infinite neighbour", &[f64::NEG_INFINITY, 3.0], &[F, T], Some(3.0)),
            ("one class", &[1.0, 2.0], &[T, T], None),
            ("not a number", &[f64::NAN, 2.0], &[F, T], None),
        ];
        for (name, scores, labels, threshold) in cases {
            assert_eq!(best_mcc_threshold(scores, labels), threshold, "{name}");
        }
    }

    #[test]
    fn neighbouring_floats_are_still_separated() {
        let lower = 0.1f64;
        let upper = lower.next_up();
        assert_eq!(best_mcc_threshold(&[lower, upper], &[F, T]), Some(upper));
    }

    proptest! {
        #[test]
        fn no_other_threshold_has_a_higher_mcc(examples in prop::collection::vec((0u8..20, any::<bool>()), 2..60)) {
            let scores: Vec<f64> = examples.iter().map(|e| f64::from(e.0)).collect();
            let labels: Vec<bool> = examples.iter().map(|e| e.1).collect();
            if let Some(threshold) = best_mcc_threshold(&scores, &labels) {
                let chosen = mcc(&scores, &labels, threshold);
                for other in 0..=20 {
                    prop_assert!(mcc(&scores, &labels, f64::from(other) - 0.5) <= chosen + 1e-12);
                }
            }
        }
    }
}
