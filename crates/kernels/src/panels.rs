//! Matrices in the order in which the product reads them.

use crate::simd::{LANES, Line};

/// A matrix cut into panels of [`LANES`] columns: panel `p` holds its rows one after another.
///
/// The last panel is filled with zeros.
#[derive(Clone, Debug)]
pub(crate) struct Panels {
    depth: usize,
    lines: Vec<Line>,
}

impl Panels {
    /// Packs a `[depth, columns]` matrix given by its elements.
    pub(crate) fn new(depth: usize, columns: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        Self::of_rows(depth, columns.div_ceil(LANES), |k, p, to| {
            let first = p * LANES;
            for (column, value) in (first..columns).zip(to) {
                *value = at(k, column);
            }
        })
    }

    /// Packs a matrix of `[depth, count · LANES]` whose rows are written piece by piece: `write` gets the row, the
    /// panel and the zeros to write over.
    pub(crate) fn of_rows(depth: usize, count: usize, write: impl Fn(usize, usize, &mut [f32; LANES])) -> Self {
        let mut lines = vec![Line::ZERO; count * depth];
        if depth > 0 {
            for (p, panel) in lines.chunks_exact_mut(depth).enumerate() {
                panel
                    .iter_mut()
                    .enumerate()
                    .for_each(|(k, row)| write(k, p, &mut row.0));
            }
        }
        Self { depth, lines }
    }

    /// The number of rows.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The number of panels.
    pub(crate) fn count(&self) -> usize {
        self.lines.len().checked_div(self.depth).unwrap_or(0)
    }

    /// All panels: row `k` of panel `p` at `p * depth + k`.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }
}

/// The smallest multiple of [`LANES`] that is at least `n`.
pub(crate) fn padded(n: usize) -> usize {
    n.next_multiple_of(LANES)
}
