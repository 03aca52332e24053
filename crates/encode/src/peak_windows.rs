//! Windows around the peaks of one contig, and the background they are set against.

use std::collections::BTreeSet;

use processive_core::alphabet::UNKNOWN;
use processive_core::{Contig, Peak, Region};
use rand::Rng;

use crate::free_starts::{FreeStarts, Zone};
use crate::negatives::{NegativeRule, background_starts, flank_starts, gc_matched_starts, shuffles};
use crate::window;

/// How windows are cut out of a contig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSettings {
    /// The number of bases of every window, at least 1; 0 is read as 1.
    pub width: usize,
    /// Where negatives come from.
    pub negatives: NegativeRule,
    /// How many negatives are wanted for each positive.
    pub per_positive: usize,
    /// No negative window of the genome touches the bases from `exclusion` before to `exclusion` after a
    /// peak's centre (the base `exclusion` after it is free), in bases. The centre and the bases of the peak
    /// itself are never touched, whatever the exclusion.
    pub exclusion: u64,
}

impl WindowSettings {
    /// Settings with one negative for each positive and an exclusion of one width.
    pub fn new(width: usize, negatives: NegativeRule) -> Self {
        Self {
            width,
            negatives,
            per_positive: 1,
            exclusion: width as u64,
        }
    }
}

/// A window and its codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowExample {
    /// The part of the window inside its contig; of a shuffled window, the region of the original.
    pub region: Region,
    /// The codes, as many as the window is wide: unknown beyond the contig.
    pub codes: Vec<u8>,
}

/// The windows of one contig, and what became of the peaks and negatives that are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContigWindows {
    /// One window for each peak that could be used, in the order of the peaks.
    pub positives: Vec<WindowExample>,
    /// The background, in the order it was drawn.
    pub negatives: Vec<WindowExample>,
    /// The number of peaks that lie on another contig.
    pub other_contig: usize,
    /// The number of peaks whose centre an earlier peak has.
    pub duplicates: usize,
    /// The number of peaks left out because more than half of their window lies beyond the contig's ends.
    pub beyond_ends: usize,
    /// The number of peaks left out because more than half of their window is unknown, the part beyond the
    /// contig's ends included.
    pub mostly_unknown: usize,
    /// The number of negatives that were wanted but could not be found.
    pub missing_negatives: usize,
}

/// Cuts a window around every peak of a contig and draws negatives for them.
///
/// `codes` are those of the whole contig; their number is taken as its length. Peaks with the same centre
/// give one positive. Peaks that give no positive still keep negatives away. The same arguments and the
/// same generator state give the same windows.
pub fn contig_windows(
    contig: &Contig,
    codes: &[u8],
    peaks: &[&Peak],
    settings: &WindowSettings,
    rng: &mut impl Rng,
) -> ContigWindows {
    let width = settings.width.max(1);
    let mut windows = ContigWindows::default();
    let mut here = peaks.to_vec();
    here.retain(|peak| peak.region.contig() == contig.name);
    windows.other_contig = peaks.len() - here.len();
    let centres = windows.add_positives(contig, codes, &here, width);

    let per_positive = settings.per_positive;
    let wanted = per_positive * windows.positives.len();
    let free_starts = || {
        let zones: Vec<Zone> = here.iter().flat_map(|peak| zones(peak, settings.exclusion)).collect();
        FreeStarts::find(codes, width, &zones)
    };
    let starts = match settings.negatives {
        NegativeRule::Shuffle => {
            windows.negatives = shuffles(&windows.positives, per_positive, rng);
            Vec::new()
        }
        NegativeRule::GcMatched => {
            gc_matched_starts(codes, width, &free_starts(), &windows.positives, per_positive, rng)
        }
        NegativeRule::Flank => flank_starts(&centres, width, &free_starts(), per_positive, rng),
        NegativeRule::Background => background_starts(&free_starts(), wanted, rng),
    };
    let cut = |start| cut_example(contig, codes, start + width as u64 / 2, width);
    windows.negatives.extend(starts.into_iter().map(cut));
    windows.missing_negatives = wanted - windows.negatives.len();
    windows
}

impl ContigWindows {
    /// Adds the windows around the peaks that can be used, and returns their centres.
    fn add_positives(&mut self, contig: &Contig, codes: &[u8], peaks: &[&Peak], width: usize) -> Vec<u64> {
        let mut seen = BTreeSet::new();
        let mut centres = Vec::new();
        for peak in peaks {
            let centre = peak.centre();
            if !seen.insert(centre) {
                self.duplicates += 1;
                continue;
            }
            let example = cut_example(contig, codes, centre, width);
            let unknown = example.codes.iter().filter(|&&code| code >= UNKNOWN).count();
            if 2 * example.region.len() < width as u64 {
                self.beyond_ends += 1;
            } else if 2 * unknown > width {
                self.mostly_unknown += 1;
            } else {
                self.positives.push(example);
                centres.push(centre);
            }
        }
        centres
    }
}

