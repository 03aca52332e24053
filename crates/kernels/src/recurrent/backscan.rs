//! The backward pass of one block of sequences.

use std::ops::Range;

use super::Direction;
use super::gates::{self, Carry, Past};
use super::layer::BlockTape;
use super::layout::Layout;
use super::plan::Block;
use crate::outer::{Outer, pack_columns};
use crate::panels::{Panels, padded};
use crate::product::{Product, Rows};
use crate::simd::{Kernel, LANES, Line, Simd};

/// What all blocks of a backward pass share.
pub(super) struct BackScan<'a> {
    pub(super) layout: Layout,
    pub(super) direction: Direction,
    pub(super) steps: usize,
    pub(super) lengths: &'a [usize],
    pub(super) x: &'a [f32],
    pub(super) output: &'a [f32],
    pub(super) d_output: &'a [f32],
    pub(super) input: Panels,
    pub(super) recurrent: Panels,
}

/// Sums of the weights' gradients over some blocks, in the layout of the kernels.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub(super) input: Vec<f32>,
    pub(super) recurrent: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Sums {
    pub(super) fn zero(layout: &Layout) -> Self {
        Self {
            input: vec![0.0; layout.input * layout.input_columns().len()],
            recurrent: vec![0.0; layout.hidden * layout.recurrent_columns().len()],
            bias: vec![0.0; layout.row()],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.input, &other.input),
            (&mut self.recurrent, &other.recurrent),
            (&mut self.bias, &other.bias),
        ];
        for (sum, part) in pairs {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    }
}

/// One block's backward pass.
pub(super) struct BackScanBlock<'a, 'b> {
    pub(super) scan: &'a BackScan<'b>,
    pub(super) block: &'a Block,
    pub(super) tape: &'a BlockTape,
    /// The gradients of the block's inputs, `[steps, input]` each.
    pub(super) d_x: Vec<&'a mut [f32]>,
    /// Where to add the weights' gradients.
    pub(super) sums: &'a mut Sums,
}

/// Buffers for the packed steps of one chunk, and the state between chunks.
struct Buffers {
    x: Vec<f32>,
    h: Vec<f32>,
    h_before: Vec<f32>,
    dy: Vec<f32>,
    d_gates: Vec<f32>,
    d_x: Vec<f32>,
    packed: Vec<Line>,
    transposed: Vec<f32>,
    d_h: Vec<f32>,
    d_c: Vec<f32>,
    zeros: Vec<f32>,
}

impl Kernel for BackScanBlock<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let mut buffers = self.buffers();
        for steps in self.block.chunks().into_iter().rev() {
            self.gather(&steps, &mut buffers);
            for step in steps.clone().rev() {
                self.step(simd, step, self.block.places_of(&steps).start, &mut buffers);
            }
            self.finish(simd, &steps, &mut buffers);
        }
    }
}

impl BackScanBlock<'_, '_> {
    fn buffers(&self) -> Buffers {
        let Layout { input, section, .. } = self.scan.layout;
        let (largest, rows) = (self.block.largest_chunk(), self.block.rows.len());
        let zeros = |n: usize| vec![0.0; n];
        Buffers {
            x: zeros(largest * input),
            h: zeros(largest * section),
            h_before: zeros(largest * section),
            dy: zeros(largest * section),
            d_gates: zeros(largest * self.scan.layout.row()),
            d_x: zeros(largest * padded(input)),
            packed: Vec::new(),
            transposed: Vec::new(),
            d_h: zeros(rows * section),
            d_c: zeros(rows * section),
            zeros: zeros(section),
        }
    }

    /// Copies what the chunk needs of the inputs, outputs and their gradients into packed order.
    #[inline(always)]
    fn gather(&self, steps: &Range<usize>, buffers: &mut Buffers) {
        let BackScan {
            layout: Layout {
                input, hidden, section, ..
            },
            direction,
            lengths,
            ..
        } = *self.scan;
        let mut place = 0;
        for step in steps.clone() {
            for &row in &self.block.rows[..self.block.places(step).len()] {
                let at = |step| row * self.scan.steps + direction.time(lengths[row], step);
                let now = at(step);
                buffers.x[place * input..][..input].copy_from_slice(&self.scan.x[now * input..][..input]);
                let state = |at: usize| &self.scan.output[at * hidden..][..hidden];
                buffers.h[place * section..][..hidden].copy_from_slice(state(now));
                buffers.dy[place * section..][..hidden].copy_from_slice(&self.scan.d_output[now * hidden..][..hidden]);
                let before = &mut buffers.h_before[place * section..][..hidden];
                if step == 0 {
                    before.fill(0.0);
                } else {
                    before.copy_from_slice(state(at(step - 1)));
                }
                place += 1;
            }
        }
    }

