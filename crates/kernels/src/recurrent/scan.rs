//! The forward pass of one block of sequences.

use super::layer::BlockTape;
use super::layout::Layout;
use super::plan::Block;
use super::{Direction, gates};
use crate::panels::Panels;
use crate::product::{Product, Rows};
use crate::simd::{Kernel, Simd};

/// What all blocks of a forward pass share.
pub(super) struct Scan<'a> {
    pub(super) layout: Layout,
    pub(super) direction: Direction,
    pub(super) steps: usize,
    pub(super) lengths: &'a [usize],
    pub(super) x: &'a [f32],
    pub(super) bias: Vec<f32>,
    pub(super) input: Panels,
    pub(super) recurrent: Panels,
}

/// One block's forward pass.
pub(super) struct ScanBlock<'a, 'b> {
    pub(super) scan: &'a Scan<'b>,
    pub(super) block: &'a Block,
    /// The outputs of the block's rows, `[steps, hidden]` each.
    pub(super) output: Vec<&'a mut [f32]>,
    /// Whether to keep the gates and cells.
    pub(super) keep: bool,
}

impl Kernel for ScanBlock<'_, '_> {
    type Output = BlockTape;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> BlockTape {
        let Layout { input, section, .. } = self.scan.layout;
        let (row, rows) = (self.scan.layout.row(), self.block.rows.len());
        let largest = self.block.largest_chunk();
        let mut tape = BlockTape::with_capacity(self.scan.layout, if self.keep { self.block.packed() } else { 0 });
        let mut scratch = Vec::with_capacity(largest * row);
        let mut x = vec![0.0; largest * input];
        let (mut h, mut c) = (vec![0.0; rows * section], vec![0.0; rows * section]);
        for steps in self.block.chunks() {
            let places = self.block.places_of(&steps);
            let gates = if self.keep && self.scan.layout.keeps_gates() {
                &mut tape.gates
            } else {
                scratch.clear();
                &mut scratch
            };
            let begin = gates.len();
            places.clone().for_each(|_| gates.extend_from_slice(&self.scan.bias));
            let gates = &mut gates[begin..];
            self.gather(steps.clone(), &mut x);
            let a = Rows {
                data: &x,
                stride: input,
                count: places.len(),
            };
            simd.run(Product {
                a,
                b: &self.scan.input,
                c: gates,
                c_stride: row,
            });
            for step in steps {
                let here = self.block.places(step);
                let at = here.start - places.start;
                self.step(
                    simd,
                    step,
                    &mut gates[at * row..(at + here.len()) * row],
                    &mut h,
                    &mut c,
                );
                if self.keep && self.scan.layout.keeps_cells() {
                    tape.cells.extend_from_slice(&c[..here.len() * section]);
                }
            }
        }
        tape
    }
}

impl ScanBlock<'_, '_> {
    /// Copies the inputs of some steps into packed order.
    #[inline(always)]
    fn gather(&self, steps: std::ops::Range<usize>, to: &mut [f32]) {
        let input = self.scan.layout.input;
        let mut to = to.chunks_exact_mut(input.max(1));
        for step in steps {
            for (&row, to) in self.block.rows[..self.block.places(step).len()].iter().zip(&mut to) {
                let time = self.scan.direction.time(self.scan.lengths[row], step);
                to.copy_from_slice(&self.scan.x[(row * self.scan.steps + time) * input..][..input]);
            }
        }
    }

    /// Advances the sequences that have this step; `gates` holds their input parts.
    #[inline(always)]
    fn step<S: Simd>(&mut self, simd: S, step: usize, gates: &mut [f32], h: &mut [f32], c: &mut [f32]) {
        let Scan {
            layout,
            direction,
            lengths,
            recurrent,
            ..
        } = self.scan;
        let Layout {
            cell, hidden, section, ..
        } = *layout;
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
                b: recurrent,
                c,
                c_stride: row,
            });
        }
        for (r, gates) in gates.chunks_exact_mut(row).enumerate() {
            let h = &mut h[r * section..(r + 1) * section];
            gates::advance(simd, cell, gates, h, &mut c[r * section..(r + 1) * section]);
            let time = direction.time(lengths[self.block.rows[r]], step);
            self.output[r][time * hidden..(time + 1) * hidden].copy_from_slice(&h[..hidden]);
        }
    }
}
