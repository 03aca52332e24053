//! Telling amino acids from nucleotides.

/// Whether letters are more likely amino acids than nucleotides.
///
/// Case, gaps and the stop sign do not count, and N and X, which are unknown in both, count for neither side:
/// - true when more than 5 % of the letters are E, F, I, J, L, O, P, Q or Z, which no nucleotide code uses
///   (they make up a third of a protein; a stray one in a genome is no proof);
/// - true when there are at least 20 letters, and more than 20 % of them are ambiguity codes of nucleotides
///   (R, Y, S, W, K, M, B, D, H, V: two fifths of a protein).
///
/// A network for DNA reads an amino acid sequence without complaint, so a caller should refuse it.
pub fn looks_like_protein(letters: &[u8]) -> bool {
    const FEWEST_FOR_CODES: usize = 20;
    let (mut foreign, mut codes, mut all) = (0usize, 0usize, 0usize);
    for letter in letters {
        match letter.to_ascii_uppercase() {
            b'A' | b'C' | b'G' | b'T' | b'U' | b'N' | b'X' => all += 1,
            b'E' | b'F' | b'I' | b'J' | b'L' | b'O' | b'P' | b'Q' | b'Z' => {
                foreign += 1;
                all += 1;
            }
            code if code.is_ascii_uppercase() => {
                codes += 1;
                all += 1;
            }
            _ => {}
        }
    }
    foreign * 20 > all || (all >= FEWEST_FOR_CODES && codes * 5 > all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proteins_are_told_from_nucleotides() {
        // Human haemoglobin alpha and insulin B chain; melittin; a histone tail with few letters of its own.
        let proteins: [&[u8]; 6] = [
            b"MVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVD",
            b"FVNQHLCGSHLVEALYLVCGERGFFYTPKT",
            b"GIGAVLKVLTTGLPALISWIKRKRQQ",
            b"fvnqhlcgshlvealylvcgergffytpkt*",
            b"MEEPQ",
            b"KSTGGKAPRKQLATKAARKSA",
        ];
        for letters in proteins {
            assert!(looks_like_protein(letters), "{}", letters.escape_ascii());
        }
        let nucleotides: [&[u8]; 9] = [
            b"",
            b"ACGTACGTACGT",
            b"acguacguacguacguacguacgu",
            b"NNNNNNNNNNNNNNNNNNNNNNNNNNNNNN",
            b"XXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            b"ACGT----....ACGT",
            b"RYSWKMBDHV",
            b"ACGTRYACGTACGTACGTACGTACGTACGTKMACGTACGT",
            b"ACGTACGTACGTACGTACGTACGTACGTEACGTACGTACGT",
        ];
        for letters in nucleotides {
            assert!(!looks_like_protein(letters), "{}", letters.escape_ascii());
        }
    }

    #[test]
    fn the_limits_are_as_documented() {
        let mixed = |foreign: usize, all: usize| [b"E".repeat(foreign), b"A".repeat(all - foreign)].concat();
        assert!(!looks_like_protein(&mixed(5, 100)));
        assert!(looks_like_protein(&mixed(6, 100)));
        let coded = |codes: usize, all: usize| [b"K".repeat(codes), b"A".repeat(all - codes)].concat();
        assert!(!looks_like_protein(&coded(20, 100)));
        assert!(looks_like_protein(&coded(21, 100)));
        assert!(looks_like_protein(&coded(20, 20)));
        assert!(!looks_like_protein(&coded(19, 19)));
    }
}
