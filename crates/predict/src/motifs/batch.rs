//! Letters on their way to the motifs, hits on their way back.

use std::ops::Range;
use std::sync::Arc;

use processive_encode::{ScoreMatrix, encode_dna_into};
use processive_kernels::motif_scan::{BasePairs, find_hits};
use processive_report::Hit;

use super::prepared::MotifSet;
use super::windows::{known_runs, overlaps, windows};
use crate::BaseCounts;

/// Consecutive letters of one contig, with those behind it that the windows need.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The contig.
    pub(super) contig: Arc<str>,
    /// Where the windows of this piece begin.
    pub(super) starts: Range<u64>,
    /// The letters from the first start on.
    pub(super) letters: Vec<u8>,
    /// The regions that hits have to overlap; `None` when all count.
    pub(super) regions: Option<Arc<[Range<u64>]>>,
}

/// The hits of a piece.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PieceHits {
    /// The contig.
    pub(super) contig: Arc<str>,
    /// The hits, sorted by start, motif and strand.
    pub(super) hits: Vec<Hit>,
    /// The bases that begin a window of the piece and lie in a region.
    pub(super) bases: BaseCounts,
    /// The windows of all motifs, each counted once for both strands.
    pub(super) windows: u64,
    /// Those among them that have an unknown letter.
    pub(super) unknown: u64,
}

/// Memory that searches use one after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    codes: Vec<u8>,
    bases: BasePairs,
    found: Vec<Found>,
}

impl Piece {
    /// Finds the hits.
    pub(super) fn search(&self, motifs: &MotifSet, scratch: &mut Scratch) -> PieceHits {
        let Scratch { codes, bases, found } = scratch;
        codes.clear();
        found.clear();
        encode_dna_into(&self.letters, codes);
        let mut scored = 0;
        for run in known_runs(codes) {
            bases.fill(&codes[run.clone()]);
            find_hits(&motifs.matrices, bases, |matrix, start, score| {
                found.push(Found {
                    start: (run.start + start) as u32,
                    matrix: matrix as u32,
                    score,
                });
            });
            scored += self.windows_in(run, motifs);
        }
        found.sort_unstable();
        let mut hits = Vec::with_capacity(found.len());
        hits.extend(found.iter().filter_map(|found| self.hit(*found, motifs)));
        let windows = self.windows_in(0..codes.len(), motifs);
        PieceHits {
            contig: Arc::clone(&self.contig),
            hits,
            bases: self.count_bases(),
            windows,
            unknown: windows - scored,
        }
    }

    /// The number of windows of all motifs that lie in a stretch of the letters.
    fn windows_in(&self, letters: Range<usize>, motifs: &MotifSet) -> u64 {
        let letters = self.starts.start + letters.start as u64..self.starts.start + letters.end as u64;
        let count =
            |&(width, motifs): &(usize, u64)| motifs * windows(&self.starts, &letters, width, self.regions.as_deref());
        motifs.widths.iter().map(count).sum()
    }

    /// Makes a row of what was found, if it begins in this piece and belongs to a region.
    fn hit(&self, found: Found, motifs: &MotifSet) -> Option<Hit> {
        let searched = &motifs.searched[found.matrix as usize];
        let start = self.starts.start + u64::from(found.start);
        let end = start + motifs.matrices[found.matrix as usize].width() as u64;
        let counts = |regions: &Arc<[Range<u64>]>| overlaps(&(start..end), regions);
        let is_wanted = start < self.starts.end && self.regions.as_ref().is_none_or(counts);
        is_wanted.then(|| Hit {
            start,
            end,
            motif: searched.motif,
            strand: searched.strand,
            score: ScoreMatrix::bits(found.score) as f32,
            p: searched.tail.p_of(found.score),
        })
    }

    fn count_bases(&self) -> BaseCounts {
        let inside = |bases: &Range<u64>| {
            let offset = |base: u64| (base.clamp(self.starts.start, self.starts.end) - self.starts.start) as usize;
            let (start, end) = (offset(bases.start), offset(bases.end));
            let letters = self.letters.len();
            BaseCounts::of(&self.letters[start.min(letters)..end.min(letters)])
        };
        let mut counts = BaseCounts::default();
        match &self.regions {
            None => counts += inside(&self.starts),
            Some(regions) => regions.iter().for_each(|region| counts += inside(region)),
        }
        counts
    }
}

/// A hit as the kernel tells it. The order of the fields is that of the rows: matrices stand by motif, then strand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    /// The first base, counted in the piece.
    start: u32,
    matrix: u32,
    score: i32,
}
