//! Which sequences are scanned together, and in which order their steps lie in memory.

use std::ops::Range;

use super::{Direction, RecurrentShape};

/// Sequences that one task scans step by step, the longest first.
///
/// Their steps are *packed*: all first steps in the order of the rows, then all second steps of the sequences that
/// have one, and so on. Padding takes neither memory nor time.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Indices in the batch.
    pub(super) rows: Vec<usize>,
    /// Where each step begins in packed order; the last entry is the total.
    starts: Vec<usize>,
}

/// Packed steps that are computed together before the next ones: their buffers stay in the second-level cache.
const CHUNK: usize = 128;

impl Block {
    fn new(rows: Vec<usize>, lengths: &[usize]) -> Self {
        let longest = rows.first().map_or(0, |&row| lengths[row]);
        let mut starts = Vec::with_capacity(longest + 1);
        let mut total = 0;
        for step in 0..=longest {
            starts.push(total);
            total += rows.iter().take_while(|&&row| lengths[row] > step).count();
        }
        Self { rows, starts }
    }

    /// The number of steps of the longest sequence.
    pub(super) fn steps(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of steps of all sequences.
    pub(super) fn packed(&self) -> usize {
        self.starts[self.steps()]
    }

    /// The packed places of a step.
    pub(super) fn places(&self, step: usize) -> Range<usize> {
        self.starts[step]..self.starts[step + 1]
    }

    /// The packed places of some steps.
    pub(super) fn places_of(&self, steps: &Range<usize>) -> Range<usize> {
        self.starts[steps.start]..self.starts[steps.end]
    }

    /// The steps in groups of at most [`CHUNK`] packed places, or of one step; those of `alone` rows or more are groups of
    /// one step.
    pub(super) fn chunks(&self, alone: usize) -> Vec<Range<usize>> {
        let mut chunks = Vec::new();
        let mut start = 0;
        for end in 1..=self.steps() {
            let full = |places: usize| places > CHUNK || self.places(start).len() >= alone;
            if end == self.steps() || full(self.starts[end + 1] - self.starts[start]) {
                chunks.push(start..end);
                start = end;
            }
        }
        chunks
    }

    /// The number of packed places of the largest of some chunks.
    pub(super) fn largest_of(&self, chunks: &[Range<usize>]) -> usize {
        chunks
            .iter()
            .map(|steps| self.places_of(steps).len())
            .max()
            .unwrap_or(0)
    }
}

/// The way of one direction through a padded batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course<'a> {
    pub(super) direction: Direction,
    /// The padded length of every sequence.
    pub(super) steps: usize,
    pub(super) lengths: &'a [usize],
}

/// One sequence at one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its packed place, counted from the first of the steps that are visited.
    pub(super) packed: usize,
    /// The row of the block.
    pub(super) row: usize,
    pub(super) step: usize,
    /// The position within the sequence.
    pub(super) time: usize,
    /// The position within the batch.
    pub(super) at: usize,
}

impl Course<'_> {
    /// The position that the scan of a sequence reaches after `step` steps.
    #[inline(always)]
    pub(super) fn time(&self, sequence: usize, step: usize) -> usize {
        self.direction.time(self.lengths[sequence], step)
    }

    /// Visits some steps of a block in packed order.
    #[inline(always)]
    pub(super) fn visit(&self, block: &Block, steps: Range<usize>, mut visit: impl FnMut(Place)) {
        let mut packed = 0;
        for step in steps {
            for (row, &sequence) in block.rows[..block.places(step).len()].iter().enumerate() {
                let time = self.time(sequence, step);
                visit(Place {
                    packed,
                    row,
                    step,
                    time,
                    at: sequence * self.steps + time,
                });
                packed += 1;
            }
        }
    }
}

