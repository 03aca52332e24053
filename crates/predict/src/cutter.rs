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

/// Cuts bins off the front of a buffer of codes as soon as their windows are complete.
///
/// Between two blocks the buffer keeps less than one span, so memory is bounded by a block and a window.
pub(crate) struct BinCutter {
    grid: BinGrid,
    contig: Arc<str>,
    /// The padded codes from the start of the span of bin `next` on.
    codes: Vec<u8>,
    next: u64,
    skipped: u64,
}

impl BinCutter {
    pub(crate) fn new(grid: BinGrid) -> Self {
        Self {
            grid,
            contig: Arc::from(""),
            codes: Vec::new(),
            next: 0,
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
        self.next = bin;
    }

    /// Takes the next letters and cuts the bins that they complete.
    pub(crate) fn push(&mut self, letters: &[u8], packer: &mut Packer<'_>) -> Result<(), Halt> {
        encode_dna_into(letters, &mut self.codes);
        let complete = self.grid.spans_in(self.codes.len());
        self.cut(complete, u64::MAX, packer)
    }

    /// Cuts the bins that are left before bin `end`; what their windows lack lies outside the contig.
    pub(crate) fn finish(&mut self, end: u64, length: u64, packer: &mut Packer<'_>) -> Result<(), Halt> {
        let left = (end - self.next) as usize;
        self.codes.resize(self.grid.covered(left), UNKNOWN);
        self.cut(left, length, packer)
    }

    /// Cuts `bins` bins off the buffer; the contig ends at `length`.
    fn cut(&mut self, bins: usize, length: u64, packer: &mut Packer<'_>) -> Result<(), Halt> {
        let (mut run, mut passed) = (0, 0);
        for k in 0..bins {
            if !self.has_known_base(k) {
                self.pack(run..k, length, packer);
                self.skipped += 1;
                run = k + 1;
            } else if k + 1 - run == packer.room() {
                self.pack(run..k + 1, length, packer);
                packer.note(self.advance(passed..k + 1, length));
                packer.flush()?;
                (run, passed) = (k + 1, k + 1);
            }
        }
        self.pack(run..bins, length, packer);
        packer.note(self.advance(passed..bins, length));
        self.codes.drain(..(bins * self.grid.bin()).min(self.codes.len()));
        self.next += bins as u64;
        Ok(())
    }

    fn has_known_base(&self, k: usize) -> bool {
        let bin = &self.codes[k * self.grid.bin()..][self.grid.bin_in_span()];
        bin.iter().any(|&code| code != UNKNOWN)
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
        let Range { start, end } = self.grid.window_in_span();
        let (first, last) = (run.start * self.grid.bin(), (run.end - 1) * self.grid.bin());
        if self.grid.step() == self.grid.bin() {
            return self.codes[first + start..last + end].to_vec();
        }
        let window = |k: usize| &self.codes[k * self.grid.bin()..][start..end];
        run.flat_map(window).copied().collect()
    }

    /// The bases of bins, counted from the front of the buffer.
    fn advance(&self, bins: Range<usize>, length: u64) -> Event {
        let base = |k: usize| self.grid.start(self.next + k as u64).min(length);
        Event::Advance(base(bins.end) - base(bins.start))
    }
}
