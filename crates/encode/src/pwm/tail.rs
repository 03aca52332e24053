//! The probability that a score is reached by chance.

use super::matrix::best_of;
use crate::{Background, EncodeError, ScoreMatrix};

/// The exact probability of reaching each score that matters, under a background of independent bases.
///
/// Scores are sums of whole numbers, so their distribution follows exactly from position to position; the only error
/// is the rounding of `f64` sums. It is kept from the threshold up, which is the smallest score that is reached
/// with a probability of at most `p`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreTail {
    best: i32,
    best_p: f64,
    /// `[k]` is the probability of reaching `best - k`.
    probabilities: Vec<f64>,
}

/// For each base the score that it loses against the best base of its position; `None` when it is impossible.
type Losses = [Option<u32>; 4];

impl ScoreTail {
    /// The most numbers that are kept at a time: 128 MiB of them.
    const LARGEST: u64 = 1 << 24;

    /// Computes the probabilities of a matrix's scores down to the threshold for `p`.
    ///
    /// # Errors
    /// [`EncodeError::ScoreRange`] when the scores from the best down to the threshold span more than 16,777 bits.
    pub fn new(matrix: &ScoreMatrix, background: &Background, p: f64) -> Result<Self, EncodeError> {
        let losses: Vec<Losses> = matrix.columns().iter().map(losses).collect();
        let q = background.probabilities();
        let limit = largest_loss(&losses, q, p);
        if limit > Self::LARGEST {
            return Err(EncodeError::ScoreRange { p });
        }
        let mut probabilities = distribution(&losses, q, 1, limit as usize);
        let mut sum = 0.0f64;
        for probability in &mut probabilities {
            sum += *probability;
            // Rounding must not lift the sum of all above 1.
            *probability = sum.min(1.0);
        }
        let best_p = probabilities[0];
        probabilities.truncate(probabilities.partition_point(|&reached| reached <= p));
        probabilities.shrink_to_fit();
        Ok(Self {
            best: matrix.best(),
            best_p,
            probabilities,
        })
    }

    /// The smallest score that is reached with a probability of at most `p`, or `None` when the best score is reached
    /// more often.
    pub fn threshold(&self) -> Option<i32> {
        let last = self.probabilities.len().checked_sub(1)?;
        Some(self.best - last as i32)
    }

    /// The probability of reaching the best score.
    pub fn p_of_best(&self) -> f64 {
        self.best_p
    }

    /// The probability of reaching a score.
    ///
    /// # Panics
    /// When it is below the threshold or above the best score.
    pub fn p_of(&self, score: i32) -> f64 {
        let loss = usize::try_from(self.best - score).expect("no window scores better than the best");
        self.probabilities[loss]
    }

    /// The probability of reaching the threshold; 0 when there is none.
    pub fn p_of_threshold(&self) -> f64 {
        self.probabilities.last().copied().unwrap_or(0.0)
    }
}

fn losses(column: &[i32; 4]) -> Losses {
    let best = best_of(column);
    column.map(|score| (score != ScoreMatrix::IMPOSSIBLE).then(|| score.abs_diff(best)))
}

/// A loss that is lost, or more, with a probability of more than `1 - p`: no score below it can be a hit. The largest loss there is when `p` is
/// not exceeded at all.
///
/// Losses are rounded up to coarse units, so that none is less probable than it is; the units shrink as the range does.
fn largest_loss(losses: &[Losses], q: [f64; 4], p: f64) -> u64 {
    const CELLS: u64 = 4096;
    let mut limit: u64 = losses.iter().map(|column| u64::from(widest(column))).sum();
    loop {
        let unit = (limit / CELLS).max(1);
        let coarse = distribution(losses, q, unit, limit.div_ceil(unit) as usize);
        let mut sum = 0.0;
        let beyond = coarse.iter().position(|probability| {
            sum += probability;
            sum > p
        });
        let Some(beyond) = beyond else { return limit };
        let tighter = limit.min(beyond as u64 * unit);
        if unit == 1 || tighter > limit / 2 {
            return tighter;
        }
        limit = tighter;
    }
}

fn widest(column: &Losses) -> u32 {
    column.iter().flatten().copied().max().unwrap_or(0)
}

/// The probabilities of losing 0, 1, 2 … units in all, every loss rounded up to whole units, up to `limit` units.
fn distribution(losses: &[Losses], q: [f64; 4], unit: u64, limit: usize) -> Vec<f64> {
    let units = |loss: u32| u64::from(loss).div_ceil(unit) as usize;
    let mut sums = vec![1.0];
    for column in losses {
        let length = (sums.len() + units(widest(column))).min(limit + 1);
        let mut next = vec![0.0; length];
        for (loss, probability) in column.iter().zip(q) {
            let Some(shifted) = loss.and_then(|loss| next.get_mut(units(loss)..)) else {
                continue;
            };
            for (sum, before) in shifted.iter_mut().zip(&sums) {
                *sum += probability * before;
            }
        }
        sums = next;
    }
    sums
}