/// Sorts the sequences by length, the longest first, and cuts them into blocks.
///
/// The blocks depend on the lengths alone, not on the number of threads.
pub(super) fn blocks(lengths: &[usize]) -> Vec<Block> {
    // Small batches are cut finer, so that there is work for a few threads.
    let sequences = lengths.iter().filter(|&&length| length > 0).count();
    blocks_of(if sequences < 32 { 8 } else { 16 }, lengths)
}

/// The same with so many sequences in a block.
pub(super) fn blocks_of(size: usize, lengths: &[usize]) -> Vec<Block> {
    let mut order: Vec<usize> = (0..lengths.len()).filter(|&row| lengths[row] > 0).collect();
    order.sort_by_key(|&row| std::cmp::Reverse(lengths[row]));
    order
        .chunks(size)
        .map(|rows| Block::new(rows.to_vec(), lengths))
        .collect()
}

/// Hands each block the parts of `data` that belong to its rows; nothing when there is no data.
pub(super) fn distribute<'a>(data: &'a mut [f32], row_len: usize, blocks: &[Block]) -> Vec<Vec<&'a mut [f32]>> {
    if data.is_empty() {
        return blocks.iter().map(|_| Vec::new()).collect();
    }
    let mut rows: Vec<Option<&mut [f32]>> = data.chunks_exact_mut(row_len.max(1)).map(Some).collect();
    let mut take = |row: usize| rows[row].take().expect("a row is in one block only");
    blocks
        .iter()
        .map(|block| block.rows.iter().map(|&row| take(row)).collect())
        .collect()
}

/// The parts of a direction's output that belong to one sequence, a step each.
pub(super) type Steps<'a, T = f32> = Vec<&'a mut [T]>;

/// Hands each direction, and of it each block, the parts of an output that belong to its rows. A step of the output is `width`
/// wide: the units of the directions side by side, and what may lie behind them.
pub(super) fn distribute_steps<'a, T>(
    output: &'a mut [T],
    directions: usize,
    width: usize,
    shape: RecurrentShape,
    blocks: &[Block],
) -> Vec<Vec<Vec<Steps<'a, T>>>> {
    let RecurrentShape {
        batch, steps, hidden, ..
    } = shape;
    let mut rows: Vec<Vec<Steps<'_, T>>> = (0..directions)
        .map(|_| (0..batch).map(|_| Vec::with_capacity(steps)).collect())
        .collect();
    for (i, step) in output.chunks_exact_mut(width).enumerate() {
        for (rows, part) in rows.iter_mut().zip(step.chunks_exact_mut(hidden)) {
            rows[i / steps].push(part);
        }
    }
    rows.into_iter()
        .map(|mut rows| {
            let mut take = |row: &usize| std::mem::take(&mut rows[*row]);
            blocks
                .iter()
                .map(|block| block.rows.iter().map(&mut take).collect())
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_places_follow_steps_and_leave_out_padding() {
        let blocks = blocks(&[2, 0, 4, 1]);
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].rows, [2, 0, 3]);
        assert_eq!(
            (0..4).map(|step| blocks[0].places(step)).collect::<Vec<_>>(),
            [0..3, 3..5, 5..6, 6..7]
        );
        assert_eq!(blocks[0].packed(), 7);
    }

    #[test]
    fn chunks_cover_every_step_once_and_stay_small() {
        let cases = [vec![1000; 16], vec![1; 3], (1..40).collect(), vec![300, 2, 1]];
        for (lengths, alone) in cases.iter().flat_map(|lengths| [(lengths, usize::MAX), (lengths, 2)]) {
            for block in blocks(lengths) {
                let chunks = block.chunks(alone);
                assert_eq!(
                    chunks.iter().flat_map(Clone::clone).collect::<Vec<_>>(),
                    (0..block.steps()).collect::<Vec<_>>()
                );
                assert!(chunks.iter().all(|chunk| block.places_of(chunk).len() <= CHUNK));
                let single = |chunk: &&Range<usize>| block.places(chunk.start).len() >= alone;
                assert!(chunks.iter().filter(single).all(|chunk| chunk.len() == 1));
            }
        }
    }
}
