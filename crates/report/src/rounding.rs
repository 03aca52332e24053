//! Probabilities with fewer digits.

/// Rounds probabilities to a number of decimals, or leaves them exact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounding {
    decimals: Option<u8>,
}

/// From this number of decimals on, rounding changes no `f32` between 0.5 and 1.
const EXACT_DECIMALS: u8 = 9;

/// Up to this number of decimals, probabilities take at most 10,001 values.
const DICTIONARY_DECIMALS: u8 = 4;

impl Rounding {
    /// Rounds to `precision` decimals; `None` rounds nothing.
    pub(crate) fn new(precision: Option<u8>) -> Self {
        Self {
            decimals: precision.filter(|&decimals| decimals < EXACT_DECIMALS),
        }
    }

    /// Whether probabilities take so few values that a dictionary of them is small.
    pub(crate) fn leaves_few_values(self) -> bool {
        self.decimals.is_some_and(|decimals| decimals <= DICTIONARY_DECIMALS)
    }

    /// The rounded number.
    pub(crate) fn apply(self, score: f32) -> f32 {
        let Some(decimals) = self.decimals else { return score };
        let scale = 10f64.powi(i32::from(decimals));
        ((f64::from(score) * scale).round() / scale) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_the_nearest_decimal_and_many_decimals_change_nothing() {
        let check = |decimals, score: f32, rounded: f32| {
            let found = Rounding::new(decimals).apply(score);
            assert_eq!(
                found.to_bits(),
                rounded.to_bits(),
                "{score} to {decimals:?} decimals is {found}"
            );
        };
        check(Some(4), 0.123_44, 0.1234);
        check(Some(4), 0.123_46, 0.1235);
        check(Some(0), 0.5, 1.0);
        check(Some(2), 0.999, 1.0);
        for score in [0.123_456_79, f32::MIN_POSITIVE, 1.0 - f32::EPSILON / 2.0] {
            check(None, score, score);
            check(Some(u8::MAX), score, score);
        }
    }
}
