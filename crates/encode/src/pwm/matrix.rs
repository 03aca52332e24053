//! Log-odds in whole units.

use processive_core::Motif;

use crate::{Background, EncodeError};

/// A motif as whole numbers: the score of each base at each position, in units of 1/1000 bit.
///
/// The score of base `b` at a position is `round(1000 · log2(p / q_b))`, where `q` is the background and
/// `p = (n · f_b + c · q_b) / (n + c)` is the motif's frequency `f_b` at `n` sites with `c` sites of background added
/// (the pseudocount). The score of a window is the sum over its positions: an exact number, so that its probability is, too.
/// A position at which nothing is known (`n = 0`) scores 0. Without pseudocount a base that does not occur is impossible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreMatrix {
    columns: Vec<[i32; 4]>,
}

impl ScoreMatrix {
    /// The number of units in a bit.
    pub const UNITS_PER_BIT: u32 = 1000;

    /// The score of a base that is impossible at a position: no window with it has a score.
    pub const IMPOSSIBLE: i32 = i32::MIN;

    /// The longest motif. A base scores between -1,074 bits (the smallest `f64`) and 20 (the rarest background), so the
    /// sum of so many, and the difference of two such sums, fit 32 bits.
    pub const LONGEST: usize = 1000;

    /// Scores a motif against a background. `pseudocount` is a number of sites from 0.
    ///
    /// # Errors
    /// [`EncodeError::MotifTooLong`] beyond [`LONGEST`](Self::LONGEST) positions; [`EncodeError::Pseudocount`] when it
    /// is negative or not finite.
    pub fn new(motif: &Motif, background: &Background, pseudocount: f64) -> Result<Self, EncodeError> {
        if motif.probabilities().len() > Self::LONGEST {
            return Err(EncodeError::MotifTooLong {
                motif: motif.id().to_owned(),
                positions: motif.probabilities().len(),
                longest: Self::LONGEST,
            });
        }
        if !(pseudocount.is_finite() && pseudocount >= 0.0) {
            return Err(EncodeError::Pseudocount { pseudocount });
        }
        let q = background.probabilities();
        let positions = motif.probabilities().iter().zip(motif.sites());
        let score = |(f, &n): (&[f64; 4], &f64)| std::array::from_fn(|base| score(f[base], q[base], n, pseudocount));
        Ok(Self {
            columns: positions.map(score).collect(),
        })
    }

    /// The number of positions.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The scores of A, C, G and T at every position.
    pub fn columns(&self) -> &[[i32; 4]] {
        &self.columns
    }

    /// The score of the best window.
    pub fn best(&self) -> i32 {
        self.columns.iter().map(best_of).sum()
    }

    /// The score of a window of codes; `None` when a base is unknown or impossible.
    ///
    /// # Shapes
    /// - `window`: `[width]`
    pub fn score(&self, window: &[u8]) -> Option<i32> {
        let cell = |(column, &code): (&[i32; 4], &u8)| column.get(usize::from(code)).copied();
        let cells = self.columns.iter().zip(window).map(cell);
        cells.map(|cell| cell.filter(|&cell| cell != Self::IMPOSSIBLE)).sum()
    }

    /// A score in bits.
    pub fn bits(score: i32) -> f64 {
        f64::from(score) / f64::from(Self::UNITS_PER_BIT)
    }
}

/// The best score at a position; there always is a possible base, since probabilities sum to 1.
pub(super) fn best_of(column: &[i32; 4]) -> i32 {
    column.iter().copied().fold(i32::MIN, i32::max)
}

fn score(frequency: f64, background: f64, sites: f64, pseudocount: f64) -> i32 {
    let weight = sites + pseudocount;
    if weight <= 0.0 {
        return 0;
    }
    let p = (sites * frequency + pseudocount * background) / weight;
    if p <= 0.0 {
        return ScoreMatrix::IMPOSSIBLE;
    }
    ((p / background).log2() * f64::from(ScoreMatrix::UNITS_PER_BIT)).round() as i32
}

#[cfg(test)]
mod tests {
    use processive_core::MotifError;

    use super::*;

    fn matrix(counts: &[[f64; 4]], background: [f64; 4], pseudocount: f64) -> ScoreMatrix {
        let motif = Motif::from_counts("M1", "", counts).unwrap();
        ScoreMatrix::new(&motif, &Background::new(background).unwrap(), pseudocount).unwrap()
    }

    #[test]
    fn scores_are_log_odds_in_thousandths_of_a_bit() {
        let scores = matrix(&[[8.0, 0.0, 0.0, 0.0], [4.0, 4.0, 0.0, 0.0]], [0.25; 4], 0.0);
        let no = ScoreMatrix::IMPOSSIBLE;
        assert_eq!(scores.columns(), [[2000, no, no, no], [1000, 1000, no, no]]);
        assert_eq!(scores.best(), 3000);
        assert_eq!(scores.score(&[0, 1]), Some(3000));
        for window in [[1, 1], [0, 2], [0, 4], [4, 0]] {
            assert_eq!(scores.score(&window), None, "{window:?}");
        }
        assert!((ScoreMatrix::bits(-1500) + 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_pseudocount_adds_sites_of_background() {
        // (8 + 0.4) / 9 / 0.4 and 0.6 / 9 / 0.6 where q = 0.4 0.2 0.2 0.2 and one site is added.
        let scores = matrix(&[[8.0, 0.0, 0.0, 0.0], [0.0; 4]], [0.4, 0.2, 0.2, 0.2], 1.0);
        let units = |ratio: f64| (1000.0 * ratio.log2()).round() as i32;
        let (hit, miss) = (units(8.4 / 9.0 / 0.4), units(1.0 / 9.0));
        assert_eq!(scores.columns(), [[hit, miss, miss, miss], [0; 4]]);
        assert_eq!(matrix(&[[0.0; 4]], [0.25; 4], 0.0).columns(), [[0; 4]]);
    }

    #[test]
    fn what_cannot_be_scored_is_refused() -> Result<(), MotifError> {
        let long = Motif::new("long", "", vec![[0.25; 4]; ScoreMatrix::LONGEST + 1])?;
        let error = ScoreMatrix::new(&long, &Background::UNIFORM, 0.1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "motif long has 1001 positions; at most 1000 can be scanned"
        );
        let motif = Motif::new("M1", "", vec![[0.25; 4]])?;
        for pseudocount in [-0.1, f64::NAN, f64::INFINITY] {
            let error = ScoreMatrix::new(&motif, &Background::UNIFORM, pseudocount).unwrap_err();
            assert!(matches!(error, EncodeError::Pseudocount { .. }), "{error}");
        }
        Ok(())
    }

    #[test]
    fn the_lowest_score_of_the_longest_motif_fits() {
        let scores = matrix(
            &vec![[1.0, 0.0, 0.0, 0.0]; ScoreMatrix::LONGEST],
            [1e-6, 0.4, 0.3, 0.3],
            1e-300,
        );
        // log2(1e-300) is -996.6; the background cancels.
        assert_eq!(
            scores.score(&[1; ScoreMatrix::LONGEST]),
            Some(-996_578 * ScoreMatrix::LONGEST as i32)
        );
        assert!(scores.best() > 19_000 * ScoreMatrix::LONGEST as i32);
    }
}
