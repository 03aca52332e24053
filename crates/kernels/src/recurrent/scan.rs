//! The forward pass of one block of sequences.

use std::ops::Range;

use super::layer::BlockTape;
use super::layout::Layout;
use super::plan::{Block, Course, Steps};
use super::{Input, Recurrent, Weights, gates};
use crate::panels::Panels;
use crate::product::{Product, Rows};
use crate::simd::{Kernel, Simd};

/// Rows of a step from which on its products are joined: fewer of them leave the input weights to many steps at once.
const JOINED_ROWS: usize = 8;

/// What all blocks of one direction share.
pub(super) struct Scan<'a> {
    layout: Layout,
    course: Course<'a>,
    input: Input<'a>,
    /// What the gates begin with: the bias; for codes one row for each code, with its weights, and the bias last.
    begin: Vec<f32>,
    input_weights: Panels,
    recurrent: Panels,
    /// Both weights, where a step multiplies features and state at once.
    joined: Option<Panels>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(layer: &Recurrent<'a>, direction: usize, layout: Layout, weights: &Weights<'_>) -> Self {
        let (begin, input_weights) = match layer.input {
            Input::Features(_) => (layout.bias(weights), layout.input_panels(weights)),
            Input::Codes(_) => (layout.code_table(weights), Panels::new(0, 0, |_, _| 0.0)),
        };
        let joins =
            matches!(layer.input, Input::Features(_)) && layer.lengths.len() >= JOINED_ROWS && layout.may_join();
        Self {
            layout,
            course: layer.course(direction),
            input: layer.input,
            begin,
            input_weights,
            recurrent: layout.recurrent_panels(weights),
            joined: joins.then(|| layout.joined_panels(weights)),
        }
    }
}

/// One block's forward pass.
pub(super) struct ScanBlock<'a, 'b> {
    pub(super) scan: &'a Scan<'b>,
    pub(super) block: &'a Block,
    /// Where to put the states of the block's rows.
    pub(super) output: Vec<Steps<'a>>,
    /// Whether to keep the states, gates and cells.
    pub(super) keep: bool,
}

/// What the scan of a block carries from step to step, and the features of a chunk.
struct Carry {
    x: Vec<f32>,
    /// Rows of the features of a step, which a joined product reads, and the state.
    rows: Vec<f32>,
    cells: Vec<f32>,
}

impl Kernel for ScanBlock<'_, '_> {
    type Output = BlockTape;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> BlockTape {
        let Scan { layout, joined, .. } = self.scan;
        let Layout { input, section, .. } = *layout;
        let (row, rows) = (layout.row(), self.block.rows.len());
        let chunks = self.block.chunks(joined.as_ref().map_or(usize::MAX, |_| JOINED_ROWS));
        let largest = self.block.largest_of(&chunks);
        let keeps_gates = self.keep && layout.keeps_gates();
        let mut tape = BlockTape::new(*layout, self.block.packed(), self.keep);
        let mut scratch = vec![0.0; if keeps_gates { 0 } else { largest * row }];
        let mut carry = Carry {
            x: vec![0.0; largest * input],
            rows: vec![0.0; rows * (input + section)],
            cells: vec![0.0; rows * section],
        };
        for steps in chunks {
            let places = self.block.places_of(&steps);
            let gates = if keeps_gates {
                &mut tape.gates[places.start * row..places.end * row]
            } else {
                &mut scratch[..places.len() * row]
            };
            let joined = joined
                .as_ref()
                .filter(|_| self.block.places(steps.start).len() >= JOINED_ROWS);
            if joined.is_none() {
                self.input_parts(simd, steps.clone(), gates, &mut carry.x);
            }
            for step in steps {
                let here = self.block.places(step);
                let gates = &mut gates[(here.start - places.start) * row..(here.end - places.start) * row];
                if let Some(weights) = joined {
                    self.joined_product(simd, step, weights, gates, &mut carry.rows);
                } else if step > 0 {
                    self.recurrent_product(simd, gates, &carry.rows);
                }
                self.advance(simd, step, gates, &mut carry);
                if self.keep {
                    for state in carry.rows.chunks_exact(input + section).take(here.len()) {
                        tape.states.extend_from_slice(&state[input..]);
                    }
                }
                if self.keep && layout.keeps_cells() {
                    tape.cells.extend_from_slice(&carry.cells[..here.len() * section]);
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

    /// Adds the part of a step's gates that comes from the state.
    #[inline(always)]
    fn recurrent_product<S: Simd>(&self, simd: S, gates: &mut [f32], rows: &[f32]) {
        let layout = self.scan.layout;
        let Layout { input, section, .. } = layout;
        let row = layout.row();
        let a = Rows {
            data: &rows[input..],
            stride: input + section,
            count: gates.len() / row,
        };
        simd.run(Product {
            a,
            b: &self.scan.recurrent,
            start: None,
            c: &mut gates[layout.recurrent_columns().start..],
            c_stride: row,
        });
    }

    /// Computes the gates of one step from its features and the state at once.
    #[inline(always)]
    fn joined_product<S: Simd>(&self, simd: S, step: usize, weights: &Panels, gates: &mut [f32], rows: &mut [f32]) {
        let layout = self.scan.layout;
        let Layout { input, section, .. } = layout;
        let stride = input + section;
        if let Input::Features(features) = self.scan.input {
            self.scan.course.visit(self.block, step..step + 1, |place| {
                rows[place.row * stride..][..input].copy_from_slice(&features[place.at * input..][..input]);
            });
        }
        let a = Rows {
            data: rows,
            stride,
            count: gates.len() / layout.row(),
        };
        simd.run(Product {
            a,
            // Before the first step there is no state, whatever its weights.
            b: if step > 0 { weights } else { &self.scan.input_weights },
            start: Some(&self.scan.begin),
            c: gates,
            c_stride: layout.row(),
        });
    }

    /// Advances the sequences that have this step from their gates, and puts out their states.
    #[inline(always)]
    fn advance<S: Simd>(&mut self, simd: S, step: usize, gates: &mut [f32], carry: &mut Carry) {
        let scan = self.scan;
        let Layout {
            cell,
            input,
            hidden,
            section,
        } = scan.layout;
        let Carry { rows, cells, .. } = carry;
        let states = rows
            .chunks_exact_mut(input + section)
            .zip(cells.chunks_exact_mut(section));
        let outputs = self.output.iter_mut().zip(&self.block.rows);
        for ((gates, (h, c)), (output, &sequence)) in gates.chunks_exact_mut(scan.layout.row()).zip(states).zip(outputs)
        {
            let h = &mut h[input..];
            gates::advance(simd, cell, gates, h, c);
            // Row by row, so that the stores wait behind the next row's arithmetic.
            output[scan.course.time(sequence, step)].copy_from_slice(&h[..hidden]);
        }
    }
}
