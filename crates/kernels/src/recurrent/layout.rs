//! The order of the gates and of their weights inside the kernels.
//!
//! Gates are *sections* of `padded(hidden)` columns in a row of pre-activations, so that the input weights and the
//! recurrent weights each act on consecutive sections. A GRU has four: the candidate's input part `n`, `r`, `z`, and
//! the candidate's recurrent part `q = h U_n + b_hn`.

use std::ops::Range;

use super::{Cell, RecurrentShape, Weights};
use crate::panels::{Panels, padded};
use crate::simd::LANES;

/// Where the parts of a row of gates lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) cell: Cell,
    pub(super) input: usize,
    pub(super) hidden: usize,
    /// `hidden` rounded up to whole vectors: the width of a section.
    pub(super) section: usize,
}

impl Layout {
    pub(super) fn new(cell: Cell, shape: RecurrentShape) -> Self {
        let RecurrentShape { input, hidden, .. } = shape;
        Self {
            cell,
            input,
            hidden,
            section: padded(hidden),
        }
    }

    /// Whether the gates are needed on the way back; an Elman cell's output is all that its gradient needs.
    pub(super) fn keeps_gates(&self) -> bool {
        self.cell != Cell::Elman
    }

    /// Whether there are cells, and they are needed on the way back.
    pub(super) fn keeps_cells(&self) -> bool {
        self.cell == Cell::Lstm
    }

    /// The width of a row of gates.
    pub(super) fn row(&self) -> usize {
        self.cell.sections() * self.section
    }

    /// The columns on which the input weights act.
    pub(super) fn input_columns(&self) -> Range<usize> {
        0..self.cell.gates() * self.section
    }

    /// The columns on which the recurrent weights act.
    pub(super) fn recurrent_columns(&self) -> Range<usize> {
        let end = self.row();
        end - self.cell.gates() * self.section..end
    }

    /// The gate, in the order of the weights, whose input part is in section `index`.
    fn input_gate(&self, index: usize) -> usize {
        if self.cell == Cell::Gru {
            [2, 0, 1][index]
        } else {
            index
        }
    }

    /// The gate whose recurrent part is in section `index` of the recurrent columns.
    fn recurrent_gate(index: usize) -> usize {
        index
    }

    /// The part of the bias that is in section `index`.
    fn bias_part(&self, index: usize) -> usize {
        if self.cell == Cell::Gru {
            [2, 0, 1, 3][index]
        } else {
            index
        }
    }

    /// The columns of the weights for a padded column, unless that is padding.
    fn column(&self, gate: impl Fn(usize) -> usize, padded_column: usize) -> Option<usize> {
        let (index, unit) = (padded_column / self.section, padded_column % self.section);
        (unit < self.hidden).then(|| gate(index) * self.hidden + unit)
    }

    fn input_column(&self, padded_column: usize) -> Option<usize> {
        self.column(|index| self.input_gate(index), padded_column)
    }

    fn recurrent_column(&self, padded_column: usize) -> Option<usize> {
        self.column(Self::recurrent_gate, padded_column)
    }

