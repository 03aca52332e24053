//! Every backend against the sum over every window.

use proptest::prelude::*;

use super::*;
use crate::simd::Portable;

/// Matrix, start and score of every hit, by definition: a sum in 64 bits over every window.
fn by_definition(motifs: &[(Vec<[i32; 4]>, i32)], codes: &[u8]) -> Vec<(usize, usize, i32)> {
    let mut hits = Vec::new();
    for (place, (columns, threshold)) in motifs.iter().enumerate() {
        for (start, window) in codes.windows(columns.len()).enumerate() {
            let cells: Vec<i32> = columns
                .iter()
                .zip(window)
                .map(|(column, &code)| column[usize::from(code)])
                .collect();
            let score: i64 = cells.iter().map(|&cell| i64::from(cell)).sum();
            if !cells.contains(&IMPOSSIBLE) && score >= i64::from(*threshold) {
                hits.push((place, start, score as i32));
            }
        }
    }
    hits
}

fn found(backend: Backend, motifs: &[(Vec<[i32; 4]>, i32)], codes: &[u8]) -> Vec<(usize, usize, i32)> {
    let matrices: Vec<_> = motifs
        .iter()
        .map(|(columns, threshold)| ThresholdMatrix::new(columns.clone(), *threshold))
        .collect();
    let mut bases = BasePairs::default();
    // What was there before must not be seen.
    bases.fill(&[3; 700]);
    bases.fill(codes);
    let mut hits = Vec::new();
    find_hits_with(backend, &matrices, &bases, |place, start, score| {
        hits.push((place, start, score));
    });
    hits.sort_unstable();
    hits
}

fn check(motifs: &[(Vec<[i32; 4]>, i32)], codes: &[u8]) -> Result<usize, TestCaseError> {
    let expected = by_definition(motifs, codes);
    for backend in Backend::available() {
        prop_assert_eq!(&found(backend, motifs, codes), &expected, "{}", backend.name());
    }
    Ok(expected.len())
}

/// Codes that look random, the same for the same seed.
fn codes(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        (state >> 16) as u8 % 4
    };
    (0..length).map(|_| next()).collect()
}

/// Log-odds of a motif that wants these bases, more or less.
fn wants(word: &[u8]) -> Vec<[i32; 4]> {
    let column = |(at, &code): (usize, &u8)| {
        std::array::from_fn(|base| {
            if base == usize::from(code) {
                1900
            } else {
                -3000 - 100 * (at % 7) as i32
            }
        })
    };
    word.iter().enumerate().map(column).collect()
}

#[test]
fn all_lengths_around_the_width_and_the_block_are_searched() -> Result<(), TestCaseError> {
    for width in [1, 2, 3, 8, 15, 40] {
        let word = codes(width, 7);
        let motifs = [
            (wants(&word), 1900 * width as i32 - 5000),
            (wants(&word), 1900 * width as i32),
        ];
        for length in [
            0,
            1,
            width - 1,
            width,
            width + 1,
            31,
            32,
            33,
            127,
            128,
            129,
            128 + width,
            255,
            256,
            257,
        ] {
            let mut sequence = codes(length, 3);
            check(&motifs, &sequence)?;
            // The best word at both ends of what there is.
            if length >= width {
                sequence[length - width..].copy_from_slice(&word);
                sequence[..width].copy_from_slice(&word);
                prop_assert!(check(&motifs, &sequence)? >= 2);
            }
        }
    }
    Ok(())
}

#[test]
fn stretches_meet_without_a_gap() -> Result<(), TestCaseError> {
    let word = codes(11, 5);
    let mut sequence = codes(3 * STRETCH + 17, 9);
    for start in [STRETCH - 11, STRETCH - 5, STRETCH, 2 * STRETCH - 1] {
        let mut sequence = sequence.clone();
        sequence[start..start + 11].copy_from_slice(&word);
        check(&[(wants(&word), 15_000)], &sequence)?;
    }
    sequence.fill(word[0]);
    let all = check(&[(vec![[10, 10, 10, 10]; 3], 30)], &sequence)?;
    prop_assert_eq!(all, sequence.len() - 2);
    Ok(())
}

#[test]
fn a_threshold_above_the_best_score_has_no_hit_and_one_below_all_has_all() -> Result<(), TestCaseError> {
    let sequence = codes(500, 1);
    let motif = wants(&codes(4, 2));
    prop_assert_eq!(check(&[(motif.clone(), 7601)], &sequence)?, 0);
    prop_assert_eq!(check(&[(motif.clone(), i32::MIN / 4)], &sequence)?, 497);
    let impossible = vec![[5, IMPOSSIBLE, IMPOSSIBLE, IMPOSSIBLE]; 2];
    let pairs = sequence.windows(2).filter(|pair| *pair == [0, 0]).count();
    prop_assert_eq!(check(&[(impossible, -1_000_000)], &sequence)?, pairs);
    Ok(())
}

#[test]
fn the_bound_excludes_nearly_all_windows_that_are_no_hits() {
    // The vector backends would be slow, not wrong, with a loose bound: at most twice as many candidates as hits.
    let word = codes(12, 4);
    let matrix = ThresholdMatrix::new(wants(&word), 1900 * 12 - 15_500);
    let mut bases = BasePairs::default();
    bases.fill(&codes(1 << 20, 6));
    let windows = 0..bases.len() - 11;
    let lost = |start: usize| -> usize {
        let pairs = matrix.bound.tables.iter().zip(bases.numbers[start..].iter().step_by(2));
        pairs
            .map(|(table, &number)| usize::from(table[usize::from(number)]))
            .sum()
    };
    let limit = usize::from(matrix.bound.limit.unwrap());
    let candidates = windows.clone().filter(|&start| lost(start) <= limit).count();
    let hits = windows.filter(|&start| matrix.hit_at(&bases, start).is_some()).count();
    assert!(
        hits > 50 && candidates >= hits && candidates <= 2 * hits,
        "{hits} of {candidates}"
    );
}

proptest! {
    #[test]
    fn every_backend_finds_what_the_definition_finds(
        columns in prop::collection::vec(
            prop::array::uniform4(prop_oneof![8 => -12_000i32..2_500, 1 => Just(IMPOSSIBLE)]),
            1..40,
        ),
        share in 0.0f64..1.1,
        length in 0usize..400,
        seed in 0u32..1000,
    ) {
        let possible = |column: &[i32; 4]| column.iter().any(|&cell| cell != IMPOSSIBLE);
        prop_assume!(columns.iter().all(possible));
        let best: i32 = columns.iter().map(|column| column.iter().max().unwrap()).sum();
        // From thresholds that most windows reach to those that none does.
        let threshold = best - (f64::from(columns.len() as u32) * 9000.0 * (1.05 - share)) as i32;
        let short = columns[..columns.len().min(3)].to_vec();
        check(&[(columns, threshold), (short, 0)], &codes(length, seed))?;
    }
}

#[test]
fn the_portable_backend_is_always_among_them() {
    assert!(matches!(Backend::available()[0], Backend::Portable(Portable)));
}
