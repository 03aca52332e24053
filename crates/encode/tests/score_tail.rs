//! The probabilities of scores against the enumeration of all words.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use processive_core::Motif;
use processive_encode::{Background, EncodeError, ScoreMatrix, ScoreTail};
use proptest::prelude::*;

/// The score of every word that has one, with its probability.
fn words(matrix: &ScoreMatrix, background: &Background) -> Vec<(i32, f64)> {
    let q = background.probabilities();
    let word = |number: usize| -> Vec<u8> {
        (0..matrix.width())
            .map(|place| (number >> (2 * place) & 3) as u8)
            .collect()
    };
    let probability = |word: &[u8]| word.iter().map(|&code| q[usize::from(code)]).product();
    (0..1 << (2 * matrix.width()))
        .map(word)
        .filter_map(|word| Some((matrix.score(&word)?, probability(&word))))
        .collect()
}

fn reached(words: &[(i32, f64)], score: i32) -> f64 {
    words.iter().filter(|word| word.0 >= score).map(|word| word.1).sum()
}

fn matrix(counts: &[[f64; 4]], background: &Background, pseudocount: f64) -> ScoreMatrix {
    let motif = Motif::from_counts("M1", "", counts).unwrap();
    ScoreMatrix::new(&motif, background, pseudocount).unwrap()
}

/// Checks threshold and probabilities. A score that is reached with a probability of exactly `p` may fall on either side by
/// rounding, unless sums are exact.
fn check(matrix: &ScoreMatrix, background: &Background, p: f64) -> Result<(), TestCaseError> {
    let words = words(matrix, background);
    let tail = ScoreTail::new(matrix, background, p).unwrap();
    let is_near = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * expected;
    prop_assert!(is_near(tail.p_of_best(), reached(&words, matrix.best())));
    let Some(threshold) = tail.threshold() else {
        prop_assert!(reached(&words, matrix.best()) > p * (1.0 - 1e-12));
        return Ok(());
    };
    prop_assert!(is_near(tail.p_of_threshold(), tail.p_of(threshold)));
    prop_assert!(
        reached(&words, threshold) <= p * (1.0 + 1e-12),
        "threshold {threshold} is too low"
    );
    let lowest = words.iter().map(|word| word.0).min().unwrap();
    if threshold > lowest {
        prop_assert!(
            reached(&words, threshold - 1) > p * (1.0 - 1e-12),
            "threshold {threshold} is too high"
        );
    }
    for (score, _) in words.iter().filter(|word| word.0 >= threshold) {
        let (found, expected) = (tail.p_of(*score), reached(&words, *score));
        prop_assert!(is_near(found, expected), "score {score}: {found} is not {expected}");
    }
    Ok(())
}

#[test]
fn a_motif_of_certain_bases_has_the_probabilities_of_theory() -> Result<(), EncodeError> {
    // One word of 4^6 matches everywhere, 18 in five places, 135 in four.
    let counts = [[10.0, 0.0, 0.0, 0.0]; 6];
    let matrix = matrix(&counts, &Background::UNIFORM, 0.4);
    let words = 4f64.powi(6);
    for (p, reached) in [
        (1e-4, 0.0),
        (1.0 / words, 1.0),
        (18.9 / words, 1.0),
        (19.0 / words, 19.0),
        (153.9 / words, 19.0),
        (154.0 / words, 154.0),
        (1.0, words),
    ] {
        let tail = ScoreTail::new(&matrix, &Background::UNIFORM, p)?;
        // Sums of powers of 1/4 are exact.
        assert_eq!(
            (tail.p_of_threshold() * words).to_bits(),
            f64::to_bits(reached),
            "p {p}"
        );
        assert_eq!(tail.threshold().is_some(), reached > 0.0);
        assert_eq!((tail.p_of_best() * words).to_bits(), 1f64.to_bits());
    }
    Ok(())
}

#[test]
fn impossible_bases_have_no_part_in_it() -> Result<(), EncodeError> {
    let matrix = matrix(&[[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 5.0]], &Background::UNIFORM, 0.0);
    let tail = ScoreTail::new(&matrix, &Background::UNIFORM, 1.0)?;
    assert_eq!(tail.threshold(), Some(3000));
    assert_eq!(tail.p_of(3000).to_bits(), 0.125f64.to_bits());
    Ok(())
}