    /// Goes one step back; `first` is the packed place of the chunk's first row.
    #[inline(always)]
    fn step<S: Simd>(&mut self, simd: S, step: usize, first: usize, buffers: &mut Buffers) {
        let layout = self.scan.layout;
        let Layout { cell, section, .. } = layout;
        let row = layout.row();
        let here = self.block.places(step);
        let Buffers {
            h,
            h_before,
            dy,
            d_gates,
            d_h,
            d_c,
            zeros,
            ..
        } = buffers;
        let slice = |data: &'_ [f32], place: usize, width: usize| -> Range<usize> {
            if data.is_empty() {
                0..0
            } else {
                place * width..(place + 1) * width
            }
        };
        for (r, place) in here.clone().enumerate() {
            let local = (place - first) * section..(place - first + 1) * section;
            let c_before = if step == 0 || self.tape.cells.is_empty() {
                &zeros[..]
            } else {
                &self.tape.cells[slice(&self.tape.cells, self.block.places(step - 1).start + r, section)]
            };
            let past = Past {
                gates: &self.tape.gates[slice(&self.tape.gates, place, row)],
                h: &h[local.clone()],
                h_before: &h_before[local.clone()],
                c: &self.tape.cells[slice(&self.tape.cells, place, section)],
                c_before,
            };
            let state = r * section..(r + 1) * section;
            let mut carry = Carry {
                h: &mut d_h[state.clone()],
                c: &mut d_c[state],
            };
            let d = &mut d_gates[(place - first) * row..(place - first + 1) * row];
            gates::retreat(simd, cell, &past, &dy[local], &mut carry, d, &mut self.sums.bias);
        }
        if step > 0 {
            let data = &d_gates[(here.start - first) * row + layout.recurrent_columns().start..];
            let a = Rows {
                data,
                stride: row,
                count: here.len(),
            };
            simd.run(Product {
                a,
                b: &self.scan.recurrent,
                c: d_h,
                c_stride: section,
            });
        }
    }

    /// Computes the gradients of the chunk's inputs and adds those of the weights.
    #[inline(always)]
    fn finish<S: Simd>(&mut self, simd: S, steps: &Range<usize>, buffers: &mut Buffers) {
        let layout = self.scan.layout;
        let (input, row) = (layout.input, layout.row());
        let count = self.block.places_of(steps).len();
        let Buffers {
            x,
            h_before,
            d_gates,
            d_x,
            packed,
            transposed,
            ..
        } = buffers;
        let d_rows = Rows {
            data: d_gates,
            stride: row,
            count,
        };
        d_x.fill(0.0);
        simd.run(Product {
            a: d_rows,
            b: &self.scan.input,
            c: d_x,
            c_stride: padded(input),
        });
        self.scatter(steps, d_x);
        pack_columns(d_rows, row, packed);
        let panels = |columns: Range<usize>| &packed[columns.start / LANES * count..columns.end / LANES * count];
        let (x_columns, h_columns) = (layout.input_columns(), layout.recurrent_columns());
        simd.run(Outer {
            a: Rows {
                data: x,
                stride: input,
                count,
            },
            width: input,
            b: panels(x_columns.clone()),
            c: &mut self.sums.input,
            c_stride: x_columns.len(),
            scratch: transposed,
        });
        simd.run(Outer {
            a: Rows {
                data: h_before,
                stride: layout.section,
                count,
            },
            width: layout.hidden,
            b: panels(h_columns.clone()),
            c: &mut self.sums.recurrent,
            c_stride: h_columns.len(),
            scratch: transposed,
        });
    }

    /// Copies the gradients of a chunk's inputs to their places.
    #[inline(always)]
    fn scatter(&mut self, steps: &Range<usize>, from: &[f32]) {
        let input = self.scan.layout.input;
        let mut from = from.chunks_exact(padded(input).max(1));
        for step in steps.clone() {
            let active = self.block.places(step).len();
            for (r, from) in (0..active).zip(&mut from) {
                let time = self.scan.direction.time(self.scan.lengths[self.block.rows[r]], step);
                self.d_x[r][time * input..(time + 1) * input].copy_from_slice(&from[..input]);
            }
        }
    }
}
