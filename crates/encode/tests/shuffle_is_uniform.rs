//! The dinucleotide shuffle against all sequences that it may give.

use std::collections::BTreeMap;

use processive_encode::{dinucleotide_shuffle, encode_dna};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Sequences and how many distinct ones share their dinucleotide counts and first letter.
///
/// The counts come from an enumeration in another language. The first sequence is that of tangermeme's
/// issue 27, where two other programs (uShuffle and `SeqPro`) find 27 and tangermeme found 9.
const CASES: [(&str, usize); 14] = [
    ("ACCCACGATGATG", 27),
    ("GGGCTAATCCGTC", 72),
    ("CTTCAACAATTTC", 72),
    ("ATTATCCCAGAGC", 72),
    ("TTGCCAGGTAGCC", 72),
    ("ACTGATCAGTCAG", 108),
    ("AACGTACGATTCA", 240),
    ("CATCGACAGACTA", 252),
    ("GATTACAGATTAC", 36),
    ("ACACACTTATA", 24),
    ("CACACGCACATA", 16),
    ("AACAAGA", 12),
    ("ACGTNNACGNA", 4),
    ("ACACA", 1),
];

/// All sequences that start as `codes` does and have its dinucleotides, by trying every next letter.
fn arrangements(codes: &[u8]) -> Vec<Vec<u8>> {
    fn extend(sequence: &mut Vec<u8>, left: &mut [[usize; 5]; 5], length: usize, found: &mut Vec<Vec<u8>>) {
        if sequence.len() == length {
            found.push(sequence.clone());
            return;
        }
        let from = usize::from(sequence[sequence.len() - 1]);
        for next in 0..5 {
            if left[from][next] > 0 {
                left[from][next] -= 1;
                sequence.push(next as u8);
                extend(sequence, left, length, found);
                sequence.pop();
                left[from][next] += 1;
            }
        }
    }
    let mut left = [[0; 5]; 5];
    for pair in codes.windows(2) {
        left[usize::from(pair[0])][usize::from(pair[1])] += 1;
    }
    let mut found = Vec::new();
    extend(&mut vec![codes[0]], &mut left, codes.len(), &mut found);
    found
}

/// The value that a chi-square variable exceeds as often as a standard normal one exceeds `z`
/// (Wilson & Hilferty 1931).
fn chi_square_quantile(degrees: usize, z: f64) -> f64 {
    let spread = 2.0 / (9.0 * degrees as f64);
    degrees as f64 * (1.0 - spread + z * spread.sqrt()).powi(3)
}

#[test]
fn the_enumeration_finds_the_known_numbers_of_sequences() {
    for (letters, count) in CASES {
        assert_eq!(arrangements(&encode_dna(letters.as_bytes())).len(), count, "{letters}");
    }
}

#[test]
fn every_possible_sequence_is_equally_likely() {
    const DRAWS_EACH: usize = 400;
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    for (letters, _) in CASES {
        let codes = encode_dna(letters.as_bytes());
        let possible = arrangements(&codes);
        let mut times: BTreeMap<_, usize> = possible.iter().map(|sequence| (sequence.clone(), 0)).collect();
        for _ in 0..DRAWS_EACH * possible.len() {
            let shuffled = dinucleotide_shuffle(&codes, &mut rng);
            *times.get_mut(&shuffled).expect("only possible sequences are drawn") += 1;
        }
        let deviation = |&times: &usize| (times as f64 - DRAWS_EACH as f64).powi(2) / DRAWS_EACH as f64;
        let chi_square: f64 = times.values().map(deviation).sum();
        // z = 4.5: a fair shuffle fails once in 300,000 seeds.
        let limit = chi_square_quantile((possible.len() - 1).max(1), 4.5);
        assert!(
            chi_square < limit,
            "{letters}: chi-square {chi_square:.1} is above {limit:.1}"
        );
    }
}

#[test]
fn chi_square_quantiles_are_those_of_printed_tables() {
    // Upper 0.1 % points, z = 3.090; the approximation is 1.2 % too high at 5 degrees and better above.
    for (degrees, printed) in [(5, 20.515), (10, 29.588), (80, 124.839)] {
        let quantile = chi_square_quantile(degrees, 3.090);
        assert!((quantile / printed - 1.0).abs() < 0.012, "{degrees}: {quantile}");
    }
}
