//! Trivial baselines: what a network has to beat before it has learned anything.
//!
//! | name | score | kind |
//! |---|---|---|
//! | `gc` ([`GcContent`]) | share of G and C, or of A and T | ranking |
//! | `kmer_lr` ([`KmerLogistic`]) | logistic regression on counts of 6-letter words | probability |
//! | `best_pwm` ([`BestPwm`]) | best match of the one motif that ranks the training data best | ranking |
//!
//! For the structure of proteins: the most frequent state ([`majority_state`]) and the GOR method ([`Gor`]).
//!
//! All are fitted on training examples; what must be chosen (penalty, threshold) is chosen on validation
//! examples; test examples are only scored. Fits are functions of their arguments: no random numbers, the
//! same numbers for any thread count.

mod gc;
mod gor;
mod kmer;
mod logistic;
mod pwm;

use std::collections::BTreeMap;

use processive_core::{Metric, Motif};
use rayon::prelude::*;
use thiserror::Error;

pub use gc::GcContent;
pub use gor::{Gor, majority_state};
pub use kmer::{KmerLogistic, PENALTY_GRID, WORD_LENGTH};
pub use pwm::{BestPwm, RANKING_EXAMPLES, rank_motifs};

use crate::bootstrap::BootstrapSettings;
use crate::metrics::{MetricsError, ScoreKind, best_mcc_threshold, evaluate};

/// A sequence as codes (see [`processive_encode::encode_dna`]) and whether it is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodedExample<'a> {
    /// One code per base.
    pub codes: &'a [u8],
    /// Whether the factor binds.
    pub label: bool,
}

/// A set of examples, by what it is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The examples a baseline is fitted on.
    Training,
    /// The examples its settings are chosen on.
    Validation,
}

impl std::fmt::Display for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Training => "training",
            Self::Validation => "validation",
        })
    }
}

/// Why a baseline cannot be fitted.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// Nothing can be learned or chosen from one class.
    #[error(
        "the {split} examples of baseline {baseline} are {positives} bound and {negatives} unbound sequences: both kinds are needed"
    )]
    OneClass {
        /// The baseline.
        baseline: &'static str,
        /// The examples at fault.
        split: Split,
        /// The number of bound sequences.
        positives: usize,
        /// The number of unbound sequences.
        negatives: usize,
    },
    /// There is no motif to choose from.
    #[error("baseline {baseline} needs at least one motif")]
    NoMotifs {
        /// The baseline.
        baseline: &'static str,
    },
}

/// A fitted baseline.
pub trait Baseline: Send + Sync {
    /// The name under which its metrics are reported.
    fn name(&self) -> &str;

    /// Whether scores are probabilities.
    fn kind(&self) -> ScoreKind;

    /// The threshold with the highest Matthews correlation on the validation examples; a score at or
    /// above it is a call.
    fn threshold(&self) -> f64;

    /// Scores one sequence of codes: higher is more likely bound.
    fn score(&self, codes: &[u8]) -> f64;
}

/// Fits the baselines: `gc`, `kmer_lr` and, when motifs are given, `best_pwm`.
///
/// # Errors
/// [`BaselineError::OneClass`] when training or validation examples lack a class;
/// [`BaselineError::NoMotifs`] when the list of motifs is there but empty.
pub fn fit_baselines(
    training: &[CodedExample<'_>],
    validation: &[CodedExample<'_>],
    motifs: Option<&[Motif]>,
) -> Result<Vec<Box<dyn Baseline>>, BaselineError> {
    let mut baselines: Vec<Box<dyn Baseline>> = vec![
        Box::new(GcContent::fit(training, validation)?),
        Box::new(KmerLogistic::fit(training, validation)?),
    ];
    if let Some(motifs) = motifs {
        baselines.push(Box::new(BestPwm::fit(training, validation, motifs)?));
    }
    Ok(baselines)
}

/// Returns the metrics of a baseline on test examples, as [`evaluate`] does.
///
/// # Errors
/// [`MetricsError::NoExamples`] without test examples.
pub fn evaluate_baseline(
    baseline: &dyn Baseline,
    test: &[CodedExample<'_>],
    settings: &BootstrapSettings,
) -> Result<BTreeMap<String, Metric>, MetricsError> {
    let scores = scores(test, |codes| baseline.score(codes));
    evaluate(
        &scores,
        &labels(test),
        Some(baseline.threshold()),
        baseline.kind(),
        settings,
    )
}

/// The score of every example, in order.
fn scores(examples: &[CodedExample<'_>], score: impl Fn(&[u8]) -> f64 + Sync) -> Vec<f64> {
    examples.par_iter().map(|example| score(example.codes)).collect()
}

fn labels(examples: &[CodedExample<'_>]) -> Vec<bool> {
    examples.iter().map(|example| example.label).collect()
}

/// The threshold to use on test examples.
fn choose_threshold(validation: &[CodedExample<'_>], score: impl Fn(&[u8]) -> f64 + Sync) -> f64 {
    best_mcc_threshold(&scores(validation, score), &labels(validation))
        .expect("both classes were checked and baselines score every sequence with a number")
}

/// Refuses training and validation examples that lack a class.
fn require_both_classes(
    baseline: &'static str,
    training: &[CodedExample<'_>],
    validation: &[CodedExample<'_>],
) -> Result<(), BaselineError> {
    for (split, examples) in [(Split::Training, training), (Split::Validation, validation)] {
        let positives = examples.iter().filter(|example| example.label).count();
        let negatives = examples.len() - positives;
        if positives == 0 || negatives == 0 {
            return Err(BaselineError::OneClass {
                baseline,
                split,
                positives,
                negatives,
            });
        }
    }
    Ok(())
}
