//! Windows of a fixed width around a base of a contig.

use processive_core::Region;
use processive_core::alphabet::UNKNOWN;

/// Where a window lies: the part inside its contig, and how much of it hangs over each end.
///
/// `left + (end - start) + right` is the width of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSpan {
    /// The number of bases before the contig's first.
    pub left: usize,
    /// The first base inside the contig, 0-based.
    pub start: u64,
    /// The base after the last inside the contig, 0-based.
    pub end: u64,
    /// The number of bases after the contig's last.
    pub right: usize,
}

/// Places a window of `width` bases around a base: `[centre - width / 2, centre - width / 2 + width)`.
///
/// The centre is the middle base of an odd width and the right one of the two middle bases of an even
/// width. Whatever lies beyond the contig is counted in [`WindowSpan::left`] and [`WindowSpan::right`]
/// and reads as unknown; a centre past the end of the contig is allowed.
pub fn window(centre: u64, width: usize, contig_len: u64) -> WindowSpan {
    let half = width as u64 / 2;
    let left = half.saturating_sub(centre) as usize;
    let start = centre.saturating_sub(half).min(contig_len);
    let end = centre.saturating_add(width as u64 - half).min(contig_len);
    WindowSpan {
        left,
        start,
        end,
        right: width - left - (end - start) as usize,
    }
}

impl WindowSpan {
    /// The number of bases of the window, those beyond the contig included.
    pub fn width(&self) -> usize {
        self.left + (self.end - self.start) as usize + self.right
    }

    /// The part of the window inside the contig of this name.
    ///
    /// # Panics
    /// When the span was made by hand with `end < start`.
    pub fn region(&self, contig: &str) -> Region {
        Region::new(contig, self.start, self.end).expect("a window starts before it ends")
    }

    /// Copies the window's codes out of the codes of its whole contig; beyond the contig they are unknown.
    ///
    /// # Panics
    /// When the contig has fewer codes than the length that the window was placed with.
    pub fn cut(&self, contig_codes: &[u8]) -> Vec<u8> {
        let mut codes = vec![UNKNOWN; self.left];
        codes.extend_from_slice(&contig_codes[self.start as usize..self.end as usize]);
        codes.resize(self.width(), UNKNOWN);
        codes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn windows_hang_over_the_ends_of_a_contig() {
        // centre, width, contig length -> left, start, end, right
        let cases = [
            ((50, 20, 100), (0, 40, 60, 0)),
            ((50, 21, 100), (0, 40, 61, 0)),
            ((10, 20, 100), (0, 0, 20, 0)),
            ((9, 20, 100), (1, 0, 19, 0)),
            ((0, 20, 100), (10, 0, 10, 0)),
            ((90, 20, 100), (0, 80, 100, 0)),
            ((91, 20, 100), (0, 81, 100, 1)),
            ((2, 20, 5), (8, 0, 5, 7)),
            ((109, 20, 100), (0, 99, 100, 19)),
            ((110, 20, 100), (0, 100, 100, 20)),
            ((u64::MAX, 20, 100), (0, 100, 100, 20)),
            ((3, 1, 100), (0, 3, 4, 0)),
            ((3, 0, 100), (0, 3, 3, 0)),
            ((3, 4, 0), (0, 0, 0, 4)),
        ];
        for ((centre, width, contig_len), (left, start, end, right)) in cases {
            let expected = WindowSpan {
                left,
                start,
                end,
                right,
            };
            assert_eq!(
                window(centre, width, contig_len),
                expected,
                "{centre} {width} {contig_len}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_window_reads_the_contig_base_by_base(
            codes in prop::collection::vec(0u8..4, 0..40),
            centre in 0u64..60,
            width in 0usize..50,
        ) {
            let span = window(centre, width, codes.len() as u64);
            let cut = span.cut(&codes);
            prop_assert_eq!(span.width(), width);
            prop_assert_eq!(cut.len(), width);
            for (offset, &code) in cut.iter().enumerate() {
                let position = (centre as usize + offset).checked_sub(width / 2);
                let expected = position.and_then(|position| codes.get(position));
                prop_assert_eq!(code, expected.copied().unwrap_or(UNKNOWN));
            }
            prop_assert_eq!(span.region("c").len(), span.end - span.start);
        }
    }
}