fn cut_example(contig: &Contig, codes: &[u8], centre: u64, width: usize) -> WindowExample {
    let span = window(centre, width, codes.len() as u64);
    WindowExample {
        region: span.region(&contig.name),
        codes: span.cut(codes),
    }
}

/// The stretches that a peak keeps free of negatives: around its centre, and the peak itself.
fn zones(peak: &Peak, exclusion: u64) -> [Zone; 2] {
    let centre = peak.centre();
    let around = centre.saturating_sub(exclusion)..centre.saturating_add(exclusion.max(1));
    [around, peak.region.start()..peak.region.end()]
}

#[cfg(test)]
mod tests {
    use processive_core::Strand;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{encode_dna, gc_fraction};

    const N: u8 = UNKNOWN;

    fn peak(contig: &str, start: u64, end: u64) -> Peak {
        Peak {
            region: Region::new(contig, start, end).unwrap(),
            summit: None,
            name: None,
            score: None,
            strand: Strand::Unstranded,
        }
    }

    /// A peak of one base.
    fn at(centre: u64) -> Peak {
        peak("chr1", centre, centre + 1)
    }

    fn random_codes(length: usize, seed: u64) -> Vec<u8> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..length).map(|_| rng.random_range(0..4)).collect()
    }

    fn cut(codes: &[u8], peaks: &[Peak], settings: &WindowSettings) -> ContigWindows {
        let contig = Contig::new("chr1", codes.len() as u64);
        let peaks: Vec<&Peak> = peaks.iter().collect();
        contig_windows(&contig, codes, &peaks, settings, &mut ChaCha8Rng::seed_from_u64(7))
    }

    fn starts(examples: &[WindowExample]) -> Vec<u64> {
        examples.iter().map(|example| example.region.start()).collect()
    }

    #[test]
    fn windows_keep_their_width_at_the_ends_of_a_contig() {
        let codes = encode_dna(b"ACGTACGTAC");
        let windows = cut(&codes, &[at(1), at(9)], &WindowSettings::new(6, NegativeRule::Shuffle));
        assert_eq!(windows.positives[0].codes, [N, N, 0, 1, 2, 3]);
        assert_eq!(windows.positives[0].region, Region::new("chr1", 0, 4).unwrap());
        assert_eq!(windows.positives[1].codes, [2, 3, 0, 1, N, N]);
        assert_eq!(windows.positives[1].region, Region::new("chr1", 6, 10).unwrap());
    }

    #[test]
    fn every_peak_without_a_window_is_counted() {
        let mut codes = random_codes(400, 1);
        codes[200..240].fill(N);
        let peaks = [
            at(100),
            at(100),
            peak("chr1", 98, 103),
            peak("chr2", 50, 60),
            at(220),
            at(399),
            at(405),
            at(9_000),
            at(0),
        ];
        let windows = cut(&codes, &peaks, &WindowSettings::new(20, NegativeRule::Background));
        // Of the windows around 399 and 0, 11 and 10 of 20 bases lie inside: half is enough.
        assert_eq!(starts(&windows.positives), [90, 389, 0]);
        let counts = (
            windows.other_contig,
            windows.duplicates,
            windows.beyond_ends,
            windows.mostly_unknown,
        );
        assert_eq!(counts, (1, 2, 2, 1));
        assert_eq!((windows.negatives.len(), windows.missing_negatives), (3, 0));
    }

    #[test]
    fn shuffled_negatives_are_shuffles_of_each_positive_and_never_the_positive() {
        let mut codes = random_codes(300, 2);
        codes[200..].fill(0);
        let mut settings = WindowSettings::new(30, NegativeRule::Shuffle);
        settings.per_positive = 3;
        let windows = cut(&codes, &[at(50), at(100), at(260)], &settings);
        assert_eq!(windows.positives.len(), 3);
        // The homopolymer at 260 has no other shuffle.
        assert_eq!((windows.negatives.len(), windows.missing_negatives), (6, 3));
        for (negatives, positive) in windows.negatives.chunks(3).zip(&windows.positives) {
            for negative in negatives {
                assert_eq!(negative.region, positive.region);
                assert_ne!(negative.codes, positive.codes);
                assert_eq!(gc_fraction(&negative.codes), gc_fraction(&positive.codes));
            }
        }
    }

    #[test]
    fn flanking_negatives_lie_one_and_a_half_to_ten_widths_away() {
        let codes = random_codes(20_000, 3);
        let mut settings = WindowSettings::new(100, NegativeRule::Flank);
        settings.per_positive = 40;
        let windows = cut(&codes, &[at(10_000)], &settings);
        assert_eq!((windows.negatives.len(), windows.missing_negatives), (40, 0));
        let distance = |example: &WindowExample| (example.region.start() + 50).abs_diff(10_000);
        assert!(
            windows
                .negatives
                .iter()
                .all(|example| (150..=1000).contains(&distance(example)))
        );
        let left = starts(&windows.negatives)
            .into_iter()
            .filter(|&start| start < 10_000)
            .count();
        assert!((8..=32).contains(&left), "{left} of 40 on the left");
    }

    #[test]
    fn all_flanking_windows_are_found_and_the_rest_is_missing() {
        // Width 10, centre 60: starts 0 to 40 (centres 5 to 45) and 70 to 90 (to the end of the contig).
        let codes = random_codes(100, 4);
        let mut settings = WindowSettings::new(10, NegativeRule::Flank);
        settings.per_positive = 100;
        let windows = cut(&codes, &[at(60)], &settings);
        let mut found = starts(&windows.negatives);
        found.sort_unstable();
        assert!(found.into_iter().eq((0..=40).chain(70..=90)));
        assert_eq!(windows.missing_negatives, 100 - 41 - 21);
    }

    #[test]
    fn matched_negatives_have_the_gc_of_their_positives() {
        // AT-rich but for the first 4,000 bases; all positives lie there.
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let base = |gc: bool, side: bool| if gc { 1 + u8::from(side) } else { 3 * u8::from(side) };
        let codes: Vec<u8> = (0..40_000)
            .map(|position| {
                base(
                    rng.random_bool(if position < 4_000 { 0.7 } else { 0.3 }),
                    rng.random_bool(0.5),
                )
            })
            .collect();
        let peaks: Vec<Peak> = (0..10).map(|index| at(500 + 50 * index)).collect();
        let mean_gc = |examples: &[WindowExample]| -> f64 {
            examples
                .iter()
                .filter_map(|example| gc_fraction(&example.codes))
                .sum::<f64>()
                / examples.len() as f64
        };
        let matched = cut(&codes, &peaks, &WindowSettings::new(100, NegativeRule::GcMatched));
        let random = cut(&codes, &peaks, &WindowSettings::new(100, NegativeRule::Background));
        assert_eq!((matched.negatives.len(), random.negatives.len()), (10, 10));
        assert!((mean_gc(&matched.negatives) - mean_gc(&matched.positives)).abs() < 0.02);
        assert!(mean_gc(&random.positives) - mean_gc(&random.negatives) > 0.15);
        assert!(starts(&matched.negatives).iter().all(|start| start % 50 == 0));
    }

    #[test]
    fn no_negative_lies_in_a_wide_peak() {
        let codes = random_codes(1_000, 6);
        let mut settings = WindowSettings::new(20, NegativeRule::Background);
        settings.per_positive = 10_000;
        settings.exclusion = 0;
        let windows = cut(&codes, &[peak("chr1", 100, 900)], &settings);
        let mut found = starts(&windows.negatives);
        found.sort_unstable();
        assert!(found.into_iter().eq((0..=80).chain(900..=980)));
    }

    #[test]
    fn a_contig_shorter_than_the_window_has_no_background() {
        let codes = random_codes(12, 8);
        for rule in [NegativeRule::GcMatched, NegativeRule::Flank, NegativeRule::Background] {
            let windows = cut(&codes, &[at(6)], &WindowSettings::new(20, rule));
            assert_eq!(windows.positives.len(), 1);
            assert_eq!((windows.negatives.len(), windows.missing_negatives), (0, 1), "{rule}");
        }
    }

    proptest! {
        #[test]
        fn negatives_keep_their_distance_are_known_and_distinct_and_add_up(
            seed in any::<u64>(),
            length in 0usize..3_000,
            gap in 0usize..3_000,
            centres in prop::collection::vec(0u64..3_200, 0..8),
            width in 0usize..80,
            exclusion in 0u64..120,
            per_positive in 0usize..4,
            rule in prop::sample::select(&NegativeRule::ALL[..]),
        ) {
            let mut codes = random_codes(length, seed);
            let gap = gap.min(length)..(gap + 150).min(length);
            codes[gap].fill(N);
            let peaks: Vec<Peak> = centres.iter().map(|&centre| at(centre)).collect();
            let settings = WindowSettings { width, negatives: rule, per_positive, exclusion };
            let windows = cut(&codes, &peaks, &settings);
            prop_assert_eq!(&cut(&codes, &peaks, &settings), &windows);
            let dropped = windows.duplicates + windows.beyond_ends + windows.mostly_unknown;
            prop_assert_eq!(windows.positives.len() + dropped, peaks.len());
            let wanted = per_positive * windows.positives.len();
            prop_assert_eq!(windows.negatives.len() + windows.missing_negatives, wanted);
            let width = width.max(1);
            for example in windows.positives.iter().chain(&windows.negatives) {
                prop_assert_eq!(example.codes.len(), width);
            }
            if rule == NegativeRule::Shuffle {
                return Ok(());
            }
            let mut distinct = BTreeSet::new();
            for example in &windows.negatives {
                let (start, end) = (example.region.start(), example.region.end());
                prop_assert_eq!(&codes[start as usize..end as usize], &example.codes);
                prop_assert!(distinct.insert(start));
                prop_assert!(centres.iter().all(|&centre| end + exclusion <= centre || start >= centre + exclusion.max(1)));
                let unknown = example.codes.iter().filter(|&&code| code >= N).count();
                prop_assert!(2 * unknown < width);
            }
        }
    }
}
