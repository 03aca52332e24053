//! The forward pass of one block of sequences.

use std::ops::Range;

use super::layer::BlockTape;
use super::layout::Layout;
use super::plan::{Block, Course};
use super::{Input, Recurrent, Weights, gates};
use crate::panels::Panels;
use crate::product::{Product, Rows};
use crate::simd::{Kernel, Simd};

/// What all blocks of one direction share.
pub(super) struct Scan<'a> {
    layout: Layout,
    course: Course<'a>,
    input: Input<'a>,
    /// What the gates begin with: the bias; for codes one row for each code, with its weights, and the bias last.
    begin: Vec<f32>,
    input_weights: Panels,
    recurrent: Panels,
}

impl<'a> Scan<'a> {
    pub(super) fn new(layer: &Recurrent<'a>, direction: usize, layout: Layout, weights: &Weights<'_>) -> Self {
        let (begin, input_weights) = match layer.input {
            Input::Features(_) => (layout.bias(weights), layout.input_panels(weights)),
            Input::Codes(_) => (layout.code_table(weights), Panels::new(0, 0, |_, _| 0.0)),
        };
        Self {
            layout,
            course: layer.course(direction),
            input: layer.input,
            begin,
            input_weights,
            recurrent: layout.recurrent_panels(weights),
        }
    }
}

/// One block's forward pass.
pub(super) struct ScanBlock<'a, 'b> {
    pub(super) scan: &'a Scan<'b>,
    pub(super) block: &'a Block,
    /// Whether to keep the gates and cells.
    pub(super) keep: bool,
}

impl Kernel for ScanBlock<'_, '_> {
    type Output = BlockTape;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> BlockTape {
        let layout = self.scan.layout;
        let Layout { input, section, .. } = layout;
        let (row, rows) = (layout.row(), self.block.rows.len());
        let largest = self.block.largest_chunk();
        let keeps_gates = self.keep && layout.keeps_gates();
        let mut tape = BlockTape::new(layout, self.block.packed(), self.keep);
        let mut scratch = vec![0.0; if keeps_gates { 0 } else { largest * row }];
        let mut x = vec![0.0; largest * input];
        let (mut h, mut c) = (vec![0.0; rows * section], vec![0.0; rows * section]);
        for steps in self.block.chunks() {
            let first = self.block.places(steps.start).start;
            let count = self.block.places_of(&steps).len();
            let gates = if keeps_gates {
                &mut tape.gates[first * row..(first + count) * row]
            } else {
                &mut scratch[..count * row]
            };
            self.input_parts(simd, steps.clone(), gates, &mut x);
            for step in steps {
                let here = self.block.places(step);
                let at = here.start - first;
                self.step(
                    simd,
                    step,
                    &mut gates[at * row..(at + here.len()) * row],
                    &mut h,
                    &mut c,
                );
                tape.states.extend_from_slice(&h[..here.len() * section]);
                if self.keep && layout.keeps_cells() {
                    tape.cells.extend_from_slice(&c[..here.len() * section]);
                }
            }
        }
        tape
    }
}

impl ScanBlock<'_, '_> {
    /// Computes the gates of some steps as far as they come from the input.
    #[inline(always)]
    fn input_parts<S: Simd>(&self, simd: S, steps: Range<usize>, gates: &mut [f32], x: &mut [f32]) {
        let Layout { input, .. } = self.scan.layout;
        let row = self.scan.layout.row();
        match self.scan.input {
            Input::Codes(codes) => self.scan.course.visit(self.block, steps, |place| {
                let code = usize::from(codes[place.at]).min(input);
                gates[place.packed * row..][..row].copy_from_slice(&self.scan.begin[code * row..][..row]);
            }),
            Input::Features(features) => {
                self.scan.course.visit(self.block, steps, |place| {
                    x[place.packed * input..][..input].copy_from_slice(&features[place.at * input..][..input]);
                });
                let a = Rows {
                    data: x,
                    stride: input,
                    count: gates.len() / row,
                };
                let columns = self.scan.layout.input_columns().len();
                if columns < row {
                    // A GRU's last section has no input part.
                    for gates in gates.chunks_exact_mut(row) {
                        gates[columns..].copy_from_slice(&self.scan.begin[columns..]);
                    }
                }
                simd.run(Product {
                    a,
                    b: &self.scan.input_weights,
                    start: Some(&self.scan.begin),
                    c: gates,
                    c_stride: row,
                });
            }
        }
    }

    /// Advances the sequences that have this step; `gates` holds their input parts.
    #[inline(always)]
    fn step<S: Simd>(&self, simd: S, step: usize, gates: &mut [f32], h: &mut [f32], c: &mut [f32]) {
        let layout = self.scan.layout;
        let Layout { cell, section, .. } = layout;
        let row = layout.row();
        if step > 0 {
            let a = Rows {
                data: h,
                stride: section,
                count: gates.len() / row,
            };
            let c = &mut gates[layout.recurrent_columns().start..];
            simd.run(Product {
                a,
                b: &self.scan.recurrent,
                start: None,
                c,
                c_stride: row,
            });
        }
        let states = h.chunks_exact_mut(section).zip(c.chunks_exact_mut(section));
        for (gates, (h, c)) in gates.chunks_exact_mut(row).zip(states) {
            gates::advance(simd, cell, gates, h, c);
        }
    }
}
