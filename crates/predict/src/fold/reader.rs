//! The reader's side of a fold: records in, windows out.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::AtomicBool;

use processive_core::alphabet::{PROTEIN_CODES, UNKNOWN_RESIDUE};
use processive_ingest::{ProteinFasta, ProteinRecord};

use super::digest::ProteinDigest;
use super::dna::Nucleotides;
use super::letters::LetterCounts;
use super::progress::FoldNotice;
use super::request::FoldRequest;
use super::window::Protein;
use crate::PredictError;
use crate::error::Halt;
use crate::stages::check_stop;

/// Proteins that are labelled together, and what was noticed while they were read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) proteins: Vec<Protein>,
    pub(super) notices: Vec<FoldNotice>,
}

/// What the reader knows at the end.
#[derive(Debug)]
pub(super) struct ProteinsRead {
    pub(super) proteins: u64,
    pub(super) letters: LetterCounts,
    pub(super) stops: u64,
    pub(super) repeated_ids: u64,
    pub(super) longest: u64,
    pub(super) digest: String,
}

/// Reads all proteins and sends them on, window by window.
pub(super) fn read(
    request: &FoldRequest<'_>,
    stop: &AtomicBool,
    send: &mut dyn FnMut(Read) -> Result<(), Halt>,
) -> Result<ProteinsRead, Halt> {
    let mut reader = Reader::new(request.strict);
    for record in ProteinFasta::open(request.proteins)? {
        check_stop(stop)?;
        reader.take(record?)?;
        if reader.residues >= request.look_ahead.get() {
            send(reader.window())?;
        }
    }
    if !reader.judged {
        reader.judge()?;
    }
    send(reader.window())?;
    Ok(reader.finish())
}

struct Reader {
    strict: bool,
    window: Read,
    /// The residues of the window.
    residues: usize,
    nucleotides: Nucleotides,
    judged: bool,
    /// A number for every id: 16 bytes a protein are what is kept of it.
    ids: HashSet<u128>,
    digest: ProteinDigest,
    upper_case: Vec<u8>,
    seen: ProteinsRead,
}

impl Reader {
    fn new(strict: bool) -> Self {
        Self {
            strict,
            window: Read::default(),
            residues: 0,
            nucleotides: Nucleotides::default(),
            judged: false,
            ids: HashSet::new(),
            digest: ProteinDigest::default(),
            upper_case: Vec::new(),
            seen: ProteinsRead {
                proteins: 0,
                letters: LetterCounts::default(),
                stops: 0,
                repeated_ids: 0,
                longest: 0,
                digest: String::new(),
            },
        }
    }

    fn take(&mut self, record: ProteinRecord) -> Result<(), Halt> {
        let ProteinRecord {
            id,
            description,
            mut sequence,
            ..
        } = record;
        self.hash(&id, &sequence);
        let residues = residues_of(&sequence);
        self.seen.stops += (sequence.len() - residues) as u64;
        sequence.truncate(residues);
        if self.strict {
            refuse_unknown(&id, &sequence)?;
        }
        if self.nucleotides.take(&sequence) {
            self.judge()?;
        }
        if !self.ids.insert(number_of(&id)) {
            if self.seen.repeated_ids == 0 {
                self.window.notices.push(FoldNotice::RepeatedId(id.clone()));
            }
            self.seen.repeated_ids += 1;
        }
        self.seen.proteins += 1;
        self.seen.letters += &LetterCounts::of(&sequence);
        self.seen.longest = self.seen.longest.max(residues as u64);
        self.residues += residues;
        self.window.proteins.push(Protein {
            id,
            description,
            sequence,
        });
        Ok(())
    }

    fn hash(&mut self, id: &str, sequence: &[u8]) {
        self.digest.begin(id);
        self.upper_case.clear();
        self.upper_case.extend(sequence.iter().map(u8::to_ascii_uppercase));
        self.digest.letters(&self.upper_case);
        self.digest.end();
    }

    /// Says once whether the letters look like nucleotides.
    fn judge(&mut self) -> Result<(), PredictError> {
        self.judged = true;
        if !self.nucleotides.look_like_dna() {
            return Ok(());
        }
        if self.strict {
            return Err(PredictError::LooksLikeDna);
        }
        self.window.notices.push(FoldNotice::LooksLikeDna);
        Ok(())
    }

    fn window(&mut self) -> Read {
        self.residues = 0;
        std::mem::take(&mut self.window)
    }

    fn finish(self) -> ProteinsRead {
        ProteinsRead {
            digest: self.digest.finish(),
            ..self.seen
        }
    }
}

/// The number of letters before the stop sign at the end; a sequence of nothing but stop signs keeps the first.
fn residues_of(sequence: &[u8]) -> usize {
    let last = sequence.iter().rposition(|&letter| letter != b'*');
    last.map_or(1, |last| last + 1)
}

fn refuse_unknown(id: &str, sequence: &[u8]) -> Result<(), PredictError> {
    let is_unknown = |&letter: &u8| PROTEIN_CODES[usize::from(letter)] == UNKNOWN_RESIDUE;
    match sequence.iter().position(is_unknown) {
        None => Ok(()),
        Some(at) => Err(PredictError::UnknownLetter {
            protein: id.to_owned(),
            position: at as u64 + 1,
            letter: char::from(sequence[at]),
        }),
    }
}

/// A number that two ids hardly share: 128 bits, the same in every run.
fn number_of(id: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, id).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_signs_at_the_end_are_no_residues() {
        for (sequence, residues) in [
            (&b"MK"[..], 2),
            (b"MK*", 2),
            (b"M*K**", 3),
            (b"*", 1),
            (b"**", 1),
            (b"M-*", 2),
        ] {
            assert_eq!(residues_of(sequence), residues, "{}", sequence.escape_ascii());
        }
    }
}
