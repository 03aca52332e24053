//! Shuffles that keep every dinucleotide count.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// Shuffles a sequence so that every dinucleotide occurs as often as before.
///
/// The result is drawn uniformly from all distinct sequences with the same dinucleotide counts and the same
/// first letter; the last letter, and with it all mononucleotide counts, is then the same too. Any codes are
/// letters here: unknown bases are a fifth one, so the number and the flanks of their runs are kept.
/// The original is one of the possible results, and the only one for some sequences (homopolymers, or fewer
/// than four letters).
///
/// # Method
/// Letters are vertices and dinucleotides are edges, so sequences are Eulerian trails. A trail is fixed by
/// the last edge out of every vertex, which together form a tree that leads to the last letter, and by the
/// order of the other edges. Wilson's algorithm draws the tree with a random walk over single edges, which
/// weighs a tree by the product of the multiplicities of its dinucleotides; the other edges are permuted.
/// All trails over distinguishable edges are then equally likely, and every sequence stands for the same
/// number of them: the product of the factorials of its dinucleotide counts.
///
/// # Source
/// Altschul & Erickson 1985; Kandel, Matias, Unger & Winkler 1996; Wilson 1996. Departs from Altschul &
/// Erickson, who draw last edges until they form a tree.
pub fn dinucleotide_shuffle(codes: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let (Some(&first), Some(&last)) = (codes.first(), codes.last()) else {
        return Vec::new();
    };
    let mut graph = SuccessorGraph::new(codes);
    let last_edges = graph.draw_tree(usize::from(last), rng);
    graph.order_edges(&last_edges, rng);
    graph.trail(first, codes.len())
}

/// The letters that follow each letter, one entry per dinucleotide of the sequence.
struct SuccessorGraph {
    /// By letter: its successors; those that differ from the letter come first.
    successors: Vec<Vec<u8>>,
    /// By letter: how many of its successors differ from it.
    exits: Vec<usize>,
}

impl SuccessorGraph {
    fn new(codes: &[u8]) -> Self {
        let letters = codes.iter().max().map_or(0, |&code| usize::from(code) + 1);
        let mut successors = vec![Vec::new(); letters];
        for pair in codes.windows(2) {
            successors[usize::from(pair[0])].push(pair[1]);
        }
        let leave_first = |(letter, followers): (usize, &mut Vec<u8>)| {
            followers.sort_by_key(|&next| usize::from(next) == letter);
            followers.partition_point(|&next| usize::from(next) != letter)
        };
        let exits = successors.iter_mut().enumerate().map(leave_first).collect();
        Self { successors, exits }
    }

    /// Draws a tree of edges that leads from every letter with an exit to `root`: by letter, the index of its
    /// edge among its successors.
    ///
    /// The walk skips steps from a letter to itself: they are erased with the loops, and a long run of one
    /// letter would hold the walk up. A trail through all edges ends at the root, so every walk reaches it.
    fn draw_tree(&self, root: usize, rng: &mut impl Rng) -> Vec<Option<usize>> {
        let mut edges = vec![None; self.successors.len()];
        let mut in_tree = vec![false; self.successors.len()];
        in_tree[root] = true;
        for start in (0..self.successors.len()).filter(|&letter| self.exits[letter] > 0) {
            let mut letter = start;
            while !in_tree[letter] {
                let edge = rng.random_range(0..self.exits[letter]);
                edges[letter] = Some(edge);
                letter = usize::from(self.successors[letter][edge]);
            }
            letter = start;
            while !in_tree[letter] {
                in_tree[letter] = true;
                let edge = edges[letter].expect("the walk has left every letter on its way to the tree");
                letter = usize::from(self.successors[letter][edge]);
            }
        }
        edges
    }

    /// Puts each letter's edge of the tree last and the others in random order before it.
    fn order_edges(&mut self, last_edges: &[Option<usize>], rng: &mut impl Rng) {
        for (followers, last_edge) in self.successors.iter_mut().zip(last_edges) {
            let mut free = followers.len();
            if let Some(edge) = *last_edge {
                free -= 1;
                followers.swap(edge, free);
            }
            followers[..free].shuffle(rng);
        }
    }

    /// Walks along all edges in their order.
    fn trail(&self, first: u8, length: usize) -> Vec<u8> {
        let mut used = vec![0; self.successors.len()];
        let mut letter = first;
        let mut codes = Vec::with_capacity(length);
        codes.push(letter);
        while codes.len() < length {
            let from = usize::from(letter);
            letter = self.successors[from][used[from]];
            used[from] += 1;
            codes.push(letter);
        }
        codes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::encode_dna;

    fn dinucleotides(codes: &[u8]) -> BTreeMap<(u8, u8), usize> {
        let mut counts = BTreeMap::new();
        for pair in codes.windows(2) {
            *counts.entry((pair[0], pair[1])).or_default() += 1;
        }
        counts
    }

    #[test]
    fn sequences_with_one_arrangement_come_back_unchanged() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for letters in [
            "",
            "A",
            "AC",
            "AA",
            "ACG",
            "ACA",
            "AAA",
            "AAAAAAAAAA",
            "NNNNN",
            "NAN",
            "ACGT",
            "AAACCCGGG",
        ] {
            let codes = encode_dna(letters.as_bytes());
            for _ in 0..20 {
                assert_eq!(dinucleotide_shuffle(&codes, &mut rng), codes, "{letters}");
            }
        }
    }

    #[test]
    fn a_long_run_of_unknown_bases_does_not_hold_up_the_walk() {
        let mut codes = encode_dna(b"ACGTACNNA");
        codes.splice(6..6, std::iter::repeat_n(4, 2_000_000));
        let shuffled = dinucleotide_shuffle(&codes, &mut ChaCha8Rng::seed_from_u64(2));
        assert_eq!(dinucleotides(&shuffled), dinucleotides(&codes));
    }

    proptest! {
        #[test]
        fn dinucleotide_counts_and_both_ends_are_kept(
            codes in prop::collection::vec(0u8..5, 0..200),
            seed in any::<u64>(),
        ) {
            let shuffled = dinucleotide_shuffle(&codes, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert_eq!(shuffled.len(), codes.len());
            prop_assert_eq!(dinucleotides(&shuffled), dinucleotides(&codes));
            prop_assert_eq!((shuffled.first(), shuffled.last()), (codes.first(), codes.last()));
        }

        #[test]
        fn a_seed_fixes_the_shuffle(codes in prop::collection::vec(0u8..4, 0..100), seed in any::<u64>()) {
            let draw = || dinucleotide_shuffle(&codes, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert_eq!(draw(), draw());
        }
    }
}
