//! Eight states for a chain whose source tells three, from its copy in another source.

use processive_core::alphabet::{PROTEIN_CODES, UNKNOWN_RESIDUE};
use processive_core::{LabelledChain, Reduction, State3, State8, StructureLabels};

/// The score of a scored residue that faces the same residue, or an unknown one.
const SAME: i32 = 2;
/// The score of two different residues.
const DIFFERENT: i32 = -3;
/// The score of every run of residues that only one chain has, whatever its length.
const RUN: i32 = -4;
/// The share of the scored residues that must face a labelled residue.
const FACED: f64 = 0.95;
/// The most pairs of residues that are aligned; they take 3 bytes each.
const LARGEST: usize = 8_000 * 8_000;

/// Gives the scored residues of `coarse` the states of eight that its copy `fine` has.
///
/// The copies are aligned from end to end; unresolved residues may be missing from either, and
/// selenomethionine may be unknown in one. Where the two disagree on the state of three (after `rule`; other
/// versions of DSSP end helices one residue earlier or later), `coarse` is right, and the state of eight is the
/// nearest: coil in place of a helix is a turn. A residue that faces none is not scored any more.
///
/// Returns nothing when `fine` has no states of eight, `coarse` has them already, less than 95 % of the scored residues
/// face one, or the two are too long to be aligned (8,000 residues by 8,000).
pub fn with_states_of_copy(coarse: &LabelledChain, fine: &LabelledChain, rule: Reduction) -> Option<LabelledChain> {
    let (StructureLabels::Three(known), StructureLabels::Eight(states)) = (&coarse.labels, &fine.labels) else {
        return None;
    };
    if coarse.sequence.len() * fine.sequence.len() > LARGEST {
        return None;
    }
    let facing = facing(coarse, fine);
    let mut scored = vec![false; coarse.scored.len()];
    let mut labels = vec![State8::C; known.len()];
    for place in 0..known.len() {
        let Some(other) = facing[place].filter(|&other| coarse.scored[place] && fine.scored[other]) else {
            continue;
        };
        scored[place] = true;
        labels[place] = agreed(known[place], states[other], rule);
    }
    let faced = scored.iter().filter(|&&scored| scored).count();
    (faced as f64 >= FACED * coarse.scored_residues() as f64).then(|| LabelledChain {
        id: coarse.id.clone(),
        sequence: coarse.sequence.clone(),
        labels: StructureLabels::Eight(labels),
        scored,
    })
}

/// The state of eight that is `known` as one of three.
fn agreed(known: State3, state: State8, rule: Reduction) -> State8 {
    let reduced = rule.reduce(state);
    match known {
        _ if reduced == known => state,
        State3::H => State8::H,
        State3::E => State8::E,
        State3::C if reduced == State3::H => State8::T,
        State3::C => State8::C,
    }
}

/// How the best alignment of two beginnings ends.
const MATCHED: usize = 0;
const LEFT_ALONE: usize = 1;
const RIGHT_ALONE: usize = 2;

/// Aligns two copies of a protein; returns for each residue of the first the place of the residue that it faces.
///
/// Needleman-Wunsch; a run that only one of them has costs the same whatever its length, and residues that are not
/// scored earn nothing, so that they are the ones left out.
fn facing(left: &LabelledChain, right: &LabelledChain) -> Vec<Option<usize>> {
    let (rows, columns) = (left.sequence.len() + 1, right.sequence.len() + 1);
    let lowest = i32::MIN / 2;
    let mut from = vec![[0u8; 3]; rows * columns];
    let mut above = vec![[lowest; 3]; columns];
    let mut here = above.clone();
    for row in 0..rows {
        for column in 0..columns {
            let mut ends = [lowest; 3];
            let back = &mut from[row * columns + column];
            if row == 0 && column == 0 {
                ends[MATCHED] = 0;
            }
            if row > 0 && column > 0 {
                let (before, way) = best(above[column - 1]);
                ends[MATCHED] = before + worth(left, row - 1, right, column - 1);
                back[MATCHED] = way;
            }
            if row > 0 {
                (ends[LEFT_ALONE], back[LEFT_ALONE]) = run(above[column], LEFT_ALONE);
            }
            if column > 0 {
                (ends[RIGHT_ALONE], back[RIGHT_ALONE]) = run(here[column - 1], RIGHT_ALONE);
            }
            here[column] = ends;
        }
        std::mem::swap(&mut above, &mut here);
    }
    trace(&from, best(above[columns - 1]).1, rows, columns)
}

