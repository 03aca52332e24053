//! Letters to codes, and codes to the codes of the other strand.

use processive_core::Alphabet;
use processive_core::alphabet::{DNA_CODES, UNKNOWN, complement};

/// Returns the codes of letters of an alphabet.
pub fn encode(alphabet: Alphabet, letters: &[u8]) -> Vec<u8> {
    let codes = alphabet.codes();
    letters.iter().map(|&letter| codes[usize::from(letter)]).collect()
}

/// Returns the codes of DNA letters: A C G T = 0 1 2 3 in either case, U as T, everything else unknown.
pub fn encode_dna(letters: &[u8]) -> Vec<u8> {
    encode(Alphabet::Dna, letters)
}

/// Appends the codes of DNA letters to `codes`, as [`encode_dna`] gives them.
pub fn encode_dna_into(letters: &[u8], codes: &mut Vec<u8>) {
    codes.extend(letters.iter().map(|&letter| DNA_CODES[letter as usize]));
}

/// Turns codes into those of the opposite strand, in place: reversed, every base by its partner.
pub fn reverse_complement(codes: &mut [u8]) {
    codes.reverse();
    for code in codes {
        *code = complement(*code);
    }
}

/// Returns the fraction of C and G among the known bases, or `None` when no base is known.
pub fn gc_fraction(codes: &[u8]) -> Option<f64> {
    let known = codes.iter().filter(|&&code| code < UNKNOWN).count();
    let gc = codes.iter().filter(|&&code| code == 1 || code == 2).count();
    (known > 0).then(|| gc as f64 / known as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reversed(codes: &[u8]) -> Vec<u8> {
        let mut codes = codes.to_vec();
        reverse_complement(&mut codes);
        codes
    }

    #[test]
    fn soft_masked_bases_encode_as_upper_case() {
        assert_eq!(encode_dna(b"ACGTacgtUu"), [0, 1, 2, 3, 0, 1, 2, 3, 3, 3]);
    }

    #[test]
    fn every_other_letter_is_unknown() {
        assert_eq!(encode_dna(b"NRYKM-*."), [UNKNOWN; 8]);
    }

    #[test]
    fn codes_are_appended() {
        let mut codes = vec![2];
        encode_dna_into(b"AC", &mut codes);
        assert_eq!(codes, [2, 0, 1]);
    }

    #[test]
    fn gc_counts_known_bases_only() {
        assert_eq!(gc_fraction(&encode_dna(b"GNNNCAAT")), Some(0.4));
        assert_eq!(gc_fraction(&encode_dna(b"NNN")), None);
        assert_eq!(gc_fraction(&[]), None);
    }

    proptest! {
        #[test]
        fn encoding_a_reverse_complement_agrees_with_bio(letters in "[ACGTNacgtn]{0,50}") {
            let other = bio::alphabets::dna::revcomp(letters.as_bytes());
            prop_assert_eq!(reversed(&encode_dna(letters.as_bytes())), encode_dna(&other));
        }

        #[test]
        fn reverse_complement_undoes_itself(codes in prop::collection::vec(0u8..5, 0..80)) {
            prop_assert_eq!(reversed(&reversed(&codes)), codes);
        }

        #[test]
        fn both_strands_have_the_same_gc(codes in prop::collection::vec(0u8..5, 0..80)) {
            prop_assert_eq!(gc_fraction(&reversed(&codes)), gc_fraction(&codes));
        }
    }
}
