//! The blocks and directions of a layer, over threads.

use rayon::prelude::*;

use super::backscan::{BackScan, BackScanBlock, Sums};
use super::layout::Layout;
use super::plan::{self, Block, Steps};
use super::scan::{Scan, ScanBlock};
use super::{Gradients, Input, Recurrent, RecurrentShape, Tape, Weights};
use crate::simd::Backend;
use crate::zeros::zeros;

/// The most partial sums of a direction's weights' gradients; they do not depend on the number of threads.
const MOST_SUMS: usize = 16;

/// The tape of one block of sequences in one direction, in packed order.
#[derive(Clone, Debug)]
pub(super) struct BlockTape {
    /// The states; rows of a section.
    pub(super) states: Vec<f32>,
    pub(super) gates: Vec<f32>,
    pub(super) cells: Vec<f32>,
}

impl BlockTape {
    /// A tape for `packed` steps, empty unless it is to be kept: gates are there, states and cells are appended.
    pub(super) fn new(layout: Layout, packed: usize, keep: bool) -> Self {
        let size = |wanted: bool, width: usize| if keep && wanted { packed * width } else { 0 };
        Self {
            states: Vec::with_capacity(size(true, layout.section)),
            gates: vec![0.0; size(layout.keeps_gates(), layout.row())],
            cells: Vec::with_capacity(size(layout.keeps_cells(), layout.section)),
        }
    }
}

/// A layer whose sizes agree, cut into blocks.
pub(super) struct Checked<'a> {
    layer: &'a Recurrent<'a>,
    layout: Layout,
    blocks: Vec<Block>,
}

impl<'a> Checked<'a> {
    pub(super) fn new(layer: &'a Recurrent<'a>) -> Self {
        let Recurrent {
            cell,
            directions,
            shape,
            lengths,
            input: x,
            weights,
        } = *layer;
        let RecurrentShape {
            batch,
            steps,
            input,
            hidden,
        } = shape;
        weights.assert_sizes(cell, directions.len(), input, hidden);
        assert_eq!(lengths.len(), batch, "one length for every sequence");
        assert!(
            lengths.iter().all(|&length| length <= steps),
            "no sequence is longer than the padded length"
        );
        match x {
            Input::Features(x) => assert_eq!(x.len(), batch * steps * input, "features are [batch, steps, input]"),
            Input::Codes(codes) => assert_eq!(codes.len(), batch * steps, "codes are [batch, steps]"),
        }
        Self {
            layer,
            layout: Layout::new(cell, shape),
            blocks: plan::blocks(lengths),
        }
    }

