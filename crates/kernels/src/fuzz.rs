//! Random cases for as long as one likes.
//!
//! `PROCESSIVE_FUZZ_SECONDS` is the time for all kernels together (2 seconds unless set), and `PROCESSIVE_FUZZ_SEED`
//! the first case's seed (0 unless set); the next case has the next seed. A failure names its seed.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The kernels that share the time.
const KERNELS: f64 = 3.0;

/// Runs cases until the time is up, one at least.
pub(crate) fn for_a_while(case: impl Fn(&mut ChaCha8Rng)) {
    let time = Duration::from_secs_f64(setting("PROCESSIVE_FUZZ_SECONDS", 2.0) / KERNELS);
    let begin = Instant::now();
    for seed in setting("PROCESSIVE_FUZZ_SEED", 0_u64).. {
        let run = || case(&mut ChaCha8Rng::seed_from_u64(seed));
        let outcome = catch_unwind(AssertUnwindSafe(run));
        assert!(
            outcome.is_ok(),
            "seed {seed} fails, as said above; PROCESSIVE_FUZZ_SEED={seed} begins with it"
        );
        if begin.elapsed() >= time {
            break;
        }
    }
}

fn setting<T: FromStr>(name: &str, default: T) -> T {
    env::var(name).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} cannot be '{text}'"))
    })
}

/// A number of `least..=most`; half of them below a quarter of the way, since small sizes have the odd edges.
pub(crate) fn size(least: usize, most: usize, rng: &mut ChaCha8Rng) -> usize {
    let is_small: bool = rng.random();
    let most = if is_small { least + (most - least) / 4 } else { most };
    rng.random_range(least..=most)
}

/// Lengths of `0..=longest`.
pub(crate) fn lengths(batch: usize, longest: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    (0..batch).map(|_| rng.random_range(0..=longest)).collect()
}

/// Pools of one and of three threads.
pub(crate) fn pools() -> [ThreadPool; 2] {
    [1, 3].map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap())
}

/// What the rounding of sums of `terms` products of factors up to 1 may change in a value of size `size`. The terms of a
/// gradient of a single weight may cancel, and then the rounding is that of the partial sums, whose size goes with the
/// root of their number: sums of 865 terms that came to .055 and .006 were off by 2e-6 and 1e-7.
pub(crate) fn rounding(size: f64, terms: usize) -> f64 {
    1e-5 * size + 1e-6 * (terms as f64).sqrt()
}

/// Compares sums of `terms` products, allowing for their [`rounding`].
#[track_caller]
pub(crate) fn assert_near(found: &[f32], expected: &[f32], terms: usize, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let allowed = rounding(f64::from(size), terms);
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            f64::from((a - b).abs()) <= allowed,
            "{what}: {a} is not {b} at {index}, of at most {size}"
        );
    }
}
