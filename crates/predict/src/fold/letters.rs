//! What the letters of proteins are.

use std::ops::AddAssign;

use processive_core::alphabet::{PROTEIN_CODES, PROTEIN_LETTERS, UNKNOWN_RESIDUE};

/// The letters of residues, by letter; lower case counts as upper case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterCounts([u64; 256]);

impl Default for LetterCounts {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl LetterCounts {
    /// Counts letters.
    pub fn of(letters: &[u8]) -> Self {
        let mut counts = Self::default();
        for letter in letters {
            counts.0[usize::from(letter.to_ascii_uppercase())] += 1;
        }
        counts
    }

    /// The number of residues.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The number of residues that are one of the twenty standard amino acids.
    pub fn standard(&self) -> u64 {
        PROTEIN_LETTERS.iter().map(|&letter| self.0[usize::from(letter)]).sum()
    }

    /// The letters that the network reads as another amino acid (U as C, O as K), with their numbers.
    pub fn rare(&self) -> Vec<(char, u64)> {
        self.others(|code| code != UNKNOWN_RESIDUE)
    }

    /// The letters that are unknown to the network (X, B, Z, J, `-`, ...), with their numbers.
    pub fn unknown(&self) -> Vec<(char, u64)> {
        self.others(|code| code == UNKNOWN_RESIDUE)
    }

    fn others(&self, is_wanted: impl Fn(u8) -> bool) -> Vec<(char, u64)> {
        let letters = (0..=u8::MAX).zip(self.0).filter(|&(_, count)| count > 0);
        letters
            .filter(|(letter, _)| !PROTEIN_LETTERS.contains(letter) && is_wanted(PROTEIN_CODES[usize::from(*letter)]))
            .map(|(letter, count)| (char::from(letter), count))
            .collect()
    }
}

impl AddAssign<&LetterCounts> for LetterCounts {
    fn add_assign(&mut self, more: &Self) {
        for (count, more) in self.0.iter_mut().zip(more.0) {
            *count += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_standard_or_rare_or_unknown() {
        let mut counts = LetterCounts::of(b"ACDEFGHIKLMNPQRSTVWYacdefghiklmnpqrstvwy");
        assert_eq!((counts.total(), counts.standard()), (40, 40));
        assert!(counts.rare().is_empty() && counts.unknown().is_empty());
        counts += &LetterCounts::of(b"XxBZJ*-.UuO");
        assert_eq!((counts.total(), counts.standard()), (51, 40));
        assert_eq!(counts.rare(), [('O', 1), ('U', 2)]);
        let unknown = [('*', 1), ('-', 1), ('.', 1), ('B', 1), ('J', 1), ('X', 2), ('Z', 1)];
        assert_eq!(counts.unknown(), unknown);
    }
}
