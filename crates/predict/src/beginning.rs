//! Tells a genome from a file of proteins.

use processive_core::{Contig, Region};
use processive_ingest::{IndexedFasta, looks_like_protein};

use crate::PredictError;

/// The number of letters that show whether a contig is DNA.
const BEGINNING: usize = 4096;

/// The first letters of a contig, judged once there are enough of them.
pub(crate) struct Beginning<'a> {
    contig: &'a str,
    letters: Vec<u8>,
    judged: bool,
}

impl<'a> Beginning<'a> {
    pub(crate) fn new(contig: &'a str) -> Self {
        Self {
            contig,
            letters: Vec::new(),
            judged: false,
        }
    }

    /// Takes the next letters of the contig.
    pub(crate) fn push(&mut self, letters: &[u8]) -> Result<(), PredictError> {
        let missing = BEGINNING - self.letters.len();
        self.letters.extend(letters.iter().take(missing));
        if self.letters.len() == BEGINNING {
            self.judge()
        } else {
            Ok(())
        }
    }

    /// Refuses a contig whose letters are those of a protein.
    pub(crate) fn judge(&mut self) -> Result<(), PredictError> {
        const SHOWN: usize = 20;
        if !self.judged && looks_like_protein(&self.letters) {
            let shown = &self.letters[..self.letters.len().min(SHOWN)];
            return Err(PredictError::NotDna {
                contig: self.contig.to_owned(),
                beginning: String::from_utf8_lossy(shown).into_owned(),
            });
        }
        self.judged = true;
        Ok(())
    }
}

/// Judges a contig by its first letters, wherever it is read.
pub(crate) fn judge_beginning(genome: &mut IndexedFasta, contig: &Contig) -> Result<(), PredictError> {
    let end = contig.length.min(BEGINNING as u64);
    let mut beginning = Beginning::new(&contig.name);
    beginning.push(&genome.fetch(&Region::new(&*contig.name, 0, end)?)?)?;
    beginning.judge()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contig_is_judged_by_its_first_letters_however_they_come() {
        let protein = b"MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSG".repeat(100);
        let dna = b"ACGT".repeat(BEGINNING);
        for block in [1, 7, 4096, 5000] {
            let judge = |letters: &[u8]| {
                let mut beginning = Beginning::new("c");
                letters.chunks(block).try_for_each(|block| beginning.push(block))?;
                beginning.judge()
            };
            assert!(judge(&dna).is_ok());
            assert!(judge(&[&dna[..BEGINNING], &protein].concat()).is_ok());
            assert!(judge(&[&dna[..BEGINNING / 2], &protein].concat()).is_err());
            let error = judge(&protein[..30]).unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("record c looks like protein ('MKTAYIAKQRQISFVKSHFS...')"),
                "{error}"
            );
        }
    }
}
