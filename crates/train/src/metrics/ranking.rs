//! Metrics of the order of the scores alone.

/// Returns the area under the receiver operating characteristic curve.
///
/// The probability that a positive example scores above a negative one, a tie counting one half
/// (the Mann-Whitney statistic with midranks). It is computed in integers and divided once, so it does
/// not depend on the order of the examples. Time `O(n log n)`.
///
/// `None` when there is only one class, or when a score is not a number.
///
/// # Panics
/// When there are not as many labels as scores.
pub fn auroc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let ranked = Ranked::new(scores, labels)?;
    ranked.auroc(&vec![1; scores.len()])
}

/// Returns the area under the precision-recall curve as average precision.
///
/// `Σ (Rₙ − Rₙ₋₁) Pₙ` over the distinct scores from the highest down, examples with the same score
/// entering together and no interpolation in between: scikit-learn's `average_precision_score`.
/// A ranking without information has the share of positives. Time `O(n log n)`.
///
/// `None` when there is no positive example, or when a score is not a number.
///
/// # Panics
/// When there are not as many labels as scores.
pub fn auprc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let ranked = Ranked::new(scores, labels)?;
    ranked.auprc(&vec![1; scores.len()])
}

/// Examples in descending order of score, cut into groups of equal score.
///
/// Sorted once, it answers for any multiset of its examples: the methods take how often each position
/// of the order counts, which is what makes a bootstrap cheap.
pub(crate) struct Ranked {
    order: Vec<usize>,
    labels: Vec<bool>,
    group_ends: Vec<usize>,
}

impl Ranked {
    /// Sorts the examples; `None` when a score is not a number.
    pub(crate) fn new(scores: &[f64], labels: &[bool]) -> Option<Self> {
        assert_eq!(scores.len(), labels.len(), "one label per score");
        if scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        let same_score = order.chunk_by(|&a, &b| scores[a] <= scores[b]);
        let group_ends = same_score
            .scan(0, |end, group| {
                *end += group.len();
                Some(*end)
            })
            .collect();
        let labels = order.iter().map(|&index| labels[index]).collect();
        Some(Self {
            order,
            labels,
            group_ends,
        })
    }

    /// The indices of the examples, the highest score first.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The positions in the order at which a group of equal scores ends.
    pub(crate) fn group_ends(&self) -> &[usize] {
        &self.group_ends
    }

    /// Adds up positives and negatives among the positions `from..to` of the order.
    pub(crate) fn totals(&self, counts: &[u32], from: usize, to: usize) -> (u64, u64) {
        let mut by_class = [0u64; 2];
        for (&label, &count) in self.labels[from..to].iter().zip(&counts[from..to]) {
            by_class[usize::from(label)] += u64::from(count);
        }
        (by_class[1], by_class[0])
    }

    /// Positives and negatives of every group of equal scores, the highest score first.
    fn groups<'a>(&'a self, counts: &'a [u32]) -> impl Iterator<Item = (u64, u64)> + 'a {
        let mut from = 0;
        self.group_ends.iter().map(move |&to| {
            let totals = self.totals(counts, from, to);
            from = to;
            totals
        })
    }

    /// The area under the receiver operating characteristic curve when position `i` of the order counts `counts[i]` times.
    pub(crate) fn auroc(&self, counts: &[u32]) -> Option<f64> {
        let (mut positives, mut negatives, mut twice_wins) = (0u64, 0u64, 0u64);
        for (group_positives, group_negatives) in self.groups(counts) {
            twice_wins += group_negatives * (2 * positives + group_positives);
            positives += group_positives;
            negatives += group_negatives;
        }
        let pairs = positives * negatives;
        (pairs > 0).then(|| twice_wins as f64 / (2.0 * pairs as f64))
    }

    /// The average precision when position `i` of the order counts `counts[i]` times.
    pub(crate) fn auprc(&self, counts: &[u32]) -> Option<f64> {
        let (mut positives, mut negatives, mut area) = (0u64, 0u64, 0.0);
        for (group_positives, group_negatives) in self.groups(counts) {
            positives += group_positives;
            negatives += group_negatives;
            if group_positives > 0 {
                area += group_positives as f64 * (positives as f64 / (positives + negatives) as f64);
            }
        }
        (positives > 0).then(|| area / positives as f64)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is exact by hand is exact here")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: bool = true;
    const F: bool = false;

    /// A name, scores, labels, and the areas under the two curves.
    type Case<'a> = (&'a str, &'a [f64], &'a [bool], Option<f64>, Option<f64>);

