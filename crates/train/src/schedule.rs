//! The learning rate at every step.

use std::f64::consts::PI;

use crate::settings::Schedule;

/// The first rate of a one-cycle run, as a share of the highest.
const START: f64 = 1.0 / 25.0;
/// The share of the steps over which a one-cycle rate rises.
const RISE: f64 = 0.3;
/// The last rate, as a share of the highest.
const END: f64 = 1e-4;

impl Schedule {
    /// Returns the learning rate of step `step` of `steps`, for a highest rate of `peak`.
    ///
    /// # Source
    /// Smith & Topin 2018 (one cycle, cosine form as in PyTorch); Loshchilov & Hutter 2017 (cosine).
    pub fn rate(self, peak: f64, step: usize, steps: usize) -> f64 {
        let progress = step as f64 / (steps.max(2) - 1) as f64;
        match self {
            Self::Constant => peak,
            Self::Cosine => peak * cosine(1.0, END, progress),
            Self::OneCycle if progress < RISE => peak * cosine(START, 1.0, progress / RISE),
            Self::OneCycle => peak * cosine(1.0, END, (progress - RISE) / (1.0 - RISE)),
        }
    }
}

/// Goes from `from` to `to` along half a cosine as `progress` goes from 0 to 1.
fn cosine(from: f64, to: f64, progress: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * progress.clamp(0.0, 1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cycle_starts_low_peaks_at_thirty_percent_and_ends_near_zero() {
        let rate = |step| Schedule::OneCycle.rate(2.0, step, 101);
        assert!((rate(0) - 0.08).abs() < 1e-12);
        assert!((rate(30) - 2.0).abs() < 1e-12);
        assert!((rate(100) - 2e-4).abs() < 1e-12);
        assert!((1..=30).all(|step| rate(step) > rate(step - 1)));
        assert!((31..=100).all(|step| rate(step) < rate(step - 1)));
    }

    #[test]
    fn cosine_is_half_way_in_the_middle_and_a_single_step_is_no_division_by_zero() {
        assert!((Schedule::Cosine.rate(1.0, 50, 101) - f64::midpoint(1.0, 1e-4)).abs() < 1e-12);
        assert!((Schedule::Cosine.rate(1.0, 0, 1) - 1.0).abs() < 1e-12);
        assert!((Schedule::Constant.rate(0.3, 9, 10) - 0.3).abs() < 1e-12);
    }
}
