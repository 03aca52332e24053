//! The blocks of a layer, over threads.

use rayon::prelude::*;

use super::backscan::{BackScan, BackScanBlock, Sums};
use super::layout::Layout;
use super::plan::{self, Block};
use super::scan::{Scan, ScanBlock};
use super::{Cell, Direction, Gradients, RecurrentShape, Tape, Weights};
use crate::simd::Backend;

/// The most partial sums of the weights' gradients; they do not depend on the number of threads.
const MOST_SUMS: usize = 16;

/// The tape of one block of sequences, in packed order.
#[derive(Clone, Debug)]
pub(super) struct BlockTape {
    pub(super) gates: Vec<f32>,
    pub(super) cells: Vec<f32>,
}

impl BlockTape {
    pub(super) fn with_capacity(layout: Layout, packed: usize) -> Self {
        let gates = if layout.keeps_gates() { packed * layout.row() } else { 0 };
        let cells = if layout.keeps_cells() {
            packed * layout.section
        } else {
            0
        };
        Self {
            gates: Vec::with_capacity(gates),
            cells: Vec::with_capacity(cells),
        }
    }
}

/// The arguments of a forward pass, checked.
pub(super) struct Layer<'a> {
    direction: Direction,
    shape: RecurrentShape,
    lengths: &'a [usize],
    x: &'a [f32],
    weights: &'a Weights<'a>,
    layout: Layout,
    blocks: Vec<Block>,
}

impl<'a> Layer<'a> {
    pub(super) fn new(
        cell: Cell,
        direction: Direction,
        shape: RecurrentShape,
        lengths: &'a [usize],
        x: &'a [f32],
        weights: &'a Weights<'a>,
    ) -> Self {
        let RecurrentShape {
            batch,
            steps,
            input,
            hidden,
        } = shape;
        let columns = cell.gates() * hidden;
        assert!(input > 0 && hidden > 0, "a layer has input channels and hidden units");
        assert_eq!(lengths.len(), batch, "one length for every sequence");
        assert!(
            lengths.iter().all(|&length| length <= steps),
            "no sequence is longer than the padded length"
        );
        assert_eq!(x.len(), batch * steps * input, "x is [batch, steps, input]");
        assert_eq!(
            weights.input.len(),
            input * columns,
            "the input weights are [input, gates * hidden]"
        );
        assert_eq!(
            weights.recurrent.len(),
            hidden * columns,
            "the recurrent weights are [hidden, gates * hidden]"
        );
        assert_eq!(
            weights.bias.len(),
            cell.bias_len(hidden),
            "the bias has Cell::bias_len values"
        );
        let layout = Layout::new(cell, shape);
        Self {
            direction,
            shape,
            lengths,
            x,
            weights,
            layout,
            blocks: plan::blocks(lengths),
        }
    }

    pub(super) fn forward(&self, backend: Backend, keep: bool) -> (Vec<f32>, Tape) {
        let RecurrentShape {
            batch, steps, hidden, ..
        } = self.shape;
        let scan = Scan {
            layout: self.layout,
            direction: self.direction,
            steps,
            lengths: self.lengths,
            x: self.x,
            bias: self.layout.bias(self.weights),
            input: self.layout.input_panels(self.weights),
            recurrent: self.layout.recurrent_panels(self.weights),
        };
        let mut output = vec![0.0; batch * steps * hidden];
        let outputs = plan::distribute(&mut output, steps * hidden, &self.blocks);
        let tasks = self.blocks.par_iter().zip(outputs);
        let tape = tasks.map(|(block, output)| {
            backend.run(ScanBlock {
                scan: &scan,
                block,
                output,
                keep,
            })
        });
        let tape = Tape { blocks: tape.collect() };
        (output, tape)
    }

    pub(super) fn backward(&self, backend: Backend, output: &[f32], tape: &Tape, d_output: &[f32]) -> Gradients {
        let Self {
            direction,
            shape,
            lengths,
            x,
            weights,
            layout,
            blocks,
        } = self;
        let RecurrentShape {
            batch,
            steps,
            input,
            hidden,
        } = *shape;
        assert_eq!(
            output.len(),
            batch * steps * hidden,
            "the output is [batch, steps, hidden]"
        );
        assert_eq!(d_output.len(), output.len(), "the output's gradient has its shape");
        assert_eq!(blocks.len(), tape.blocks.len(), "the tape is of these sequences");
        let scan = BackScan {
            layout: *layout,
            direction: *direction,
            steps,
            lengths,
            x,
            output,
            d_output,
            input: layout.input_transposed(weights),
            recurrent: layout.recurrent_transposed(weights),
        };
        let mut d_x = vec![0.0; batch * steps * input];
        let d_rows = plan::distribute(&mut d_x, steps * input, blocks);
        let tasks = deal(blocks.iter().zip(&tape.blocks).zip(d_rows).collect());
        let sum_up = |tasks: Vec<_>| {
            let mut sums = Sums::zero(layout);
            for ((block, tape), d_x) in tasks {
                backend.run(BackScanBlock {
                    scan: &scan,
                    block,
                    tape,
                    d_x,
                    sums: &mut sums,
                });
            }
            sums
        };
        let parts: Vec<Sums> = tasks.into_par_iter().map(sum_up).collect();
        let mut total = Sums::zero(layout);
        for part in &parts {
            total.add(part);
        }
        Gradients {
            x: d_x,
            input: layout.unpack_input(&total.input),
            recurrent: layout.unpack_recurrent(&total.recurrent),
            bias: layout.unpack_bias(&total.bias),
        }
    }
}

/// Deals the blocks, which come with the longest first, to at most [`MOST_SUMS`] sums, so that every sum gets long and
/// short ones.
fn deal<T>(blocks: Vec<T>) -> Vec<Vec<T>> {
    let count = blocks.len().min(MOST_SUMS);
    let mut hands: Vec<Vec<T>> = (0..count).map(|_| Vec::new()).collect();
    for (i, block) in blocks.into_iter().enumerate() {
        hands[i % count].push(block);
    }
    hands
}
