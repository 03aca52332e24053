//! Windows that begin at every base.
//!
//! A stretch is gone through twice. Forwards, each score raises the largest one of the stretch so far, which meets what is
//! largest in the last stretch behind the same run, and the score takes the line of that. Backwards, the scores
//! give way to what is largest behind them. There each maximum waits for the one before it, so the stretch is cut
//! into parts that are gone through side by side: what is largest behind a part is known from the way forwards.

use super::out::Out;
use super::{Windows, raise};
use crate::code_conv::every::{Scores, Take};
use crate::code_conv::motifs::TRIPLE;
use crate::code_conv::search::Keep;
use crate::simd::{Line, Simd};

/// Parts of a stretch that are gone through backwards side by side.
const PARTS: usize = 4;

impl<O: Out> Windows<'_, O> {
    /// Hands over the windows that end in a stretch, whose scores come next.
    ///
    /// `ends` is, and becomes for this stretch, the largest score behind each run of the last one, and 0.
    #[inline(always)]
    pub(super) fn every_base<S: Simd, K: Keep, const T: usize>(
        &mut self,
        simd: S,
        scores: &mut Scores<'_, S, T>,
        stretch: usize,
    ) {
        let width = self.plan.width;
        let part = width / (PARTS * TRIPLE) * TRIPLE;
        let mut taken = Ending {
            out: &mut *self.out,
            block: self.block,
            // Below 0, so too large, where a window would begin before the first base.
            window: (stretch * width + 1).wrapping_sub(width + self.done),
            most: simd.splat(0.0),
            of_part: simd.splat(0.0),
            keep: std::marker::PhantomData::<K>,
        };
        let mut of_parts = [simd.splat(0.0); PARTS];
        let mut rest = &mut self.ends[..width];
        for (p, of_part) in of_parts.iter_mut().enumerate() {
            let lines = if p + 1 < PARTS { part } else { rest.len() };
            let (lines, behind) = rest.split_at_mut(lines);
            taken.of_part = simd.splat(0.0);
            scores.each(lines, &mut taken);
            *of_part = taken.of_part;
            rest = behind;
        }
        largest_behind::<S, K>(simd, &mut self.ends[..width], part, of_parts);
    }
}

/// Takes the scores of a stretch on the way forwards.
struct Ending<'a, V, O, K> {
    out: &'a mut O,
    block: usize,
    /// The window that ends at the next run, counted from the first that `out` takes.
    window: usize,
    /// The largest score of the stretch so far.
    most: V,
    /// The largest score of its part so far.
    of_part: V,
    keep: std::marker::PhantomData<K>,
}

impl<S: Simd, O: Out, K: Keep> Take<S> for Ending<'_, S::Vector, O, K> {
    #[inline(always)]
    fn take(&mut self, simd: S, score: S::Vector, line: &mut Line) {
        let behind = simd.load(&line.0);
        simd.store(score, &mut line.0);
        self.most = raise::<S, K>(simd, score, self.most);
        self.of_part = raise::<S, K>(simd, score, self.of_part);
        if self.window < self.out.count() {
            let whole = raise::<S, K>(simd, behind, self.most);
            self.out.take(simd, self.window, self.block, whole);
        }
        self.window = self.window.wrapping_add(1);
    }
}

/// Turns scores into the largest score behind each, which is not below 0.
///
/// The parts have `part` lines, and the last one also the rest; `of_parts` are their largest scores.
#[inline(always)]
fn largest_behind<S: Simd, K: Keep>(simd: S, lines: &mut [Line], part: usize, of_parts: [S::Vector; PARTS]) {
    let mut most = [simd.splat(0.0); PARTS];
    for p in (1..PARTS).rev() {
        most[p - 1] = raise::<S, K>(simd, of_parts[p], most[p]);
    }
    let (parts, rest) = lines.split_at_mut(PARTS * part);
    for line in rest.iter_mut().rev() {
        step_back::<S, K>(simd, line, &mut most[PARTS - 1]);
    }
    let (a, parts) = parts.split_at_mut(part);
    let (b, parts) = parts.split_at_mut(part);
    let (c, parts) = parts.split_at_mut(part);
    let d = &mut parts[..part];
    for line in (0..part).rev() {
        let lines = [&mut a[line], &mut b[line], &mut c[line], &mut d[line]];
        for (p, line) in lines.into_iter().enumerate() {
            step_back::<S, K>(simd, line, &mut most[p]);
        }
    }
}

/// Puts the largest score so far in the place of one, and goes on to that.
#[inline(always)]
fn step_back<S: Simd, K: Keep>(simd: S, line: &mut Line, most: &mut S::Vector) {
    let score = simd.load(&line.0);
    simd.store(*most, &mut line.0);
    *most = raise::<S, K>(simd, score, *most);
}
