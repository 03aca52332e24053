//! Counts of short words, both strands as one.

use processive_core::alphabet::UNKNOWN;

/// The longest word that [`kmer_features`] counts.
pub const MAX_KMER: usize = 12;

/// Returns how many features [`kmer_features`] has for words of `k` letters: the number of words when a word
/// and its reverse complement are one.
///
/// `4^k / 2` for odd `k`; `(4^k + 2^k) / 2` for even `k`, where palindromes pair with themselves: 2,080 for 6.
///
/// # Panics
/// When `k` is not between 1 and [`MAX_KMER`].
pub fn kmer_feature_count(k: usize) -> usize {
    assert!(
        (1..=MAX_KMER).contains(&k),
        "words have 1 to {MAX_KMER} letters, not {k}"
    );
    let words = 1usize << (2 * k);
    let palindromes = if k.is_multiple_of(2) { 1 << k } else { 0 };
    usize::midpoint(words, palindromes)
}

/// Counts the words of `k` letters of a sequence, a word and its reverse complement as one.
///
/// Returns `(feature, count)` of the words that occur, by ascending feature; words with an unknown base are
/// skipped. A sequence and its reverse complement have the same counts.
///
/// # Order of the features
/// A word is read as its first `k / 2` letters `L`, for odd `k` a middle letter `M`, and the reverse
/// complement `R` of its last `k / 2` letters, each a number in base 4 with A, C, G, T = 0, 1, 2, 3 and the
/// first letter most significant. Reading the other strand swaps `L` with `R` and complements `M`.
/// - even `k`: the strand with `L <= R` counts, and its feature is `R (R + 1) / 2 + L`;
/// - odd `k`: the strand with `M` = A or C counts, and its feature is `(M · 4^(k / 2) + L) · 4^(k / 2) + R`.
///
/// Both are gapless from 0 to [`kmer_feature_count`]` - 1`.
///
/// # Panics
/// When `k` is not between 1 and [`MAX_KMER`].
pub fn kmer_features(codes: &[u8], k: usize) -> Vec<(u32, u32)> {
    assert!(
        (1..=MAX_KMER).contains(&k),
        "words have 1 to {MAX_KMER} letters, not {k}"
    );
    let mut features = features_in_order(codes, k);
    features.sort_unstable();
    let run = |run: &[u32]| (run[0], run.len() as u32);
    features.chunk_by(|a, b| a == b).map(run).collect()
}

/// The feature of every word without unknown bases, from left to right.
fn features_in_order(codes: &[u8], k: usize) -> Vec<u32> {
    let mask = (1u32 << (2 * k)) - 1;
    let (mut word, mut opposite, mut known) = (0u32, 0u32, 0);
    let mut features = Vec::with_capacity((codes.len() + 1).saturating_sub(k));
    for &code in codes {
        known = if code < UNKNOWN { known + 1 } else { 0 };
        let code = u32::from(code & 3);
        word = (word << 2 | code) & mask;
        opposite = opposite >> 2 | (3 - code) << (2 * (k - 1));
        if known >= k {
            features.push(feature(word, opposite, k));
        }
    }
    features
}

/// The feature of a word of `k` letters and its reverse complement.
fn feature(word: u32, opposite: u32, k: usize) -> u32 {
    let half = k / 2;
    let (left, right) = (word >> (2 * (k - half)), opposite >> (2 * (k - half)));
    if k.is_multiple_of(2) {
        let (low, high) = (left.min(right), left.max(right));
        return high * (high + 1) / 2 + low;
    }
    let middle = word >> (2 * half) & 3;
    let (middle, left, right) = if middle < 2 {
        (middle, left, right)
    } else {
        (3 - middle, right, left)
    };
    ((middle << (2 * half) | left) << (2 * half)) | right
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{encode_dna, reverse_complement};

    fn features(letters: &str, k: usize) -> Vec<(u32, u32)> {
        kmer_features(&encode_dna(letters.as_bytes()), k)
    }

    #[test]
    fn features_number_the_pairs_of_opposite_words_without_gaps() {
        for k in 1..=8 {
            let mut seen = BTreeSet::new();
            for number in 0..1usize << (2 * k) {
                let mut word: Vec<u8> = (0..k).rev().map(|place| (number >> (2 * place) & 3) as u8).collect();
                let here = kmer_features(&word, k);
                reverse_complement(&mut word);
                assert_eq!(kmer_features(&word, k), here);
                assert_eq!((here.len(), here[0].1), (1, 1));
                seen.insert(here[0].0 as usize);
            }
            assert!(seen.into_iter().eq(0..kmer_feature_count(k)), "k = {k}");
        }
    }

    #[test]
    fn six_letter_words_make_2080_features() {
        assert_eq!([1, 2, 3, 6].map(kmer_feature_count), [2, 10, 32, 2080]);
    }

    #[test]
    fn the_order_of_features_is_the_documented_one() {
        // By hand. AC: L = A = 0, R = rc(C) = G = 2 -> 2 * 3 / 2 + 0 = 3; GT is its other strand.
        // TA: L = 3, R = rc(A) = T = 3 -> 3 * 4 / 2 + 3 = 9.
        // ACG: M = C = 1, L = 0, R = rc(G) = C = 1 -> (1 * 4 + 0) * 4 + 1 = 17; CGT is its other strand.
        assert_eq!(features("AC", 2), [(3, 1)]);
        assert_eq!(features("GT", 2), [(3, 1)]);
        assert_eq!(features("TA", 2), [(9, 1)]);
        assert_eq!(features("ACG", 3), [(17, 1)]);
        assert_eq!(features("CGT", 3), [(17, 1)]);
        assert_eq!(features("AATTCG", 1), [(0, 4), (1, 2)]);
    }

    #[test]
    fn words_with_an_unknown_base_are_skipped() {
        assert_eq!(features("ACNGT", 2), [(3, 2)]);
        assert_eq!(features("ACNGT", 3), []);
        assert_eq!(features("AC", 3), []);
        assert_eq!(features("", 3), []);
    }

    #[test]
    fn the_longest_words_fit() {
        let longest = "T".repeat(MAX_KMER);
        assert_eq!(features(&longest, MAX_KMER), features(&"A".repeat(MAX_KMER), MAX_KMER));
        let last = features("TTTTTTAAAAAA", 12)[0].0 as usize;
        assert_eq!(last, kmer_feature_count(12) - 1);
    }

    proptest! {
        #[test]
        fn both_strands_have_the_same_counts(codes in prop::collection::vec(0u8..5, 0..120), k in 1usize..=12) {
            let mut other = codes.clone();
            reverse_complement(&mut other);
            let counts = kmer_features(&codes, k);
            prop_assert_eq!(&kmer_features(&other, k), &counts);
            let words = codes.windows(k).filter(|word| !word.contains(&UNKNOWN)).count();
            prop_assert_eq!(counts.iter().map(|&(_, count)| count as usize).sum::<usize>(), words);
            prop_assert!(counts.is_sorted_by(|a, b| a.0 < b.0));
        }
    }
}
