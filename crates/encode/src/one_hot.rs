//! Codes as columns of zeros and ones.

use processive_core::alphabet::UNKNOWN;

/// Appends one row of four numbers per code to `out`: 1 in the column of the base, 0 elsewhere.
///
/// An unknown base is a row of zeros.
///
/// # Shapes
/// - `codes`: `[length]`; what is appended: `[length, 4]`, channels last, in the order A, C, G, T.
pub fn one_hot(codes: &[u8], out: &mut Vec<f32>) {
    const ROWS: [[f32; 4]; 5] = [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
        [0.0; 4],
    ];
    out.reserve(4 * codes.len());
    for &code in codes {
        out.extend_from_slice(&ROWS[usize::from(code.min(UNKNOWN))]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn channels_come_last_and_rows_are_appended() {
        let mut out = vec![7.0];
        one_hot(&[1, UNKNOWN, 3], &mut out);
        assert_eq!(out, [7.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn rows_hold_a_one_where_the_base_is_known_and_only_zeros_elsewhere(letters in prop::collection::vec(any::<u8>(), 0..60)) {
            let codes = crate::encode_dna(&letters);
            let mut out = Vec::new();
            one_hot(&codes, &mut out);
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
