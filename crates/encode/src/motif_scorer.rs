//! Position weight matrices run over sequences.

use processive_core::Motif;
use processive_core::alphabet::UNKNOWN;

/// How many neighbouring motif positions one table look-up covers.
const BLOCK: usize = 4;

/// The number of words of [`BLOCK`] codes, the unknown one included.
const WORDS: usize = 5 * 5 * 5 * 5;

/// The summed log-odds of a block for every word: as the motif is written, and for the opposite strand.
type BlockTable = [[f32; 2]; WORDS];

/// Scores sequences with a motif on both strands.
///
/// The score at a position is `Σ_j ln(p_j(x_j) / q(x_j))` in nats over the motif laid there, the larger of
/// the two strands. An unknown base adds 0, as if it said nothing about motif or background. Only
/// positions where the whole motif fits inside the sequence are scored.
///
/// Log-odds of four neighbouring positions are summed beforehand for all words of four codes, both strands
/// side by side: a motif of 12 positions costs three look-ups per base instead of 24.
#[derive(Clone, Debug)]
pub struct MotifScorer {
    /// The number of motif positions.
    length: usize,
    blocks: Vec<BlockTable>,
}

impl MotifScorer {
    /// Prepares a motif: log-odds against a background of A, C, G, T as in [`Motif::log_odds`].
    pub fn new(motif: &Motif, background: [f64; 4], pseudocount: f64) -> Self {
        let plus = motif.log_odds(background, pseudocount);
        let minus: Vec<[f64; 4]> = plus
            .iter()
            .rev()
            .map(|column| [3, 2, 1, 0].map(|base| column[base]))
            .collect();
        let blocks = plus.chunks(BLOCK).zip(minus.chunks(BLOCK));
        Self {
            length: plus.len(),
            blocks: blocks.map(|(plus, minus)| block_table(plus, minus)).collect(),
        }
    }

    /// The number of motif positions.
    pub fn motif_length(&self) -> usize {
        self.length
    }

    /// Returns the highest score over all positions and both strands, or [`f64::NEG_INFINITY`] when the
    /// sequence is shorter than the motif.
    pub fn best(&self, codes: &[u8]) -> f64 {
        let mut best = f32::NEG_INFINITY;
        self.for_each_position(codes, |score| best = best.max(score));
        f64::from(best)
    }

    /// Replaces `out` by the score of every position, the higher of both strands.
    ///
    /// # Shapes
    /// - `codes`: `[length]`; `out`: `[length - motif_length + 1]`, or empty when the sequence is shorter than
    ///   the motif. Entry `i` is the motif on bases `i` to `i + motif_length - 1`.
    pub fn scores(&self, codes: &[u8], out: &mut Vec<f32>) {
        out.clear();
        self.for_each_position(codes, |score| out.push(score));
    }

    fn for_each_position(&self, codes: &[u8], mut visit: impl FnMut(f32)) {
        let Some(last) = codes.len().checked_sub(self.length) else {
            return;
        };
        let words = word_numbers(codes);
        for start in 0..=last {
            let [mut plus, mut minus] = [0.0f32; 2];
            for (table, &word) in self.blocks.iter().zip(words[start..].iter().step_by(BLOCK)) {
                let [block_plus, block_minus] = table[usize::from(word)];
                plus += block_plus;
                minus += block_minus;
            }
            visit(plus.max(minus));
        }
    }
}

/// The number of the word of [`BLOCK`] codes that starts at every position, in base 5 with the first code
/// most significant; past the end all codes are unknown.
fn word_numbers(codes: &[u8]) -> Vec<u16> {
    let mut words = vec![0; codes.len()];
    let mut word = (WORDS - 1) as u16;
    for (number, &code) in words.iter_mut().zip(codes).rev() {
        word = word / 5 + u16::from(code.min(UNKNOWN)) * (WORDS / 5) as u16;
        *number = word;
    }
    words
}

