//! Turning the log-odds of a network into probabilities that can be taken at their word.

use serde::{Deserialize, Serialize};

/// Returns `σ(z) = 1 / (1 + e^−z)`, for any size of `z`.
pub fn logistic(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + (-z).exp())
    } else {
        z.exp() / (1.0 + z.exp())
    }
}

/// A straight line from raw log-odds to calibrated log-odds: `p = σ(slope · logit + offset)` (Platt 1999).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// What a raw logit is multiplied by: below 1 for an overconfident model.
    pub slope: f64,
    /// What is added to the product.
    pub offset: f64,
}

/// Newton steps until the fit is given up; a handful suffices.
const MAX_STEPS: usize = 100;

/// Halvings of a step until it is given up: 2^-30 of a Newton step no longer moves the line.
const MAX_HALVINGS: i32 = 30;

/// The part of the fall promised by the gradient that a step must bring.
const SUFFICIENT_FALL: f64 = 1e-4;

/// Added to the diagonal of the Hessian of the mean loss, which equal logits make singular.
const RIDGE: f64 = 1e-12;

/// The promised fall of the mean loss at which the fit is done.
const NO_FALL: f64 = 1e-16;

impl Platt {
    /// The line that changes nothing.
    pub const IDENTITY: Self = Self {
        slope: 1.0,
        offset: 0.0,
    };

    /// Fits the line by maximum likelihood to logits of examples that the model was not trained on.
    ///
    /// As Platt proposed, the targets are not 0 and 1 but `1 / (N₋ + 2)` and `(N₊ + 1) / (N₊ + 2)`, which
    /// keeps the line finite when the classes are separable. Newton's method with backtracking, as in
    /// Lin, Lin & Weng 2007. From one class only, or from equal logits, nothing but the smoothed share of
    /// positives is learned: the slope is 0.
    ///
    /// `None` without examples, or when a logit is not finite.
    ///
    /// # Panics
    /// When there are not as many labels as logits.
    pub fn fit(logits: &[f64], labels: &[bool]) -> Option<Self> {
        assert_eq!(logits.len(), labels.len(), "one label per logit");
        if logits.is_empty() || logits.iter().any(|logit| !logit.is_finite()) {
            return None;
        }
        let examples = smoothed_examples(logits, labels);
        let mean_target = examples.iter().map(|(_, target)| target).sum::<f64>() / examples.len() as f64;
        let mut line = Self {
            slope: 0.0,
            offset: (mean_target / (1.0 - mean_target)).ln(),
        };
        for _ in 0..MAX_STEPS {
            let Some(better) = line.improved(&examples) else {
                break;
            };
            line = better;
        }
        Some(line)
    }

    /// Returns the calibrated probability of a raw logit.
    pub fn apply(&self, logit: f64) -> f64 {
        logistic(self.slope * logit + self.offset)
    }

    /// The line after one Newton step, shortened until the loss falls; `None` at the minimum.
    fn improved(&self, examples: &[(f64, f64)]) -> Option<Self> {
        let (loss, gradient, [by_slope, mixed, by_offset]) = self.expansion(examples);
        let determinant = by_slope * by_offset - mixed * mixed;
        let step = [
            (mixed * gradient[1] - by_offset * gradient[0]) / determinant,
            (mixed * gradient[0] - by_slope * gradient[1]) / determinant,
        ];
        let promised = -(gradient[0] * step[0] + gradient[1] * step[1]);
        if promised.is_nan() || promised <= NO_FALL {
            return None;
        }
        (0..MAX_HALVINGS)
            .map(|halvings| 0.5f64.powi(halvings))
            .find_map(|size| {
                let moved = Self {
                    slope: self.slope + size * step[0],
                    offset: self.offset + size * step[1],
                };
                (moved.expansion(examples).0 <= loss - SUFFICIENT_FALL * size * promised).then_some(moved)
            })
    }

    /// The mean loss, its gradient by slope and offset, and its second derivatives (slope twice, mixed, offset twice).
    fn expansion(&self, examples: &[(f64, f64)]) -> (f64, [f64; 2], [f64; 3]) {
        let (mut loss, mut gradient, mut hessian) = (0.0, [0.0; 2], [0.0; 3]);
        for &(logit, target) in examples {
            let z = self.slope * logit + self.offset;
            let probability = logistic(z);
            let residual = probability - target;
            let curvature = probability * (1.0 - probability);
            loss += (-z.abs()).exp().ln_1p() + z.max(0.0) - target * z;
            gradient[0] += residual * logit;
            gradient[1] += residual;
            hessian[0] += curvature * logit * logit;
            hessian[1] += curvature * logit;
            hessian[2] += curvature;
        }
        let n = examples.len() as f64;
        let [by_slope, mixed, by_offset] = hessian.map(|entry| entry / n);
        (
            loss / n,
            gradient.map(|entry| entry / n),
            [by_slope + RIDGE, mixed, by_offset + RIDGE],
        )
    }
}

