//! The frequencies of bases: read from a file, or counted in a genome.

use std::{num::NonZeroUsize, path::Path};

use processive_core::alphabet::DNA_CODES;

use crate::{FastaStream, IngestError, Place, lines::Lines, open::is_regular};

/// Reads the frequencies of A, C, G and T from a background file of the MEME suite: a line for each letter and its
/// frequency, in any order. `#` begins a comment; lines of longer words (models of higher order) are skipped.
///
/// # Errors
/// - [`IngestError::InvalidBackground`] with the line: no letter and number, a letter twice, a letter that is missing;
/// - [`IngestError::NotText`] and as [`open`](crate::open).
pub fn read_background(path: &Path) -> Result<[f64; 4], IngestError> {
    let mut lines = Lines::open(path)?;
    let mut frequencies = [None; 4];
    while let Some(line) = lines.next_line()? {
        let line = line.trim_start().to_owned();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let complaint = |problem| invalid(path, lines.number(), problem, &line);
        let Some((word, frequency)) = word_and_frequency(&line) else {
            return Err(complaint("expected a letter and its frequency"));
        };
        if let [letter] = word {
            let place = frequencies.get_mut(usize::from(DNA_CODES[usize::from(*letter)]));
            let place = place.ok_or_else(|| complaint("expected one of the letters A, C, G and T"))?;
            if place.replace(frequency).is_some() {
                return Err(complaint("expected every letter once"));
            }
        }
    }
    let [Some(a), Some(c), Some(g), Some(t)] = frequencies else {
        let expected = "expected the frequencies of A, C, G and T";
        return Err(invalid(path, lines.number() + 1, expected, "the end of the file"));
    };
    Ok([a, c, g, t])
}

fn word_and_frequency(line: &str) -> Option<(&[u8], f64)> {
    let mut words = line.split_ascii_whitespace();
    let word = words.next()?;
    let frequency = words.next()?.parse().ok()?;
    let is_alone = words.next().is_none() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_alone.then_some((word.as_bytes(), frequency))
}

fn invalid(path: &Path, line: u64, problem: &'static str, found: &str) -> IngestError {
    const SHOWN: usize = 60;
    IngestError::InvalidBackground {
        place: Place::new(path, line),
        problem,
        found: found.chars().take(SHOWN).collect(),
    }
}

/// Counts A, C, G and T (in either case, U as T) in a FASTA file, by one pass over it. `threads` as in
/// [`FastaStream::open`].
///
/// # Errors
/// - [`IngestError::StandardInput`] for `-` and pipes, which could not be read again;
/// - as [`FastaStream::next_contig`] and [`FastaStream::read_block`].
pub fn base_composition(path: &Path, threads: NonZeroUsize) -> Result<[u64; 4], IngestError> {
    const BLOCK: usize = 1 << 18;
    if !is_regular(path).map_err(|source| IngestError::from_read(path, source))? {
        return Err(IngestError::StandardInput {
            purpose: "count its bases before it is read",
        });
    }
    let mut stream = FastaStream::open(path, threads)?;
    let mut block = Vec::with_capacity(BLOCK);
    let mut by_byte = [0u64; 256];
    while stream.next_contig()?.is_some() {
        while stream.read_block(&mut block, BLOCK)? > 0 {
            for &letter in &block {
                by_byte[usize::from(letter)] += 1;
            }
            block.clear();
        }
    }
    let mut counts = [0; 4];
    for (code, count) in DNA_CODES.iter().zip(by_byte) {
        if let Some(sum) = counts.get_mut(usize::from(*code)) {
            *sum += count;
        }
    }
    Ok(counts)
}
