//! Metrics of scores that claim to be probabilities.

/// The number of equal-width bins of [`expected_calibration_error`].
pub const CALIBRATION_BINS: usize = 15;

/// Returns the mean squared difference of probability and outcome (Brier 1950): 0 is perfect, 0.25 is what a constant
/// one half earns.
///
/// `None` without examples, or when a score is no probability.
///
/// # Panics
/// When there are not as many labels as probabilities.
pub fn brier(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    let residuals = residuals(probabilities, labels)?;
    let sum: f64 = residuals.iter().map(|residual| residual * residual).sum();
    (!residuals.is_empty()).then(|| sum / residuals.len() as f64)
}

/// Returns the expected calibration error: how far probabilities and outcomes differ on average.
///
/// `Σ_b (n_b / n) · |mean outcome − mean probability|` over 15 bins of equal width; bin `b` (from 0) holds
/// `b/15 < p ≤ (b+1)/15`, and the first also 0, as in Guo et al. 2017. The error of few examples is
/// larger than that of many with the same calibration, and a bootstrap interval inherits this bias: it
/// can lie above the value.
///
/// `None` without examples, or when a score is no probability.
///
/// # Panics
/// When there are not as many labels as probabilities.
pub fn expected_calibration_error(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    let residuals = residuals(probabilities, labels)?;
    let mut bins = [0.0; CALIBRATION_BINS];
    for (&probability, residual) in probabilities.iter().zip(&residuals) {
        bins[calibration_bin(probability)] += residual;
    }
    let sum: f64 = bins.iter().map(|bin| bin.abs()).sum();
    (!residuals.is_empty()).then(|| sum / residuals.len() as f64)
}

/// The bin of a probability.
#[allow(clippy::cast_sign_loss, reason = "the number is at least 1")]
pub(crate) fn calibration_bin(probability: f64) -> usize {
    let upper_edge = (probability * CALIBRATION_BINS as f64).ceil();
    (upper_edge.max(1.0) as usize).min(CALIBRATION_BINS) - 1
}

/// Probability minus outcome.
pub(crate) fn residual(probability: f64, label: bool) -> f64 {
    probability - f64::from(u8::from(label))
}

fn residuals(probabilities: &[f64], labels: &[bool]) -> Option<Vec<f64>> {
    assert_eq!(probabilities.len(), labels.len(), "one label per probability");
    probabilities
        .iter()
        .zip(labels)
        .map(|(&probability, &label)| (0.0..=1.0).contains(&probability).then(|| residual(probability, label)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: bool = true;
    const F: bool = false;

    /// A name, probabilities, labels, Brier score and calibration error.
    type Case<'a> = (&'a str, &'a [f64], &'a [bool], f64, f64);

    #[test]
    fn brier_and_calibration_error_agree_with_hand_computation() {
        let cases: [Case<'_>; 5] = [
            ("certain and right", &[0.0, 1.0], &[F, T], 0.0, 0.0),
            ("certain and wrong", &[0.0, 1.0], &[T, F], 1.0, 1.0),
            ("one half, half true", &[0.5, 0.5], &[F, T], 0.25, 0.0),
            // one bin: |4 · 0.75 − 3| = 0; squares 3 · 1/16 + 9/16
            ("calibrated", &[0.75; 4], &[T, T, T, F], 0.1875, 0.0),
            // bins of 0.25 (twice) and 0.875: (|0.5 − 1| + |0.875 − 1|) / 3; (1/16 + 9/16 + 1/64) / 3
            (
                "two bins",
                &[0.25, 0.25, 0.875],
                &[F, T, T],
                0.640_625 / 3.0,
                0.625 / 3.0,
            ),
        ];
        for (name, probabilities, labels, score, error) in cases {
            assert_eq!(brier(probabilities, labels), Some(score), "{name}");
            assert_eq!(expected_calibration_error(probabilities, labels), Some(error), "{name}");
        }
    }

    #[test]
    fn bins_hold_their_upper_edge_and_the_first_holds_zero() {
        let cases = [
            (0.0, 0),
            (1e-300, 0),
            (0.066, 0),
            (0.067, 1),
            (0.2, 2),
            (0.5, 7),
            (0.6, 8),
            (0.99, 14),
            (1.0, 14),
        ];
        for (probability, bin) in cases {
            assert_eq!(calibration_bin(probability), bin, "{probability}");
        }
    }

    #[test]
    fn scores_that_are_no_probabilities_have_neither() {
        for score in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(brier(&[0.5, score], &[T, F]), None);
            assert_eq!(expected_calibration_error(&[0.5, score], &[T, F]), None);
        }
        assert_eq!(brier(&[], &[]), None);
        assert_eq!(expected_calibration_error(&[], &[]), None);
    }
}
