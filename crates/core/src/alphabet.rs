//! Letters and their codes.

use serde::{Deserialize, Serialize};

/// The kind of strand that a model reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    /// Deoxyribonucleic acid: A, C, G, T (U is read as T).
    Dna,
    /// The twenty standard amino acids (U is read as C, O as K).
    Protein,
}

impl Alphabet {
    /// The number of known letters: 4 for DNA, 20 for protein.
    pub fn size(self) -> usize {
        match self {
            Self::Dna => DNA_LETTERS.len(),
            Self::Protein => PROTEIN_LETTERS.len(),
        }
    }

    /// The code of every letter that is not known: the number of known letters.
    pub fn unknown(self) -> u8 {
        match self {
            Self::Dna => UNKNOWN,
            Self::Protein => UNKNOWN_RESIDUE,
        }
    }

    /// The codes by byte value.
    pub fn codes(self) -> &'static [u8; 256] {
        match self {
            Self::Dna => &DNA_CODES,
            Self::Protein => &PROTEIN_CODES,
        }
    }
}

impl std::fmt::Display for Alphabet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dna => "dna",
            Self::Protein => "protein",
        })
    }
}

/// The DNA letters in code order: A, C, G, T have the codes 0, 1, 2, 3.
pub const DNA_LETTERS: [u8; 4] = *b"ACGT";

/// The code of every letter that is not A, C, G or T: an all-zero column for a network.
pub const UNKNOWN: u8 = 4;

/// DNA codes by byte value: lower case is upper case, U is T, everything else is [`UNKNOWN`].
pub const DNA_CODES: [u8; 256] = dna_codes();

/// The amino acids in code order, 0 to 19: the one-letter codes in the order of the alphabet.
pub const PROTEIN_LETTERS: [u8; 20] = *b"ACDEFGHIKLMNPQRSTVWY";

/// The code of every letter that is no standard amino acid: an all-zero column for a network.
pub const UNKNOWN_RESIDUE: u8 = 20;

/// Amino acid codes by byte value: lower case is upper case, selenocysteine (U) is cysteine and pyrrolysine (O) is
/// lysine, the residues that they stand in for; everything else (X, B, Z, J, `*`, `-`, `.`) is [`UNKNOWN_RESIDUE`].
pub const PROTEIN_CODES: [u8; 256] = protein_codes();

const fn dna_codes() -> [u8; 256] {
    let mut table = letter_codes(&DNA_LETTERS);
    table[b'U' as usize] = 3;
    table[b'u' as usize] = 3;
    table
}

const fn protein_codes() -> [u8; 256] {
    let mut table = letter_codes(&PROTEIN_LETTERS);
    table[b'U' as usize] = table[b'C' as usize];
    table[b'u' as usize] = table[b'C' as usize];
    table[b'O' as usize] = table[b'K' as usize];
    table[b'o' as usize] = table[b'K' as usize];
    table
}

/// The place of every letter in `letters`, in either case; their number for all other bytes.
const fn letter_codes(letters: &[u8]) -> [u8; 256] {
    let mut table = [letters.len() as u8; 256];
    let mut code = 0;
    while code < letters.len() {
        table[letters[code] as usize] = code as u8;
        table[letters[code].to_ascii_lowercase() as usize] = code as u8;
        code += 1;
    }
    table
}

/// Returns the code of one DNA letter: 0 to 3, or [`UNKNOWN`].
#[inline]
pub fn dna_code(letter: u8) -> u8 {
    DNA_CODES[letter as usize]
}

/// Returns the code of the base that pairs with `code`; [`UNKNOWN`] pairs with itself.
#[inline]
pub fn complement(code: u8) -> u8 {
    if code < UNKNOWN { 3 - code } else { UNKNOWN }
}

/// Whether a byte can stand for a nucleotide in a FASTA file: the IUPAC letters in either case,
/// gaps (`-`, `.`) and the stop sign `*`.
pub fn is_nucleotide_letter(byte: u8) -> bool {
    matches!(
        byte.to_ascii_uppercase(),
        b'A' | b'C'
            | b'G'
            | b'T'
            | b'U'
            | b'R'
            | b'Y'
            | b'S'
            | b'W'
            | b'K'
            | b'M'
            | b'B'
            | b'D'
            | b'H'
            | b'V'
            | b'N'
            | b'X'
            | b'-'
            | b'.'
            | b'*'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_masked_bases_have_the_code_of_upper_case() {
        for (upper, lower) in b"ACGTU".iter().zip(b"acgtu") {
            assert_eq!(dna_code(*upper), dna_code(*lower));
        }
        assert_eq!(DNA_LETTERS.map(dna_code), [0, 1, 2, 3]);
    }

    #[test]
    fn every_other_byte_is_unknown() {
        let known = (0..=255u8).filter(|&byte| dna_code(byte) != UNKNOWN).count();
        assert_eq!(known, 10);
        assert_eq!(dna_code(b'N'), UNKNOWN);
        assert_eq!(dna_code(b'R'), UNKNOWN);
    }

    #[test]
    fn amino_acids_have_their_places_and_the_rare_ones_those_of_their_kin() {
        let code = |letter: u8| PROTEIN_CODES[letter as usize];
        for (place, letter) in PROTEIN_LETTERS.iter().enumerate() {
            assert_eq!(usize::from(code(*letter)), place);
            assert_eq!(code(letter.to_ascii_lowercase()), code(*letter));
        }
        assert_eq!((code(b'U'), code(b'o')), (code(b'C'), code(b'K')));
        for letter in b"XBZJ*-.7 " {
            assert_eq!(code(*letter), UNKNOWN_RESIDUE);
        }
    }

    #[test]
    fn complement_pairs_a_with_t_and_c_with_g() {
        assert_eq!([0, 1, 2, 3, UNKNOWN].map(complement), [3, 2, 1, 0, UNKNOWN]);
    }
}
