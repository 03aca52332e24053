//! A bag of short words.

use processive_encode::{kmer_feature_count, kmer_features};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::logistic::{Coefficients, Objective, SparseRows};
use super::{Baseline, BaselineError, CodedExample, choose_threshold, labels, require_both_classes, scores};
use crate::calibration::logistic;
use crate::metrics::{ScoreKind, auroc};

const NAME: &str = "kmer_lr";

/// The length of a word in bases.
pub const WORD_LENGTH: usize = 6;

/// The values of `C`, the inverse strength of the penalty, that are tried.
pub const PENALTY_GRID: [f64; 7] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];

/// Where the gradient of the mean loss counts as zero: a tenth of scikit-learn's default.
const TOLERANCE: f64 = 1e-5;

/// L2-penalised logistic regression on the words of six bases that a sequence holds.
///
/// The features are `ln(1 + count)` of the 2,080 words that are left when a word and its reverse complement
/// are one; they are not scaled, and the offset is not penalised. Scores are probabilities.
/// `C` is the value of [`PENALTY_GRID`] with the highest AUROC on validation examples, the smaller of equals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KmerLogistic {
    weights: Vec<f64>,
    offset: f64,
    c: f64,
    threshold: f64,
}

impl KmerLogistic {
    /// Fits the weights on training examples, and chooses `C` and the threshold on validation examples.
    ///
    /// # Errors
    /// [`BaselineError::OneClass`] when either set lacks a class.
    pub fn fit(training: &[CodedExample<'_>], validation: &[CodedExample<'_>]) -> Result<Self, BaselineError> {
        Self::fit_grid(training, validation, &PENALTY_GRID)
    }

    /// As [`KmerLogistic::fit`], with one given `C`.
    ///
    /// # Errors
    /// [`BaselineError::OneClass`] when either set lacks a class.
    ///
    /// # Panics
    /// When `c` is not positive.
    pub fn fit_with_penalty(
        training: &[CodedExample<'_>],
        validation: &[CodedExample<'_>],
        c: f64,
    ) -> Result<Self, BaselineError> {
        assert!(c > 0.0, "C is an inverse strength and positive, not {c}");
        Self::fit_grid(training, validation, &[c])
    }

    /// Every fit starts from the one before it on the grid: rising `C` frees the weights step by step.
    fn fit_grid(
        training: &[CodedExample<'_>],
        validation: &[CodedExample<'_>],
        grid: &[f64],
    ) -> Result<Self, BaselineError> {
        require_both_classes(NAME, training, validation)?;
        let width = kmer_feature_count(WORD_LENGTH);
        let rows: Vec<Vec<(u32, f64)>> = training.par_iter().map(|example| features(example.codes)).collect();
        let rows = SparseRows::new(&rows, width);
        let (training_labels, validation_labels) = (labels(training), labels(validation));
        let mut coefficients = Coefficients {
            weights: vec![0.0; width],
            offset: 0.0,
        };
        let mut best: Option<(f64, Self)> = None;
        for &c in grid {
            coefficients = Objective::new(&rows, &training_labels, c).minimise(coefficients, TOLERANCE);
            let fitted = Self::new(&coefficients, c);
            let area = auroc(&scores(validation, |codes| fitted.log_odds(codes)), &validation_labels);
            let area = area.expect("both classes were checked and log-odds are finite");
            if best.as_ref().is_none_or(|(highest, _)| area > *highest) {
                best = Some((area, fitted));
            }
        }
        let (_, mut fitted) = best.expect("the grid is not empty");
        fitted.threshold = choose_threshold(validation, |codes| fitted.score(codes));
        Ok(fitted)
    }

    fn new(coefficients: &Coefficients, c: f64) -> Self {
        Self {
            weights: coefficients.weights.clone(),
            offset: coefficients.offset,
            c,
            threshold: 0.5,
        }
    }

    /// The chosen inverse strength of the penalty.
    pub fn c(&self) -> f64 {
        self.c
    }

    /// Returns the log-odds of being bound.
    pub fn log_odds(&self, codes: &[u8]) -> f64 {
        let terms = features(codes)
            .into_iter()
            .map(|(word, value)| self.weights[word as usize] * value);
        self.offset + terms.sum::<f64>()
    }
}

impl Baseline for KmerLogistic {
    fn name(&self) -> &str {
        NAME
    }

    fn kind(&self) -> ScoreKind {
        ScoreKind::Probability
    }

    fn threshold(&self) -> f64 {
        self.threshold
    }

    fn score(&self, codes: &[u8]) -> f64 {
        logistic(self.log_odds(codes))
    }
}

fn features(codes: &[u8]) -> Vec<(u32, f64)> {
    let counts = kmer_features(codes, WORD_LENGTH).into_iter();
    counts.map(|(word, count)| (word, f64::from(count).ln_1p())).collect()
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is exact by hand is exact here")]
mod tests {
    use processive_encode::{encode_dna, reverse_complement};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Random sequences of 60 bases, every second one with `GATTAC` or its reverse complement inside.
    fn planted(sequences: usize, seed: u64) -> Vec<(Vec<u8>, bool)> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut sequence = |index: usize| {
            let mut codes: Vec<u8> = (0..60).map(|_| rng.random_range(0..4)).collect();
            if index.is_multiple_of(2) {
                let word = encode_dna(if index.is_multiple_of(4) { b"GATTAC" } else { b"GTAATC" });
                codes[20..26].copy_from_slice(&word);
            }
            (codes, index.is_multiple_of(2))
        };
        (0..sequences).map(&mut sequence).collect()
    }

    fn coded(sequences: &[(Vec<u8>, bool)]) -> Vec<CodedExample<'_>> {
        sequences
            .iter()
            .map(|(codes, label)| CodedExample { codes, label: *label })
            .collect()
    }

    #[test]
    fn planted_word_is_found_on_both_strands() -> Result<(), BaselineError> {
        let (training, validation, test) = (planted(600, 1), planted(100, 2), planted(100, 3));
        let fitted = KmerLogistic::fit(&coded(&training), &coded(&validation))?;
        let heaviest = (0..fitted.weights.len()).max_by(|&a, &b| fitted.weights[a].total_cmp(&fitted.weights[b]));
        let planted = kmer_features(&encode_dna(b"GATTAC"), WORD_LENGTH)[0].0;
        assert_eq!(heaviest, Some(planted as usize));
        let test = coded(&test);
        let area = auroc(&scores(&test, |codes| fitted.score(codes)), &labels(&test));
        assert!(area.is_some_and(|area| area > 0.97), "{area:?}");
        Ok(())
    }

    #[test]
    fn a_sequence_and_its_reverse_complement_score_alike() -> Result<(), BaselineError> {
        let training = planted(100, 4);
        let fitted = KmerLogistic::fit_with_penalty(&coded(&training), &coded(&training), 0.1)?;
        for (codes, _) in &training {
            let mut other = codes.clone();
            reverse_complement(&mut other);
            assert_eq!(fitted.score(codes), fitted.score(&other));
        }
        // nothing to count leaves the offset
        assert_eq!(fitted.score(&[4; 30]), logistic(fitted.offset));
        Ok(())
    }

    #[test]
    fn fit_does_not_depend_on_the_threads() {
        let training = planted(1300, 5);
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| KmerLogistic::fit_with_penalty(&coded(&training), &coded(&training), 0.01))
        };
        assert_eq!(with_threads(1), with_threads(3));
    }
}
