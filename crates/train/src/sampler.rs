//! Batches for training, augmented, and for scoring.

use processive_core::Alphabet;
use processive_core::alphabet::UNKNOWN;
use processive_encode::{PaddedBatch, length_buckets, reverse_complement};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::dataset::Dataset;
use crate::settings::FitSettings;

/// The random streams of a run: one per purpose and epoch, so that a run can be taken up at any epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The order of the examples.
    Order = 1,
    /// Reverse complements, shifts and hidden letters.
    Augmentation = 2,
    /// Dropout masks.
    Dropout = 3,
}

/// Returns the stream of a purpose in an epoch.
pub(crate) fn stream(seed: u64, purpose: Purpose, epoch: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((epoch as u64) << 8) | purpose as u64);
    rng
}

/// Returns the batches of an epoch as indices, in a random order.
pub(crate) fn training_batches(lengths: &[usize], settings: &FitSettings, epoch: usize) -> Vec<Vec<usize>> {
    let mut rng = stream(settings.seed, Purpose::Order, epoch);
    length_buckets(lengths, settings.batch_size, Some(&mut rng))
}

/// Lays out one training batch, every example changed as the settings ask.
pub(crate) fn augmented_batch(
    dataset: &Dataset,
    indices: &[usize],
    settings: &FitSettings,
    rng: &mut ChaCha8Rng,
) -> PaddedBatch {
    let rows: Vec<Vec<u8>> = indices
        .iter()
        .map(|&index| augment(&dataset.examples()[index].codes, settings, rng))
        .collect();
    padded(rows.iter().map(Vec::as_slice))
}

/// Lays out examples as they are.
pub(crate) fn plain_batch(dataset: &Dataset, indices: &[usize]) -> PaddedBatch {
    padded(indices.iter().map(|&index| dataset.examples()[index].codes.as_slice()))
}

fn padded<'a>(rows: impl Iterator<Item = &'a [u8]>) -> PaddedBatch {
    PaddedBatch::new(&rows.collect::<Vec<_>>()).expect("empty examples are refused before training")
}

fn augment(codes: &[u8], settings: &FitSettings, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut codes = codes.to_vec();
    if settings.jitter > 0 {
        let reach = settings.jitter as i64;
        shift(&mut codes, rng.random_range(-reach..=reach));
    }
    if settings.reverse_complement > 0.0 && rng.random::<f64>() < settings.reverse_complement {
        reverse_complement(&mut codes);
    }
    hide_letters(&codes, Alphabet::Dna, settings.letter_dropout, rng)
}

/// Returns the codes with a share of them unknown.
pub(crate) fn hide_letters(codes: &[u8], alphabet: Alphabet, share: f64, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut codes = codes.to_vec();
    if share > 0.0 {
        for code in &mut codes {
            if rng.random::<f64>() < share {
                *code = alphabet.unknown();
            }
        }
    }
    codes
}

/// Moves a sequence within its window; what enters is unknown. At least one letter stays.
fn shift(codes: &mut [u8], by: i64) {
    let most = codes.len().saturating_sub(1);
    let distance = usize::try_from(by.unsigned_abs()).unwrap_or(most).min(most);
    if by >= 0 {
        codes.rotate_right(distance);
        codes[..distance].fill(UNKNOWN);
    } else {
        codes.rotate_left(distance);
        let kept = codes.len() - distance;
        codes[kept..].fill(UNKNOWN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_keeps_the_length_and_brings_in_unknown_letters() {
        let moved = |by| {
            let mut codes = vec![0, 1, 2, 3];
            shift(&mut codes, by);
            codes
        };
        assert_eq!(moved(1), [UNKNOWN, 0, 1, 2]);
        assert_eq!(moved(-2), [2, 3, UNKNOWN, UNKNOWN]);
        assert_eq!(moved(9), [UNKNOWN, UNKNOWN, UNKNOWN, 0]);
    }

    #[test]
    fn streams_differ_by_purpose_and_epoch_and_repeat_by_seed() {
        let draw = |seed, purpose, epoch| stream(seed, purpose, epoch).random::<u64>();
        assert_eq!(draw(1, Purpose::Order, 3), draw(1, Purpose::Order, 3));
        assert_ne!(draw(1, Purpose::Order, 3), draw(1, Purpose::Dropout, 3));
        assert_ne!(draw(1, Purpose::Order, 3), draw(1, Purpose::Order, 4));
        assert_ne!(draw(1, Purpose::Order, 3), draw(2, Purpose::Order, 3));
    }

    #[test]
    fn without_augmentation_a_batch_is_the_examples() {
        let settings = FitSettings {
            reverse_complement: 0.0,
            ..FitSettings::default()
        };
        let example = |codes: &[u8]| crate::dataset::Example {
            codes: codes.to_vec(),
            label: true,
        };
        let dataset = Dataset::new(vec![example(&[0, 1, 2]), example(&[3])]);
        let mut rng = stream(1, Purpose::Augmentation, 0);
        assert_eq!(
            augmented_batch(&dataset, &[1, 0], &settings, &mut rng),
            plain_batch(&dataset, &[1, 0])
        );
        let always = FitSettings {
            reverse_complement: 1.0,
            ..settings
        };
        let flipped = augmented_batch(&dataset, &[0], &always, &mut rng);
        assert_eq!(flipped.codes(), [1, 2, 3]);
    }
}
