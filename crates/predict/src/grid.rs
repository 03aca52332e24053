//! Where the bins of a contig lie and which bases their windows cover.

use std::num::NonZeroUsize;
use std::ops::Range;

/// The bins of a contig and their windows.
///
/// All bins look alike: bin `i` and its window lie inside the `reach` bases that begin `left` bases before
/// the bin when the window sticks out to the left, else at the bin's start. A contig with `left` unknown
/// bases put in front of it is called padded; there, the span of bin `i` is `[i·bin, i·bin + reach)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BinGrid {
    bin: usize,
    window: usize,
}

impl BinGrid {
    pub(crate) fn new(bin: NonZeroUsize, window: NonZeroUsize) -> Self {
        Self {
            bin: bin.get(),
            window: window.get(),
        }
    }

    /// The width of a bin, and the distance between two windows.
    pub(crate) fn bin(self) -> usize {
        self.bin
    }

    /// The width of a window.
    pub(crate) fn window(self) -> usize {
        self.window
    }

    /// How far a window sticks out to the left of its bin: the unknown bases in front of a padded contig.
    pub(crate) fn left(self) -> usize {
        (self.window / 2).saturating_sub(self.bin / 2)
    }

    /// Where the window lies in the span of its bin.
    pub(crate) fn window_in_span(self) -> Range<usize> {
        let start = (self.bin / 2).saturating_sub(self.window / 2);
        start..start + self.window
    }

    /// Where the bin lies in its span.
    pub(crate) fn bin_in_span(self) -> Range<usize> {
        self.left()..self.left() + self.bin
    }

    /// The width of a span.
    pub(crate) fn reach(self) -> usize {
        self.window_in_span().end.max(self.bin_in_span().end)
    }

    /// The number of padded bases that the spans of `bins` consecutive bins cover.
    pub(crate) fn covered(self, bins: usize) -> usize {
        bins.checked_sub(1).map_or(0, |steps| steps * self.bin + self.reach())
    }

    /// The number of whole spans in `padded` consecutive bases that begin with a span.
    pub(crate) fn spans_in(self, padded: usize) -> usize {
        padded
            .checked_sub(self.reach())
            .map_or(0, |beyond| beyond / self.bin + 1)
    }

    /// The distance of two windows in the codes of a [`Piece`](crate::batch::Piece): what lies between windows
    /// is left out.
    pub(crate) fn step(self) -> usize {
        self.bin.min(self.window)
    }

    /// The first base of a bin.
    pub(crate) fn start(self, bin: u64) -> u64 {
        bin * self.bin as u64
    }

    /// The number of bins of a contig.
    pub(crate) fn bins(self, length: u64) -> u64 {
        length.div_ceil(self.bin as u64)
    }

    /// The bins that share a base with `start..end`.
    pub(crate) fn bins_over(self, bases: Range<u64>) -> Range<u64> {
        if bases.is_empty() {
            return 0..0;
        }
        bases.start / self.bin as u64..self.bins(bases.end)
    }

    /// The bases of a contig that the spans of `bins` cover.
    pub(crate) fn bases_under(self, bins: &Range<u64>, length: u64) -> Range<u64> {
        if bins.is_empty() {
            return 0..0;
        }
        let left = self.left() as u64;
        let end = self.start(bins.end - 1) + self.reach() as u64 - left;
        self.start(bins.start).saturating_sub(left)..end.min(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(bin: usize, window: usize) -> BinGrid {
        BinGrid::new(NonZeroUsize::new(bin).unwrap(), NonZeroUsize::new(window).unwrap())
    }

    #[test]
    fn spans_hold_the_bin_and_the_window_of_the_rule() {
        for bin in 1..9usize {
            for window in 1..14usize {
                let grid = grid(bin, window);
                // A padded contig begins `left` bases early, so the rule's start is `bin/2 - window/2 + left` in bin 0.
                let rule = (bin / 2 + grid.left()).checked_sub(window / 2);
                assert_eq!(Some(grid.window_in_span().start), rule, "bin {bin}, window {window}");
                assert_eq!(grid.bin_in_span(), grid.left()..grid.left() + bin);
                assert_eq!(grid.window_in_span().len(), window);
                assert_eq!(grid.reach(), grid.window_in_span().end.max(grid.bin_in_span().end));
                assert_eq!(grid.window_in_span().start.min(grid.bin_in_span().start), 0);
            }
        }
    }

    #[test]
    fn spans_in_is_the_inverse_of_covered() {
        for (bin, window) in [(1, 1), (3, 8), (8, 3), (5, 5), (4, 5)] {
            let grid = grid(bin, window);
            for bins in 1..5 {
                assert_eq!(grid.spans_in(grid.covered(bins)), bins);
                assert_eq!(grid.spans_in(grid.covered(bins) - 1), bins - 1);
            }
            assert_eq!(grid.covered(0), 0);
        }
    }

    #[test]
    fn bins_over_a_region_are_those_that_share_a_base() {
        let grid = grid(10, 4);
        assert_eq!(grid.bins_over(0..10), 0..1);
        assert_eq!(grid.bins_over(9..11), 0..2);
        assert_eq!(grid.bins_over(10..11), 1..2);
        assert!(grid.bins_over(15..15).is_empty());
        assert_eq!(grid.bins(0), 0);
        assert_eq!(grid.bins(21), 3);
    }

    #[test]
    fn bases_under_bins_end_at_the_contig() {
        let grid = grid(10, 30);
        assert_eq!(grid.bases_under(&(0..2), 100), 0..30);
        assert_eq!(grid.bases_under(&(2..3), 100), 10..40);
        assert_eq!(grid.bases_under(&(9..10), 95), 80..95);
        assert_eq!(grid.bases_under(&(4..4), 95), 0..0);
    }
}
