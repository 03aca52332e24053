//! Which sequences share a batch.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The number of batches that are sorted by length together when the order is random: large enough that
/// batch mates have similar lengths, small enough that they change from one pass over the data to the next.
const POOL: usize = 32;

/// Groups sequences of similar length into batches, so that little of a padded batch is padding.
///
/// Every index from 0 to `lengths.len() - 1` appears in exactly one batch; all batches but one (with a
/// generator: but one of the last pool) hold `batch_size` indices. A `batch_size` of 0 is read as 1.
///
/// - Without a generator: all sequences by length, equal lengths in their given order, cut into batches.
/// - With a generator: all sequences in random order, cut into pools of 32 batches, each pool sorted by
///   length and cut into batches, and the batches in random order. When all lengths are equal this is a
///   uniform random permutation. The same generator state gives the same batches.
pub fn length_buckets(lengths: &[usize], batch_size: usize, rng: Option<&mut ChaCha8Rng>) -> Vec<Vec<usize>> {
    let batch_size = batch_size.max(1);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    let Some(rng) = rng else {
        order.sort_by_key(|&index| lengths[index]);
        return cut(&order, batch_size);
    };
    order.shuffle(rng);
    for pool in order.chunks_mut(batch_size.saturating_mul(POOL)) {
        pool.sort_by_key(|&index| lengths[index]);
    }
    let mut batches = cut(&order, batch_size);
    batches.shuffle(rng);
    batches
}

/// Groups sequences of similar length into batches of at most `most` letters, padding included; a longer sequence has a
/// batch of its own. Every index appears once; batches go from short sequences to long ones.
pub fn letter_buckets(lengths: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| lengths[index]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * lengths[index] <= most => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

fn cut(order: &[usize], batch_size: usize) -> Vec<Vec<usize>> {
    order.chunks(batch_size).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn without_a_generator_batches_follow_the_lengths() {
        let batches = length_buckets(&[5, 1, 9, 1, 2], 2, None);
        assert_eq!(batches, [vec![1, 3], vec![4, 0], vec![2]]);
        assert!(length_buckets(&[], 4, None).is_empty());
        assert_eq!(length_buckets(&[3, 2], 0, None), [[1], [0]]);
    }

    #[test]
    fn a_seed_fixes_the_batches_and_another_changes_them() {
        let lengths: Vec<usize> = (0..500).map(|index| 1 + index * 37 % 100).collect();
        let draw = |seed| length_buckets(&lengths, 8, Some(&mut ChaCha8Rng::seed_from_u64(seed)));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn sorting_by_length_saves_most_of_the_padding() {
        let lengths: Vec<usize> = (0..640).map(|index| 1 + index * 37 % 100).collect();
        let padded = |batches: &[Vec<usize>]| -> usize {
            let width = |batch: &Vec<usize>| batch.iter().map(|&index| lengths[index]).max();
            batches.iter().map(|batch| batch.len() * width(batch).unwrap()).sum()
        };
        let letters: usize = lengths.iter().sum();
        let random = length_buckets(&lengths, 8, Some(&mut ChaCha8Rng::seed_from_u64(3)));
        let unsorted: Vec<Vec<usize>> = cut(&(0..640).collect::<Vec<_>>(), 8);
        assert!(padded(&unsorted) * 10 > letters * 15, "the data would not need buckets");
        assert!(padded(&random) * 10 < letters * 11);
    }

    #[test]
    fn a_batch_of_letters_holds_its_padding_and_a_long_sequence_stands_alone() {
        let batches = letter_buckets(&[3, 50, 2, 4, 4, 9], 12);
        assert_eq!(batches, [vec![2, 0, 3], vec![4], vec![5], vec![1]]);
        assert!(letter_buckets(&[], 12).is_empty());
    }

    proptest! {
        #[test]
        fn every_index_appears_once(
            lengths in prop::collection::vec(1usize..50, 0..200),
            batch_size in 1usize..9,
            seed in prop::option::of(any::<u64>()),
        ) {
            let mut rng = seed.map(ChaCha8Rng::seed_from_u64);
            let batches = length_buckets(&lengths, batch_size, rng.as_mut());
            prop_assert_eq!(batches.len(), lengths.len().div_ceil(batch_size));
            prop_assert!(batches.iter().all(|batch| (1..=batch_size).contains(&batch.len())));
            let mut seen = batches.concat();
            seen.sort_unstable();
            prop_assert!(seen.into_iter().eq(0..lengths.len()));
        }
    }
}
