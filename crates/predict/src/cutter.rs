//! Cuts the letters of a contig, block by block, into bins with their windows.

use std::ops::Range;
use std::sync::Arc;

use processive_core::alphabet::UNKNOWN;
use processive_encode::encode_dna_into;

use crate::batch::Piece;
use crate::error::Halt;
use crate::grid::BinGrid;
use crate::packer::Packer;
use crate::progress::Event;

/// Cuts bins off the front of a buffer of codes, a batch at a time.
///
/// A batch is the next [`batch_bins`](Self::new) bins in the order of reading, those without a known base included. So it
/// depends neither on how letters came in blocks nor, when reading begins at a border between two batches, on what lies
/// before; a model that rounds a window's score differently in other company still gives the same bits.
///
/// Between two blocks the buffer keeps less than the spans of a batch, so memory is bounded by a block and a batch.
pub(crate) struct BinCutter {
    grid: BinGrid,
    batch_bins: usize,
    contig: Arc<str>,
    /// The padded codes; those before `front` are done with, and there the span of bin `next` begins.
    codes: Vec<u8>,
    front: usize,
    next: u64,
    /// How many bins the batch still takes.
    room: usize,
    skipped: u64,
}

impl BinCutter {
    pub(crate) fn new(grid: BinGrid, batch_bins: usize) -> Self {
        Self {
            grid,
            batch_bins,
            contig: Arc::from(""),
            codes: Vec::new(),
            front: 0,
            next: 0,
            room: batch_bins,
            skipped: 0,
        }
    }

    /// The number of bins without a known base so far.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Begins at a bin of a contig; the first letter to come is the first base under that bin's span.
    pub(crate) fn begin(&mut self, contig: Arc<str>, bin: u64) {
        let outside = (self.grid.left() as u64).saturating_sub(self.grid.start(bin));
        self.contig = contig;
        self.codes.clear();
        self.codes.resize(outside as usize, UNKNOWN);
        self.front = 0;
        self.next = bin;
    }

    /// Takes the next letters and cuts the batches that they complete.
    pub(crate) fn push(&mut self, letters: &[u8], packer: &mut Packer<'_>) -> Result<(), Halt> {
        encode_dna_into(letters, &mut self.codes);
        while self.grid.spans_in(self.codes.len() - self.front) >= self.room {
            self.cut(self.room, u64::MAX, packer)?;
        }
        self.codes.drain(..self.front);
        self.front = 0;
        Ok(())
    }

    /// Cuts the bins that are left before bin `end`; what their windows lack lies outside the contig.
    pub(crate) fn finish(&mut self, end: u64, length: u64, packer: &mut Packer<'_>) -> Result<(), Halt> {
        let mut left = (end - self.next) as usize;
        self.codes.resize(self.front + self.grid.covered(left), UNKNOWN);
        while left > 0 {
            let bins = left.min(self.room);
            self.cut(bins, length, packer)?;
            left -= bins;
        }
        Ok(())
    }

    /// Cuts `bins` bins off the buffer, as many as the batch takes at most; the contig ends at `length`.
    fn cut(&mut self, bins: usize, length: u64, packer: &mut Packer<'_>) -> Result<(), Halt> {
        let mut run = 0;
        if self.span_and_beyond(0)[..self.grid.covered(bins)].contains(&UNKNOWN) {
            for k in 0..bins {
                if !self.has_known_base(k) {
                    self.pack(run..k, length, packer);
                    self.skipped += 1;
                    run = k + 1;
                }
            }
        }
        self.pack(run..bins, length, packer);
        packer.note(self.advance(bins, length));
        self.front += bins * self.grid.bin();
        self.next += bins as u64;
        self.room -= bins;
        if self.room == 0 {
            self.room = self.batch_bins;
            packer.send()?;
        }
        Ok(())
    }

    fn has_known_base(&self, k: usize) -> bool {
        let bin = &self.span_and_beyond(k)[self.grid.bin_in_span()];
        bin.iter().any(|&code| code != UNKNOWN)
    }

    /// The codes from the span of a bin on, counted from the front of the buffer.
    fn span_and_beyond(&self, k: usize) -> &[u8] {
        &self.codes[self.front + k * self.grid.bin()..]
    }

    /// Packs a run of bins, counted from the front of the buffer.
    fn pack(&self, run: Range<usize>, length: u64, packer: &mut Packer<'_>) {
        if run.is_empty() {
            return;
        }
        let bins = self.next + run.start as u64..self.next + run.end as u64;
        packer.push(Piece {
            contig: Arc::clone(&self.contig),
            end: self.grid.start(bins.end).min(length),
            bins,
            codes: self.windows(run),
        });
    }

    /// The codes of the windows of a run of bins, without what lies between two windows.
    fn windows(&self, run: Range<usize>) -> Vec<u8> {
        let window = self.grid.window_in_span();
        if self.grid.step() == self.grid.bin() {
            let width = (run.len() - 1) * self.grid.bin() + window.len();
            return self.span_and_beyond(run.start)[window.start..][..width].to_vec();
        }
        let codes = |k: usize| &self.span_and_beyond(k)[window.clone()];
        run.flat_map(codes).copied().collect()
    }

    /// The bases of the next `bins` bins.
    fn advance(&self, bins: usize, length: u64) -> Event {
        let base = |bin: u64| self.grid.start(bin).min(length);
        Event::Advance(base(self.next + bins as u64) - base(self.next))
    }
}
