//! Probabilities as small integers.

use std::fmt;

use arrow_schema::DataType;
use serde_json::json;

/// The footer's key that says how codes become scores.
pub const QUANTIZE_KEY: &str = "processive.quantize";

/// The key, in the metadata of an Arrow field, of the number by which codes are to be multiplied.
pub const SCALE_KEY: &str = "processive.scale";

/// The integers that hold probabilities: `code = round(p x highest)`, `p = code x scale`, `scale = 1 / highest`.
///
/// No score is off by more than half a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantize {
    /// 0 to 255: off by at most 0.00196.
    U8,
    /// 0 to 65,535: off by at most 0.0000076.
    U16,
}

impl Quantize {
    /// The code of probability 1.
    pub fn highest(self) -> u16 {
        match self {
            Self::U8 => u16::from(u8::MAX),
            Self::U16 => u16::MAX,
        }
    }

    /// The difference of two neighbouring probabilities.
    pub fn scale(self) -> f64 {
        1.0 / f64::from(self.highest())
    }

    /// The nearest code of a probability.
    #[allow(clippy::cast_sign_loss, reason = "the caller has checked that it is a probability")]
    pub(crate) fn code(self, probability: f32) -> u16 {
        (f64::from(probability) * f64::from(self.highest())).round() as u16
    }

    /// How far the code of a probability is off.
    pub(crate) fn error(self, probability: f32) -> f64 {
        (f64::from(self.code(probability)) * self.scale() - f64::from(probability)).abs()
    }

    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::U8 => DataType::UInt8,
            Self::U16 => DataType::UInt16,
        }
    }

    /// What [`QUANTIZE_KEY`] says.
    pub(crate) fn note(self, largest_error: f64) -> String {
        json!({
            "type": self.to_string(),
            "scale": self.scale(),
            "value": "code x scale",
            "largest_error": largest_error,
        })
        .to_string()
    }
}

impl fmt::Display for Quantize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "uint8",
            Self::U16 => "uint16",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_own_nearest_and_no_probability_is_off_by_more_than_half_a_scale() {
        for quantize in [Quantize::U8, Quantize::U16] {
            for code in 0..=quantize.highest() {
                let value = (f64::from(code) * quantize.scale()) as f32;
                assert_eq!(quantize.code(value), code);
            }
            let largest = (0..=100_000)
                .map(|p| quantize.error(p as f32 / 100_000.0))
                .fold(0.0, f64::max);
            // Half a scale, and the rounding of a product near 1.
            assert!(largest <= quantize.scale() / 2.0 + 1e-15, "{largest}");
            assert_eq!((quantize.code(0.0), quantize.code(1.0)), (0, quantize.highest()));
        }
    }
}
