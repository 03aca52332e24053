//! Matrices in the order in which the product reads them.

use std::sync::OnceLock;

use crate::simd::{LANES, Line};

/// A matrix cut into panels of [`LANES`] columns: panel `p` holds its rows one after another.
///
/// The last panel is filled with zeros.
#[derive(Clone, Debug)]
pub(crate) struct Panels {
    depth: usize,
    lines: Vec<Line>,
    /// The same, rounded: made when it is first asked for.
    halves: OnceLock<Vec<HalfLine>>,
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
        Self {
            depth,
            lines,
            halves: OnceLock::new(),
        }
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

    /// All panels rounded to bfloat16: depths `2 i` and `2 i + 1` of panel `p` at `p * half_depth + i`.
    pub(crate) fn halves(&self) -> &[HalfLine] {
        self.halves.get_or_init(|| {
            let mut rounded = Vec::new();
            round_panels(&self.lines, self.depth, &mut rounded);
            rounded
        })
    }

    /// The lines of a rounded panel.
    pub(crate) fn half_depth(&self) -> usize {
        half_depth(self.depth)
    }
}

/// Two rows of a panel in bfloat16: of every column the number of the first row in the lower half, that of the second in the
/// upper one.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct HalfLine(pub(crate) [u32; LANES]);

impl HalfLine {
    /// Zeros.
    pub(crate) const ZERO: Self = Self([0; LANES]);
}

/// Rounds panels of `depth` rows, and fills them with zeros to [`half_depth`] lines.
#[inline(always)]
pub(crate) fn round_panels(lines: &[Line], depth: usize, rounded: &mut Vec<HalfLine>) {
    let half_depth = half_depth(depth);
    rounded.resize(lines.len() / depth * half_depth, HalfLine::ZERO);
    for (panel, to) in lines.chunks_exact(depth).zip(rounded.chunks_exact_mut(half_depth)) {
        to[depth.div_ceil(2)..].fill(HalfLine::ZERO);
        for (rows, to) in panel.chunks(2).zip(to) {
            let (low, high) = (&rows[0].0, &rows.get(1).unwrap_or(&Line::ZERO).0);
            for (i, to) in to.0.iter_mut().enumerate() {
                *to = pair(low[i], high[i]);
            }
        }
    }
}

/// The lines of a rounded panel of `depth` rows: those of whole registers, which take 32 rows.
pub(crate) fn half_depth(depth: usize) -> usize {
    depth.next_multiple_of(2 * LANES) / 2
}

/// Two numbers rounded to bfloat16, to the nearest, of two equally near ones to the even one.
#[inline(always)]
pub(crate) fn pair(low: f32, high: f32) -> u32 {
    let round = |value: f32| {
        let bits = value.to_bits();
        bits.wrapping_add(0x7fff + (bits >> 16 & 1))
    };
    round(low) >> 16 | round(high) & 0xffff_0000
}

/// The smallest multiple of [`LANES`] that is at least `n`.
pub(crate) fn padded(n: usize) -> usize {
    n.next_multiple_of(LANES)
}
