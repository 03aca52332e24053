//! The best single motif.

use processive_core::Motif;
use processive_encode::MotifScorer;
use rayon::prelude::*;

use super::{Baseline, BaselineError, CodedExample, choose_threshold, labels, require_both_classes};
use crate::metrics::{ScoreKind, auroc};

const NAME: &str = "best_pwm";

/// How many examples, at most, motifs are ranked on: 2,346 motifs (JASPAR 2024) take seconds then.
pub const RANKING_EXAMPLES: usize = 2000;

/// The weight of the background in a motif column, so that a base that was never seen costs at most
/// `ln 0.01 ≈ −4.6` instead of everything.
const PSEUDOCOUNT: f64 = 0.01;

/// Scores a sequence by the best match, on either strand, of the one motif that ranks the training
/// examples best.
///
/// The score is the highest log-odds in nats over all positions, against the base composition of the
/// training examples (both strands together), and negative infinity for a sequence shorter than the motif.
#[derive(Clone, Debug)]
pub struct BestPwm {
    motif: Motif,
    scorer: MotifScorer,
    training_auroc: f64,
    threshold: f64,
}

impl BestPwm {
    /// Chooses the motif on training examples ([`rank_motifs`]) and the threshold on validation examples.
    ///
    /// # Errors
    /// [`BaselineError::OneClass`] when either set lacks a class; [`BaselineError::NoMotifs`].
    pub fn fit(
        training: &[CodedExample<'_>],
        validation: &[CodedExample<'_>],
        motifs: &[Motif],
    ) -> Result<Self, BaselineError> {
        require_both_classes(NAME, training, validation)?;
        let ranking = rank_motifs(motifs, training);
        let &(index, training_auroc) = ranking.first().ok_or(BaselineError::NoMotifs { baseline: NAME })?;
        let motif = motifs[index].clone();
        let scorer = MotifScorer::new(&motif, composition(training), PSEUDOCOUNT);
        let threshold = choose_threshold(validation, |codes| scorer.best(codes));
        Ok(Self {
            motif,
            scorer,
            training_auroc,
            threshold,
        })
    }

    /// The chosen motif.
    pub fn motif(&self) -> &Motif {
        &self.motif
    }

    /// Its AUROC on the training examples it was ranked on; the best of many, so optimistic.
    pub fn training_auroc(&self) -> f64 {
        self.training_auroc
    }
}

impl Baseline for BestPwm {
    fn name(&self) -> &str {
        NAME
    }

    fn kind(&self) -> ScoreKind {
        ScoreKind::Ranking
    }

    fn threshold(&self) -> f64 {
        self.threshold
    }

    fn score(&self, codes: &[u8]) -> f64 {
        self.scorer.best(codes)
    }
}

/// Ranks motifs by the AUROC of their best match: `(index into motifs, AUROC)`, the best first and equals
/// in the order given. Empty when the examples are of one class.
///
/// At most [`RANKING_EXAMPLES`] examples are used: half of them bound, unless there are fewer, taken at
/// even steps through the list. The background is the base composition of all examples. Runs on all
/// threads of the current rayon pool, a motif at a time; the result does not depend on their number.
pub fn rank_motifs(motifs: &[Motif], examples: &[CodedExample<'_>]) -> Vec<(usize, f64)> {
    let background = composition(examples);
    let chosen = subsample(examples);
    let truth = labels(&chosen);
    let mut ranking: Vec<(usize, f64)> = motifs
        .par_iter()
        .enumerate()
        .filter_map(|(index, motif)| {
            let scorer = MotifScorer::new(motif, background, PSEUDOCOUNT);
            let matches: Vec<f64> = chosen.iter().map(|example| scorer.best(example.codes)).collect();
            Some((index, auroc(&matches, &truth)?))
        })
        .collect();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranking
}

/// At most [`RANKING_EXAMPLES`] examples of both classes.
fn subsample<'a>(examples: &[CodedExample<'a>]) -> Vec<CodedExample<'a>> {
    let (bound, unbound): (Vec<_>, Vec<_>) = examples.iter().copied().partition(|example| example.label);
    let room_left_by = |others: usize| RANKING_EXAMPLES - others.min(RANKING_EXAMPLES / 2);
    let mut chosen = at_even_steps(&bound, room_left_by(unbound.len()));
    chosen.extend(at_even_steps(&unbound, room_left_by(bound.len())));
    chosen
}

fn at_even_steps<'a>(examples: &[CodedExample<'a>], limit: usize) -> Vec<CodedExample<'a>> {
    let wanted = examples.len().min(limit);
    (0..wanted)
        .map(|step| examples[step * examples.len() / wanted])
        .collect()
}

