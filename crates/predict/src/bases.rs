//! How many scanned bases are known.

use std::ops::AddAssign;

use processive_core::alphabet::{UNKNOWN, dna_code};

/// Scanned bases by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaseCounts {
    /// A, C, G, T and U, in either case.
    pub known: u64,
    /// N, in either case.
    pub n: u64,
    /// Everything else: the other IUPAC letters, X, gaps, `*`.
    pub other: u64,
}

impl BaseCounts {
    /// Counts letters of any case.
    pub fn of(letters: &[u8]) -> Self {
        let count = |holds: fn(u8) -> bool| letters.iter().filter(|&&letter| holds(letter)).count() as u64;
        let known = count(|letter| dna_code(letter) != UNKNOWN);
        let n = count(|letter| matches!(letter, b'N' | b'n'));
        Self {
            known,
            n,
            other: letters.len() as u64 - known - n,
        }
    }

    /// The number of scanned bases.
    pub fn total(&self) -> u64 {
        self.known + self.n + self.other
    }
}

impl AddAssign for BaseCounts {
    fn add_assign(&mut self, more: Self) {
        self.known += more.known;
        self.n += more.n;
        self.other += more.other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_known_or_n_or_other() {
        let mut counts = BaseCounts::of(b"ACGTUacgtu");
        assert_eq!((counts.known, counts.n, counts.other), (10, 0, 0));
        counts += BaseCounts::of(b"NnRYxX-*.A");
        assert_eq!((counts.known, counts.n, counts.other), (11, 2, 7));
        assert_eq!(counts.total(), 20);
    }
}
