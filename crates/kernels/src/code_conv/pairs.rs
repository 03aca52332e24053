//! Two bases at a time.

use super::CodeConvShape;
use crate::panels::padded;
use crate::simd::{LANES, Line};

/// Four bases and the unknown one.
const CODES: usize = 5;
/// The number of pairs of codes.
pub(super) const PAIRS: usize = CODES * CODES;

/// For every pair of neighbouring motif columns and every pair of codes, the sum of two rows of the weights.
///
/// Motifs are cut into blocks of [`LANES`]: block `f` holds its bias and then `[table, pair]` rows of sums. The last
/// table of a motif with an odd number of columns reads the first code only.
#[derive(Clone, Debug)]
pub(super) struct PairTables {
    rows: Vec<Line>,
    tables: usize,
}

impl PairTables {
    pub(super) fn new(shape: CodeConvShape, weights: &[f32], bias: &[f32]) -> Self {
        let CodeConvShape { kernel, filters, .. } = shape;
        assert_eq!(
            weights.len(),
            kernel * 4 * filters,
            "the weights are [kernel, 4, filters]"
        );
        assert_eq!(bias.len(), filters, "the bias is [filters]");
        let tables = kernel.div_ceil(2);
        let mut rows = Vec::with_capacity(padded(filters) / LANES * (1 + tables * PAIRS));
        for first in (0..filters).step_by(LANES) {
            let width = LANES.min(filters - first);
            let row = |column: usize, code: usize| {
                let known = column < kernel && code < 4;
                known.then(|| &weights[(column * 4 + code) * filters + first..][..width])
            };
            rows.push(sum(Some(&bias[first..first + width]), None));
            for table in 0..tables {
                let pair = |p| sum(row(2 * table, p / CODES), row(2 * table + 1, p % CODES));
                rows.extend((0..PAIRS).map(pair));
            }
        }
        Self { rows, tables }
    }

    /// The bias and the tables of the block of motifs `block`.
    pub(super) fn block(&self, block: usize) -> (&Line, &[Line]) {
        let size = 1 + self.tables * PAIRS;
        let (bias, rows) = self.rows[block * size..(block + 1) * size]
            .split_first()
            .expect("a block has a bias");
        (bias, rows)
    }
}

fn sum(a: Option<&[f32]>, b: Option<&[f32]>) -> Line {
    let at = |row: Option<&[f32]>, i: usize| row.and_then(|row| row.get(i)).copied().unwrap_or(0.0);
    Line(std::array::from_fn(|i| at(a, i) + at(b, i)))
}

/// The pair of codes that begins at every place of a padded sequence.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    /// `first · 5 + second`, always below [`PAIRS`], at positions `0..positions + kernel`.
    pairs: Vec<u8>,
    /// The number of motif positions.
    pub(super) positions: usize,
}

impl Pairs {
    /// The pairs of one sequence.
    pub(super) fn new(shape: CodeConvShape, codes: &[u8]) -> Self {
        let positions = shape.positions(codes.len());
        if positions == 0 {
            return Self {
                pairs: Vec::new(),
                positions,
            };
        }
        let code = |place: usize| {
            let code = place.checked_sub(shape.pad_left).and_then(|at| codes.get(at)).copied();
            code.map_or(4, |code| code.min(4))
        };
        let pairs = (0..positions + shape.kernel)
            .map(|place| code(place) * CODES as u8 + code(place + 1))
            .collect();
        Self { pairs, positions }
    }

    /// The pairs of the sequences of one task.
    pub(super) fn of_rows(shape: CodeConvShape, codes: &[u8], lengths: &[usize], first: usize) -> Vec<Self> {
        let rows = first..lengths.len().min(first + super::TASK_ROWS);
        rows.map(|row| Self::new(shape, &codes[row * shape.width..row * shape.width + lengths[row]]))
            .collect()
    }

    /// The pairs that begin in the motif at `position`; table `i` reads number `2 i`.
    #[inline(always)]
    pub(super) fn at(&self, position: usize, kernel: usize) -> &[u8] {
        &self.pairs[position..position + kernel]
    }
}
