//! The axis of a plot.

/// A stretch of round numbers that holds some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// The left end.
    pub(super) low: f64,
    /// The right end.
    pub(super) high: f64,
    /// From one mark to the next.
    step: f64,
}

/// An axis has about so many steps.
const STEPS: f64 = 6.0;

/// No axis is shorter: it would blow up differences that hardly any test set can tell from chance.
const SHORTEST: f64 = 0.02;

impl Axis {
    /// The shortest axis of round numbers that holds `low` and `high`, and nothing above `most`.
    pub(super) fn around(low: f64, high: f64, most: f64) -> Self {
        let missing = (SHORTEST - (high - low)).max(0.0) / 2.0;
        let high = (high + missing).min(most);
        let low = low - missing;
        let rough = (high - low) / STEPS;
        let unit = 10_f64.powf(rough.log10().floor());
        let step = unit
            * match rough / unit {
                ..1.5 => 1.0,
                ..3.0 => 2.0,
                ..7.0 => 5.0,
                _ => 10.0,
            };
        // A value on a mark needs no further step; quotients of such values are off by some 1e-15.
        let ends = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        Self {
            low: ends.0 * step,
            high: (ends.1 * step).min(most),
            step,
        }
    }

    /// The place of a value, 0 at the left end and 1 at the right end.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The marks, from left to right.
    pub(super) fn marks(&self) -> Vec<f64> {
        #[allow(clippy::cast_sign_loss, reason = "the right end is not left of the left one")]
        let count = ((self.high - self.low) / self.step + 1e-9).floor() as u32;
        (0..=count).map(|mark| self.low + f64::from(mark) * self.step).collect()
    }

    /// A mark with as many digits as the step has.
    pub(super) fn label(&self, mark: f64) -> String {
        // As in `around`: the logarithm of a power of ten may be off by some 1e-15.
        #[allow(clippy::cast_sign_loss, reason = "it is at least 0")]
        let digits = (-self.step.log10() - 1e-9).ceil().max(0.0) as usize;
        format!("{mark:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let axis = Axis::around(low, high, 1.0);
        axis.marks().into_iter().map(|mark| axis.label(mark)).collect()
    }

    #[test]
    fn marks_are_round_numbers_around_the_values() {
        assert_eq!(
            labels(0.55, 0.94),
            ["0.55", "0.60", "0.65", "0.70", "0.75", "0.80", "0.85", "0.90", "0.95"]
        );
        assert_eq!(labels(0.48, 1.0), ["0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]);
        assert_eq!(
            labels(0.981, 0.994),
            ["0.975", "0.980", "0.985", "0.990", "0.995", "1.000"]
        );
        assert_eq!(labels(-0.1, 0.9), ["-0.2", "0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    }

    #[test]
    fn equal_values_still_have_an_axis() {
        for value in [0.0, 0.5, 0.999, 1.0] {
            let axis = Axis::around(value, value, 1.0);
            assert!((0.0..=1.0).contains(&axis.place(value)) && axis.high <= 1.0, "{axis:?}");
            assert!(axis.marks().len() > 2, "{axis:?}");
        }
    }
}
