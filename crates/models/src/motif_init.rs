//! Filters that start as known motifs.

use burn::tensor::Device;
use processive_core::Motif;

use crate::init::parameter;
use crate::layers::MotifConv;
use crate::networks::Network;
use crate::weights::values_of;

/// Motif columns start as log-odds times this: a perfect site then stands out from the random filters, whose
/// outputs have a standard deviation near 1.4, without saturating the layers above.
const SCALE: f64 = 0.5;

/// Probability that every letter keeps in a motif column, relative to the column.
const PSEUDOCOUNT: f64 = 0.05;

/// Replaces the first filters of a network by motifs: two per motif, one for each strand.
///
/// A filter becomes the motif's log-odds against a uniform background, centred in the kernel; of a motif wider
/// than the kernel the most informative stretch is taken. The bias is half the best score, negated, so that
/// only good matches pass the ReLU. Filters beyond the motifs stay random. Returns the network and how many
/// filters were replaced; a network without a convolutional stem stays as it is.
///
/// # Source
/// Quang & Xie 2016 (DanQ-JASPAR).
pub fn start_from_motifs(network: Network, motifs: &[&Motif], device: &Device) -> (Network, usize) {
    let Some(conv) = network.motif_conv() else {
        return (network, 0);
    };
    let [kernel, _, filters] = conv.weight.dims();
    let mut weights = values_of(conv.weight.val());
    let mut bias = values_of(conv.bias.val());
    let columns = motifs.iter().flat_map(|motif| both_strands(motif, kernel));
    let mut replaced = 0;
    for (filter, columns) in columns.enumerate().take(filters) {
        for position in 0..kernel {
            for base in 0..4 {
                weights[(position * 4 + base) * filters + filter] = columns[position][base];
            }
        }
        bias[filter] = -0.5
            * columns
                .iter()
                .map(|column| column.iter().fold(0.0f32, |a, &b| a.max(b)))
                .sum::<f32>();
        replaced += 1;
    }
    let mut started: MotifConv = conv.clone();
    started.weight = parameter(weights, [kernel, 4, filters], device);
    started.bias = parameter(bias, [filters], device);
    (network.with_motif_conv(started), replaced)
}

/// The log-odds columns of a motif and of its reverse complement, in a kernel's width.
fn both_strands(motif: &Motif, kernel: usize) -> [Vec<[f32; 4]>; 2] {
    let odds = motif.log_odds([0.25; 4], PSEUDOCOUNT);
    let start = best_stretch(&motif.information(), kernel);
    let kept = &odds[start..odds.len().min(start + kernel)];
    let left = (kernel - kept.len()) / 2;
    let mut plus = vec![[0.0f32; 4]; kernel];
    for (column, odds) in plus[left..].iter_mut().zip(kept) {
        *column = odds.map(|value| (SCALE * value) as f32);
    }
    let minus = plus
        .iter()
        .rev()
        .map(|column| [column[3], column[2], column[1], column[0]])
        .collect();
    [plus, minus]
}

/// Where the most informative stretch of `width` positions begins.
fn best_stretch(information: &[f64], width: usize) -> usize {
    let total = |start: usize| -> f64 { information[start..].iter().take(width).sum() };
    let last = information.len().saturating_sub(width);
    (0..=last)
        .rev()
        .max_by(|&a, &b| total(a).total_cmp(&total(b)))
        .unwrap_or(0)
}

/// A convolution's weights as a tensor, for readers of this module's tests.
#[cfg(test)]
fn filter(conv: &MotifConv, filter: usize) -> Vec<f32> {
    let weight = conv.weight.val();
    let [kernel, letters, filters] = weight.dims();
    let values = values_of(weight);
    (0..kernel * letters)
        .map(|cell| values[cell * filters + filter])
        .collect()
}

#[cfg(test)]
mod tests {
    use processive_encode::{PaddedBatch, encode_dna};

    use super::*;
    use crate::{Architecture, ArchitectureConfig, Input, Mode, device};

    fn sharp(consensus: &str) -> Motif {
        let column = |base: u8| {
            let mut column = [0.01; 4];
            column[usize::from(processive_core::alphabet::dna_code(base))] = 0.97;
            column
        };
        Motif::new("M", "", consensus.bytes().map(column).collect()).unwrap()
    }

    #[test]
    fn the_first_two_filters_are_the_motif_and_its_reverse_complement() {
        let config = ArchitectureConfig {
            filters: 3,
            kernel: 7,
            ..ArchitectureConfig::new(Architecture::BagCnn)
        };
        let network = Network::init(&config, 1, 1, &device::cpu()).unwrap();
        let before = filter(network.motif_conv().unwrap(), 2);
        let (network, replaced) = start_from_motifs(network, &[&sharp("TGACG")], &device::cpu());
        assert_eq!(replaced, 2);
        assert_eq!(filter(network.motif_conv().unwrap(), 2), before);
        let site = encode_dna(b"TGACG");
        let reverse = encode_dna(b"CGTCA");
        let batch = PaddedBatch::new(&[&site, &reverse]).unwrap();
        let features = network.features(&Input::codes(batch), &mut Mode::Infer);
        let values = values_of(features.values);
        // Five positions of half ln((0.97 + 0.05 / 4) / (1.05 / 4)), less half of that sum.
        let own = 0.25 * 5.0 * (0.9825f32 / 0.2625).ln();
        assert!(
            (values[0] - own).abs() < 1e-5 && values[1].abs() < 1e-6,
            "its own filter only: {values:?}"
        );
        assert!(
            values[3].abs() < 1e-6 && (values[4] - own).abs() < 1e-5,
            "and the other strand: {values:?}"
        );
    }

    #[test]
    fn a_wide_motif_keeps_its_most_informative_stretch() {
        assert_eq!(best_stretch(&[0.0, 2.0, 2.0, 0.0], 2), 1);
        assert_eq!(best_stretch(&[1.0, 1.0, 1.0], 2), 0);
        assert_eq!(best_stretch(&[1.0], 5), 0);
    }
}