/// The shares of A, C, G, T in both strands of the examples; one base of each is added, so that none is 0.
fn composition(examples: &[CodedExample<'_>]) -> [f64; 4] {
    let mut counts = [1u64; 4];
    for &code in examples.iter().flat_map(|example| example.codes) {
        if let Some(count) = counts.get_mut(usize::from(code)) {
            *count += 1;
        }
    }
    let [a, c, g, t] = counts.map(|count| count as f64);
    let both_strands = 2.0 * (a + c + g + t);
    let (weak, strong) = ((a + t) / both_strands, (c + g) / both_strands);
    [weak, strong, strong, weak]
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is exact by hand is exact here")]
mod tests {
    use processive_core::MotifError;
    use processive_encode::encode_dna;

    use super::*;

    /// A motif of certain bases.
    fn word(letters: &str) -> Result<Motif, MotifError> {
        let columns = encode_dna(letters.as_bytes()).into_iter();
        let columns = columns.map(|code| std::array::from_fn(|base| f64::from(u8::from(base == usize::from(code)))));
        Motif::new(letters, "", columns.collect())
    }

    fn coded<'a>(sequences: &'a [(Vec<u8>, bool)]) -> Vec<CodedExample<'a>> {
        let example = |(codes, label): &'a (Vec<u8>, bool)| CodedExample { codes, label: *label };
        sequences.iter().map(example).collect()
    }

    fn encoded(sequences: &[(&str, bool)]) -> Vec<(Vec<u8>, bool)> {
        sequences
            .iter()
            .map(|(letters, label)| (encode_dna(letters.as_bytes()), *label))
            .collect()
    }

    #[test]
    fn motif_that_separates_on_either_strand_is_chosen() -> Result<(), Box<dyn std::error::Error>> {
        // TGACA in two, its reverse complement TGTCA in one
        let training = encoded(&[
            ("ACCTGACAGG", true),
            ("TTTGACATTA", true),
            ("GGTGTCACCA", true),
            ("ACGTTTGCAA", false),
            ("TTGGCCAACA", false),
            ("CATGCAATTG", false),
        ]);
        let motifs = [word("AAAAA")?, word("TGACA")?, word("GCGCG")?];
        let fitted = BestPwm::fit(&coded(&training), &coded(&training), &motifs)?;
        assert_eq!((fitted.motif().id(), fitted.training_auroc()), ("TGACA", 1.0));
        assert!(fitted.score(&encode_dna(b"CCTGTCACC")) >= fitted.threshold());
        assert!(fitted.score(&encode_dna(b"CCCCGCCCC")) < fitted.threshold());
        assert_eq!(fitted.score(&encode_dna(b"TGAC")), f64::NEG_INFINITY);
        Ok(())
    }

    #[test]
    fn ranking_lists_every_motif_and_keeps_the_order_of_equals() -> Result<(), Box<dyn std::error::Error>> {
        let examples = encoded(&[("ACGTACGT", true), ("AAAAAAAA", false)]);
        let motifs = [word("TTT")?, word("CGT")?, word("ACG")?];
        let ranking = rank_motifs(&motifs, &coded(&examples));
        assert_eq!(ranking, [(1, 1.0), (2, 1.0), (0, 0.0)]);
        assert_eq!(rank_motifs(&motifs, &coded(&examples[..1])), []);
        Ok(())
    }

    #[test]
    fn composition_is_that_of_both_strands_without_unknown_bases() {
        let examples = encoded(&[("AACNN", true), ("T", false)]);
        // A 3, C 2, G 1, T 2 with one of each added: A + T = 5 of 8, C + G = 3 of 8
        assert_eq!(
            composition(&coded(&examples)),
            [5.0 / 16.0, 3.0 / 16.0, 3.0 / 16.0, 5.0 / 16.0]
        );
    }

    #[test]
    fn subsample_is_balanced_where_it_can_be_and_never_too_large() {
        let cases = [
            (5000, 5000, 1000, 1000),
            (100, 9000, 100, 1900),
            (9000, 100, 1900, 100),
            (30, 40, 30, 40),
        ];
        for (bound, unbound, bound_kept, unbound_kept) in cases {
            let sequences: Vec<_> = (0..bound + unbound).map(|index| (vec![0], index < bound)).collect();
            let chosen = subsample(&coded(&sequences));
            let positives = chosen.iter().filter(|example| example.label).count();
            assert_eq!(
                (positives, chosen.len() - positives),
                (bound_kept, unbound_kept),
                "{bound} and {unbound}"
            );
        }
    }
}
