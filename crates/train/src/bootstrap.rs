//! Bootstrap intervals: how far a number would move with other examples from the same source.
//!
//! A resample draws as many examples as there are, with replacement; the statistic of many resamples,
//! cut at 2.5 % and 97.5 %, is the 95 % percentile interval (Efron 1979). Examples are taken as
//! independent: overlapping windows of one genome are not, and their intervals are too narrow.
//!
//! Resample `i` reads its own stream `i` of one `ChaCha8` generator, so the interval depends on the seed
//! alone, never on the number of threads, and two calls with the same seed and number of examples see
//! the same resamples.

use processive_core::Metric;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How many resamples are drawn, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootstrapSettings {
    /// The number of resamples; 0 leaves every interval out.
    pub resamples: usize,
    /// The seed.
    pub seed: u64,
}

impl Default for BootstrapSettings {
    /// 1000 resamples from seed 0.
    fn default() -> Self {
        Self {
            resamples: 1000,
            seed: 0,
        }
    }
}

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The largest share of resamples without a value (one class only, say) that still leaves an interval.
const SKIPPED_LIMIT: f64 = 0.05;

/// The tails that a 95 % interval leaves out.
const TAILS: [f64; 2] = [0.025, 0.975];

/// Returns the 95 % percentile interval of a statistic of `examples` examples.
///
/// `statistic` gets the indices of one resample, repeats included. Resamples for which it returns `None`
/// are left out. `None` when that happens to more than 5 % of them, and without examples or resamples.
pub fn interval<F>(examples: usize, settings: &BootstrapSettings, statistic: F) -> Option<Interval>
where
    F: Fn(&[usize]) -> Option<f64> + Sync,
{
    let values = values(examples, settings, |rng, indices: &mut Vec<usize>| {
        indices.clear();
        indices.extend((0..examples).map(|_| rng.random_range(0..examples)));
        statistic(indices)
    });
    percentiles(values)
}

/// Returns the difference of a metric between two sets of scores for the same examples, `a − b`, with
/// its 95 % interval.
///
/// Both are resampled together, so what makes an example hard for both cancels out: the interval is
/// narrower than those of the two values suggest. The ends are `None` as in [`interval`].
/// `None` when the metric is undefined for either set of scores.
///
/// # Panics
/// When the scores and the labels differ in number.
pub fn paired_difference<F>(
    metric: F,
    scores_a: &[f64],
    scores_b: &[f64],
    labels: &[bool],
    settings: &BootstrapSettings,
) -> Option<Metric>
where
    F: Fn(&[f64], &[bool]) -> Option<f64> + Sync,
{
    let pair = PairedScores {
        a: scores_a,
        b: scores_b,
        labels,
    };
    mean_paired_difference(metric, &[pair], settings)
}

/// The scores of two methods for the same examples.
#[derive(Clone, Copy, Debug)]
pub struct PairedScores<'a> {
    /// The scores of the one.
    pub a: &'a [f64],
    /// The scores of the other.
    pub b: &'a [f64],
    /// The labels.
    pub labels: &'a [bool],
}

