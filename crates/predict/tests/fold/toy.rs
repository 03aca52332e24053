//! A scorer, a writer and proteins for tests.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use processive_core::{Alphabet, Reduction};
use processive_encode::{PaddedBatch, encode};
use processive_predict::{FoldNotice, FoldProgress, FoldRequest, FoldSummary, PredictError, ResidueScorer, fold};
use processive_report::{FoldChain, FoldWriter, Provenance, ReportError};
use tempfile::TempDir;

/// The states that [`Whole`] gives residues: each changes with every code of the protein and with its place.
fn states(codes: &[u8]) -> Vec<usize> {
    let mix = |sum: u32, &code: &u8| (sum ^ u32::from(code)).wrapping_mul(0x0100_0193).rotate_left(5);
    let sum = codes.iter().fold(0x811c_9dc5, mix);
    let state = |(at, code): (usize, &u8)| (mix(sum, code).wrapping_mul(at as u32 * 2 + 1) >> 7) as usize % 8;
    codes.iter().enumerate().map(state).collect()
}

/// Gives every residue one state, which depends on the whole protein.
pub(crate) struct Whole;

impl ResidueScorer for Whole {
    fn reduction(&self) -> Reduction {
        Reduction::GhiEb
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        assert_eq!(batch.alphabet(), Alphabet::Protein);
        let mut all = vec![f32::NAN; batch.len() * batch.width() * 8];
        for (row, codes) in batch.sequences().enumerate() {
            for (at, state) in states(codes).into_iter().enumerate() {
                let first = (row * batch.width() + at) * 8;
                all[first..first + 8].fill(0.0);
                all[first + state] = 1.0;
            }
        }
        all
    }
}

/// The states of a protein by definition.
pub(crate) fn states_of(sequence: &[u8]) -> String {
    let codes = encode(Alphabet::Protein, sequence);
    let letter = |state: usize| char::from(b"HBEGITSC"[state]);
    states(&codes).into_iter().map(letter).collect()
}

/// A labelled protein.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) header: String,
    pub(crate) sequence: Vec<u8>,
    pub(crate) states: String,
    pub(crate) three: String,
}

/// What a [`Collector`] has received.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) rows: Vec<Row>,
    pub(crate) provenance: Option<Provenance>,
}

/// Keeps proteins in memory.
#[derive(Default)]
pub(crate) struct Collector {
    pub(crate) collected: Arc<Mutex<Collected>>,
    /// The number of the protein whose write fails, from 0, and how.
    pub(crate) failure: Option<(usize, io::ErrorKind)>,
}

fn letter<const N: usize>(probabilities: &[f32; N], letters: &[u8; N]) -> char {
    let place = probabilities.iter().position(|&p| p > 0.5).unwrap();
    char::from(letters[place])
}

impl FoldWriter for Collector {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        let mut collected = self.collected.lock().unwrap();
        if let Some((at, kind)) = self.failure
            && at == collected.rows.len()
        {
            return Err(ReportError::Write {
                path: "out.parquet".into(),
                source: kind.into(),
            });
        }
        collected.rows.push(Row {
            header: format!("{} {}", chain.id, chain.description).trim_end().to_owned(),
            sequence: chain.sequence.to_vec(),
            states: chain.eight.iter().map(|p| letter(p, b"HBEGITSC")).collect(),
            three: chain.three.iter().map(|p| letter(p, b"HEC")).collect(),
        });
        Ok(())
    }

    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.collected.lock().unwrap().provenance = Some(provenance.clone());
        Ok(())
    }
}

/// Keeps notices and counts residues.
#[derive(Default)]
pub(crate) struct Notices {
    pub(crate) notices: Mutex<Vec<FoldNotice>>,
    pub(crate) residues: Mutex<u64>,
}

impl FoldProgress for Notices {
    fn advance(&self, residues: u64) {
        *self.residues.lock().unwrap() += residues;
    }

    fn notice(&self, notice: &FoldNotice) {
        self.notices.lock().unwrap().push(notice.clone());
    }
}

/// What a fold into memory gave.
#[derive(Debug, PartialEq)]
pub(crate) struct Folded {
    pub(crate) summary: FoldSummary,
    pub(crate) rows: Vec<Row>,
    pub(crate) provenance: Provenance,
    pub(crate) notices: Vec<FoldNotice>,
}

/// Folds into memory.
pub(crate) fn collect(request: &FoldRequest<'_>) -> Result<Folded, PredictError> {
    let writer = Collector::default();
    let collected = Arc::clone(&writer.collected);
    let progress = Notices::default();
    let summary = fold(request, Box::new(writer), &progress)?;
    assert_eq!(*progress.residues.lock().unwrap(), summary.residues());
    let collected = std::mem::take(&mut *collected.lock().unwrap());
    Ok(Folded {
        summary,
        rows: collected.rows,
        provenance: collected
            .provenance
            .expect("a fold without an error finishes its writer"),
        notices: progress.notices.into_inner().unwrap(),
    })
}

/// A file of proteins in a folder of its own.
pub(crate) struct ProteinFile {
    path: PathBuf,
    _folder: TempDir,
}

impl ProteinFile {
    pub(crate) fn new(text: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("proteins.fa");
        std::fs::write(&path, text).unwrap();
        Self { path, _folder: folder }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A request with [`Whole`].
    pub(crate) fn request(&self) -> FoldRequest<'_> {
        FoldRequest::with_scorer(self.path(), &Whole)
    }
}

/// Amino acids that repeat only after 2^31, the same for the same seed.
pub(crate) fn protein(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        b"ACDEFGHIKLMNPQRSTVWY"[(state >> 16) as usize % 20]
    };
    (0..length).map(|_| next()).collect()
}

/// A number that is not zero.
pub(crate) fn nonzero(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}
