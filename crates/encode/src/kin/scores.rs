//! What two residues in one column are worth.

use processive_core::alphabet::{PROTEIN_CODES, UNKNOWN_RESIDUE};

/// The code of what no alignment crosses: the end of a chain, or a part of it that is not to be compared.
pub(super) const BREAK: u8 = UNKNOWN_RESIDUE + 1;

/// The number of codes: amino acids, unknown, break.
const CODES: usize = BREAK as usize + 1;

/// The order of the rows of [`BLOSUM62`].
const ORDER: &[u8; 20] = b"ARNDCQEGHILKMFPSTWYV";

/// # Source
/// Henikoff & Henikoff 1992, as NCBI distributes it.
const BLOSUM62: [[i8; 20]; 20] = [
    [4, -1, -2, -2, 0, -1, -1, 0, -2, -1, -1, -1, -1, -2, -1, 1, 0, -3, -2, 0],
    [-1, 5, 0, -2, -3, 1, 0, -2, 0, -3, -2, 2, -1, -3, -2, -1, -1, -3, -2, -3],
    [-2, 0, 6, 1, -3, 0, 0, 0, 1, -3, -3, 0, -2, -3, -2, 1, 0, -4, -2, -3],
    [
        -2, -2, 1, 6, -3, 0, 2, -1, -1, -3, -4, -1, -3, -3, -1, 0, -1, -4, -3, -3,
    ],
    [
        0, -3, -3, -3, 9, -3, -4, -3, -3, -1, -1, -3, -1, -2, -3, -1, -1, -2, -2, -1,
    ],
    [-1, 1, 0, 0, -3, 5, 2, -2, 0, -3, -2, 1, 0, -3, -1, 0, -1, -2, -1, -2],
    [-1, 0, 0, 2, -4, 2, 5, -2, 0, -3, -3, 1, -2, -3, -1, 0, -1, -3, -2, -2],
    [
        0, -2, 0, -1, -3, -2, -2, 6, -2, -4, -4, -2, -3, -3, -2, 0, -2, -2, -3, -3,
    ],
    [-2, 0, 1, -1, -3, 0, 0, -2, 8, -3, -3, -1, -2, -1, -2, -1, -2, -2, 2, -3],
    [
        -1, -3, -3, -3, -1, -3, -3, -4, -3, 4, 2, -3, 1, 0, -3, -2, -1, -3, -1, 3,
    ],
    [
        -1, -2, -3, -4, -1, -2, -3, -4, -3, 2, 4, -2, 2, 0, -3, -2, -1, -2, -1, 1,
    ],
    [-1, 2, 0, -1, -3, 1, 1, -2, -1, -3, -2, 5, -1, -3, -1, 0, -1, -3, -2, -2],
    [-1, -1, -2, -3, -1, 0, -2, -3, -2, 1, 2, -1, 5, 0, -2, -1, -1, -1, -1, 1],
    [-2, -3, -3, -3, -2, -3, -3, -3, -1, 0, 0, -3, 0, 6, -4, -2, -2, 1, 3, -1],
    [
        -1, -2, -2, -1, -3, -1, -1, -2, -2, -3, -3, -1, -2, -4, 7, -1, -1, -4, -3, -2,
    ],
    [1, -1, 1, 0, -1, 0, 0, 0, -1, -2, -2, 0, -1, -2, -1, 4, 1, -3, -2, -2],
    [
        0, -1, 0, -1, -1, -1, -1, -2, -2, -1, -1, -1, -1, -2, -1, 1, 5, -2, -2, 0,
    ],
    [
        -3, -3, -4, -4, -2, -2, -3, -2, -2, -3, -2, -3, -1, 1, -4, -3, -2, 11, 2, -3,
    ],
    [
        -2, -2, -2, -3, -2, -1, -2, -3, 2, -1, -1, -2, -1, 3, -3, -2, -2, 2, 7, -1,
    ],
    [0, -3, -3, -3, -1, -2, -2, -3, -3, 3, 1, -2, 1, -1, -2, -2, 0, -3, -1, 4],
];

/// Lower than any alignment can make good.
const NEVER: i32 = -1_000_000;

/// The scores of pairs of codes: BLOSUM62, -1 for an unknown residue.
pub(super) struct Scores([[i32; CODES]; CODES]);

impl Scores {
    pub(super) fn new() -> Self {
        let mut table = [[-1; CODES]; CODES];
        for (row, a) in BLOSUM62.iter().zip(ORDER) {
            for (&score, b) in row.iter().zip(ORDER) {
                let [a, b] = [*a, *b].map(|letter| usize::from(PROTEIN_CODES[usize::from(letter)]));
                table[a][b] = i32::from(score);
            }
        }
        table[usize::from(BREAK)] = [NEVER; CODES];
        for row in &mut table {
            row[usize::from(BREAK)] = NEVER;
        }
        Self(table)
    }

    /// The score of two residues in one column.
    #[inline]
    pub(super) fn of(&self, a: u8, b: u8) -> i32 {
        self.0[usize::from(a)][usize::from(b)]
    }
}

/// Whether two codes are the same known residue.
#[inline]
pub(super) fn is_same(a: u8, b: u8) -> bool {
    a == b && a < UNKNOWN_RESIDUE
}

/// How many chance alignments score at least as much: `K m n e^(-λ S)`.
///
/// # Source
/// Karlin & Altschul 1990; `λ = 0.267, K = 0.041` are NCBI BLAST's for BLOSUM62 with gaps of 11 + 1.
pub(super) fn expected_by_chance(score: i32, letters: usize, all_letters: usize) -> f64 {
    0.041 * letters as f64 * all_letters as f64 * (-0.267 * f64::from(score)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_blosum62_in_either_order() {
        let scores = Scores::new();
        let of = |a: u8, b: u8| scores.of(PROTEIN_CODES[usize::from(a)], PROTEIN_CODES[usize::from(b)]);
        for (a, b, score) in [
            (b'W', b'W', 11),
            (b'A', b'A', 4),
            (b'C', b'C', 9),
            (b'I', b'V', 3),
            (b'D', b'E', 2),
            (b'K', b'R', 2),
            (b'F', b'Y', 3),
            (b'G', b'I', -4),
            (b'W', b'P', -4),
            (b'H', b'Y', 2),
            (b'X', b'A', -1),
        ] {
            assert_eq!(of(a, b), score, "{} {}", char::from(a), char::from(b));
            assert_eq!(of(b, a), score);
        }
        for a in ORDER {
            for b in ORDER {
                assert_eq!(of(*a, *b), of(*b, *a));
            }
        }
        assert_eq!(scores.of(BREAK, 0), NEVER);
    }
}