#[test]
fn long_motifs_have_small_probabilities_and_no_less_exact_ones() -> Result<(), EncodeError> {
    let counts: Vec<[f64; 4]> = (0..60)
        .map(|at| std::array::from_fn(|base| if base == at % 4 { 30.0 } else { 0.0 }))
        .collect();
    let matrix = matrix(&counts, &Background::UNIFORM, 0.1);
    let tail = ScoreTail::new(&matrix, &Background::UNIFORM, 1e-10)?;
    assert_eq!(tail.p_of_best().to_bits(), 0.25f64.powi(60).to_bits());
    // Every mismatch loses the same, so the probability of at most k is that of a binomial distribution.
    let [hit, miss] = [matrix.columns()[0][0], matrix.columns()[0][1]];
    let (mut words, mut reached) = (1.0f64, 0.25f64.powi(60));
    for mismatches in 1..=28 {
        words *= 3.0 * f64::from(61 - mismatches) / f64::from(mismatches);
        reached += words * 0.25f64.powi(60);
        let score = matrix.best() - mismatches * (hit - miss);
        if reached > 1e-10 {
            assert_eq!(tail.threshold(), Some(score + 1));
            return Ok(());
        }
        assert!(
            (tail.p_of(score) / reached - 1.0).abs() < 1e-12,
            "{mismatches} mismatches"
        );
    }
    panic!("28 mismatches of 60 are rarer than 1e-10");
}

#[test]
fn ranges_that_do_not_fit_memory_are_refused() {
    let matrix = matrix(&[[1.0, 0.0, 0.0, 0.0]; 20], &Background::UNIFORM, 1e-300);
    let error = ScoreTail::new(&matrix, &Background::UNIFORM, 1.0).unwrap_err();
    assert!(matches!(error, EncodeError::ScoreRange { .. }), "{error}");
    let tail = ScoreTail::new(&matrix, &Background::UNIFORM, 1e-6).unwrap();
    assert!(tail.threshold().is_some());
}

proptest! {
    #[test]
    fn probabilities_are_those_of_all_words(
        counts in prop::collection::vec(prop::array::uniform4(0u32..20), 1..7),
        background in prop::sample::select(vec![[0.25; 4], [0.3, 0.2, 0.2, 0.3], [0.1, 0.4, 0.3, 0.2], [0.97, 0.01, 0.01, 0.01]]),
        pseudocount in prop::sample::select(vec![0.0, 0.1, 3.0]),
        p in prop::sample::select(vec![1e-5, 1e-3, 0.02, 0.3, 1.0]),
    ) {
        let background = Background::new(background).unwrap();
        let counts: Vec<[f64; 4]> = counts.into_iter().map(|column| column.map(f64::from)).collect();
        check(&matrix(&counts, &background, pseudocount), &background, p)?;
    }

    #[test]
    fn both_strands_have_the_same_tail_when_the_background_is_symmetric(
        counts in prop::collection::vec(prop::array::uniform4(0u32..9), 1..12),
        p in prop::sample::select(vec![1e-4, 1e-2]),
    ) {
        let counts: Vec<[f64; 4]> = counts.into_iter().map(|column| column.map(f64::from)).collect();
        let motif = Motif::from_counts("M1", "", &counts).unwrap();
        let background = Background::new([0.3, 0.2, 0.2, 0.3]).unwrap();
        let tail = |motif: &Motif| {
            let matrix = ScoreMatrix::new(motif, &background, 0.1).unwrap();
            ScoreTail::new(&matrix, &background, p).unwrap()
        };
        let (plus, minus) = (tail(&motif), tail(&motif.reverse_complement()));
        prop_assert!((plus.p_of_best() - minus.p_of_best()).abs() <= 1e-12 * plus.p_of_best());
        // A score whose probability is p but for rounding may be in or out.
        let near = plus.p_of_threshold().max(minus.p_of_threshold()) > p * (1.0 - 1e-12);
        prop_assert!(near || plus.threshold() == minus.threshold());
    }
}
