//! Speed of the search for motifs: windows per second, of 200 matrices of 6 to 17 positions along 131,072 bases.
//!
//! `cargo bench -p processive-kernels --bench motifs`; `PROCESSIVE_KERNELS=portable` is the plain sum over every window.

use divan::Bencher;
use divan::counter::ItemsCount;
use processive_kernels::motif_scan::{BasePairs, ThresholdMatrix, find_hits};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

/// A matrix that wants one base at every position, with a hit in some 20,000 windows.
fn matrix(width: usize, rng: &mut ChaCha8Rng) -> ThresholdMatrix {
    let mut column = || {
        let wanted = rng.random_range(0..4);
        std::array::from_fn(|base| {
            if base == wanted {
                1700
            } else {
                -rng.random_range(2500..3400)
            }
        })
    };
    let columns = (0..width).map(|_| column()).collect();
    let lost = if width > 8 { 5000 } else { 1000 };
    ThresholdMatrix::new(columns, 1700 * width as i32 - lost)
}

#[divan::bench]
fn find(bencher: Bencher<'_, '_>) {
    const BASES: usize = 1 << 17;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let codes: Vec<u8> = (0..BASES).map(|_| rng.random_range(0..4)).collect();
    let matrices: Vec<ThresholdMatrix> = (0..200).map(|at| matrix(6 + at % 12, &mut rng)).collect();
    let mut bases = BasePairs::default();
    bases.fill(&codes);
    bencher
        .counter(ItemsCount::new(matrices.len() * BASES))
        .bench_local(|| {
            let mut hits = 0u64;
            find_hits(&matrices, &bases, |_, _, _| hits += 1);
            hits
        });
}