/// The best of the ways to end.
fn best(ends: [i32; 3]) -> (i32, u8) {
    let way = if ends[LEFT_ALONE] > ends[MATCHED] {
        LEFT_ALONE
    } else {
        MATCHED
    };
    let way = if ends[RIGHT_ALONE] > ends[way] {
        RIGHT_ALONE
    } else {
        way
    };
    (ends[way], way as u8)
}

/// Lengthens a run of residues that one chain has alone, or begins one.
fn run(mut ends: [i32; 3], alone: usize) -> (i32, u8) {
    for (way, score) in ends.iter_mut().enumerate() {
        *score += if way == alone { 0 } else { RUN };
    }
    best(ends)
}

fn worth(left: &LabelledChain, a: usize, right: &LabelledChain, b: usize) -> i32 {
    let [x, y] = [left.sequence[a], right.sequence[b]].map(|letter| PROTEIN_CODES[usize::from(letter)]);
    match x == y || x == UNKNOWN_RESIDUE || y == UNKNOWN_RESIDUE {
        true if left.scored[a] && right.scored[b] => SAME,
        true => 0,
        false => DIFFERENT,
    }
}

fn trace(from: &[[u8; 3]], last: u8, rows: usize, columns: usize) -> Vec<Option<usize>> {
    let mut facing = vec![None; rows - 1];
    let (mut row, mut column, mut way) = (rows - 1, columns - 1, usize::from(last));
    while row > 0 || column > 0 {
        let before = usize::from(from[row * columns + column][way]);
        if way != RIGHT_ALONE {
            row -= 1;
        }
        if way != LEFT_ALONE {
            column -= 1;
        }
        if way == MATCHED {
            facing[row] = Some(column);
        }
        way = before;
    }
    facing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coarse(sequence: &str, states: &str, mask: &str) -> LabelledChain {
        LabelledChain {
            id: "coarse".to_owned(),
            sequence: sequence.into(),
            labels: StructureLabels::Three(states.bytes().filter_map(State3::from_letter).collect()),
            scored: mask.bytes().map(|digit| digit == b'1').collect(),
        }
    }

    fn fine(sequence: &str, states: &str) -> LabelledChain {
        LabelledChain {
            id: "fine".to_owned(),
            sequence: sequence.into(),
            labels: StructureLabels::Eight(states.bytes().filter_map(State8::from_letter).collect()),
            scored: vec![true; sequence.len()],
        }
    }

    /// States of eight, with a dot where a residue is not scored.
    fn carried(coarse: &LabelledChain, fine: &LabelledChain) -> Option<String> {
        let chain = with_states_of_copy(coarse, fine, Reduction::GhiEb)?;
        let states = chain.labels.eight()?.iter().zip(&chain.scored);
        let letter = |(state, &scored): (&State8, &bool)| if scored { char::from(state.letter()) } else { '.' };
        Some(states.map(letter).collect())
    }

    #[test]
    fn unresolved_residues_face_nothing_and_selenomethionine_faces_methionine() {
        // The loop `GSSG` is unresolved; a residue like its last stands before it.
        let full = coarse("MKVLGTAGSSGWYRMQ", "CCHHHHCCCCCEEECC", "0111111000011111");
        let resolved = fine("KVLGTAWYRXQ", "SHHGGGEEBTC");
        assert_eq!(carried(&full, &resolved).as_deref(), Some(".SHHGGT....EEBTC"));
    }

    #[test]
    fn the_state_of_three_wins_where_the_copies_disagree() {
        let full = coarse("ACDEFGHIKL", "CCHHHEECCC", "1111111111");
        assert_eq!(
            carried(&full, &fine("ACDEFGHIKL", "LHTHGBSEST")).as_deref(),
            Some("CTHHGBECST")
        );
    }

    #[test]
    fn a_fragment_carries_nothing() {
        let full = coarse("ACDEFGHIKLMNPQRSTVWY", &"C".repeat(20), &"1".repeat(20));
        assert_eq!(carried(&full, &fine("ACDEFGHIKL", "TTTTTTTTTT")), None);
        let nearly = fine("ACDEFGHIKLMNPQRSTVW", &"T".repeat(19));
        assert_eq!(carried(&full, &nearly), Some(format!("{}.", "T".repeat(19))));
        assert_eq!(carried(&nearly, &nearly), None);
    }
}