/// Returns the mean over several data sets of the difference of a metric between two methods, `a − b`, with its 95 %
/// interval.
///
/// A resample draws the examples of every set anew, so the interval is about other examples of the same sets, not about
/// other sets. Otherwise as [`paired_difference`], which is the case of one set. `None` without sets.
///
/// # Panics
/// When the scores and the labels of a set differ in number.
pub fn mean_paired_difference<F>(metric: F, sets: &[PairedScores<'_>], settings: &BootstrapSettings) -> Option<Metric>
where
    F: Fn(&[f64], &[bool]) -> Option<f64> + Sync,
{
    for set in sets {
        assert_eq!(set.a.len(), set.labels.len(), "one label per score");
        assert_eq!(set.b.len(), set.labels.len(), "one label per score");
    }
    let difference = |a: &[f64], b: &[f64], labels: &[bool]| Some(metric(a, labels)? - metric(b, labels)?);
    let mean = |differences: Option<Vec<f64>>| {
        let differences = differences.filter(|differences| !differences.is_empty())?;
        Some(differences.iter().sum::<f64>() / differences.len() as f64)
    };
    let value = mean(sets.iter().map(|set| difference(set.a, set.b, set.labels)).collect())?;
    let examples = sets.iter().map(|set| set.labels.len()).sum();
    let values = values(examples, settings, |rng, indices: &mut Vec<usize>| {
        let resampled = sets.iter().map(|set| {
            let examples = set.labels.len();
            indices.clear();
            indices.extend((0..examples).map(|_| rng.random_range(0..examples)));
            let pick = |scores: &[f64]| -> Vec<f64> { indices.iter().map(|&index| scores[index]).collect() };
            let labels: Vec<bool> = indices.iter().map(|&index| set.labels[index]).collect();
            difference(&pick(set.a), &pick(set.b), &labels)
        });
        mean(resampled.collect())
    });
    Some(with_interval(value, percentiles(values)))
}

/// Joins a value and its interval.
pub(crate) fn with_interval(value: f64, interval: Option<Interval>) -> Metric {
    Metric {
        value,
        ci_low: interval.map(|interval| interval.low),
        ci_high: interval.map(|interval| interval.high),
    }
}

/// Returns several statistics of `examples` examples with their 95 % intervals, all from the same resamples.
///
/// `statistics` gets how often every example is drawn, and returns as many values for any counts; the values themselves
/// are those of counts of one. A statistic that is undefined for those is `None`; its resamples count as in
/// [`interval`].
pub fn counted_metrics<F>(examples: usize, settings: &BootstrapSettings, statistics: F) -> Vec<Option<Metric>>
where
    F: Fn(&[u32]) -> Vec<Option<f64>> + Sync,
{
    let resampled = counted_values(examples, settings, &statistics);
    let with_intervals = |(index, value): (usize, Option<f64>)| {
        let interval = percentiles(resampled.iter().map(|values| values[index]));
        value.map(|value| with_interval(value, interval))
    };
    let values = statistics(&vec![1; examples]);
    values.into_iter().enumerate().map(with_intervals).collect()
}

/// Intervals of several statistics from the same resamples, each given as how often every example is drawn.
pub(crate) fn counted_intervals<const K: usize, F>(
    examples: usize,
    settings: &BootstrapSettings,
    statistics: F,
) -> [Option<Interval>; K]
where
    F: Fn(&[u32]) -> [Option<f64>; K] + Sync,
{
    let values = counted_values(examples, settings, statistics);
    std::array::from_fn(|index| percentiles(values.iter().map(|values| values[index])))
}

/// What `statistics` makes of how often every example is drawn, in the order of the streams.
fn counted_values<T: Send>(
    examples: usize,
    settings: &BootstrapSettings,
    statistics: impl Fn(&[u32]) -> T + Sync,
) -> Vec<T> {
    values(examples, settings, |rng, counts: &mut Vec<u32>| {
        counts.clear();
        counts.resize(examples, 0);
        for _ in 0..examples {
            counts[rng.random_range(0..examples)] += 1;
        }
        statistics(counts)
    })
}

/// What `resample` makes of every stream, in the order of the streams.
fn values<T, B, F>(examples: usize, settings: &BootstrapSettings, resample: F) -> Vec<T>
where
    T: Send,
    B: Default + Send,
    F: Fn(&mut ChaCha8Rng, &mut B) -> T + Sync,
{
    if examples == 0 {
        return Vec::new();
    }
    let first_stream = ChaCha8Rng::seed_from_u64(settings.seed);
    (0..settings.resamples as u64)
        .into_par_iter()
        .map_init(B::default, |buffer, stream| {
            let mut rng = first_stream.clone();
            rng.set_stream(stream);
            resample(&mut rng, buffer)
        })
        .collect()
}

/// The interval of a statistic whose resamples have these values.
fn percentiles(values: impl IntoIterator<Item = Option<f64>>) -> Option<Interval> {
    let mut drawn = 0usize;
    let mut defined: Vec<f64> = values
        .into_iter()
        .inspect(|_| drawn += 1)
        .filter_map(|value| value.filter(|value| !value.is_nan()))
        .collect();
    let skipped = drawn - defined.len();
    if defined.is_empty() || skipped as f64 > SKIPPED_LIMIT * drawn as f64 {
        return None;
    }
    defined.sort_unstable_by(f64::total_cmp);
    let [low, high] = TAILS.map(|share| quantile(&defined, share));
    Some(Interval { low, high })
}

/// The quantile of sorted values, linear between neighbours (numpy's default).
#[allow(clippy::cast_sign_loss, reason = "a share of a length is not negative")]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is exact by hand is exact here")]
mod tests {
    use super::*;
    use crate::metrics::auroc;

    fn settings(resamples: usize, seed: u64) -> BootstrapSettings {
        BootstrapSettings { resamples, seed }
    }

    fn mean_of(values: &[f64]) -> impl Fn(&[usize]) -> Option<f64> + Sync + '_ {
        |indices| Some(indices.iter().map(|&index| values[index]).sum::<f64>() / indices.len() as f64)
    }

    #[test]
    fn interval_of_a_share_is_that_of_the_normal_approximation() -> Result<(), &'static str> {
        let bound: Vec<f64> = (0..400).map(|index| f64::from(u8::from(index % 10 < 3))).collect();
        let found = interval(400, &settings(4000, 1), mean_of(&bound)).ok_or("defined")?;
        // .3 ± 1.96 √(.3 · .7 / 400), steps of 1/400
        assert!(
            (found.low - 0.2551).abs() < 0.006 && (found.high - 0.3449).abs() < 0.006,
            "{found:?}"
        );
        Ok(())
    }

    #[test]
    fn intervals_cover_the_truth_about_as_often_as_they_claim() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let covering = (0..400).filter(|&seed| {
            let sample: Vec<f64> = (0..60).map(|_| rng.random::<f64>()).collect();
            let found = interval(60, &settings(400, seed), mean_of(&sample));
            found.is_some_and(|found| (found.low..=found.high).contains(&0.5))
        });
        let share = covering.count() as f64 / 400.0;
        assert!((0.91..=0.98).contains(&share), "{share}");
    }

    #[test]
    fn interval_depends_on_the_seed_and_not_on_the_threads() {
        let values: Vec<f64> = (0..50).map(|index| f64::from(index * index % 17)).collect();
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| interval(50, &settings(300, 5), mean_of(&values)))
        };
        assert_eq!(with_threads(1), with_threads(4));
        assert_ne!(with_threads(1), interval(50, &settings(300, 6), mean_of(&values)));
    }

    #[test]
    fn counts_and_indices_describe_the_same_resamples() {
        let values: Vec<f64> = (0..30).map(|index| f64::from(index % 7)).collect();
        let by_indices = interval(30, &settings(200, 3), mean_of(&values));
        let [by_counts] = counted_intervals(30, &settings(200, 3), |counts| {
            [Some(
                counts
                    .iter()
                    .zip(&values)
                    .map(|(&count, value)| f64::from(count) * value)
                    .sum::<f64>()
                    / 30.0,
            )]
        });
        assert_eq!(by_counts, by_indices);
    }

    #[test]
    fn statistics_of_counts_keep_their_place_and_their_own_interval() -> Result<(), &'static str> {
        let values: Vec<f64> = (0..30).map(|index| f64::from(index % 7)).collect();
        let mean = |counts: &[u32]| {
            let sum: f64 = counts
                .iter()
                .zip(&values)
                .map(|(&count, value)| f64::from(count) * value)
                .sum();
            sum / 30.0
        };
        let found = counted_metrics(30, &settings(200, 3), |counts| {
            vec![None, Some(mean(counts)), Some(1.0)]
        });
        let interval = interval(30, &settings(200, 3), mean_of(&values)).ok_or("defined")?;
        let one = Interval { low: 1.0, high: 1.0 };
        let mean = values.iter().sum::<f64>() / 30.0;
        let expected = [
            None,
            Some(with_interval(mean, Some(interval))),
            Some(with_interval(1.0, Some(one))),
        ];
        assert_eq!(found, expected);
        Ok(())
    }

    #[test]
    fn too_many_resamples_without_a_value_leave_no_interval() {
        let positives = |limit: usize| {
            move |indices: &[usize]| {
                let found = indices.iter().filter(|&&index| index < limit).count();
                (found > 0).then_some(found as f64)
            }
        };
        // no positive in 0.9^10 = 35 % of resamples, and in 0.5^10 = 0.1 %
        assert_eq!(interval(10, &settings(1000, 0), positives(1)), None);
        assert!(interval(10, &settings(1000, 0), positives(5)).is_some());
        assert_eq!(interval(0, &settings(1000, 0), positives(1)), None);
        assert_eq!(interval(10, &settings(0, 0), positives(5)), None);
    }

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        let cases = [(0.0, 10.0), (0.025, 10.75), (0.5, 25.0), (0.975, 39.25), (1.0, 40.0)];
        for (share, expected) in cases {
            assert!(
                (quantile(&[10.0, 20.0, 30.0, 40.0], share) - expected).abs() < 1e-12,
                "{share}"
            );
        }
        assert_eq!(quantile(&[3.0], 0.975), 3.0);
    }

    #[test]
    fn a_metric_does_not_differ_from_itself() {
        let scores = [0.1, 0.7, 0.4, 0.9, 0.3, 0.6];
        let labels = [false, true, false, true, true, false];
        let found = paired_difference(auroc, &scores, &scores, &labels, &settings(200, 0));
        assert_eq!(found, Some(with_interval(0.0, Some(Interval { low: 0.0, high: 0.0 }))));
        assert_eq!(
            paired_difference(auroc, &scores, &scores, &[true; 6], &settings(200, 0)),
            None
        );
    }

    #[test]
    fn paired_difference_sees_what_two_intervals_hide() -> Result<(), &'static str> {
        // b is a with one bound example in sixteen moved to the bottom: never better, a little worse
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let labels: Vec<bool> = (0..400).map(|index| index % 2 == 0).collect();
        let a: Vec<f64> = labels
            .iter()
            .map(|&label| rng.random::<f64>() + 0.4 * f64::from(u8::from(label)))
            .collect();
        let b: Vec<f64> = a
            .iter()
            .enumerate()
            .map(|(i, &score)| if i % 32 == 0 { -1.0 } else { score })
            .collect();
        let alone = |scores: &[f64]| {
            interval(400, &settings(500, 2), |indices| {
                let labels: Vec<bool> = indices.iter().map(|&index| labels[index]).collect();
                auroc(&indices.iter().map(|&index| scores[index]).collect::<Vec<_>>(), &labels)
            })
        };
        let (of_a, of_b) = (alone(&a).ok_or("a")?, alone(&b).ok_or("b")?);
        assert!(of_b.high > of_a.low, "{of_a:?} {of_b:?}");
        let found = paired_difference(auroc, &a, &b, &labels, &settings(500, 2)).ok_or("defined")?;
        assert!(
            found.value > 0.0 && found.ci_low.is_some_and(|low| low > 0.0),
            "{found:?}"
        );
        Ok(())
    }

    #[test]
    fn a_mean_difference_varies_as_independent_sets_do() -> Result<(), &'static str> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let labels = [true; 300];
        let mut draws = || -> Vec<f64> { (0..300).map(|_| rng.random::<f64>()).collect() };
        let columns = [draws(), draws(), draws(), draws()];
        let sets = [(0, 1), (2, 3)].map(|(a, b)| PairedScores {
            a: &columns[a],
            b: &columns[b],
            labels: &labels,
        });
        let mean = |scores: &[f64], _: &[bool]| Some(scores.iter().sum::<f64>() / scores.len() as f64);
        let found = mean_paired_difference(mean, &sets, &settings(4000, 5)).ok_or("defined")?;
        // Independently: the difference of means has the variance of the differences over n; that of the mean of two
        // sets is a quarter of their sum.
        let moments = sets.map(|set| {
            let differences: Vec<f64> = set.a.iter().zip(set.b).map(|(a, b)| a - b).collect();
            let mean = differences.iter().sum::<f64>() / 300.0;
            let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 300.0;
            (mean, variance / 300.0)
        });
        let value = f64::midpoint(moments[0].0, moments[1].0);
        let half = 1.96 * ((moments[0].1 + moments[1].1) / 4.0).sqrt();
        assert!((found.value - value).abs() < 1e-12, "{found:?}");
        let (low, high) = (found.ci_low.ok_or("low")?, found.ci_high.ok_or("high")?);
        // 4000 resamples know the ends to about 4 % of the half width.
        assert!(
            (low - (value - half)).abs() < 0.12 * half && (high - (value + half)).abs() < 0.12 * half,
            "{low} {high}, expected {value} +- {half}"
        );
        assert_eq!(mean_paired_difference(mean, &[], &settings(10, 5)), None);
        Ok(())
    }

    #[test]
    fn a_paired_difference_is_that_of_resamples_drawn_by_hand() -> Result<(), &'static str> {
        let labels: Vec<bool> = (0..40).map(|i| i % 3 == 0).collect();
        let a: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40)).collect();
        let b: Vec<f64> = (0..40).map(|i| f64::from(i * 11 % 40)).collect();
        let found = paired_difference(auroc, &a, &b, &labels, &settings(99, 8)).ok_or("defined")?;
        let by_pairs = |scores: &[f64], indices: &[usize]| {
            let (mut won, mut pairs) = (0.0, 0.0);
            for &i in indices.iter().filter(|&&i| labels[i]) {
                for &j in indices.iter().filter(|&&j| !labels[j]) {
                    pairs += 1.0;
                    won +=
                        f64::from(u8::from(scores[i] > scores[j])) + 0.5 * f64::from(u8::from(scores[i] == scores[j]));
                }
            }
            won / pairs
        };
        let mut differences: Vec<f64> = (0..99)
            .map(|stream| {
                let mut rng = ChaCha8Rng::seed_from_u64(8);
                rng.set_stream(stream);
                let indices: Vec<usize> = (0..40).map(|_| rng.random_range(0..40)).collect();
                by_pairs(&a, &indices) - by_pairs(&b, &indices)
            })
            .collect();
        differences.sort_unstable_by(f64::total_cmp);
        let all: Vec<usize> = (0..40).collect();
        assert!((found.value - (by_pairs(&a, &all) - by_pairs(&b, &all))).abs() < 1e-12);
        // 2.5 % and 97.5 % of the positions 0 to 98 are 2.45 and 95.55.
        let between =
            |below: usize, share: f64| differences[below] + share * (differences[below + 1] - differences[below]);
        let (low, high) = (found.ci_low.ok_or("low")?, found.ci_high.ok_or("high")?);
        assert!((low - between(2, 0.45)).abs() < 1e-12 && (high - between(95, 0.55)).abs() < 1e-12);
        Ok(())
    }
}
