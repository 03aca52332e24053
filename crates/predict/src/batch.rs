//! Windows on their way to the model, rows on their way back.

use std::ops::Range;
use std::sync::Arc;

use processive_encode::{PaddedBatch, reverse_complement};

use crate::grid::BinGrid;
use crate::scorer::tile_scorer;
use crate::{StrandRule, Tile, TileScorer, WindowScorer};

/// Consecutive bins of one contig that all hold a known base, with the codes under their windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The contig.
    pub(crate) contig: Arc<str>,
    /// The bins.
    pub(crate) bins: Range<u64>,
    /// The end of the last bin: less than the grid's when the contig ends in it.
    pub(crate) end: u64,
    /// The codes of the windows, which begin every [`BinGrid::step`] codes.
    pub(crate) codes: Vec<u8>,
}

impl Piece {
    fn len(&self) -> usize {
        (self.bins.end - self.bins.start) as usize
    }

    fn reverse_complement(&self) -> Vec<u8> {
        let mut codes = self.codes.clone();
        reverse_complement(&mut codes);
        codes
    }

    fn windows(&self, grid: BinGrid) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(move |k| &self.codes[k * grid.step()..][..grid.window()])
    }

    fn starts(&self, grid: BinGrid) -> impl Iterator<Item = u64> {
        self.bins.clone().map(move |bin| grid.start(bin))
    }

    fn ends(&self, grid: BinGrid) -> impl Iterator<Item = u64> {
        self.bins.clone().map(move |bin| grid.start(bin + 1).min(self.end))
    }
}

/// The windows that the model is given at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pieces: Vec<Piece>,
    windows: usize,
}

/// How a batch becomes rows.
#[derive(Clone, Copy)]
pub(crate) struct Scoring<'a> {
    /// The model.
    pub(crate) scorer: &'a dyn WindowScorer,
    /// The bins.
    pub(crate) grid: BinGrid,
    /// Which strands are read.
    pub(crate) strand: StrandRule,
}

/// Rows of one contig.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rows {
    /// The contig.
    pub(crate) contig: Arc<str>,
    /// The first base of every bin.
    pub(crate) starts: Vec<u64>,
    /// The base after the last of every bin.
    pub(crate) ends: Vec<u64>,
    /// The columns of [`StrandRule::schema`].
    pub(crate) scores: Vec<Vec<f32>>,
}

impl Batch {
    pub(crate) fn push(&mut self, piece: Piece) {
        self.windows += piece.len();
        self.pieces.push(piece);
    }

    /// Whether there is nothing to score.
    pub(crate) fn is_empty(&self) -> bool {
        self.windows == 0
    }

    /// Scores the windows.
    pub(crate) fn score(&self, how: Scoring<'_>) -> Vec<Rows> {
        if self.is_empty() {
            return Vec::new();
        }
        match tile_scorer(how.scorer, how.grid.bin()) {
            Some(tiles) => self.score_tiles(tiles, how),
            None => self.score_windows(how),
        }
    }

    /// Scores the pieces as tiles.
    fn score_tiles(&self, tiles: &dyn TileScorer, how: Scoring<'_>) -> Vec<Rows> {
        let step = how.grid.step();
        let as_written = self.pieces.iter().map(|piece| Tile {
            codes: &piece.codes,
            windows: piece.len(),
            first: piece.bins.start as i64,
        });
        let plus = self.checked(tiles.score_tiles(&as_written.collect::<Vec<_>>(), step), how);
        let minus = (how.strand == StrandRule::Both).then(|| {
            let turned: Vec<Vec<u8>> = self.pieces.iter().map(Piece::reverse_complement).collect();
            let turned = self.pieces.iter().zip(&turned).map(|(piece, codes)| Tile {
                codes,
                windows: piece.len(),
                first: -(piece.bins.end as i64 - 1),
            });
            let turned: Vec<Tile<'_>> = turned.collect();
            let scores = self.checked(tiles.score_tiles_reverse(&turned, step), how);
            self.turn_back(&scores, how.scorer.classes())
        });
        self.rows(&plus, minus.as_deref(), how)
    }

