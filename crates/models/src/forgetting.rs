//! How fast a recurrent network forgets, measured on real sequence: the halo of its streams follows from it.

use std::ops::Range;

use processive_core::alphabet::UNKNOWN;
use processive_encode::PaddedBatch;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::layers::{Input, Mode};
use crate::networks::Network;
use crate::streams::{StreamRule, StreamTile};
use crate::weights::values_of;
use crate::{Model, ModelError};

/// What reading a stretch in tiles may change in a probability.
const TOLERANCE: f64 = 1e-4;
/// Pairs of trajectories.
const PAIRS: usize = 32;
/// Bases that a pair reads apart, so that their states differ.
const APART: usize = 512;
/// Steps that a pair then reads together, at most.
const TOGETHER: usize = 2048;
/// The share of a distance below which rounding is a part of it.
const FLOOR: f64 = 1e-5;
/// Distances below this one are rounding.
const ROUNDING: f64 = 1e-8;
/// How much longer than the exponent says the first halo is: trajectories differ, and some forget more slowly.
const CAUTION: f64 = 1.5;
/// The share of the tolerance that a shorter halo may use: other places are a little worse than those that were tried.
const MARGIN: f64 = 0.1;
/// Bases of the longest halo that is worth its cost.
const LONGEST: usize = 1 << 14;
/// Halos around a stretch whose scores count as those of the untiled sequence.
const FAR: usize = 4;
/// Stretches on which a halo is verified.
const STRETCHES: usize = 64;
/// Windows of each of them.
const WINDOWS: usize = 64;

/// How fast a model's states forget what they have read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forgetting {
    /// The leading Lyapunov exponent of the states along real sequence, in nats per base: two trajectories from different
    /// states come closer by this rate. Of the slowest member and direction; not below 0 when the model does not forget.
    pub exponent: f64,
    /// Bases of context on both sides from which the probabilities are those of the untiled sequence, as far as
    /// `tolerance`; nothing when no halo up to 16,384 bases does.
    pub halo: Option<usize>,
    /// What the halo may change in a probability.
    pub tolerance: f64,
    /// The number of windows at random places on which the halo was verified.
    pub windows: usize,
    /// The largest difference that was found there; 1, the largest there can be, when no halo was tried.
    pub difference: f64,
}

impl Model {
    /// Measures how fast the model forgets along a sequence, and the halo that its streams need.
    ///
    /// Pairs of trajectories read different bases and then the same: the rate at which the distance of their states shrinks
    /// is the leading exponent `λ` (of the joint state; Benettin et al. 1980). The halo begins at `1.5 · ln(1/tolerance) /
    /// |λ|` and is doubled until tiles at random places, and at ends of contigs, give the probabilities that they have
    /// inside four times that context, then shortened while they differ by less than a tenth of the tolerance.
    ///
    /// Returns nothing for a model that [cannot be streamed](Self::stream).
    ///
    /// # Errors
    /// [`ModelError::ShortSequence`] when the sequence is too short to tell.
    pub fn measure_forgetting(&self, codes: &[u8], seed: u64) -> Result<Option<Forgetting>, ModelError> {
        let Some(stream) = self.stream() else {
            return Ok(None);
        };
        let unit = stream.unit();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut exponent = f64::NEG_INFINITY;
        for (network, stream) in self.networks().iter().zip(stream.networks()) {
            exponent = exponent.max(network.exponent(codes, stream.stride(), &mut rng)?);
        }
        let mut found = Forgetting {
            exponent,
            halo: None,
            tolerance: TOLERANCE,
            windows: 0,
            difference: 1.0,
        };
        if exponent >= 0.0 {
            return Ok(Some(found));
        }
        let first = (CAUTION * TOLERANCE.ln() / exponent).clamp(1.0, 2.0 * LONGEST as f64);
        let mut halo = (first as i64).cast_unsigned() as usize;
        while halo <= LONGEST {
            halo = halo.next_multiple_of(unit);
            found.difference = self.halo_difference(codes, halo, unit, &mut rng)?;
            found.windows = STRETCHES * WINDOWS;
            if found.difference <= TOLERANCE {
                found.halo = Some(halo);
                self.shorten(&mut found, codes, unit, &mut rng)?;
                break;
            }
            halo *= 2;
        }
        Ok(Some(found))
    }