/// Sums up to [`BLOCK`] columns of log-odds for every word; missing columns and unknown codes add 0.
fn block_table(plus: &[[f64; 4]], minus: &[[f64; 4]]) -> BlockTable {
    let sum = |columns: &[[f64; 4]], word: usize| -> f64 {
        let code = |place: usize| word / 5usize.pow((BLOCK - 1 - place) as u32) % 5;
        let odds = |(place, column): (usize, &[f64; 4])| column.get(code(place)).copied().unwrap_or(0.0);
        columns.iter().enumerate().map(odds).sum()
    };
    std::array::from_fn(|word| [sum(plus, word) as f32, sum(minus, word) as f32])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{encode_dna, reverse_complement};

    const BACKGROUND: [f64; 4] = [0.3, 0.2, 0.2, 0.3];

    fn motif(columns: Vec<[f64; 4]>) -> Motif {
        Motif::new("M1", "", columns).unwrap()
    }

    /// The motif that wants exactly these bases.
    fn consensus(letters: &[u8]) -> Motif {
        let certain = |code: u8| std::array::from_fn(|base| f64::from(u8::from(base == usize::from(code))));
        motif(encode_dna(letters).into_iter().map(certain).collect())
    }

    /// The definition, cell by cell, in f64.
    fn by_definition(motif: &Motif, codes: &[u8]) -> Vec<f64> {
        let odds = motif.log_odds(BACKGROUND, 0.01);
        let strand = |window: &[u8]| -> f64 {
            let cell = |(&code, column): (&u8, &[f64; 4])| column.get(usize::from(code)).copied().unwrap_or(0.0);
            window.iter().zip(&odds).map(cell).sum()
        };
        let both = |window: &[u8]| {
            let mut other = window.to_vec();
            reverse_complement(&mut other);
            strand(window).max(strand(&other))
        };
        codes.windows(odds.len()).map(both).collect()
    }

    #[test]
    fn the_consensus_scores_highest_on_either_strand() {
        let scorer = MotifScorer::new(&consensus(b"ACCGT"), [0.25; 4], 0.01);
        // Five matches of (1 + .01 / 4) / (1.01 / 4).
        let full = 5.0 * (1.0025f64 / 0.2525).ln();
        for letters in ["TTACCGTTT", "TTACGGTTT"] {
            let codes = encode_dna(letters.as_bytes());
            assert!((scorer.best(&codes) - full).abs() < 1e-5, "{letters}");
            let mut rows = vec![9.0; 20];
            scorer.scores(&codes, &mut rows);
            assert_eq!(rows.len(), 5);
            let best = rows.iter().position(|&score| f64::from(score) >= scorer.best(&codes));
            assert_eq!(best, Some(2), "{letters}");
        }
    }

    #[test]
    fn unknown_bases_add_nothing() {
        let scorer = MotifScorer::new(&consensus(b"ACCGT"), [0.25; 4], 0.01);
        let four = 4.0 * (1.0025f64 / 0.2525).ln();
        assert!((scorer.best(&encode_dna(b"ACNGT")) - four).abs() < 1e-5);
        assert!(scorer.best(&encode_dna(b"NNNNNN")).abs() < 1e-12);
    }

    #[test]
    fn sequences_shorter_than_the_motif_have_no_score() {
        let scorer = MotifScorer::new(&consensus(b"ACCGT"), [0.25; 4], 0.01);
        assert_eq!(scorer.motif_length(), 5);
        for letters in ["", "A", "ACCG"] {
            let codes = encode_dna(letters.as_bytes());
            assert!(scorer.best(&codes).is_infinite() && scorer.best(&codes) < 0.0);
            let mut rows = vec![1.0];
            scorer.scores(&codes, &mut rows);
            assert!(rows.is_empty());
        }
    }

    #[test]
    fn impossible_bases_stay_impossible_without_a_pseudocount() {
        let scorer = MotifScorer::new(&consensus(b"AAAAC"), [0.25; 4], 0.0);
        let best = scorer.best(&encode_dna(b"AAAAAAA"));
        assert!(best.is_infinite() && best < 0.0);
        assert!((scorer.best(&encode_dna(b"AAAAACA")) - 5.0 * 4.0f64.ln()).abs() < 1e-5);
    }

    proptest! {
        #[test]
        fn scores_are_those_of_the_definition(
            counts in prop::collection::vec(prop::array::uniform4(0u32..20), 1..14),
            codes in prop::collection::vec(0u8..5, 0..60),
        ) {
            let column = |counts: [u32; 4]| {
                let total: u32 = counts.iter().sum();
                if total == 0 { [0.25; 4] } else { counts.map(|count| f64::from(count) / f64::from(total)) }
            };
            let motif = motif(counts.into_iter().map(column).collect());
            let scorer = MotifScorer::new(&motif, BACKGROUND, 0.01);
            let expected = by_definition(&motif, &codes);
            let mut rows = Vec::new();
            scorer.scores(&codes, &mut rows);
            prop_assert_eq!(rows.len(), expected.len());
            // At most 14 terms below 5 in f32: rounding stays below 4 additions of 70 · 2^-24.
            for (score, expected) in rows.iter().zip(&expected) {
                prop_assert!((f64::from(*score) - expected).abs() < 2e-5, "{} {}", score, expected);
            }
            let best = expected.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut other = codes.clone();
            reverse_complement(&mut other);
            for strand in [&codes, &other] {
                let score = scorer.best(strand);
                prop_assert!((score - best).abs() < 2e-5 || codes.len() < scorer.motif_length());
            }
        }
    }
}
