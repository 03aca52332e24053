//! Motifs with their scores, thresholds and probabilities.

use std::collections::BTreeMap;
use std::sync::Arc;

use processive_core::{Motif, Strand};
use processive_encode::{Background, EncodeError, ScoreMatrix, ScoreTail};
use processive_ingest::MotifFile;
use processive_kernels::motif_scan::{IMPOSSIBLE, ThresholdMatrix};
use rayon::prelude::*;

use crate::StrandRule;
use crate::digest::sha256;

const _: () = assert!(
    IMPOSSIBLE == ScoreMatrix::IMPOSSIBLE,
    "encode and kernels agree on what is impossible"
);

/// What decides which windows are hits.
#[derive(Clone, Debug, PartialEq)]
pub struct MotifSettings {
    /// The probability with which a window of background bases may be a hit.
    pub p: f64,
    /// How often each base occurs where there is no motif.
    pub background: Background,
    /// Where the background comes from, for the footer: `uniform`, `genome`, or what was given.
    pub background_source: String,
    /// The number of background sites that are added to those of each motif.
    pub pseudocount: f64,
    /// The strands on which motifs are looked for.
    pub strand: StrandRule,
}

/// A motif on both strands, as it is scanned.
#[derive(Clone, Debug)]
pub struct ScannedMotif {
    /// The motif.
    pub motif: Motif,
    /// The scores on the strand of the file.
    pub plus: StrandScores,
    /// The scores on the opposite strand, when it is scanned.
    pub minus: Option<StrandScores>,
}

/// A motif on one strand.
#[derive(Clone, Debug)]
pub struct StrandScores {
    /// The score of every base at every position, in the order of the file's letters.
    pub matrix: ScoreMatrix,
    /// Threshold and probabilities.
    pub tail: Arc<ScoreTail>,
}

impl ScannedMotif {
    /// The strands that are scanned, plus first.
    pub fn strands(&self) -> impl Iterator<Item = (Strand, &StrandScores)> {
        let minus = self.minus.as_ref().map(|scores| (Strand::Minus, scores));
        std::iter::once((Strand::Plus, &self.plus)).chain(minus)
    }
}

/// The motifs of a file, ready to be scanned with.
#[derive(Debug)]
pub struct MotifSet {
    /// What decides which windows are hits.
    pub settings: MotifSettings,
    /// The motifs, in file order.
    pub motifs: Vec<ScannedMotif>,
    /// The SHA-256 of the motif file, after decompression.
    pub digest: String,
    /// One for each motif and strand that can have hits.
    pub(crate) searched: Vec<Searched>,
    /// The matrices of `searched`.
    pub(crate) matrices: Vec<ThresholdMatrix>,
    /// Every width, and how many motifs have it.
    pub(crate) widths: Vec<(usize, u64)>,
}

/// A motif on a strand that can have hits.
#[derive(Debug)]
pub(crate) struct Searched {
    /// The place of the motif in the file.
    pub(crate) motif: u32,
    /// The strand.
    pub(crate) strand: Strand,
    /// The probabilities of its scores.
    pub(crate) tail: Arc<ScoreTail>,
}

impl MotifSet {
    /// Computes scores, thresholds and probabilities of all motifs, in the rayon pool that the caller is in.
    ///
    /// # Errors
    /// [`EncodeError`]: a pseudocount that is none, a motif that is too long, scores that span too much.
    pub fn prepare(file: MotifFile, settings: MotifSettings) -> Result<Self, EncodeError> {
        let motifs: Vec<ScannedMotif> = file
            .motifs
            .into_par_iter()
            .map(|motif| scanned(motif, &settings))
            .collect::<Result<_, _>>()?;
        let mut searched = Vec::new();
        let mut matrices = Vec::new();
        for (motif, scanned) in (0..).zip(&motifs) {
            for (strand, scores) in scanned.strands() {
                if let Some(threshold) = scores.tail.threshold() {
                    let tail = Arc::clone(&scores.tail);
                    searched.push(Searched { motif, strand, tail });
                    matrices.push(ThresholdMatrix::new(scores.matrix.columns().to_vec(), threshold));
                }
            }
        }
        let mut widths: BTreeMap<usize, u64> = BTreeMap::new();
        for motif in &motifs {
            *widths.entry(motif.plus.matrix.width()).or_default() += 1;
        }
        Ok(Self {
            settings,
            motifs,
            digest: sha256(&file.contents),
            searched,
            matrices,
            widths: widths.into_iter().collect(),
        })
    }

    /// The width of the widest motif.
    pub fn widest(&self) -> usize {
        self.widths.last().map_or(0, |&(width, _)| width)
    }

    /// The number of hits that a base of background sequence begins on average.
    pub(crate) fn expected_per_base(&self) -> f64 {
        self.searched
            .iter()
            .map(|searched| searched.tail.p_of_threshold())
            .sum()
    }
}

fn scanned(motif: Motif, settings: &MotifSettings) -> Result<ScannedMotif, EncodeError> {
    let MotifSettings { p, background, .. } = settings;
    let matrix_of = |motif: &Motif| ScoreMatrix::new(motif, background, settings.pseudocount);
    let tail_of = |matrix: &ScoreMatrix| ScoreTail::new(matrix, background, *p).map(Arc::new);
    let matrix = matrix_of(&motif)?;
    let tail = tail_of(&matrix)?;
    let plus = StrandScores { matrix, tail };
    let minus = match settings.strand {
        StrandRule::Plus => None,
        StrandRule::Both => {
            let matrix = matrix_of(&motif.reverse_complement())?;
            // Every word of one strand is as probable as its reverse complement: one table serves both.
            let tail = if background.is_strand_symmetric() {
                Arc::clone(&plus.tail)
            } else {
                tail_of(&matrix)?
            };
            Some(StrandScores { matrix, tail })
        }
    };
    Ok(ScannedMotif { motif, plus, minus })
}