    #[test]
    fn areas_of_small_rankings_agree_with_counting_by_hand() {
        let cases: [Case<'_>; 9] = [
            // 4 pairs, 3 won; precision 1/1 and 2/3 at the positives
            (
                "one pair lost",
                &[0.1, 0.4, 0.35, 0.8],
                &[F, F, T, T],
                Some(0.75),
                Some(0.5 + 1.0 / 3.0),
            ),
            ("perfect", &[3.0, 2.0, 1.0, 0.0], &[T, T, F, F], Some(1.0), Some(1.0)),
            // precision 1/3 and 2/4
            (
                "reversed",
                &[0.0, 1.0, 2.0, 3.0],
                &[T, T, F, F],
                Some(0.0),
                Some(1.0 / 6.0 + 0.25),
            ),
            ("all tied", &[0.5; 4], &[T, F, F, F], Some(0.5), Some(0.25)),
            // pairs: a tie, a win, a loss, a win; groups {T F}, {T}, {F}: 1/2 · 1/2 + 1/2 · 2/3
            (
                "tie on top",
                &[2.0, 2.0, 1.0, 0.0],
                &[T, F, T, F],
                Some(0.625),
                Some(0.25 + 1.0 / 3.0),
            ),
            ("zeros of both signs tie", &[0.0, -0.0], &[T, F], Some(0.5), Some(0.5)),
            (
                "infinite scores rank",
                &[f64::INFINITY, f64::NEG_INFINITY],
                &[T, F],
                Some(1.0),
                Some(1.0),
            ),
            ("negatives only", &[0.2, 0.1], &[F, F], None, None),
            ("positives only", &[0.2, 0.1], &[T, T], None, Some(1.0)),
        ];
        for (name, scores, labels, roc, precision) in cases {
            assert_eq!(auroc(scores, labels), roc, "{name}");
            let found = auprc(scores, labels);
            assert_eq!(found.is_some(), precision.is_some(), "{name}");
            let difference = found.unwrap_or_default() - precision.unwrap_or_default();
            assert!(difference.abs() < 1e-15, "{name}: {found:?}");
        }
    }

    #[test]
    fn no_examples_and_scores_that_are_no_numbers_have_no_area() {
        assert_eq!(auroc(&[], &[]), None);
        assert_eq!(auprc(&[], &[]), None);
        assert_eq!(auroc(&[f64::NAN, 1.0], &[T, F]), None);
        assert_eq!(auprc(&[f64::NAN, 1.0], &[T, F]), None);
    }

    /// The definition of the statistic: every positive against every negative.
    fn auroc_by_pairs(scores: &[f64], labels: &[bool]) -> Option<f64> {
        let of = |wanted| {
            scores
                .iter()
                .zip(labels)
                .filter(move |(_, l)| **l == wanted)
                .map(|(s, _)| *s)
        };
        let pairs: Vec<f64> = of(true)
            .flat_map(|p| of(false).map(move |n| f64::from(u8::from(p > n)) + 0.5 * f64::from(u8::from(p == n))))
            .collect();
        (!pairs.is_empty()).then(|| pairs.iter().sum::<f64>() / pairs.len() as f64)
    }

    proptest! {
        #[test]
        fn auroc_is_the_share_of_pairs_in_order(examples in prop::collection::vec((0u8..12, any::<bool>()), 0..60)) {
            let scores: Vec<f64> = examples.iter().map(|e| f64::from(e.0)).collect();
            let labels: Vec<bool> = examples.iter().map(|e| e.1).collect();
            prop_assert_eq!(auroc(&scores, &labels), auroc_by_pairs(&scores, &labels));
        }

        #[test]
        fn counting_an_example_k_times_equals_repeating_it(
            examples in prop::collection::vec((0u8..12, any::<bool>(), 0u32..4), 1..60),
        ) {
            let scores: Vec<f64> = examples.iter().map(|e| f64::from(e.0)).collect();
            let labels: Vec<bool> = examples.iter().map(|e| e.1).collect();
            let ranked = Ranked::new(&scores, &labels).unwrap();
            let counts: Vec<u32> = ranked.order().iter().map(|&i| examples[i].2).collect();
            let repeated = examples.iter().flat_map(|e| std::iter::repeat_n((f64::from(e.0), e.1), e.2 as usize));
            let (scores, labels): (Vec<f64>, Vec<bool>) = repeated.unzip();
            prop_assert_eq!(ranked.auroc(&counts), auroc(&scores, &labels));
            prop_assert_eq!(ranked.auprc(&counts), auprc(&scores, &labels));
        }

        #[test]
        fn negated_scores_have_the_complementary_auroc(
            examples in prop::collection::vec((-5i8..5, any::<bool>()), 1..60),
        ) {
            let scores: Vec<f64> = examples.iter().map(|e| f64::from(e.0)).collect();
            let negated: Vec<f64> = scores.iter().map(|s| -s).collect();
            let labels: Vec<bool> = examples.iter().map(|e| e.1).collect();
            if let (Some(area), Some(mirrored)) = (auroc(&scores, &labels), auroc(&negated, &labels)) {
                prop_assert!((area + mirrored - 1.0).abs() < 1e-12);
            }
        }
    }
}
