//! Codes as columns of zeros and ones.

use processive_core::Alphabet;

/// Appends one row per code to `out`, one number per letter of the alphabet: 1 in the column of the letter, 0
/// elsewhere.
///
/// An unknown letter is a row of zeros.
///
/// # Shapes
/// - `codes`: `[length]`; what is appended: `[length, letters]`, channels last, in code order.
pub fn one_hot(alphabet: Alphabet, codes: &[u8], out: &mut Vec<f32>) {
    let (letters, begin) = (alphabet.size(), out.len());
    out.resize(begin + letters * codes.len(), 0.0);
    for (row, &code) in out[begin..].chunks_exact_mut(letters).zip(codes) {
        if let Some(column) = row.get_mut(usize::from(code)) {
            *column = 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use processive_core::alphabet::UNKNOWN;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn channels_come_last_and_rows_are_appended() {
        let mut out = vec![7.0];
        one_hot(Alphabet::Dna, &[1, UNKNOWN, 3], &mut out);
        assert_eq!(out, [7.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_residue_has_twenty_columns() {
        let mut out = Vec::new();
        one_hot(Alphabet::Protein, &crate::encode(Alphabet::Protein, b"yX"), &mut out);
        assert_eq!(out.len(), 40);
        assert!((out[19] - 1.0).abs() < f32::EPSILON && out.iter().sum::<f32>() < 1.5);
    }

    proptest! {
        #[test]
        fn rows_hold_a_one_where_the_base_is_known_and_only_zeros_elsewhere(letters in prop::collection::vec(any::<u8>(), 0..60)) {
            let codes = crate::encode_dna(&letters);
            let mut out = Vec::new();
            one_hot(Alphabet::Dna, &codes, &mut out);
            prop_assert_eq!(out.len(), 4 * codes.len());
            for (row, letter) in out.chunks(4).zip(&letters) {
                let known = b"ACGTUacgtu".contains(letter);
                let ones = row.iter().filter(|&&entry| entry.to_bits() == 1f32.to_bits()).count();
                let zeros = row.iter().filter(|&&entry| entry.to_bits() == 0).count();
                prop_assert_eq!((ones, zeros), if known { (1, 3) } else { (0, 4) });
            }
        }
    }
}
