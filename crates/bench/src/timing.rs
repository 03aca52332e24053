//! Timing of one piece of work, and its JSON line.

use std::time::Instant;

use serde::Serialize;

/// The work whose speed is called the machine's limit.
pub(crate) const PRODUCT: &str = "matmul 1024^3";

/// One work item's times.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Timing {
    /// The name, the same as the rival's.
    pub(crate) work: String,
    /// Who was measured.
    pub(crate) peer: String,
    /// Where.
    pub(crate) device: &'static str,
    /// With how many threads.
    pub(crate) threads: usize,
    /// The median of the repeats.
    pub(crate) median_s: f64,
    /// The fastest repeat.
    pub(crate) min_s: f64,
    /// The slowest repeat.
    pub(crate) max_s: f64,
    /// What one repeat computes.
    #[serde(flatten)]
    pub(crate) size: Size,
}

/// How much one repeat computes, in the units that fit the work.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Size {
    /// Floating-point operations of the plain definition, in 10^9; none where look-ups replace them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gflop: Option<f64>,
    /// Bases read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bases: Option<usize>,
    /// Residues read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) residues: Option<usize>,
}

impl Size {
    pub(crate) fn gflop(gflop: f64) -> Self {
        Self {
            gflop: Some(gflop),
            ..Self::default()
        }
    }

    pub(crate) fn bases(bases: usize) -> Self {
        Self {
            bases: Some(bases),
            ..Self::default()
        }
    }
}

/// Runs `work` once unmeasured, then `repeats` times.
pub(crate) fn measure(name: &str, size: Size, repeats: usize, mut work: impl FnMut()) -> Timing {
    work();
    let mut seconds: Vec<f64> = (0..repeats)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    Timing {
        work: name.to_owned(),
        peer: concat!("processive ", env!("CARGO_PKG_VERSION")).to_owned(),
        device: "cpu",
        threads: rayon::current_num_threads(),
        median_s: median(&seconds),
        min_s: seconds[0],
        max_s: seconds[repeats - 1],
        size,
    }
}

/// The median of sorted numbers.
pub(crate) fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}
