//! One number for all proteins.

use sha2::{Digest, Sha256};

use crate::digest::hexadecimal;

/// The digest of proteins: SHA-256 over, for every one in file order, `>`, the name, a line feed, the
/// letters in upper case without line ends, and a line feed.
///
/// Line width, line ends, soft masking, descriptions after the name and compression do not change it. The
/// same number comes from
/// `awk '/^>/{if(NR>1)print "";print $1;next}{printf "%s",toupper($0)}END{print ""}' proteins.fa | sha256sum`.
#[derive(Debug, Default)]
pub(super) struct ProteinDigest {
    hash: Sha256,
}

impl ProteinDigest {
    pub(super) fn begin(&mut self, name: &str) {
        self.hash.update(b">");
        self.hash.update(name);
        self.hash.update(b"\n");
    }

    /// Takes the next letters, in upper case.
    pub(super) fn letters(&mut self, upper_case: &[u8]) {
        self.hash.update(upper_case);
    }

    pub(super) fn end(&mut self) {
        self.hash.update(b"\n");
    }

    /// The digest as 64 hexadecimal digits.
    pub(super) fn finish(self) -> String {
        hexadecimal(&self.hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_sha256_of_the_unwrapped_upper_case_file() {
        let mut digest = ProteinDigest::default();
        for (name, blocks) in [("one", ["ACG", "TN"]), ("two", ["G", ""])] {
            digest.begin(name);
            for block in blocks {
                digest.letters(block.as_bytes());
            }
            digest.end();
        }
        // printf '>one\nACGTN\n>two\nG\n' | sha256sum
        let expected = "c1e0ec303927cfe57b7113e99f6a6ec05512515af4cfd3b5f72eb4a7e18e25ec";
        assert_eq!(digest.finish(), expected);
    }
}
