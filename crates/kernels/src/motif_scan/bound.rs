//! What a window loses at least, in bytes.

use super::IMPOSSIBLE;

/// Lower bounds of what windows lose against the best one, two positions at a time.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// For each pair of positions and each pair of bases (`4 · first + second`) the steps that are lost, at most 255.
    /// An odd last position looks at its first base only.
    pub(super) tables: Vec<[u8; 16]>,
    /// The most steps that a hit loses; `None` when the best window is no hit.
    pub(super) limit: Option<u8>,
}

/// The most steps between the best score and the threshold: 255 must stay free for windows that lose more.
const STEPS: i64 = 254;

impl Bound {
    pub(super) fn new(columns: &[[i32; 4]], threshold: i32) -> Self {
        let best: Vec<i32> = columns.iter().map(best_of).collect();
        let budget = best.iter().map(|&score| i64::from(score)).sum::<i64>() - i64::from(threshold);
        // Losses are rounded down, so the sum over a hit is at most the budget rounded down.
        let step = budget.max(0) / STEPS + 1;
        let loss = |at: usize, base: usize| match columns[at][base] {
            IMPOSSIBLE => i64::from(u32::MAX),
            score => i64::from(best[at]) - i64::from(score),
        };
        let steps = |at: usize, pair: usize| {
            let second = if at + 1 < columns.len() {
                loss(at + 1, pair % 4)
            } else {
                0
            };
            let steps = (loss(at, pair / 4) + second) / step;
            u8::try_from(steps).unwrap_or(u8::MAX)
        };
        Self {
            tables: (0..columns.len())
                .step_by(2)
                .map(|at| std::array::from_fn(|pair| steps(at, pair)))
                .collect(),
            limit: u8::try_from(budget / step).ok().filter(|_| budget >= 0),
        }
    }

    /// Whether any window can be a hit.
    pub(super) fn is_reachable(&self) -> bool {
        self.limit.is_some()
    }
}

fn best_of(column: &[i32; 4]) -> i32 {
    let best = column.iter().copied().filter(|&score| score != IMPOSSIBLE).max();
    best.expect("every position has a possible base")
}