    /// Shortens a halo by quarters while that leaves differences far below the tolerance.
    fn shorten(
        &self,
        found: &mut Forgetting,
        codes: &[u8],
        unit: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<(), ModelError> {
        while let Some(halo) = found.halo.filter(|&halo| halo > unit) {
            let shorter = halo / 4 * 3 / unit * unit;
            let difference = self.halo_difference(codes, shorter.max(unit), unit, rng)?;
            if difference > MARGIN * TOLERANCE {
                break;
            }
            (found.halo, found.difference) = (Some(shorter.max(unit)), difference);
        }
        Ok(())
    }

    /// The largest difference that a halo makes to probabilities at random places.
    fn halo_difference(&self, codes: &[u8], halo: usize, unit: usize, rng: &mut ChaCha8Rng) -> Result<f64, ModelError> {
        let (description, stream) = (self.description(), self.stream().expect("the model can be streamed"));
        let step = description.bin.next_multiple_of(unit).max(unit);
        let rule = |halo| StreamRule {
            window: description.window,
            step,
            halo,
            row: None,
        };
        let far = rule(FAR * halo);
        let places = places(codes, far.tile(WINDOWS), STRETCHES, rng)?;
        let stretches = places.into_iter().enumerate().map(|(index, place)| {
            let mut stretch = codes[place].to_vec();
            let (left, right) = stretch.split_at_mut(far.tile(WINDOWS) / 2);
            // Every second one has the end of a contig in its middle: states settle on unknown letters, too.
            match index % 4 {
                1 => right.fill(UNKNOWN),
                3 => left.fill(UNKNOWN),
                _ => {}
            }
            stretch
        });
        let stretches: Vec<Vec<u8>> = stretches.collect();
        let probabilities = |rule: StreamRule| {
            let inset = far.halo - rule.halo;
            let tiles = stretches.iter().map(|stretch| StreamTile {
                codes: &stretch[inset..stretch.len() - inset],
                windows: WINDOWS,
                first: 0,
            });
            let tiles: Vec<StreamTile<'_>> = tiles.collect();
            stream.probabilities(&tiles, rule)
        };
        let (near, far) = (probabilities(rule(halo)), probabilities(far));
        let differences = near.iter().zip(&far).map(|(near, far)| f64::from((near - far).abs()));
        Ok(differences.fold(0.0, f64::max))
    }
}

impl Network {
    /// The leading exponent along a sequence in nats per base, of the direction that forgets more slowly.
    fn exponent(&self, codes: &[u8], stride: usize, rng: &mut ChaCha8Rng) -> Result<f64, ModelError> {
        let apart = APART.next_multiple_of(stride);
        // A quarter of a short sequence is read together, so that pairs begin at different places.
        let together = (codes.len() / 4 / stride).min(TOGETHER) * stride;
        let common = places(codes, together.max(stride), PAIRS, rng)?;
        let different = places(codes, apart, 2 * PAIRS, rng)?;
        let mut slowest = f64::NEG_INFINITY;
        for reverse in [false, true] {
            let sequence = |index: usize| {
                let (alone, shared) = (&codes[different[index].clone()], &codes[common[index / 2].clone()]);
                if reverse {
                    [shared, alone].concat()
                } else {
                    [alone, shared].concat()
                }
            };
            let sequences: Vec<Vec<u8>> = (0..2 * PAIRS).map(sequence).collect();
            let distances = self.log_distances(&sequences);
            let steps = distances.len() - apart / stride;
            let shared: Vec<f64> = if reverse {
                distances[..steps].iter().rev().copied().collect()
            } else {
                distances[distances.len() - steps..].to_vec()
            };
            slowest = slowest.max(slope(&shared) / stride as f64);
        }
        Ok(slowest)
    }

    /// The mean logarithm, over pairs of sequences, of the distance of their features at every step.
    fn log_distances(&self, sequences: &[Vec<u8>]) -> Vec<f64> {
        let rows: Vec<&[u8]> = sequences.iter().map(Vec::as_slice).collect();
        let batch = PaddedBatch::new(&rows).expect("there are pairs, and they read bases");
        let features = self.features(&Input::codes(batch), &mut Mode::Infer).values;
        let [rows, steps, channels] = features.dims();
        let features = values_of(features);
        let state = |row: usize, step: usize| &features[(row * steps + step) * channels..][..channels];
        let distance = |pair: usize, step: usize| {
            let (a, b) = (state(2 * pair, step), state(2 * pair + 1, step));
            let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2));
            squares.sum::<f64>().sqrt().max(ROUNDING)
        };
        let mean = |step| (0..rows / 2).map(|pair| distance(pair, step).ln()).sum::<f64>() / (rows / 2) as f64;
        (0..steps).map(mean).collect()
    }
}

/// Random stretches of so many bases.
fn places(codes: &[u8], length: usize, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Range<usize>>, ModelError> {
    let last = codes.len().checked_sub(length).ok_or(ModelError::ShortSequence {
        length: codes.len(),
        needed: length,
    })?;
    let place = |_| {
        let start = rng.random_range(0..=last);
        start..start + length
    };
    Ok((0..count).map(place).collect())
}

/// The slope of a curve of logarithms by least squares, in the later half of what lies above rounding: by then the
/// slowest part of the distance is left.
fn slope(curve: &[f64]) -> f64 {
    if curve[0] < ROUNDING.ln() + 1.0 {
        return f64::NEG_INFINITY; // Nothing was ever carried in from this side.
    }
    let floor = (curve[0] + FLOOR.ln()).max(ROUNDING.ln());
    let above = curve.iter().take_while(|&&distance| distance > floor).count();
    // When the distance fell at once, one below the floor still tells how fast.
    let end = if above < 4 { (above + 1).min(curve.len()) } else { above };
    let half = &curve[above / 2..end];
    let n = half.len() as f64;
    let centre = (n - 1.0) / 2.0;
    let mean = half.iter().sum::<f64>() / n;
    let (mut product, mut square) = (0.0, 0.0);
    for (step, distance) in half.iter().enumerate() {
        let offset = step as f64 - centre;
        product += offset * (distance - mean);
        square += offset * offset;
    }
    if square > 0.0 { product / square } else { 0.0 }
}
