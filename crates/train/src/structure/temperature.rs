//! The temperature of an ensemble.

use super::chains::{ChainSet, STATES, probabilities, sums};

/// The mean of minus the logarithm of the probability of the observed state of three of every scored residue, when the
/// members' probabilities, `softmax(slope · logits)`, are averaged.
///
/// `members` are the logits of each member, as [`structure_logits`](super::structure_logits) gives them.
pub fn ensemble_nll(chains: &ChainSet, members: &[Vec<Vec<f32>>], slope: f64) -> f64 {
    let (mut total, mut residues) = (0.0, 0usize);
    for (index, chain) in chains.chains().iter().enumerate() {
        for residue in (0..chain.codes.len()).filter(|&residue| chain.scored[residue]) {
            let mut mean = [0.0; STATES];
            for member in members {
                let logits = &member[index][residue * STATES..(residue + 1) * STATES];
                let scaled: Vec<f32> = logits.iter().map(|&logit| slope as f32 * logit).collect();
                for (mean, p) in mean.iter_mut().zip(probabilities(&scaled)) {
                    *mean += p / members.len() as f64;
                }
            }
            let p = sums(&mean, chains.reduction())[chain.three[residue] as usize];
            total -= p.max(f64::MIN_POSITIVE).ln();
            residues += 1;
        }
    }
    total / residues.max(1) as f64
}

/// The slope, from 0.25 to 4, that makes [`ensemble_nll`] least: a golden-section search over its logarithm.
///
/// # Source
/// Guo et al. 2017 (temperature scaling; the slope is the inverse temperature); Kiefer 1953 for the search.
pub fn best_slope(chains: &ChainSet, members: &[Vec<Vec<f32>>]) -> f64 {
    const STEPS: usize = 24;
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let nll = |log: f64| ensemble_nll(chains, members, log.exp());
    let (mut low, mut high) = (0.25f64.ln(), 4f64.ln());
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (nll(left), nll(right));
    for _ in 0..STEPS {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = nll(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = nll(right);
        }
    }
    f64::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use processive_core::{LabelledChain, Reduction, State3, StructureLabels};

    use super::*;

    /// A hundred residues of which `helices` are helix and the rest coil.
    fn chains(helices: usize) -> ChainSet {
        let state = |residue: usize| if residue < helices { State3::H } else { State3::C };
        let chain = LabelledChain {
            id: "x".to_owned(),
            sequence: vec![b'A'; 100],
            labels: StructureLabels::Three((0..100).map(state).collect()),
            scored: vec![true; 100],
        };
        ChainSet::from_labelled(&[chain], Reduction::GhiEb)
    }

    #[test]
    fn the_slope_makes_the_confidence_what_the_data_say() {
        // Logits 2 for H, 0 for C, the rest impossible: p(H) = σ(2 · slope) should be .75, so slope = ln(3) / 2.
        let row = [2.0f32, -500.0, -500.0, -500.0, -500.0, -500.0, -500.0, 0.0];
        let member = vec![row.repeat(100)];
        let slope = best_slope(&chains(75), &[member]);
        assert!((slope - 3f64.ln() / 2.0).abs() < 1e-3, "{slope}");
    }

    #[test]
    fn members_are_averaged_as_probabilities() {
        let sure = [500.0f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0].repeat(100);
        let unsure = [0.0f32; 8].repeat(100);
        let nll = ensemble_nll(&chains(100), &[vec![sure], vec![unsure]], 1.0);
        // H, G and I of eight equal states are 3/8.
        assert!((nll + f64::midpoint(1.0, 0.375).ln()).abs() < 1e-6, "{nll}");
    }
}
