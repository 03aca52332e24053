//! How often each base occurs where there is no motif.

use processive_core::alphabet::DNA_LETTERS;

use crate::EncodeError;

/// The probabilities of A, C, G and T at a position without motif, each above 0; positions are independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Background([f64; 4]);

impl Background {
    /// All bases alike.
    pub const UNIFORM: Self = Self([0.25; 4]);

    /// Takes the probabilities of A, C, G and T, and scales them to sum to exactly 1.
    ///
    /// # Errors
    /// [`EncodeError::Background`] when one is below 10⁻⁶ or their sum is more than 0.02 away from 1.
    pub fn new(probabilities: [f64; 4]) -> Result<Self, EncodeError> {
        const ROUNDING: f64 = 0.02;
        const SMALLEST: f64 = 1e-6;
        let sum: f64 = probabilities.iter().sum();
        let are_valid = probabilities.iter().all(|&p| p >= SMALLEST) && (sum - 1.0).abs() <= ROUNDING;
        if !are_valid {
            return Err(EncodeError::Background { probabilities });
        }
        Ok(Self(probabilities.map(|p| p / sum)))
    }

    /// Takes how often A, C, G and T occur.
    ///
    /// # Errors
    /// [`EncodeError::MissingBase`] when one does not occur.
    pub fn from_counts(counts: [u64; 4]) -> Result<Self, EncodeError> {
        if let Some(missing) = counts.iter().position(|&count| count == 0) {
            return Err(EncodeError::MissingBase {
                base: char::from(DNA_LETTERS[missing]),
            });
        }
        let sum: u64 = counts.iter().sum();
        Self::new(counts.map(|count| count as f64 / sum as f64))
    }

    /// The probabilities of A, C, G and T.
    pub fn probabilities(&self) -> [f64; 4] {
        self.0
    }

    /// Whether both strands look alike: A is as frequent as T, and C as G.
    pub fn is_strand_symmetric(&self) -> bool {
        let [a, c, g, t] = self.0.map(f64::to_bits);
        a == t && c == g
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_scaled_and_nonsense_is_refused() -> Result<(), EncodeError> {
        let background = Background::new([0.299, 0.2, 0.2, 0.3])?;
        assert!((background.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert!(!background.is_strand_symmetric());
        assert!(Background::new([0.3, 0.2, 0.2, 0.3])?.is_strand_symmetric());
        for wrong in [
            [0.5; 4],
            [1.0, 0.0, 0.0, 0.0],
            [f64::NAN, 0.3, 0.3, 0.4],
            [-0.1, 0.4, 0.4, 0.3],
        ] {
            let error = Background::new(wrong).unwrap_err();
            assert!(matches!(error, EncodeError::Background { .. }), "{error}");
        }
        Ok(())
    }

    #[test]
    fn counts_are_fractions_of_their_sum_and_none_may_be_0() -> Result<(), EncodeError> {
        assert_eq!(Background::from_counts([5; 4])?, Background::UNIFORM);
        assert_eq!(
            Background::from_counts([1, 2, 3, 2])?,
            Background([0.125, 0.25, 0.375, 0.25])
        );
        let error = Background::from_counts([1, 2, 0, 4]).unwrap_err();
        assert_eq!(error, EncodeError::MissingBase { base: 'G' });
        Ok(())
    }
}
