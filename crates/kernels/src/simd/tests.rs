use proptest::prelude::*;

use super::*;

#[test]
fn the_portable_backend_comes_first_and_the_one_in_use_is_available() {
    let names: Vec<&str> = Backend::available().into_iter().map(Backend::name).collect();
    assert_eq!(names[0], "portable");
    assert!(names.contains(&Backend::current().name()));
}

/// Every operation on three vectors.
struct Operations([[f32; LANES]; 3]);

impl Kernel for Operations {
    type Output = (Vec<[f32; LANES]>, [u32; LANES]);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let [a, b, c] = self.0.map(|values| simd.load(&values));
        let (best, winner) = simd.raise(a, simd.splat_position(7), b, simd.splat_position(3));
        let sums = simd.sums([a, b, c, a]);
        let sums = simd.load(&std::array::from_fn(|i| sums[i % 4]));
        let results = [
            simd.splat(self.0[0][3]),
            simd.add(a, b),
            simd.sub(a, b),
            simd.mul(a, b),
            simd.div(a, b),
            simd.clamp(a, -2.0, 3.0),
            best,
            simd.mul_add(a, b, c),
            simd.keep(simd.on(a), b),
            simd.max(a, b),
            sums,
        ];
        let mut out = vec![[0.0; LANES]; results.len()];
        out.iter_mut()
            .zip(results)
            .for_each(|(to, result)| simd.store(result, to));
        let mut winners = [0; LANES];
        simd.store_positions(winner, &mut winners);
        (out, winners)
    }
}

/// Whether two results are the same number; the bits of a NaN are not part of the definition.
fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn assert_operations_are_the_portable_ones(values: [[f32; LANES]; 3]) {
    let (expected, winners) = Portable.run(Operations(values));
    for backend in Backend::available() {
        let (results, ours) = backend.run(Operations(values));
        assert_eq!(ours, winners, "{} {values:?}", backend.name());
        for (operation, (results, expected)) in results.iter().zip(&expected).enumerate() {
            for (i, (&result, &expected)) in results.iter().zip(expected).enumerate() {
                let close = if operation == 7 {
                    is_product_and_sum(result, [values[0][i], values[1][i], values[2][i]])
                } else {
                    same(result, expected)
                };
                assert!(
                    close,
                    "{} operation {operation}: {result} is not {expected}",
                    backend.name()
                );
            }
        }
    }
}

/// Whether `result` is `a · b + c`, rounded once or twice.
fn is_product_and_sum(result: f32, [a, b, c]: [f32; 3]) -> bool {
    same(result, a.mul_add(b, c)) || same(result, a * b + c)
}

#[test]
fn operations_on_special_values_are_the_portable_ones() {
    let special = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        2.5,
        f32::MAX,
        f32::MIN_POSITIVE,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];
    for shift_b in 0..special.len() {
        for shift_c in [0, 3, 7] {
            let row = |shift: usize| std::array::from_fn(|i| special[(i + shift) % special.len()]);
            assert_operations_are_the_portable_ones([row(0), row(shift_b), row(shift_c)]);
        }
    }
}

struct PowerOfTwo([f32; LANES]);

impl Kernel for PowerOfTwo {
    type Output = [f32; LANES];

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let mut out = [0.0; LANES];
        simd.store(simd.power_of_two(simd.load(&self.0)), &mut out);
        out
    }
}

#[test]
fn powers_of_two_are_exact_over_the_whole_range() {
    for backend in Backend::available() {
        for n in -126..=127_i16 {
            let shifted = 12_582_912.0 + f32::from(n);
            let expected = 2.0_f32.powi(i32::from(n));
            assert!(
                backend
                    .run(PowerOfTwo([shifted; LANES]))
                    .iter()
                    .all(|&power| same(power, expected)),
                "{n}"
            );
        }
    }
}

proptest! {
    #[test]
    fn operations_are_the_portable_ones(values in prop::array::uniform3(prop::array::uniform16(any::<f32>()))) {
        assert_operations_are_the_portable_ones(values);
    }
}

/// The backend that rounds; without one, which is said, there is nothing to test.
pub(crate) fn tested_rounding() -> Option<Backend> {
    let backend = Backend::rounding();
    if backend.is_none() {
        eprintln!("this CPU has no products of bfloat16: NOT TESTED");
    }
    backend
}
