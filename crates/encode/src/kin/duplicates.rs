//! The same protein under several names.

use std::collections::HashSet;

use processive_core::LabelledChain;
use processive_core::alphabet::{PROTEIN_CODES, UNKNOWN_RESIDUE};

use super::words::words;

/// Residues of the words by which chains are compared.
const WORD: usize = 5;

/// The share of the words of its scored residues that a chain has in common with the chain that makes it superfluous:
/// 95 % of the residues equal leave 0.95^5 = 77 % of the words.
const SHARED: f64 = 0.77;

/// The share of the words of a chain's scored residues that occur in another chain, 0 to 1; none when it has no word.
///
/// Words have five residues; those with methionine are left out, because some sources write selenomethionine as X.
pub fn contained_share(chain: &LabelledChain, other: &LabelledChain) -> Option<f64> {
    let unscored = |(&letter, &scored): (&u8, &bool)| if scored { letter } else { b'X' };
    let letters: Vec<u8> = chain.sequence.iter().zip(&chain.scored).map(unscored).collect();
    let own: HashSet<usize> = words(&codes_without_methionine(&letters), WORD)
        .map(|(_, word)| word)
        .collect();
    let others: HashSet<usize> = words(&codes_without_methionine(&other.sequence), WORD)
        .map(|(_, word)| word)
        .collect();
    let shared = own.iter().filter(|&word| others.contains(word)).count();
    (!own.is_empty()).then(|| shared as f64 / own.len() as f64)
}

fn codes_without_methionine(letters: &[u8]) -> Vec<u8> {
    let code = |&letter: &u8| match letter {
        b'M' | b'm' => UNKNOWN_RESIDUE,
        letter => PROTEIN_CODES[usize::from(letter)],
    };
    letters.iter().map(code).collect()
}

/// Finds chains that another chain makes superfluous: for each its place, `None` for chains to keep.
///
/// `kin` are the pairs that may be the same protein. Chains whose eight states are known come before those with
/// three, then those with more scored residues, then the earlier ones. A chain is superfluous when one that comes
/// before it and is kept holds about 95 % of its scored residues ([`contained_share`] of at least 0.77), or is letter for
/// letter the same.
pub fn duplicates(chains: &[&LabelledChain], kin: &[(usize, usize)]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..chains.len()).collect();
    let rank = |place: usize| {
        let chain = chains[place];
        let is_coarse = chain.labels.eight().is_none();
        (is_coarse, std::cmp::Reverse(chain.scored_residues()), place)
    };
    order.sort_by_key(|&place| rank(place));
    let mut relatives = vec![Vec::new(); chains.len()];
    for &(a, b) in kin {
        relatives[a].push(b);
        relatives[b].push(a);
    }
    let mut kept_in_place_of = vec![None; chains.len()];
    let mut is_kept = vec![false; chains.len()];
    for place in order {
        let mut rivals: Vec<usize> = relatives[place]
            .iter()
            .copied()
            .filter(|&other| is_kept[other])
            .collect();
        rivals.sort_by_key(|&other| rank(other));
        let is_same = |&other: &usize| {
            let (chain, other) = (chains[place], chains[other]);
            chain.sequence == other.sequence || contained_share(chain, other).is_some_and(|share| share >= SHARED)
        };
        kept_in_place_of[place] = rivals.into_iter().find(is_same);
        is_kept[place] = kept_in_place_of[place].is_none();
    }
    kept_in_place_of
}

#[cfg(test)]
mod tests {
    use processive_core::{State3, State8, StructureLabels};

    use super::*;

    const PROTEIN: &str = "ADKCLTWHEGRSVNPQFYIKDALECTGWHRSVPNQYFIKLDAETCGQHPRSNFVYWIDKL";

    /// A chain whose first residues are not scored.
    fn chain(sequence: &str, eight: bool, unscored: usize) -> LabelledChain {
        let length = sequence.len();
        LabelledChain {
            id: String::new(),
            sequence: sequence.into(),
            labels: if eight {
                StructureLabels::Eight(vec![State8::C; length])
            } else {
                StructureLabels::Three(vec![State3::C; length])
            },
            scored: (0..length).map(|place| place >= unscored).collect(),
        }
    }

    fn superfluous(chains: &[LabelledChain]) -> Vec<Option<usize>> {
        let pairs: Vec<(usize, usize)> = (0..chains.len())
            .flat_map(|a| (a + 1..chains.len()).map(move |b| (a, b)))
            .collect();
        duplicates(&chains.iter().collect::<Vec<_>>(), &pairs)
    }

    #[test]
    fn the_share_counts_words_of_scored_residues() {
        let full = chain(PROTEIN, false, 0);
        // 60 residues have 56 words; the first 30 alone have 26.
        let half = chain(&PROTEIN[..30], false, 0);
        assert_eq!(contained_share(&half, &full), Some(1.0));
        let share = contained_share(&full, &half).unwrap_or_default();
        assert!((share - 26.0 / 56.0).abs() < 1e-12, "{share}");
        let masked = chain(PROTEIN, false, 30);
        assert_eq!(contained_share(&masked, &chain(&PROTEIN[30..], false, 0)), Some(1.0));
        assert_eq!(contained_share(&chain("ACDE", false, 0), &full), None);
        // Selenomethionine is M in one source and X in another.
        let [m, x] = ["M", "X"].map(|letter| chain(&format!("ADKCLTW{letter}HEGRSVN"), false, 0));
        assert_eq!(contained_share(&m, &x), Some(1.0));
    }

    #[test]
    fn eight_states_come_before_three_and_then_more_scored_residues() {
        let chains = [
            chain(PROTEIN, false, 0),
            chain(PROTEIN, false, 10),
            chain(&PROTEIN[5..], true, 0),
            chain(&PROTEIN[..20], false, 0),
        ];
        // The third has 92 % of the residues of the first: all that it has, and not all that the first has.
        assert_eq!(superfluous(&chains[..2]), [None, Some(0)]);
        assert_eq!(superfluous(&chains), [Some(2), Some(2), None, None]);
        assert_eq!(
            superfluous(&[chain(PROTEIN, true, 0), chain(PROTEIN, true, 0)]),
            [None, Some(0)]
        );
    }

    #[test]
    fn one_residue_in_twenty_may_differ_and_one_in_ten_may_not() {
        let with_changes = |every: usize| {
            let changed = PROTEIN.bytes().enumerate();
            let letters = changed.map(|(place, letter)| if place % every == every / 2 { b'G' } else { letter });
            chain(&String::from_utf8(letters.collect()).unwrap(), false, 0)
        };
        let original = chain(PROTEIN, true, 0);
        // Two changes spoil ten of 56 words.
        assert_eq!(superfluous(&[original.clone(), with_changes(30)]), [None, Some(0)]);
        assert_eq!(superfluous(&[original, with_changes(10)]), [None, None]);
    }

    #[test]
    fn only_kin_are_compared() {
        let [a, b] = [chain(PROTEIN, true, 0), chain(PROTEIN, true, 0)];
        assert_eq!(duplicates(&[&a, &b], &[]), [None, None]);
    }
}
