//! The backward pass of one block of sequences.

use std::ops::Range;

use super::gates::{self, Carry, Past};
use super::layer::BlockTape;
use super::layout::Layout;
use super::plan::{Block, Course, Place};
use super::{Input, Recurrent, Weights};
use crate::outer::{Columns, Outer, pack_columns};
use crate::panels::{Panels, padded};
use crate::product::{Product, Rows};
use crate::simd::{Kernel, LANES, Line, Simd};

/// What all blocks of one direction share.
pub(super) struct BackScan<'a> {
    layout: Layout,
    course: Course<'a>,
    input: Input<'a>,
    d_output: &'a [f32],
    /// The width of a row of `d_output`, and where this direction's part begins.
    d_width: usize,
    d_begin: usize,
    /// The transposed input weights, when the features' gradient is wanted.
    input_weights: Option<Panels>,
    recurrent: Panels,
}

impl<'a> BackScan<'a> {
    pub(super) fn new(
        layer: &Recurrent<'a>,
        direction: usize,
        layout: Layout,
        weights: &Weights<'_>,
        d_output: &'a [f32],
        wants_features: bool,
    ) -> Self {
        Self {
            layout,
            course: layer.course(direction),
            input: layer.input,
            d_output,
            d_width: layer.directions.len() * layout.hidden,
            d_begin: direction * layout.hidden,
            input_weights: wants_features.then(|| layout.input_transposed(weights)),
            recurrent: layout.recurrent_transposed(weights),
        }
    }
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
    /// The gradients of the block's features, `[steps, input]` each, when they are wanted.
    pub(super) d_x: Vec<&'a mut [f32]>,
    /// Where to add the weights' gradients.
    pub(super) sums: &'a mut Sums,
}

/// Buffers for the packed steps of one chunk, and the state between chunks.
struct Buffers {
    x: Vec<f32>,
    codes: Vec<u8>,
    h_before: Vec<f32>,
    dy: Vec<f32>,
    d_gates: Vec<f32>,
    d_x: Vec<f32>,
    packed: Vec<Line>,
    columns: Columns,
    d_h: Vec<f32>,
    d_c: Vec<f32>,
    zeros: Vec<f32>,
}

impl Kernel for BackScanBlock<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let mut buffers = self.buffers();
        for steps in self.block.chunks(usize::MAX).into_iter().rev() {
            self.gather(&steps, &mut buffers);
            for step in steps.clone().rev() {
                self.step(simd, step, self.block.places_of(&steps).start, &mut buffers);
            }
            self.finish(simd, &steps, &mut buffers);
        }
    }
}

impl BackScanBlock<'_, '_> {
    /// The distance between two rows of the gates' gradients: one vector more than they are wide, since rows of whole 4 KiB
    /// would stand in the same few lines of the first-level cache.
    fn d_stride(&self) -> usize {
        self.scan.layout.row() + LANES
    }

    fn buffers(&self) -> Buffers {
        let Layout { input, section, .. } = self.scan.layout;
        let (largest, rows) = (
            self.block.largest_of(&self.block.chunks(usize::MAX)),
            self.block.rows.len(),
        );
        let zeros = |n: usize| vec![0.0; n];
        Buffers {
            x: zeros(largest * input),
            codes: vec![0; largest],
            h_before: zeros(largest * section),
            dy: zeros(largest * section),
            d_gates: zeros(largest * self.d_stride()),
            d_x: zeros(largest * padded(input)),
            packed: Vec::new(),
            columns: Columns::default(),
            d_h: zeros(rows * section),
            d_c: zeros(rows * section),
            zeros: zeros(section),
        }
    }

    /// Copies what the chunk needs of the input, the states and the output's gradient into packed order.
    #[inline(always)]
    fn gather(&self, steps: &Range<usize>, buffers: &mut Buffers) {
        let BackScan {
            layout: Layout {
                input, hidden, section, ..
            },
            course,
            input: x,
            d_output,
            d_width,
            d_begin,
            ..
        } = *self.scan;
        let states = &self.tape.states;
        course.visit(
            self.block,
            steps.clone(),
            |Place {
                 packed, row, step, at, ..
             }| {
                match x {
                    Input::Features(x) => {
                        buffers.x[packed * input..][..input].copy_from_slice(&x[at * input..][..input]);
                    }
                    Input::Codes(codes) => buffers.codes[packed] = codes[at],
                }
                let dy = &d_output[at * d_width + d_begin..][..hidden];
                buffers.dy[packed * section..][..hidden].copy_from_slice(dy);
                let before = &mut buffers.h_before[packed * section..][..section];
                if step == 0 {
                    before.fill(0.0);
                } else {
                    let place = self.block.places(step - 1).start + row;
                    before.copy_from_slice(&states[place * section..][..section]);
                }
            },
        );
    }

