//! Sigmoid, tanh and rectifier on vectors.

use crate::simd::{LANES, Simd};

/// `1.5 · 2^23`: added to a float below `2^22`, it leaves the nearest integer in the low bits.
const SHIFT: f32 = 12_582_912.0;
/// `(exp(r) - 1 - r) / r²` on `|r| <= ln(2) / 2`, highest power first: `exp(r) - 1` within 1.4e-8 of itself, by least
/// squares reweighted until the largest error is the least, one coefficient rounded after the other.
const POLYNOMIAL: [f32; 5] = [1.394_065_8e-3, 8.366_406e-3, 4.166_640_3e-2, 1.666_654_5e-1, 0.5];
/// Arguments of exp between which `2^n` is a normal number.
const LIMIT: f32 = 87.0;

/// Returns `2^n` and `exp(r) - 1` with `x = n ln(2) + r`, for `x` limited to `-87..=87`.
///
/// ln 2 is one number: what it lacks, 2e-9, counts n times in exp, but sigmoid and tanh level off faster.
#[inline(always)]
fn split_exp<S: Simd>(simd: S, x: S::Vector) -> (S::Vector, S::Vector) {
    let x = simd.clamp(x, -LIMIT, LIMIT);
    let shifted = simd.mul_add(x, simd.splat(std::f32::consts::LOG2_E), simd.splat(SHIFT));
    let n = simd.sub(shifted, simd.splat(SHIFT));
    let r = simd.mul_add(n, simd.splat(-std::f32::consts::LN_2), x);
    let mut y = simd.splat(POLYNOMIAL[0]);
    for &coefficient in &POLYNOMIAL[1..] {
        y = simd.mul_add(y, r, simd.splat(coefficient));
    }
    (simd.power_of_two(shifted), simd.mul_add(y, simd.mul(r, r), r))
}

/// `max(x, 0)` in place; NaN stays NaN.
#[inline(always)]
pub(crate) fn rectify<S: Simd>(simd: S, values: &mut [f32]) {
    let (lines, rest) = values.as_chunks_mut::<LANES>();
    // What a compiler makes of a loop that writes only where values are negative, a masked store, takes ten times as long on
    // some processors.
    for line in lines {
        simd.store(simd.max(simd.splat(0.0), simd.load(line)), line);
    }
    for value in rest {
        *value = if *value < 0.0 { 0.0 } else { *value };
    }
}

/// `exp(x)` between `exp(-87)` and `exp(87)`, within 4e-7 of itself; NaN stays NaN.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let (power, fraction) = split_exp(simd, x);
    simd.mul_add(power, fraction, power)
}

/// `1 / (1 + exp(-x))`, within 1e-7 (seen: 8.9e-8); NaN stays NaN.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let one = simd.splat(1.0);
    let exp = exp(simd, simd.sub(simd.splat(0.0), x));
    simd.div(one, simd.add(one, exp))
}

/// `tanh(x)`, within 2e-7, absolute and relative (seen: 1.5e-7 and 1.8e-7); NaN stays NaN.
///
/// Through `exp(2x) - 1` rather than `2 σ(2x) - 1`, which has no relative accuracy near 0.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let (power, fraction) = split_exp(simd, simd.add(x, x));
    let minus_one = simd.mul_add(power, fraction, simd.sub(power, simd.splat(1.0)));
    simd.div(minus_one, simd.add(minus_one, simd.splat(2.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Backend, Kernel, LANES};

    struct Both([f32; LANES]);

    impl Kernel for Both {
        type Output = [[f32; LANES]; 2];

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let mut out = [[0.0; LANES]; 2];
            let x = simd.load(&self.0);
            simd.store(sigmoid(simd, x), &mut out[0]);
            simd.store(tanh(simd, x), &mut out[1]);
            out
        }
    }

    /// Worst absolute errors of sigmoid and tanh, and worst relative error of tanh, over `values`.
    fn worst(backend: Backend, values: impl Iterator<Item = f32>) -> [f64; 3] {
        let values: Vec<f32> = values.collect();
        let mut worst = [0.0_f64; 3];
        for chunk in values.chunks_exact(LANES) {
            let x: [f32; LANES] = chunk.try_into().unwrap();
            let [sigmoid, tanh] = backend.run(Both(x));
            for i in 0..LANES {
                let exact = f64::from(x[i]);
                let error = (f64::from(sigmoid[i]) - 1.0 / (1.0 + (-exact).exp())).abs();
                let error_tanh = (f64::from(tanh[i]) - exact.tanh()).abs();
                let relative = if x[i] == 0.0 {
                    0.0
                } else {
                    error_tanh / exact.tanh().abs()
                };
                worst = [worst[0].max(error), worst[1].max(error_tanh), worst[2].max(relative)];
            }
        }
        worst
    }

    /// Every `step`-th float from 2^-24 to 128, with both signs.
    fn floats(step: usize) -> impl Iterator<Item = f32> {
        let bits = (2.0_f32.powi(-24).to_bits()..128.0_f32.to_bits()).step_by(step);
        bits.map(f32::from_bits).flat_map(|x| [x, -x])
    }

    #[test]
    fn errors_stay_within_their_bounds() {
        for backend in Backend::available() {
            let [sigmoid, tanh, relative] = worst(backend, floats(97));
            println!(
                "{}: sigmoid {sigmoid:.3e}, tanh {tanh:.3e}, tanh relative {relative:.3e}",
                backend.name()
            );
            assert!(
                sigmoid <= 1e-7 && tanh <= 2e-7 && relative <= 2e-7,
                "{}",
                backend.name()
            );
        }
    }

    #[test]
    fn limits_are_exact_and_nan_stays_nan() {
        let payload = f32::from_bits(0x7fc0_0001);
        let huge = [f32::INFINITY, f32::MAX, 1e4, 100.0];
        for backend in Backend::available() {
            for value in huge {
                let [sigmoid, tanh] = backend.run(Both([value; LANES]));
                assert_eq!((sigmoid[0], tanh[0]), (1.0, 1.0), "{value}");
                let [sigmoid, tanh] = backend.run(Both([-value; LANES]));
                assert_eq!((tanh[0], sigmoid[0] < 1e-37), (-1.0, true), "{value}");
                assert!(sigmoid[0] >= 0.0, "{value}");
            }
            for value in [f32::NAN, payload, -payload] {
                let [sigmoid, tanh] = backend.run(Both([value; LANES]));
                assert!(sigmoid.iter().chain(&tanh).all(|v| v.is_nan()), "{value}");
            }
            let [sigmoid, tanh] = backend.run(Both([0.0; LANES]));
            assert_eq!((sigmoid[0], tanh[0]), (0.5, 0.0));
        }
    }
}
