//! Tells proteins from nucleotides given by mistake.

/// The number of letters that are looked at.
pub(super) const JUDGED: u64 = 4096;

/// Fewer letters than these prove nothing.
const FEWEST: u64 = 50;

/// How many letters are those of nucleotides.
///
/// Every letter of a nucleotide is one of an amino acid, too, so only their share tells: A, C, G, T, U and N are a fifth
/// of a protein, and more than 95 % of DNA. Gaps and stop signs do not count.
#[derive(Debug, Default)]
pub(super) struct Nucleotides {
    all: u64,
    nucleotides: u64,
}

impl Nucleotides {
    /// Takes letters, up to the first [`JUDGED`] of a file; true when these are full just now.
    pub(super) fn take(&mut self, letters: &[u8]) -> bool {
        if self.all == JUDGED {
            return false;
        }
        let counted = letters.iter().filter(|letter| !matches!(letter, b'-' | b'.' | b'*'));
        for letter in counted.take((JUDGED - self.all) as usize) {
            self.all += 1;
            let is_nucleotide = matches!(letter.to_ascii_uppercase(), b'A' | b'C' | b'G' | b'T' | b'U' | b'N');
            self.nucleotides += u64::from(is_nucleotide);
        }
        self.all == JUDGED
    }

    /// Whether the letters so far look like nucleotides: at least 50, and more than 95 % of them.
    pub(super) fn look_like_dna(&self) -> bool {
        self.all >= FEWEST && self.nucleotides * 100 > self.all * 95
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(sequences: &[&[u8]]) -> bool {
        let mut letters = Nucleotides::default();
        for sequence in sequences {
            letters.take(sequence);
        }
        letters.look_like_dna()
    }

    #[test]
    fn fifty_letters_of_which_more_than_95_percent_are_nucleotides_are_dna() {
        let dna = b"ACGTacgtuN".repeat(5);
        assert!(judge(&[&dna]) && judge(&[&dna[..20], &dna[..30]]));
        assert!(!judge(&[&dna[..49]]));
        assert!(!judge(&[&dna[..49], b"----***..."]));
        let mixed = |others: usize| [b"A".repeat(100 - others), b"K".repeat(others)].concat();
        assert!(judge(&[&mixed(4)]));
        assert!(!judge(&[&mixed(5)]));
        assert!(!judge(&[
            b"MVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKK"
        ]));
    }

    #[test]
    fn the_first_letters_decide_however_they_come() {
        let dna = b"ACGT".repeat(1024);
        let mut letters = Nucleotides::default();
        assert!(!letters.take(&dna[..4000]));
        assert!(letters.take(&dna));
        assert!(!letters.take(&b"K".repeat(5000)));
        assert!(letters.look_like_dna());
    }
}
