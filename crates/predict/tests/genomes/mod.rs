//! Genomes for the tests of scans of both kinds.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A genome in a folder of its own, where an index has a place.
pub(crate) struct GenomeFile {
    path: PathBuf,
    _folder: TempDir,
}

impl GenomeFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes a genome as FASTA with `width` letters in a line.
pub(crate) fn fasta(genome: &[(&str, &[u8])], width: usize) -> GenomeFile {
    let mut text = Vec::new();
    for (name, letters) in genome {
        writeln!(text, ">{name} a description").unwrap();
        for line in letters.chunks(width) {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("genome.fa");
    std::fs::write(&path, text).unwrap();
    GenomeFile { path, _folder: folder }
}

/// Bases that repeat only after 2^31, the same for the same seed.
pub(crate) fn bases(length: usize, seed: u32) -> Vec<u8> {
    let mut next = numbers(seed);
    (0..length).map(|_| b"ACGT"[next() % 4]).collect()
}

/// Numbers below 2^15 in an order that looks random.
pub(crate) fn numbers(seed: u32) -> impl FnMut() -> usize {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        (state >> 16) as usize
    }
}

/// A number that is not zero.
pub(crate) fn nonzero(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}
