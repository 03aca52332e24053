//! The GOR method: what single residues around a place say about its state.

use processive_core::Alphabet;

/// The residues to each side of a place that are read: a window of 17.
const REACH: usize = 8;

/// Letters, unknown ones among them, and what lies outside a chain.
const LETTERS: usize = 22;

/// The letter of what lies outside a chain.
const OUTSIDE: usize = LETTERS - 1;

/// Occurrences that every letter is given beforehand, so that no count is zero.
const PSEUDOCOUNT: f64 = 1.0;

/// The GOR method over `K` states: the state with the most information from the residues of a window of 17, each by
/// itself, `ln P(s) + Σ_o ln(P(r_o | s) / P(r_o))`. Outside a chain all residues are one further letter: ends are coil
/// more often than not.
///
/// # Source
/// Garnier, Osguthorpe & Robson 1978, J Mol Biol 120:97 (GOR I), with the prior of the states.
#[derive(Clone, Debug, PartialEq)]
pub struct Gor<const K: usize> {
    prior: [f64; K],
    /// By offset, letter, state.
    information: Vec<[[f64; K]; LETTERS]>,
}

impl<const K: usize> Gor<K> {
    /// Counts letters around the scored residues of chains, given as codes, states (below `K`) and marks.
    ///
    /// # Panics
    /// When a chain's codes, states and marks differ in number.
    pub fn fit<'a>(chains: impl IntoIterator<Item = (&'a [u8], &'a [u8], &'a [bool])>) -> Self {
        let mut states = [PSEUDOCOUNT; K];
        let mut counts = [[[PSEUDOCOUNT; K]; LETTERS]; 2 * REACH + 1];
        for (codes, observed, scored) in chains {
            assert!(
                codes.len() == observed.len() && codes.len() == scored.len(),
                "one state and one mark per residue"
            );
            for place in (0..codes.len()).filter(|&place| scored[place]) {
                let state = usize::from(observed[place]);
                states[state] += 1.0;
                for (offset, letter) in window(codes, place) {
                    counts[offset][letter][state] += 1.0;
                }
            }
        }
        let total: f64 = states.iter().sum();
        Self {
            prior: states.map(|count| (count / total).ln()),
            information: counts.iter().map(information).collect(),
        }
    }

    /// Predicts the state of every residue.
    pub fn predict(&self, codes: &[u8]) -> Vec<u8> {
        (0..codes.len()).map(|place| self.state(codes, place)).collect()
    }

    fn state(&self, codes: &[u8], place: usize) -> u8 {
        let mut scores = self.prior;
        for (offset, letter) in window(codes, place) {
            for (score, information) in scores.iter_mut().zip(&self.information[offset][letter]) {
                *score += information;
            }
        }
        let better = |best: usize, state: usize| if scores[state] > scores[best] { state } else { best };
        (1..K).fold(0, better) as u8
    }
}

/// The letters of a place's window with their offsets, from 0 for the one furthest to the left.
fn window(codes: &[u8], place: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let unknown = Alphabet::Protein.unknown();
    (0..=2 * REACH).map(move |offset| {
        let code = (place + offset).checked_sub(REACH).and_then(|at| codes.get(at));
        (offset, code.map_or(OUTSIDE, |&code| usize::from(code.min(unknown))))
    })
}

/// `ln(P(letter | state) / P(letter))` from the counts of one offset.
fn information<const K: usize>(counts: &[[f64; K]; LETTERS]) -> [[f64; K]; LETTERS] {
    let mut states = [0.0; K];
    for letter in counts {
        for (sum, count) in states.iter_mut().zip(letter) {
            *sum += count;
        }
    }
    let total: f64 = states.iter().sum();
    counts.map(|letter| {
        let share = letter.iter().sum::<f64>() / total;
        let mut information = letter;
        for (value, sum) in information.iter_mut().zip(states) {
            *value = (*value / sum / share).ln();
        }
        information
    })
}

/// The state that most scored residues have; the first of equals.
pub fn majority_state<'a, const K: usize>(chains: impl IntoIterator<Item = (&'a [u8], &'a [bool])>) -> u8 {
    let mut counts = [0usize; K];
    for (observed, scored) in chains {
        for (&state, _) in observed.iter().zip(scored).filter(|(_, scored)| **scored) {
            counts[usize::from(state)] += 1;
        }
    }
    let better = |best: usize, state: usize| if counts[state] > counts[best] { state } else { best };
    (1..K).fold(0, better) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_that_marks_a_state_is_found_at_its_offset() {
        // State 1 stands two places behind every letter 5.
        let codes: Vec<u8> = (0..400u32)
            .map(|place| if place % 7 == 0 { 5 } else { (place % 3) as u8 })
            .collect();
        let states: Vec<u8> = (0..400).map(|place| u8::from(place % 7 == 2)).collect();
        let scored = vec![true; 400];
        let gor = Gor::<2>::fit([(&codes[..], &states[..], &scored[..])]);
        assert_eq!(gor.predict(&codes)[8..392], states[8..392]);
    }

    #[test]
    fn without_information_the_prior_decides_and_masked_residues_count_for_nothing() {
        let codes = [3u8; 6];
        let states = [0, 0, 1, 1, 1, 1];
        let scored = [true, true, true, false, false, false];
        let gor = Gor::<2>::fit([(&codes[..], &states[..], &scored[..])]);
        assert_eq!(gor.predict(&[3]), [0]);
        assert_eq!(majority_state::<2>([(&states[..], &scored[..])]), 0);
        assert_eq!(majority_state::<2>([(&states[..], &[true; 6][..])]), 1);
    }
}
