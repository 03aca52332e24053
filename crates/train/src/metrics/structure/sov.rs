//! Segment overlap: how well predicted segments lie on observed ones.

use super::segments::{Segment, segments};

/// The three definitions of segment overlap.
///
/// In all of them a pair is an observed segment `s1` and a predicted segment `s2` of the same state that share
/// `minov > 0` residues and together span `maxov`; it earns `(minov + δ) / maxov · |s1|`, and the sum is divided by a
/// number of residues. States that are predicted and not observed have no say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SovDefinition {
    /// `δ = min(maxov − minov, minov, ⌊|s1|/2⌋)`, divided by the observed residues: an observed segment that meets two
    /// predicted ones counts twice above the line and once below, and the value can exceed 1.
    ///
    /// # Source
    /// Rost, Sander & Schneider 1994, all pairs counted as in Zemla's table of its values.
    Sov94,
    /// `δ = min(maxov − minov, minov, ⌊|s1|/2⌋, ⌊|s2|/2⌋)`, divided by `|s1|` of every pair and of every observed
    /// segment without one.
    ///
    /// # Source
    /// Zemla, Venclovas, Fidelis & Rost 1999.
    Sov99,
    /// `δ = min(δ_all · |s1|/N · minov/maxov, maxov − minov)` with `δ_all = K / Σ (|s|/N)²` over the observed segments
    /// `s` of all `N` residues in `K` observed states; divided as in SOV'99.
    ///
    /// # Source
    /// Liu & Wang 2018, λ = 1.
    Refine,
}

impl SovDefinition {
    /// Every definition.
    pub const ALL: [Self; 3] = [Self::Sov94, Self::Sov99, Self::Refine];
}

/// The segment overlap of one chain, from 0 to 1 (SOV'94 can be more).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SovScore<const K: usize> {
    /// That of all states together; `None` without a scored residue.
    pub overall: Option<f64>,
    /// That of each state; `None` for one that is not observed.
    pub states: [Option<f64>; K],
}

/// Returns the segment overlap of one chain by one definition.
///
/// Segments end at residues that are not scored: a segment on both sides of a gap is two.
///
/// # Panics
/// When the three differ in length, or a scored state is not below `K`.
pub fn sov<const K: usize>(
    definition: SovDefinition,
    observed: &[u8],
    predicted: &[u8],
    scored: &[bool],
) -> SovScore<K> {
    SegmentPairs::new(observed, predicted, scored).score(definition)
}

/// What two segments of one state share.
#[derive(Clone, Copy, Debug)]
struct Pair {
    state: usize,
    /// The place of the observed segment.
    observed: usize,
    observed_length: f64,
    predicted_length: f64,
    /// `minov`.
    shared: f64,
    /// `maxov`.
    span: f64,
}

/// The segments of a chain and the pairs that they form; serves all definitions.
#[derive(Clone, Debug)]
pub(super) struct SegmentPairs<const K: usize> {
    observed: Vec<Segment>,
    pairs: Vec<Pair>,
}

/// Which pairs of an observed segment count.
#[derive(Clone, Copy, PartialEq)]
enum Counted {
    Every,
    /// The first only, as in the worked figure of Rost et al.
    #[cfg(test)]
    First,
}

/// By what the sum is divided.
#[derive(Clone, Copy, PartialEq)]
enum DividedBy {
    Residues,
    Pairs,
}

impl<const K: usize> SegmentPairs<K> {
    /// Finds the segments and their pairs.
    ///
    /// # Panics
    /// As [`sov`].
    pub(super) fn new(observed: &[u8], predicted: &[u8], scored: &[bool]) -> Self {
        let (observed, predicted) = (segments(observed, scored), segments(predicted, scored));
        let mut pairs = Vec::new();
        let mut from = 0;
        for (place, s1) in observed.iter().enumerate() {
            // Both lists are in order, so what ends before this segment starts meets no later one.
            from += predicted[from..].iter().take_while(|s2| s2.end <= s1.start).count();
            let meeting = predicted[from..].iter().take_while(|s2| s2.start < s1.end);
            pairs.extend(
                meeting
                    .filter(|s2| s2.state == s1.state)
                    .map(|s2| Pair::of(place, s1, s2)),
            );
        }
        Self { observed, pairs }
    }

    /// The overlap by one definition.
    pub(super) fn score(&self, definition: SovDefinition) -> SovScore<K> {
        match definition {
            SovDefinition::Sov94 => self.score_by(Counted::Every, DividedBy::Residues, allowance_94),
            SovDefinition::Sov99 => self.score_by(Counted::Every, DividedBy::Pairs, allowance_99),
            SovDefinition::Refine => self.refine(1.0),
        }
    }

    fn refine(&self, lambda: f64) -> SovScore<K> {
        let residues: f64 = self.observed.iter().map(|s| s.len() as f64).sum();
        let squares: f64 = self.observed.iter().map(|s| (s.len() as f64 / residues).powi(2)).sum();
        let states = (0..K).filter(|&state| self.observed.iter().any(|s| usize::from(s.state) == state));
        let at_most = lambda * states.count() as f64 / squares;
        self.score_by(Counted::Every, DividedBy::Pairs, |pair| {
            let earned = at_most * pair.observed_length / residues * pair.shared / pair.span;
            earned.min(pair.span - pair.shared)
        })
    }

    fn score_by(&self, counted: Counted, divided_by: DividedBy, allowance: impl Fn(&Pair) -> f64) -> SovScore<K> {
        let (mut earned, mut possible) = ([0.0; K], [0.0; K]);
        let mut last = None;
        for pair in &self.pairs {
            let again = last == Some(pair.observed);
            last = Some(pair.observed);
            if again && counted != Counted::Every {
                continue;
            }
            earned[pair.state] += (pair.shared + allowance(pair)) / pair.span * pair.observed_length;
            if again && divided_by == DividedBy::Pairs {
                possible[pair.state] += pair.observed_length;
            }
        }
        // Every segment once; the further pairs of one are counted above.
        for segment in &self.observed {
            possible[usize::from(segment.state)] += segment.len() as f64;
        }
        let ratio = |earned: f64, possible: f64| (possible > 0.0).then(|| earned / possible);
        SovScore {
            overall: ratio(earned.iter().sum(), possible.iter().sum()),
            states: std::array::from_fn(|state| ratio(earned[state], possible[state])),
        }
    }
}

impl Pair {
    fn of(place: usize, s1: &Segment, s2: &Segment) -> Self {
        Self {
            state: usize::from(s1.state),
            observed: place,
            observed_length: s1.len() as f64,
            predicted_length: s2.len() as f64,
            shared: (s1.end.min(s2.end) - s1.start.max(s2.start)) as f64,
            span: (s1.end.max(s2.end) - s1.start.min(s2.start)) as f64,
        }
    }
}

fn allowance_94(pair: &Pair) -> f64 {
    let half = (pair.observed_length / 2.0).floor();
    (pair.span - pair.shared).min(pair.shared).min(half)
}

fn allowance_99(pair: &Pair) -> f64 {
    allowance_94(pair).min((pair.predicted_length / 2.0).floor())
}

#[cfg(test)]
mod tests;