/// Pairs of logit and target probability.
fn smoothed_examples(logits: &[f64], labels: &[bool]) -> Vec<(f64, f64)> {
    let positives = labels.iter().filter(|&&label| label).count() as f64;
    let negatives = labels.len() as f64 - positives;
    let target = |&label: &bool| {
        if label {
            (positives + 1.0) / (positives + 2.0)
        } else {
            1.0 / (negatives + 2.0)
        }
    };
    logits.iter().copied().zip(labels.iter().map(target)).collect()
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is exact by hand is exact here")]
mod tests {
    use super::*;

    fn log_odds(p: f64) -> f64 {
        (p / (1.0 - p)).ln()
    }

    #[test]
    fn two_distinct_logits_are_fitted_exactly() -> Result<(), &'static str> {
        // logit 2: three positives, one negative; logit -1: one positive, three negatives.
        // Targets 5/6 and 1/6: means (3 · 5/6 + 1/6) / 4 = 2/3 and 1/3, which two parameters can meet.
        let logits = [2.0, 2.0, 2.0, 2.0, -1.0, -1.0, -1.0, -1.0];
        let labels = [true, true, true, false, true, false, false, false];
        let platt = Platt::fit(&logits, &labels).ok_or("fits")?;
        assert!((platt.apply(2.0) - 2.0 / 3.0).abs() < 1e-9, "{platt:?}");
        assert!((platt.apply(-1.0) - 1.0 / 3.0).abs() < 1e-9, "{platt:?}");
        assert!(
            (platt.slope - 2.0 * log_odds(2.0 / 3.0) / 3.0).abs() < 1e-8,
            "{platt:?}"
        );
        Ok(())
    }

    #[test]
    fn separable_classes_stay_finite() -> Result<(), &'static str> {
        // targets 3/4 and 1/4, met exactly by slope ln 3 / 100
        let platt = Platt::fit(&[100.0, 100.0, -100.0, -100.0], &[true, true, false, false]).ok_or("fits")?;
        assert!((platt.slope - 3f64.ln() / 100.0).abs() < 1e-9, "{platt:?}");
        assert!(platt.offset.abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn one_class_or_equal_logits_teach_only_the_share_of_positives() -> Result<(), &'static str> {
        // three positives: 4/5; one positive of three at one logit: (2/3 + 1/4 + 1/4) / 3
        let cases: [(&[f64], &[bool], f64); 2] = [
            (&[1.0, -3.0, 8.0], &[true; 3], 0.8),
            (&[5.0; 3], &[true, false, false], 7.0 / 18.0),
        ];
        for (logits, labels, share) in cases {
            let platt = Platt::fit(logits, labels).ok_or("fits")?;
            assert!(platt.slope.abs() < 1e-6, "{platt:?}");
            assert!((platt.apply(logits[0]) - share).abs() < 1e-6, "{platt:?}");
        }
        Ok(())
    }

    #[test]
    fn large_logits_with_an_outlier_converge() -> Result<(), &'static str> {
        let logits = [900.0, 650.0, -800.0, -900.0, 700.0];
        let labels = [true, true, false, false, false];
        let platt = Platt::fit(&logits, &labels).ok_or("fits")?;
        let (_, gradient, _) = platt.expansion(&smoothed_examples(&logits, &labels));
        // a slope changes z by hundreds per unit: its gradient is that much larger than the offset's
        assert!(
            gradient[0].abs() < 1e-5 && gradient[1].abs() < 1e-8,
            "{platt:?} {gradient:?}"
        );
        Ok(())
    }

    #[test]
    fn nothing_and_infinite_logits_are_not_fitted() {
        assert_eq!(Platt::fit(&[], &[]), None);
        assert_eq!(Platt::fit(&[f64::INFINITY, 1.0], &[true, false]), None);
        assert_eq!(Platt::fit(&[f64::NAN, 1.0], &[true, false]), None);
    }

    #[test]
    fn identity_changes_nothing() {
        assert_eq!(Platt::IDENTITY.apply(0.3), logistic(0.3));
    }

    #[test]
    fn logistic_neither_overflows_nor_leaves_the_unit_interval() {
        assert_eq!([logistic(-800.0), logistic(0.0), logistic(800.0)], [0.0, 0.5, 1.0]);
        assert!((logistic(-2.0) + logistic(2.0) - 1.0).abs() < 1e-15);
    }
}
