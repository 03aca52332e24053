//! One number for a whole genome.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

use processive_core::Contig;
use sha2::{Digest, Sha256};

/// Letters in a block of a contig; the last one may have fewer.
const BLOCK: u64 = 1 << 20;

/// The digests of the blocks of a genome, or of some of them, in genome order.
///
/// Blocks begin at every 2^20th letter of a contig, whoever reads them: so the digest of a genome follows from those of its
/// parts.
#[derive(Debug, Default)]
pub(crate) struct BlockDigests {
    hash: Sha256,
    /// Letters in the block so far.
    letters: u64,
    digests: Vec<String>,
}

impl BlockDigests {
    /// Takes the next letters of the contig, in upper case.
    pub(crate) fn letters(&mut self, mut upper_case: &[u8]) {
        while !upper_case.is_empty() {
            let room = (BLOCK - self.letters) as usize;
            let (block, rest) = upper_case.split_at(room.min(upper_case.len()));
            self.hash.update(block);
            self.letters += block.len() as u64;
            if self.letters == BLOCK {
                self.end_block();
            }
            upper_case = rest;
        }
    }

    /// The contig has ended, or the next letters are those of a block elsewhere.
    pub(crate) fn end_contig(&mut self) {
        if self.letters > 0 {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        let digest = std::mem::take(&mut self.hash).finalize();
        self.digests.push(hexadecimal(&digest));
        self.letters = 0;
    }

    /// The digests since the last call, 64 hexadecimal digits each.
    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.digests)
    }
}

/// The bases of the blocks that begin in a part of a contig, as one range; it may end behind that part.
pub(crate) fn blocks_beginning_in(part: &Range<u64>, length: u64) -> Range<u64> {
    let start = part.start.next_multiple_of(BLOCK);
    if start >= part.end {
        return part.end..part.end;
    }
    start..part.end.next_multiple_of(BLOCK).min(length)
}

/// The digest of a genome: SHA-256 of a text that has, for every contig in file order, a line `>` and its name, then for every
/// 2^20 of its letters a line with their SHA-256. Letters are in upper case, digests have 64 hexadecimal digits, lines end
/// with a line feed.
///
/// Line width, line ends, soft masking, descriptions after the name and compression do not change it.
#[derive(Debug, Default)]
pub(crate) struct GenomeDigest {
    hash: Sha256,
}

impl GenomeDigest {
    /// Takes the next contig and the digests of its blocks.
    pub(crate) fn contig(&mut self, name: &str, blocks: &[String]) {
        self.hash.update(format!(">{name}\n"));
        for block in blocks {
            self.hash.update(format!("{block}\n"));
        }
    }

    /// The digest as 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hexadecimal(&self.hash.finalize())
    }
}

/// The digest of a genome whose blocks have been digested; `None` when there are too few or too many of them.
pub(crate) fn genome_digest(contigs: &[Contig], mut blocks: &[String]) -> Option<String> {
    let mut digest = GenomeDigest::default();
    for contig in contigs {
        let count = usize::try_from(contig.length.div_ceil(BLOCK)).ok()?;
        let (own, others) = blocks.split_at_checked(count)?;
        digest.contig(&contig.name, own);
        blocks = others;
    }
    blocks.is_empty().then(|| digest.finish())
}

/// The SHA-256 of a file, as 64 hexadecimal digits.
pub(crate) fn sha256_of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hexadecimal(&hash.finalize())),
            Ok(count) => hash.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The SHA-256 of bytes, as 64 hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes any text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(letters: &[&[u8]]) -> Vec<String> {
        let mut digests = BlockDigests::default();
        for letters in letters {
            digests.letters(letters);
        }
        digests.end_contig();
        digests.take()
    }

    #[test]
    fn the_digest_is_the_sha256_of_names_and_digests_of_blocks() {
        let contigs = [Contig::new("chr1", 5), Contig::new("chr2", 1)];
        let digests = [blocks(&[b"ACG", b"TN"]), blocks(&[b"G"])].concat();
        // d() { printf %s "$1" | sha256sum | cut -c1-64; }
        // printf '>chr1\n%s\n>chr2\n%s\n' $(d ACGTN) $(d G) | sha256sum
        let expected = "59b92d21f26fee68db46041c6d1b4725c87794ba301ecb1458c108aaecd103c1";
        assert_eq!(genome_digest(&contigs, &digests).as_deref(), Some(expected));
    }

    #[test]
    fn long_contigs_have_a_digest_for_every_mebibase() {
        let letters = b"ACGTTGCA".repeat(1 << 18);
        let contigs = [Contig::new("c", letters.len() as u64 - 3)];
        let digests = blocks(&[&letters[..1000], &letters[1000..letters.len() - 3]]);
        assert_eq!(digests.len(), 2);
        // d() { yes ACGTTGCA | tr -d '\n' | head -c "$1" | sha256sum | cut -c1-64; }
        // printf '>c\n%s\n%s\n' $(d 1048576) $(d 1048573) | sha256sum
        let expected = "beceaa62934ebefc9a17b511f12285fc5f70d7800321afbac5e2af7e430e25fb";
        assert_eq!(genome_digest(&contigs, &digests).as_deref(), Some(expected));
        assert_eq!(genome_digest(&contigs, &digests[1..]), None);
        assert_eq!(genome_digest(&[], &digests), None);
    }

    #[test]
    fn every_block_begins_in_one_part_of_its_contig() {
        let length = 3 * BLOCK + 10;
        for cuts in [
            &[0, length][..],
            &[0, 5, BLOCK, BLOCK + 1, length],
            &[0, BLOCK - 1, 2 * BLOCK + 7, 3 * BLOCK, 3 * BLOCK + 9, length],
        ] {
            let parts = cuts
                .windows(2)
                .map(|cut| blocks_beginning_in(&(cut[0]..cut[1]), length));
            let mut next = 0;
            for part in parts.filter(|part| !part.is_empty()) {
                assert_eq!(part.start, next);
                next = part.end;
            }
            assert_eq!(next, length, "{cuts:?}");
        }
        assert_eq!(blocks_beginning_in(&(5..9), length), 9..9);
    }
}
