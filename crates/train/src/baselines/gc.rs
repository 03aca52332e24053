//! Composition alone.

use processive_encode::gc_fraction;
use serde::{Deserialize, Serialize};

use super::{Baseline, BaselineError, CodedExample, choose_threshold, labels, require_both_classes, scores};
use crate::metrics::{ScoreKind, auroc};

const NAME: &str = "gc";

/// Scores a sequence by its composition: bound regions are often richer in G and C than the rest.
///
/// The score is the share of G and C among the known bases, or that of A and T when this ranks the
/// training examples better. A sequence without a known base gets the mean share of the training examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GcContent {
    prefers_gc: bool,
    mean_gc: f64,
    threshold: f64,
}

impl GcContent {
    /// Chooses the direction on training examples and the threshold on validation examples.
    ///
    /// # Errors
    /// [`BaselineError::OneClass`] when either set lacks a class.
    pub fn fit(training: &[CodedExample<'_>], validation: &[CodedExample<'_>]) -> Result<Self, BaselineError> {
        require_both_classes(NAME, training, validation)?;
        let known: Vec<f64> = training
            .iter()
            .filter_map(|example| gc_fraction(example.codes))
            .collect();
        let mut baseline = Self {
            prefers_gc: true,
            mean_gc: known.iter().sum::<f64>() / known.len().max(1) as f64,
            threshold: 0.0,
        };
        let area = auroc(&scores(training, |codes| baseline.score(codes)), &labels(training));
        baseline.prefers_gc = area.is_none_or(|area| area >= 0.5);
        baseline.threshold = choose_threshold(validation, |codes| baseline.score(codes));
        Ok(baseline)
    }

    /// Whether G and C speak for binding; else A and T do.
    pub fn prefers_gc(&self) -> bool {
        self.prefers_gc
    }
}

impl Baseline for GcContent {
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
        let gc = gc_fraction(codes).unwrap_or(self.mean_gc);
        if self.prefers_gc { gc } else { 1.0 - gc }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is exact by hand is exact here")]
mod tests {
    use super::super::Split;
    use super::*;

    fn example(codes: &[u8], label: bool) -> CodedExample<'_> {
        CodedExample { codes, label }
    }

    #[test]
    fn direction_comes_from_training_and_threshold_from_validation() -> Result<(), BaselineError> {
        let training = [example(&[1, 2, 1, 0], true), example(&[0, 3, 2, 0], false)];
        let validation = [example(&[1, 2, 2, 2], true), example(&[1, 1, 0, 3], false)];
        let gc = GcContent::fit(&training, &validation)?;
        assert!(gc.prefers_gc());
        assert_eq!((gc.score(&[1, 0, 0, 4]), gc.threshold()), (1.0 / 3.0, 0.75));
        // between .75 and .25
        assert_eq!(gc.score(&[4, 4]), 0.5);

        let opposite: Vec<_> = training.iter().map(|e| example(e.codes, !e.label)).collect();
        let at = GcContent::fit(&opposite, &validation)?;
        assert!(!at.prefers_gc());
        assert_eq!(at.score(&[1, 0, 0, 4]), 1.0 - 1.0 / 3.0);
        Ok(())
    }

    #[test]
    fn one_class_is_refused_by_the_name_of_the_split() {
        let both = [example(&[1], true), example(&[0], false)];
        for (training, validation, split) in [
            (&both[..1], &both[..], Split::Training),
            (&both, &both[1..], Split::Validation),
        ] {
            let error = GcContent::fit(training, validation).unwrap_err();
            assert!(
                matches!(error, BaselineError::OneClass { split: found, .. } if found == split),
                "{error}"
            );
        }
    }
}