    /// Goes one step back; `first` is the packed place of the chunk's first row.
    #[inline(always)]
    fn step<S: Simd>(&mut self, simd: S, step: usize, first: usize, buffers: &mut Buffers) {
        let layout = self.scan.layout;
        let Layout { cell, section, .. } = layout;
        let (row, d_stride) = (layout.row(), self.d_stride());
        let here = self.block.places(step);
        let Buffers {
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
                h: &self.tape.states[slice(&self.tape.states, place, section)],
                h_before: &h_before[local.clone()],
                c: &self.tape.cells[slice(&self.tape.cells, place, section)],
                c_before,
            };
            let state = r * section..(r + 1) * section;
            let mut carry = Carry {
                h: &mut d_h[state.clone()],
                c: &mut d_c[state],
            };
            let d = &mut d_gates[(place - first) * d_stride..][..row];
            gates::retreat(simd, cell, &past, &dy[local], &mut carry, d, &mut self.sums.bias);
        }
        if step > 0 {
            let data = &d_gates[(here.start - first) * d_stride + layout.recurrent_columns().start..];
            let a = Rows {
                data,
                stride: d_stride,
                count: here.len(),
            };
            simd.run(Product {
                a,
                b: &self.scan.recurrent,
                start: None,
                c: d_h,
                c_stride: section,
            });
        }
    }

    /// Computes the gradients of the chunk's features and adds those of the weights.
    #[inline(always)]
    fn finish<S: Simd>(&mut self, simd: S, steps: &Range<usize>, buffers: &mut Buffers) {
        let (layout, d_stride) = (self.scan.layout, self.d_stride());
        let (input, row) = (layout.input, layout.row());
        let count = self.block.places_of(steps).len();
        let Buffers {
            x,
            codes,
            h_before,
            d_gates,
            d_x,
            packed,
            columns,
            ..
        } = buffers;
        let d_rows = Rows {
            data: d_gates,
            stride: d_stride,
            count,
        };
        if let Some(weights) = &self.scan.input_weights {
            let zeros = vec![0.0; padded(input)];
            simd.run(Product {
                a: d_rows,
                b: weights,
                start: Some(&zeros),
                c: d_x,
                c_stride: padded(input),
            });
            self.scatter(steps, d_x);
        }
        pack_columns(d_rows, row, packed);
        let panels = |columns: Range<usize>| &packed[columns.start / LANES * count..columns.end / LANES * count];
        let (x_columns, h_columns) = (layout.input_columns(), layout.recurrent_columns());
        if let Input::Features(_) = self.scan.input {
            let x = Rows {
                data: x,
                stride: input,
                count,
            };
            columns.pack(simd, x, input);
            simd.run(Outer {
                a: columns,
                first: 0,
                count,
                b: panels(x_columns.clone()),
                c: &mut self.sums.input,
                c_stride: x_columns.len(),
            });
        } else {
            let width = x_columns.len();
            for (d_gates, &code) in d_gates.chunks_exact(d_stride).zip(&codes[..count]) {
                if usize::from(code) < input {
                    let sums = &mut self.sums.input[usize::from(code) * width..][..width];
                    sums.iter_mut()
                        .zip(&d_gates[x_columns.clone()])
                        .for_each(|(sum, value)| *sum += value);
                }
            }
        }
        let h_before = Rows {
            data: h_before,
            stride: layout.section,
            count,
        };
        columns.pack(simd, h_before, layout.hidden);
        simd.run(Outer {
            a: columns,
            first: 0,
            count,
            b: panels(h_columns.clone()),
            c: &mut self.sums.recurrent,
            c_stride: h_columns.len(),
        });
    }

    /// Copies the gradients of a chunk's inputs to their places.
    #[inline(always)]
    fn scatter(&mut self, steps: &Range<usize>, from: &[f32]) {
        let input = self.scan.layout.input;
        let width = padded(input);
        let Self { scan, block, d_x, .. } = self;
        scan.course
            .visit(block, steps.clone(), |Place { packed, row, time, .. }| {
                d_x[row][time * input..(time + 1) * input].copy_from_slice(&from[packed * width..][..input]);
            });
    }
}
