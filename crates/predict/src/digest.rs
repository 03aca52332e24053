//! One number for a whole genome.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The digest of a genome: SHA-256 over, for every contig in file order, `>`, the name, a line feed, the
/// letters in upper case without line ends, and a line feed.
///
/// Line width, line ends, soft masking, descriptions after the name and compression do not change it. The
/// same number comes from
/// `awk '/^>/{if(NR>1)print "";print $1;next}{printf "%s",toupper($0)}END{print ""}' genome.fa | sha256sum`.
#[derive(Debug, Default)]
pub(crate) struct GenomeDigest {
    hash: Sha256,
}

impl GenomeDigest {
    pub(crate) fn begin_contig(&mut self, name: &str) {
        self.hash.update(b">");
        self.hash.update(name);
        self.hash.update(b"\n");
    }

    /// Takes the next letters of the contig, in upper case.
    pub(crate) fn letters(&mut self, upper_case: &[u8]) {
        self.hash.update(upper_case);
    }

    pub(crate) fn end_contig(&mut self) {
        self.hash.update(b"\n");
    }

    /// The digest as 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        let mut text = String::new();
        for byte in self.hash.finalize() {
            write!(text, "{byte:02x}").expect("a string takes any text");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_sha256_of_the_unwrapped_upper_case_file() {
        let mut digest = GenomeDigest::default();
        for (name, blocks) in [("chr1", ["ACG", "TN"]), ("chr2", ["G", ""])] {
            digest.begin_contig(name);
            for block in blocks {
                digest.letters(block.as_bytes());
            }
            digest.end_contig();
        }
        // printf '>chr1\nACGTN\n>chr2\nG\n' | sha256sum
        let expected = "909e4ee306e96018d10954310c5c19be4fdaa795db71e37a4f2b4bf33e0e216c";
        assert_eq!(digest.finish(), expected);
    }
}
