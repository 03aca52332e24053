//! One chain judged: the counts from which every metric follows.

use processive_core::{LabelledChain, Reduction};

use super::boundary::BoundaryTally;
use super::confusion::StateConfusion;
use super::prediction::{StructureMetricsError, StructurePrediction};
use super::probability::ProbabilityTally;
use super::sov::{SegmentPairs, SovDefinition, SovScore};

/// What a prediction of `K` states got right on some residues.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StateTally<const K: usize> {
    /// The residues by observed and predicted state.
    pub confusion: StateConfusion<K>,
    /// Their probabilities against the observed states; empty when the predictor gives none.
    pub probability: ProbabilityTally,
}

impl<const K: usize> StateTally<K> {
    fn of_chain(observed: &[u8], predicted: &[u8], probabilities: Option<&[[f32; K]]>, scored: &[bool]) -> Self {
        let mut tally = Self::default();
        for place in (0..observed.len()).filter(|&place| scored[place]) {
            let state = usize::from(observed[place]);
            tally.confusion.record(state, usize::from(predicted[place]));
            if let Some(probabilities) = probabilities {
                tally.probability.record(&probabilities[place], state);
            }
        }
        tally
    }

    /// Adds another tally `times` times.
    pub fn add(&mut self, other: &Self, times: u32) {
        self.confusion.add(&other.confusion, u64::from(times));
        self.probability.add(&other.probability, f64::from(times));
    }
}

/// One chain judged: the counts from which every metric follows. Only scored residues are in them.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainTally {
    /// Helix, strand and coil.
    pub three: StateTally<3>,
    /// The eight states, when they are both observed and predicted.
    pub eight: Option<StateTally<8>>,
    /// The overlap of segments of helix, strand and coil, in the order of [`SovDefinition::ALL`].
    pub sov: [SovScore<3>; 3],
    /// Helix, strand and coil by the distance from the ends of observed segments.
    pub boundary: BoundaryTally,
}

impl ChainTally {
    /// Judges a prediction of a chain; observed states of eight are reduced to three by `rule`.
    ///
    /// # Errors
    /// [`StructureMetricsError::Length`] when the prediction has another length than the chain.
    ///
    /// # Panics
    /// When the chain's labels or marks are not one per residue.
    pub fn new(
        chain: &LabelledChain,
        prediction: &StructurePrediction,
        rule: Reduction,
    ) -> Result<Self, StructureMetricsError> {
        let residues = chain.sequence.len();
        assert_eq!(residues, chain.labels.len(), "one label per residue");
        assert_eq!(residues, chain.scored.len(), "one mark per residue");
        if prediction.len() != residues {
            return Err(StructureMetricsError::Length {
                id: chain.id.clone(),
                residues,
                predicted: prediction.len(),
            });
        }
        let scored = &chain.scored;
        let observed: Vec<u8> = chain.labels.three(rule).iter().map(|&state| state as u8).collect();
        let predicted: Vec<u8> = prediction.three.iter().map(|&state| state as u8).collect();
        let pairs = SegmentPairs::new(&observed, &predicted, scored);
        let eight = chain.labels.eight().zip(prediction.eight.as_deref());
        Ok(Self {
            three: StateTally::of_chain(&observed, &predicted, prediction.of_three.as_deref(), scored),
            eight: eight.map(|(observed, predicted)| {
                let [observed, predicted] =
                    [observed, predicted].map(|states| states.iter().map(|&state| state as u8).collect::<Vec<u8>>());
                StateTally::of_chain(&observed, &predicted, prediction.of_eight.as_deref(), scored)
            }),
            sov: SovDefinition::ALL.map(|definition| pairs.score(definition)),
            boundary: BoundaryTally::of_chain(&observed, &predicted, scored),
        })
    }

    /// The number of scored residues.
    pub fn residues(&self) -> u64 {
        self.three.confusion.residues()
    }
}

#[cfg(test)]
mod tests {
    use processive_core::{State3, State8, StructureLabels};

    use super::*;

    fn chain(labels: StructureLabels, scored: &[bool]) -> LabelledChain {
        LabelledChain {
            id: "1abc-A".to_owned(),
            sequence: vec![b'A'; scored.len()],
            labels,
            scored: scored.to_vec(),
        }
    }

    #[test]
    fn only_scored_residues_count() -> Result<(), StructureMetricsError> {
        use State3::{C, E, H};
        let observed = chain(StructureLabels::Three(vec![H, H, E, C]), &[true, true, false, true]);
        let states = StructureLabels::Three(vec![H, C, H, C]);
        let found = ChainTally::new(
            &observed,
            &StructurePrediction::of_states(states, Reduction::GhiEb),
            Reduction::GhiEb,
        )?;
        assert_eq!(found.three.confusion.counts(), &[[1, 0, 1], [0, 0, 0], [0, 0, 1]]);
        assert_eq!((found.residues(), found.eight), (3, None));
        assert_eq!(found.sov[0].states[1], None);
        // The strand in between is not scored, so helix and coil have no boundary.
        assert_eq!(found.boundary, BoundaryTally::default());
        Ok(())
    }

    #[test]
    fn eight_states_are_judged_as_eight_and_by_the_rule_as_three() -> Result<(), StructureMetricsError> {
        use State8::{C, G, H, T};
        let observed = chain(StructureLabels::Eight(vec![H, G, T, C]), &[true; 4]);
        let states = StructureLabels::Eight(vec![H, H, C, C]);
        for (rule, right) in [(Reduction::GhiEb, 4), (Reduction::HE, 3)] {
            let prediction = StructurePrediction::of_states(states.clone(), rule);
            let found = ChainTally::new(&observed, &prediction, rule)?;
            assert_eq!(found.three.confusion.right(), right, "{rule}");
            assert_eq!(found.eight.map(|eight| eight.confusion.right()), Some(2));
        }
        Ok(())
    }

    #[test]
    fn a_prediction_of_another_length_is_refused_by_the_name_of_the_chain() {
        let observed = chain(StructureLabels::Three(vec![State3::H; 3]), &[true; 3]);
        let states = StructureLabels::Three(vec![State3::H; 4]);
        let prediction = StructurePrediction::of_states(states, Reduction::GhiEb);
        let message = ChainTally::new(&observed, &prediction, Reduction::GhiEb)
            .unwrap_err()
            .to_string();
        assert_eq!(message, "chain 1abc-A has 3 residues, but 4 are predicted");
    }
}
