//! Splitting examples, and keeping the splits apart.

use std::collections::{BTreeMap, HashSet};

use processive_encode::reverse_complement;
use processive_train::{Dataset, Example};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::Splits;

/// Keeps a share of the examples of each label for validation; copies of a sequence, and its reverse
/// complement, stay together.
pub(super) fn by_fraction(dataset: &Dataset, fraction: f64, seed: u64) -> (Dataset, Dataset) {
    let mut groups: BTreeMap<(bool, Vec<u8>), Vec<&Example>> = BTreeMap::new();
    for example in dataset.examples() {
        groups
            .entry((example.label, either_strand(&example.codes)))
            .or_default()
            .push(example);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut keyed: Vec<(bool, u64, Vec<&Example>)> = groups
        .into_iter()
        .map(|((label, _), examples)| (label, rng.random(), examples))
        .collect();
    keyed.sort_by_key(|&(label, key, _)| (label, key));
    let (mut train, mut valid) = (Vec::new(), Vec::new());
    for label in [false, true] {
        let total = dataset
            .examples()
            .iter()
            .filter(|example| example.label == label)
            .count();
        #[allow(clippy::cast_sign_loss, reason = "a share of a count is not negative")]
        let wanted = (total as f64 * fraction).round() as usize;
        let mut kept = 0;
        for (_, _, examples) in keyed.iter().filter(|group| group.0 == label) {
            let side = if kept < wanted { &mut valid } else { &mut train };
            kept += examples.len();
            side.extend(examples.iter().map(|&example| example.clone()));
        }
    }
    (Dataset::new(train), Dataset::new(valid))
}

/// Drops training examples that also are validation or test examples, on either strand; returns how many.
pub(super) fn drop_shared(splits: &mut Splits) -> usize {
    let held: HashSet<Vec<u8>> = splits
        .valid
        .examples()
        .iter()
        .chain(splits.test.examples())
        .map(|example| either_strand(&example.codes))
        .collect();
    let before = splits.train.len();
    let kept = splits
        .train
        .examples()
        .iter()
        .filter(|example| !held.contains(&either_strand(&example.codes)));
    splits.train = Dataset::new(kept.cloned().collect());
    before - splits.train.len()
}

/// The same for a sequence and its reverse complement.
fn either_strand(codes: &[u8]) -> Vec<u8> {
    let mut reverse = codes.to_vec();
    reverse_complement(&mut reverse);
    reverse.min(codes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(codes: &[u8], label: bool) -> Example {
        Example {
            codes: codes.to_vec(),
            label,
        }
    }

    #[test]
    fn a_split_keeps_the_share_of_each_label_and_copies_together() {
        let mut examples: Vec<Example> = (0..64u8)
            .map(|i| example(&[i / 16, i / 4 % 4, i % 4, 0, 0], i < 20))
            .collect();
        examples.push(example(&[3, 3, 3, 3, 3], true)); // the reverse complement of 0 0 0 0 0
        let dataset = Dataset::new(examples);
        let (train, valid) = by_fraction(&dataset, 0.25, 3);
        assert_eq!(train.len() + valid.len(), 65);
        assert!((5..=6).contains(&valid.positives()), "{}", valid.positives());
        // 11 of 44, or one more when the last group is a pair of reverse complements.
        assert!((11..=12).contains(&(valid.len() - valid.positives())));
        let keys = |dataset: &Dataset| -> HashSet<Vec<u8>> {
            dataset
                .examples()
                .iter()
                .map(|example| either_strand(&example.codes))
                .collect()
        };
        assert!(keys(&train).is_disjoint(&keys(&valid)));
        assert_eq!(by_fraction(&dataset, 0.25, 3), (train, valid));
    }

    #[test]
    fn training_examples_shared_with_the_test_on_either_strand_are_dropped() {
        let mut splits = Splits {
            train: Dataset::new(vec![
                example(&[0, 1, 2], true),
                example(&[1, 2, 3], false),
                example(&[0, 0, 0], true),
            ]),
            test: Dataset::new(vec![example(&[0, 1, 2], true)]),
            ..Splits::default()
        };
        // The reverse complement of 0 1 2 is 1 2 3.
        assert_eq!(drop_shared(&mut splits), 2);
        assert_eq!(splits.train.examples(), [example(&[0, 0, 0], true)]);
    }
}