    /// Puts the scores of the pieces' reverse complements, of which the last window comes first, in the order of the bins.
    fn turn_back(&self, scores: &[f32], classes: usize) -> Vec<f32> {
        let mut rest = scores;
        let mut turned = Vec::with_capacity(scores.len());
        for piece in &self.pieces {
            let (own, others) = rest.split_at(piece.len() * classes);
            if classes == 1 {
                turned.extend(own.iter().rev());
            } else {
                turned.extend(own.chunks_exact(classes).rev().flatten());
            }
            rest = others;
        }
        turned
    }

    /// Scores every window by itself.
    fn score_windows(&self, how: Scoring<'_>) -> Vec<Rows> {
        let windows: Vec<&[u8]> = self.pieces.iter().flat_map(|piece| piece.windows(how.grid)).collect();
        let batch = PaddedBatch::new(&windows).expect("there are windows, and they hold bases");
        let plus = self.checked(how.scorer.score(&batch), how);
        let minus = match how.strand {
            StrandRule::Plus => None,
            StrandRule::Both => Some(self.checked(how.scorer.score_reverse(&batch.reverse_complement()), how)),
        };
        self.rows(&plus, minus.as_deref(), how)
    }

    /// One strand's scores, all there.
    fn checked(&self, scores: Vec<f32>, how: Scoring<'_>) -> Vec<f32> {
        assert_eq!(
            scores.len(),
            self.windows * how.scorer.classes(),
            "one score per window and class"
        );
        scores
    }

    fn rows(&self, plus: &[f32], minus: Option<&[f32]>, how: Scoring<'_>) -> Vec<Rows> {
        let classes = how.scorer.classes();
        let mut scored = 0;
        self.pieces
            .chunk_by(|piece, next| piece.contig == next.contig)
            .map(|pieces| {
                let (mut starts, mut ends) = (Vec::new(), Vec::new());
                for piece in pieces {
                    starts.extend(piece.starts(how.grid));
                    ends.extend(piece.ends(how.grid));
                }
                let these = scored * classes..(scored + starts.len()) * classes;
                scored += starts.len();
                Rows {
                    contig: Arc::clone(&pieces[0].contig),
                    scores: columns(&plus[these.clone()], minus.map(|minus| &minus[these]), classes),
                    ends,
                    starts,
                }
            })
            .collect()
    }
}

/// Turns rows of classes into the columns of [`StrandRule::schema`].
fn columns(plus: &[f32], minus: Option<&[f32]>, classes: usize) -> Vec<Vec<f32>> {
    let column = |scores: &[f32], class: usize| -> Vec<f32> {
        match classes {
            1 => scores.to_vec(),
            _ => scores.iter().skip(class).step_by(classes).copied().collect(),
        }
    };
    let of_class = |class| match minus {
        None => vec![column(plus, class)],
        Some(minus) => {
            let (plus, minus) = (column(plus, class), column(minus, class));
            let mean = plus.iter().zip(&minus).map(|(&p, &m)| f32::midpoint(p, m)).collect();
            vec![mean, plus, minus]
        }
    };
    (0..classes).flat_map(of_class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_class_by_class_with_the_mean_first() {
        let plus = [0.25, 1.0, 0.5, 0.0];
        let minus = [0.75, 0.0, 0.5, 0.5];
        let expected: [&[f32]; 6] = [
            &[0.5, 0.5],
            &[0.25, 0.5],
            &[0.75, 0.5],
            &[0.5, 0.25],
            &[1.0, 0.0],
            &[0.0, 0.5],
        ];
        assert_eq!(columns(&plus, Some(&minus), 2), expected);
        assert_eq!(columns(&plus, None, 2), [[0.25, 0.5], [1.0, 0.0]]);
    }
}
