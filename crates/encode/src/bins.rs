//! The bins of one contig as examples: bound when a peak's centre lies in them.

use std::collections::BTreeSet;

use processive_core::alphabet::UNKNOWN;
use processive_core::{Contig, Peak, Region};
use rand::Rng;

use crate::{WindowExample, window};

/// A bin of a contig, the window around it, and whether a peak's centre lies in the bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinExample {
    /// The bin.
    pub bin: Region,
    /// The window of the model around the bin's centre, as a scan cuts it.
    pub window: WindowExample,
    /// Whether the bin is bound.
    pub label: bool,
}

/// Which bins become examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinChoice {
    /// All of them: how a scan is judged.
    All,
    /// Every bound bin, the unbound ones within two bins of it, and this many others, drawn from the contig,
    /// for every bound bin: how a model for scanning is trained.
    Sampled(usize),
}

/// How far the neighbourhood of a bound bin reaches that [`BinChoice::Sampled`] always keeps, in bins.
const NEIGHBOURS: usize = 2;

/// Cuts the bins of a contig into examples, in the order of the contig.
///
/// Bin `i` covers `[i · bin, (i + 1) · bin)`, cut at the contig's end; its window has `width` bases around
/// `i · bin + bin / 2`. Bins without a known base are left out, as a scan leaves them out. `codes` are those of
/// the whole contig; peaks on other contigs are ignored.
///
/// # Panics
/// When `bin` or `width` is 0.
pub fn bin_examples(
    contig: &Contig,
    codes: &[u8],
    peaks: &[&Peak],
    (bin, width): (usize, usize),
    choice: BinChoice,
    rng: &mut impl Rng,
) -> Vec<BinExample> {
    assert!(bin > 0 && width > 0, "bins and windows have at least one base");
    let bins = codes.len().div_ceil(bin);
    let bound: BTreeSet<usize> = peaks
        .iter()
        .filter(|peak| peak.region.contig() == contig.name)
        .map(|peak| (peak.centre() / bin as u64) as usize)
        .filter(|&index| index < bins)
        .collect();
    let chosen: Vec<usize> = match choice {
        BinChoice::All => (0..bins).collect(),
        BinChoice::Sampled(per_bound) => sample(bins, &bound, per_bound, rng),
    };
    let example = |index: usize| {
        let (start, end) = (index * bin, ((index + 1) * bin).min(codes.len()));
        let known = codes[start..end].iter().any(|&code| code != UNKNOWN);
        known.then(|| {
            let span = window((start + bin / 2) as u64, width, codes.len() as u64);
            BinExample {
                bin: Region::new(&*contig.name, start as u64, end as u64).expect("a bin ends after its start"),
                window: WindowExample {
                    region: span.region(&contig.name),
                    codes: span.cut(codes),
                },
                label: bound.contains(&index),
            }
        })
    };
    chosen.into_iter().filter_map(example).collect()
}

fn sample(bins: usize, bound: &BTreeSet<usize>, per_bound: usize, rng: &mut impl Rng) -> Vec<usize> {
    use rand::RngExt;
    let near = |&index: &usize| index.saturating_sub(NEIGHBOURS)..(index + NEIGHBOURS + 1).min(bins);
    let mut chosen: BTreeSet<usize> = bound.iter().flat_map(near).collect();
    let wanted = (chosen.len() + bound.len() * per_bound).min(bins);
    // Half of all bins at the most are drawn one by one; beyond that, drawing would repeat itself.
    if wanted * 2 > bins {
        return (0..bins).collect();
    }
    while chosen.len() < wanted {
        chosen.insert(rng.random_range(0..bins));
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use processive_core::Strand;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn peak(contig: &str, start: u64) -> Peak {
        Peak {
            region: Region::new(contig, start, start + 1).unwrap(),
            summit: None,
            name: None,
            score: None,
            strand: Strand::Unstranded,
        }
    }

    fn examples(codes: &[u8], peaks: &[Peak], choice: BinChoice) -> Vec<BinExample> {
        let peaks: Vec<&Peak> = peaks.iter().collect();
        let contig = Contig::new("c", codes.len() as u64);
        bin_examples(
            &contig,
            codes,
            &peaks,
            (10, 14),
            choice,
            &mut ChaCha8Rng::seed_from_u64(1),
        )
    }

    #[test]
    fn a_bin_is_bound_when_it_holds_a_centre_and_its_window_is_centred() {
        let codes: Vec<u8> = (0..25u8).map(|i| i % 4).collect();
        let all = examples(&codes, &[peak("c", 10), peak("c", 19), peak("d", 3)], BinChoice::All);
        let labels: Vec<bool> = all.iter().map(|example| example.label).collect();
        assert_eq!(labels, [false, true, false]);
        assert_eq!(all[2].bin, Region::new("c", 20, 25).unwrap());
        // The centre of bin 1 is base 15; 14 bases around it are 8..22.
        assert_eq!(all[1].window.codes, codes[8..22]);
        assert_eq!(all[0].window.codes[..2], [UNKNOWN; 2]);
    }

    #[test]
    fn bins_without_a_known_base_are_left_out() {
        let mut codes = vec![1; 30];
        codes[10..20].fill(UNKNOWN);
        let starts: Vec<u64> = examples(&codes, &[], BinChoice::All)
            .iter()
            .map(|e| e.bin.start())
            .collect();
        assert_eq!(starts, [0, 20]);
    }

    #[test]
    fn sampling_keeps_bound_bins_and_their_neighbours_and_draws_the_rest() {
        let codes = vec![2; 10_000];
        let sampled = examples(&codes, &[peak("c", 5005), peak("c", 3)], BinChoice::Sampled(7));
        let indices: Vec<u64> = sampled.iter().map(|example| example.bin.start() / 10).collect();
        for kept in [0, 1, 2, 498, 499, 500, 501, 502] {
            assert!(indices.contains(&kept), "bin {kept} is missing");
        }
        assert_eq!(indices.len(), 8 + 2 * 7);
        assert_eq!(sampled.iter().filter(|example| example.label).count(), 2);
        assert!(indices.is_sorted());
    }

    #[test]
    fn sampling_more_than_half_takes_everything() {
        assert_eq!(examples(&[1; 100], &[peak("c", 50)], BinChoice::Sampled(5)).len(), 10);
        assert!(examples(&[], &[], BinChoice::Sampled(5)).is_empty());
    }
}