    /// The weights of one direction.
    fn weights(&self, direction: usize) -> Weights<'a> {
        self.layer.weights.of_direction(direction, self.layer.directions.len())
    }

    /// The states at their positions, the directions side by side; with `keep`, also what the way back needs.
    pub(super) fn scan(&self, backend: Backend, keep: bool) -> (Vec<f32>, Tape) {
        let Recurrent { directions, shape, .. } = *self.layer;
        let mut output = zeros(self.output_len());
        let scans: Vec<Scan<'_>> = (0..directions.len())
            .map(|index| Scan::new(self.layer, index, self.layout, &self.weights(index)))
            .collect();
        let outputs = plan::distribute_steps(&mut output, directions.len(), self.width(), shape, &self.blocks);
        let blocks = |(scan, outputs): (&Scan<'_>, Vec<Vec<Steps<'_>>>)| -> Vec<BlockTape> {
            let blocks = self.blocks.par_iter().zip(outputs);
            let tapes = blocks.map(|(block, output)| {
                backend.run(ScanBlock {
                    scan,
                    block,
                    output,
                    keep,
                })
            });
            tapes.collect()
        };
        let blocks = scans.par_iter().zip(outputs).map(blocks).collect();
        (output, Tape { blocks })
    }

    /// The states alone, into memory that was used before, on the calling thread: a thread that waited for others would take up
    /// other work meanwhile, with buffers of its own.
    pub(super) fn infer_into(&self, backend: Backend, output: &mut Vec<f32>) {
        let Recurrent {
            directions,
            shape,
            lengths,
            ..
        } = *self.layer;
        output.resize(self.output_len(), 0.0);
        let outputs = plan::distribute_steps(output, directions.len(), self.width(), shape, &self.blocks);
        for (index, outputs) in outputs.into_iter().enumerate() {
            let scan = &Scan::new(self.layer, index, self.layout, &self.weights(index));
            for (block, output) in self.blocks.iter().zip(outputs) {
                backend.run(ScanBlock {
                    scan,
                    block,
                    output,
                    keep: false,
                });
            }
        }
        let width = self.width();
        let rows = output.chunks_exact_mut((shape.steps * width).max(1));
        for (row, &length) in rows.zip(lengths) {
            row[length * width..].fill(0.0);
        }
    }

    /// Features per step.
    fn width(&self) -> usize {
        self.layer.directions.len() * self.layer.shape.hidden
    }

    fn output_len(&self) -> usize {
        self.layer.shape.batch * self.layer.shape.steps * self.width()
    }

    pub(super) fn backward(&self, backend: Backend, tape: &Tape, d_output: &[f32], wants_features: bool) -> Gradients {
        let Recurrent {
            directions,
            shape,
            input: x,
            ..
        } = *self.layer;
        let RecurrentShape {
            batch,
            steps,
            input,
            hidden,
        } = shape;
        let count = directions.len();
        assert_eq!(
            d_output.len(),
            batch * steps * count * hidden,
            "the output's gradient is [batch, steps, directions * hidden]"
        );
        assert!(
            tape.blocks.len() == count && tape.blocks.iter().all(|tapes| tapes.len() == self.blocks.len()),
            "the tape is of these sequences"
        );
        assert!(
            !wants_features || matches!(x, Input::Features(_)),
            "codes have no gradient"
        );
        let size = if wants_features { batch * steps * input } else { 0 };
        let mut d_features: Vec<Vec<f32>> = vec![vec![0.0; size]; count];
        let scans: Vec<BackScan<'_>> = (0..count)
            .map(|index| {
                BackScan::new(
                    self.layer,
                    index,
                    self.layout,
                    &self.weights(index),
                    d_output,
                    wants_features,
                )
            })
            .collect();
        let tasks = scans.iter().zip(&tape.blocks).zip(&mut d_features);
        let tasks: Vec<_> = tasks
            .flat_map(|((scan, tapes), d_features)| {
                let rows = plan::distribute(d_features, steps * input, &self.blocks);
                deal(self.blocks.iter().zip(tapes).zip(rows).collect())
                    .into_iter()
                    .map(move |hand| (scan, hand))
            })
            .collect();
        let sums: Vec<Sums> = tasks
            .into_par_iter()
            .map(|(scan, hand)| {
                let mut sums = Sums::zero(&self.layout);
                for ((block, tape), d_x) in hand {
                    let sums = &mut sums;
                    backend.run(BackScanBlock {
                        scan,
                        block,
                        tape,
                        d_x,
                        sums,
                    });
                }
                sums
            })
            .collect();
        self.gradients(add_up(d_features), &sums)
    }

    /// Joins the partial sums, which are those of one direction after those of the other.
    fn gradients(&self, features: Vec<f32>, sums: &[Sums]) -> Gradients {
        let count = self.layer.directions.len();
        let mut gradients = Gradients {
            features,
            input: Vec::new(),
            recurrent: Vec::new(),
            bias: Vec::new(),
        };
        let hands = sums.len() / count;
        for index in 0..count {
            let mut total = Sums::zero(&self.layout);
            sums[index * hands..(index + 1) * hands]
                .iter()
                .for_each(|part| total.add(part));
            gradients.input.extend(self.layout.unpack_input(&total.input));
            gradients
                .recurrent
                .extend(self.layout.unpack_recurrent(&total.recurrent));
            gradients.bias.extend(self.layout.unpack_bias(&total.bias));
        }
        gradients
    }
}

/// The sum of vectors, element by element.
fn add_up(mut vectors: Vec<Vec<f32>>) -> Vec<f32> {
    const PART: usize = 1 << 14;
    let mut sum = vectors.remove(0);
    for vector in &vectors {
        sum.par_chunks_mut(PART)
            .zip(vector.par_chunks(PART))
            .for_each(|(sum, part)| {
                sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
            });
    }
    sum
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