    /// The input weights by row and padded column; zero in padding.
    pub(super) fn input_weights<'a>(&self, weights: &Weights<'a>) -> impl Fn(usize, usize) -> f32 + 'a {
        let columns = self.input_columns().map(|c| self.input_column(c));
        self.elements(weights.input, columns.collect())
    }

    /// The recurrent weights by row and padded column; zero in padding.
    pub(super) fn recurrent_weights<'a>(&self, weights: &Weights<'a>) -> impl Fn(usize, usize) -> f32 + 'a {
        let columns = (0..self.recurrent_columns().len()).map(|c| self.recurrent_column(c));
        self.elements(weights.recurrent, columns.collect())
    }

    fn elements<'a>(&self, matrix: &'a [f32], columns: Vec<Option<usize>>) -> impl Fn(usize, usize) -> f32 + 'a {
        let stride = self.cell.gates() * self.hidden;
        move |row, column| columns[column].map_or(0.0, |column| matrix[row * stride + column])
    }

    /// The bias in the order of the sections.
    pub(super) fn bias(&self, weights: &Weights<'_>) -> Vec<f32> {
        let part = |c| self.column(|index| self.bias_part(index), c);
        (0..self.row())
            .map(|c| part(c).map_or(0.0, |c| weights.bias[c]))
            .collect()
    }

    /// The bias with the input weights of every code added, and the bias alone as the last row.
    pub(super) fn code_table(&self, weights: &Weights<'_>) -> Vec<f32> {
        let stride = self.cell.gates() * self.hidden;
        let mut table = self.bias(weights).repeat(self.input + 1);
        for (row, weights) in table
            .chunks_exact_mut(self.row())
            .zip(weights.input.chunks_exact(stride))
        {
            for column in self.input_columns() {
                row[column] += self.input_column(column).map_or(0.0, |column| weights[column]);
            }
        }
        table
    }

    /// The input weights, `[input, input columns]`.
    pub(super) fn input_panels(&self, weights: &Weights<'_>) -> Panels {
        let columns = self.input_columns().len();
        self.panels(weights.input, self.input, columns, |index| self.input_gate(index))
    }

    /// The recurrent weights, `[hidden, recurrent columns]`.
    pub(super) fn recurrent_panels(&self, weights: &Weights<'_>) -> Panels {
        let columns = self.recurrent_columns().len();
        self.panels(weights.recurrent, self.hidden, columns, Self::recurrent_gate)
    }

    /// Whether a step may multiply the features and the state at once, so that sums are stored once and gates are used
    /// while they are in the first-level cache: both products have the same columns, and the weights, all of which every
    /// step reads, stay in the second-level cache.
    pub(super) fn may_join(&self) -> bool {
        const MOST: usize = 512 << 10;
        self.cell != Cell::Gru && (self.input + self.hidden) * self.row() * size_of::<f32>() <= MOST
    }

    /// The input weights and the recurrent weights below them, `[input + hidden, columns]`.
    pub(super) fn joined_panels(&self, weights: &Weights<'_>) -> Panels {
        let columns = self.recurrent_columns().len();
        let matrix = [weights.input, weights.recurrent].concat();
        self.panels(&matrix, self.input + self.hidden, columns, Self::recurrent_gate)
    }

    /// A section is whole panels, so that a panel's columns belong to one gate and lie side by side.
    fn panels(&self, matrix: &[f32], depth: usize, columns: usize, gate: impl Fn(usize) -> usize) -> Panels {
        let stride = self.cell.gates() * self.hidden;
        Panels::of_rows(depth, columns / LANES, |k, p, to| {
            let (index, unit) = (p * LANES / self.section, p * LANES % self.section);
            let count = LANES.min(self.hidden - unit);
            let from = k * stride + gate(index) * self.hidden + unit;
            to[..count].copy_from_slice(&matrix[from..from + count]);
        })
    }

    /// The transposed input weights, `[input columns, input]`.
    pub(super) fn input_transposed(&self, weights: &Weights<'_>) -> Panels {
        let map: Vec<_> = self.input_columns().map(|c| self.input_column(c)).collect();
        self.transposed(weights.input, self.input, &map)
    }

    /// The transposed recurrent weights, `[recurrent columns, hidden]`.
    pub(super) fn recurrent_transposed(&self, weights: &Weights<'_>) -> Panels {
        let map: Vec<_> = (0..self.recurrent_columns().len())
            .map(|c| self.recurrent_column(c))
            .collect();
        self.transposed(weights.recurrent, self.hidden, &map)
    }

    fn transposed(&self, matrix: &[f32], columns: usize, map: &[Option<usize>]) -> Panels {
        let stride = self.cell.gates() * self.hidden;
        Panels::new(map.len(), columns, |k, c| {
            map[k].map_or(0.0, |k| matrix[c * stride + k])
        })
    }

    /// Puts a gradient of the input weights, `[input, input columns]`, into the order of the weights.
    pub(super) fn unpack_input(&self, gradient: &[f32]) -> Vec<f32> {
        self.unpack(gradient, self.input_columns().len(), |c| self.input_column(c))
    }

    /// Puts a gradient of the recurrent weights, `[hidden, recurrent columns]`, into the order of the weights.
    pub(super) fn unpack_recurrent(&self, gradient: &[f32]) -> Vec<f32> {
        self.unpack(gradient, self.recurrent_columns().len(), |c| self.recurrent_column(c))
    }

    fn unpack(&self, gradient: &[f32], row: usize, column: impl Fn(usize) -> Option<usize>) -> Vec<f32> {
        let stride = self.cell.gates() * self.hidden;
        let mut out = vec![0.0; gradient.len() / row.max(1) * stride];
        for (c, to) in (0..row).filter_map(|c| Some((c, column(c)?))) {
            for (k, values) in gradient.chunks_exact(row).enumerate() {
                out[k * stride + to] = values[c];
            }
        }
        out
    }

    /// Puts a gradient of the bias into the order of the bias.
    pub(super) fn unpack_bias(&self, gradient: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.cell.bias_len(self.hidden)];
        for (c, value) in gradient.iter().enumerate() {
            if let Some(to) = self.column(|index| self.bias_part(index), c) {
                out[to] = *value;
            }
        }
        out
    }
}
