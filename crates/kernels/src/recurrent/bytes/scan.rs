//! The pass of one direction over one block of sequences.

use super::Packed;
use crate::byte_product::{ByteProduct, ByteRows};
use crate::bytes::state_bytes;
use crate::recurrent::gates;
use crate::recurrent::layout::Layout;
use crate::recurrent::plan::{Block, Course, Steps};
use crate::simd::{ByteKernel, Dots, LANES};

/// What is left of a state at its step.
pub(super) trait Leave: Copy + Default {
    /// Takes it from the state, or from its bytes.
    fn leave(state: &[f32], bytes: &[u8], to: &mut [Self]);
}

impl Leave for f32 {
    #[inline(always)]
    fn leave(state: &[f32], _: &[u8], to: &mut [Self]) {
        copy(state, to);
    }
}

impl Leave for u8 {
    #[inline(always)]
    fn leave(_: &[f32], bytes: &[u8], to: &mut [Self]) {
        copy(bytes, to);
    }
}

/// Copies the beginning of a row. A call for a few hundred bytes takes longer than the loop.
#[inline(always)]
fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    let (from, to) = (from[..to.len()].as_chunks::<LANES>(), to.as_chunks_mut::<LANES>());
    for (from, to) in from.0.iter().zip(to.0) {
        *to = *from;
    }
    to.1.copy_from_slice(from.1);
}

/// One block's pass.
pub(super) struct Pass<'a, T> {
    pub(super) layout: Layout,
    pub(super) packed: &'a Packed,
    pub(super) course: Course<'a>,
    pub(super) block: &'a Block,
    /// Codes, `[batch, steps]`, or features in rows of whole fours.
    pub(super) values: &'a [u8],
    /// Where to put the states of the block's rows.
    pub(super) output: Vec<Steps<'a, T>>,
}

/// What is carried from step to step; a row for each sequence.
struct Carry {
    /// Features of the step.
    x: Vec<u8>,
    gates: Vec<f32>,
    states: Vec<f32>,
    /// The states as the next step reads them.
    rounded: Vec<u8>,
    cells: Vec<f32>,
}

impl<T: Leave> ByteKernel for Pass<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<D: Dots>(mut self, dots: D) {
        let (rows, section) = (self.block.rows.len(), self.layout.section);
        let mut carry = Carry {
            x: vec![0; rows * self.layout.input.next_multiple_of(4)],
            gates: vec![0.0; rows * self.layout.row()],
            states: vec![0.0; rows * section],
            rounded: vec![0; rows * section],
            cells: vec![0.0; rows * section],
        };
        for step in 0..self.block.steps() {
            let count = self.block.places(step).len();
            self.input_part(dots, step, count, &mut carry);
            if step > 0 {
                self.recurrent_part(dots, count, &mut carry);
            }
            self.advance(dots, step, count, &mut carry);
        }
    }
}

impl<T: Leave> Pass<'_, T> {
    /// Computes the gates of a step as far as they come from the input.
    #[inline(always)]
    fn input_part<D: Dots>(&self, dots: D, step: usize, count: usize, carry: &mut Carry) {
        let Carry { x, gates, .. } = carry;
        let (row, begin) = (self.layout.row(), &self.packed.begin);
        let Some(weights) = &self.packed.input else {
            self.course.visit(self.block, step..step + 1, |place| {
                let code = usize::from(self.values[place.at]).min(self.layout.input);
                gates[place.row * row..][..row].copy_from_slice(&begin[code * row..][..row]);
            });
            return;
        };
        let stride = self.layout.input.next_multiple_of(4);
        self.course.visit(self.block, step..step + 1, |place| {
            copy(
                &self.values[place.at * stride..],
                &mut x[place.row * stride..][..stride],
            );
        });
        let columns = self.layout.input_columns().len();
        if columns < row {
            // A GRU's last section has no input part.
            for gates in gates.chunks_exact_mut(row).take(count) {
                gates[columns..].copy_from_slice(&begin[columns..]);
            }
        }
        let product = ByteProduct {
            a: ByteRows { data: x, stride, count },
            b: weights,
            start: Some(begin),
            c: gates,
            c_stride: row,
        };
        product.run(dots);
    }

    /// Adds the part of a step's gates that comes from the state.
    #[inline(always)]
    fn recurrent_part<D: Dots>(&self, dots: D, count: usize, carry: &mut Carry) {
        let product = ByteProduct {
            a: ByteRows {
                data: &carry.rounded,
                stride: self.layout.section,
                count,
            },
            b: &self.packed.recurrent,
            start: None,
            c: &mut carry.gates[self.layout.recurrent_columns().start..],
            c_stride: self.layout.row(),
        };
        product.run(dots);
    }

    /// Advances the sequences that have this step from their gates, and puts out their states.
    #[inline(always)]
    fn advance<D: Dots>(&mut self, dots: D, step: usize, count: usize, carry: &mut Carry) {
        let Layout { cell, section, .. } = self.layout;
        let Carry {
            gates,
            states,
            rounded,
            cells,
            ..
        } = carry;
        let rows = gates
            .chunks_exact_mut(self.layout.row())
            .zip(states.chunks_exact_mut(section));
        let rows = rows.zip(rounded.chunks_exact_mut(section).zip(cells.chunks_exact_mut(section)));
        let outputs = self.output.iter_mut().zip(&self.block.rows).take(count);
        for (((gates, h), (rounded, c)), (output, &sequence)) in rows.zip(outputs) {
            gates::advance(dots.floats(), cell, gates, h, c);
            state_bytes(dots, h, rounded);
            T::leave(h, rounded, output[self.course.time(sequence, step)]);
        }
    }
}
