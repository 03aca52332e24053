//! Some bases at a time.

use std::ops::Range;

use super::CodeConvShape;
use crate::panels::padded;
use crate::simd::{LANES, Line};

/// Four bases and the unknown one.
const CODES: usize = 5;
/// The code of the unknown base.
const UNKNOWN: u8 = 4;
/// Bytes of a row of a table.
const LINE: usize = size_of::<Line>();

/// The number of words of `N` codes.
pub(super) const fn count<const N: usize>() -> usize {
    CODES.pow(N as u32)
}

/// For every `N` neighbouring motif columns and every word of `N` codes, the sum of `N` rows of the weights.
///
/// Motifs are cut into blocks of [`LANES`], each of which holds `[table, word]` rows of sums; the first table also adds the
/// bias. The last table of a motif may have fewer columns; it reads the first codes of its word.
#[derive(Clone, Debug)]
pub(super) struct WordTables<const N: usize> {
    rows: Vec<Line>,
    tables: usize,
    /// Whether no sum of weights can overflow or be a NaN, whatever the sequence.
    pub(super) finite: bool,
}

impl<const N: usize> WordTables<N> {
    /// Packs `filters` motifs of `kernel` columns; shapes as in [`forward`](super::forward).
    pub(super) fn new(kernel: usize, filters: usize, weights: &[f32], bias: &[f32]) -> Self {
        assert_eq!(
            weights.len(),
            kernel * 4 * filters,
            "the weights are [kernel, 4, filters]"
        );
        assert_eq!(bias.len(), filters, "the bias is [filters]");
        let tables = kernel.div_ceil(N);
        let mut rows = Vec::with_capacity(padded(filters) / LANES * tables * count::<N>());
        for first in (0..filters).step_by(LANES) {
            let width = LANES.min(filters - first);
            let row = |column: usize, code: usize| {
                let known = column < kernel && code < 4;
                known.then(|| &weights[(column * 4 + code) * filters + first..][..width])
            };
            for table in 0..tables {
                rows.extend((0..count::<N>()).map(|word| {
                    let mut sum = Line::ZERO;
                    for column in 0..N {
                        let code = word / CODES.pow((N - 1 - column) as u32) % CODES;
                        let weights = row(table * N + column, code).unwrap_or_default();
                        sum.0.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
                    }
                    if table == 0 {
                        sum.0
                            .iter_mut()
                            .zip(&bias[first..])
                            .for_each(|(sum, bias)| *sum += bias);
                    }
                    sum
                }));
            }
        }
        let most = f32::MAX / (kernel as f32 + 2.0);
        Self {
            rows,
            tables,
            finite: weights.iter().chain(bias).all(|weight| weight.abs() < most),
        }
    }

    /// The tables of the block of motifs `block`.
    pub(super) fn block(&self, block: usize) -> &[Line] {
        let size = self.tables * count::<N>();
        &self.rows[block * size..(block + 1) * size]
    }
}

/// The word of `N` codes that begins at every place of a padded sequence.
#[derive(Clone, Debug)]
pub(super) struct Words<const N: usize> {
    /// How many bytes before its row a table has: [`LINE`] times the codes as digits, the first one the highest, and always
    /// below [`LINE`] times [`count`]; at positions `0..positions + kernel`.
    rows: Vec<u16>,
    /// The number of motif positions.
    pub(super) positions: usize,
}

impl<const N: usize> Words<N> {
    /// The words of one sequence.
    pub(super) fn new(shape: CodeConvShape, codes: &[u8]) -> Self {
        const { assert!(count::<N>() * LINE < 1 << 16, "a row is found by two bytes") };
        let positions = shape.positions(codes.len());
        if positions == 0 {
            return Self {
                rows: Vec::new(),
                positions,
            };
        }
        let mut around = vec![UNKNOWN; positions + shape.kernel + N - 1];
        for (to, &code) in around.iter_mut().skip(shape.pad_left).zip(codes) {
            *to = code.min(UNKNOWN);
        }
        let word = |codes: &[u8; N]| {
            codes
                .iter()
                .fold(0, |word, &code| word * CODES as u16 + u16::from(code))
        };
        let rows = around.array_windows().map(|codes| word(codes) * LINE as u16).collect();
        Self { rows, positions }
    }

    /// The words of the sequences of one task.
    pub(super) fn of_rows(shape: CodeConvShape, codes: &[u8], lengths: &[usize], first: usize) -> Vec<Self> {
        let rows = first..lengths.len().min(first + super::TASK_ROWS);
        rows.map(|row| Self::new(shape, &codes[row * shape.width..row * shape.width + lengths[row]]))
            .collect()
    }

    /// Where the rows are that the motifs in a run of positions read, in bytes from the beginning of their table; table `i`
    /// of the one at the run's position `p` reads number `p + N i`.
    #[inline(always)]
    pub(super) fn rows(&self, run: Range<usize>, kernel: usize) -> &[u16] {
        &self.rows[run.start..run.end + kernel - 1]
    }

    /// The rows that the motif at a position reads; table `i` reads number `N i`.
    #[inline(always)]
    pub(super) fn at(&self, position: usize, kernel: usize) -> impl Fn(usize) -> usize {
        let rows = &self.rows[position..position + kernel];
        |i| usize::from(rows[i]) / LINE
    }
}
