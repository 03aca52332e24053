//! What a predictor says of the residues of one chain.

use processive_core::{Reduction, State3, State8, StructureLabels};
use thiserror::Error;

use super::probability::{first_improper, most_likely};

/// Why predictions cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StructureMetricsError {
    /// A prediction has another length than its chain.
    #[error("chain {id} has {residues} residues, but {predicted} are predicted")]
    Length {
        /// The chain.
        id: String,
        /// The number of its residues.
        residues: usize,
        /// The number of predicted states.
        predicted: usize,
    },
    /// There are more or fewer probabilities than states.
    #[error("{rows} residues have probabilities, but {states} have states")]
    Rows {
        /// The number of residues with probabilities.
        rows: usize,
        /// The number of residues with states.
        states: usize,
    },
    /// Numbers that claim to be probabilities are none.
    #[error("the numbers of residue {} are no probabilities that add up to one", index + 1)]
    NotProbabilities {
        /// The 0-based index of the residue.
        index: usize,
    },
    /// There is nothing to judge by.
    #[error("no chain has a residue that is scored")]
    NoScoredResidue,
}

/// What a predictor says of the residues of one chain: helix, strand or coil, and where it tells them apart, the eight
/// states; with or without probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct StructurePrediction {
    pub(super) three: Vec<State3>,
    pub(super) eight: Option<Vec<State8>>,
    pub(super) of_three: Option<Vec<[f32; 3]>>,
    pub(super) of_eight: Option<Vec<[f32; 8]>>,
}

impl StructurePrediction {
    /// A prediction of states alone; eight are reduced to three by `rule`.
    pub fn of_states(states: StructureLabels, rule: Reduction) -> Self {
        let three = states.three(rule);
        let eight = match states {
            StructureLabels::Three(_) => None,
            StructureLabels::Eight(states) => Some(states),
        };
        Self {
            three,
            eight,
            of_three: None,
            of_eight: None,
        }
    }

    /// A prediction of states alone, by a predictor that tells three and perhaps eight, which need not agree.
    ///
    /// # Panics
    /// When there are more or fewer of the eight than of the three.
    pub fn of_both(three: Vec<State3>, eight: Option<Vec<State8>>) -> Self {
        assert!(
            eight.as_ref().is_none_or(|eight| eight.len() == three.len()),
            "one state of eight per residue"
        );
        Self {
            three,
            eight,
            of_three: None,
            of_eight: None,
        }
    }

    /// A prediction of the probabilities of eight states, in code order. Those of three are their sums by `rule`, and
    /// the predicted states are the likeliest of the eight and the likeliest of the three, which need not agree.
    ///
    /// # Errors
    /// [`StructureMetricsError::NotProbabilities`].
    pub fn of_eight(probabilities: Vec<[f32; 8]>, rule: Reduction) -> Result<Self, StructureMetricsError> {
        refuse_improper(&probabilities)?;
        let of_three: Vec<[f32; 3]> = probabilities.iter().map(|row| sums(row, rule)).collect();
        let eight = probabilities.iter().map(|row| State8::ALL[most_likely(row)]);
        Ok(Self {
            three: of_three.iter().map(|row| State3::ALL[most_likely(row)]).collect(),
            eight: Some(eight.collect()),
            of_three: Some(of_three),
            of_eight: Some(probabilities),
        })
    }

    /// The same states with the probabilities of helix, strand and coil, which need not be largest for them.
    ///
    /// # Errors
    /// [`StructureMetricsError::Rows`] and [`StructureMetricsError::NotProbabilities`].
    pub fn with_three(mut self, probabilities: Vec<[f32; 3]>) -> Result<Self, StructureMetricsError> {
        if probabilities.len() != self.three.len() {
            return Err(StructureMetricsError::Rows {
                rows: probabilities.len(),
                states: self.three.len(),
            });
        }
        refuse_improper(&probabilities)?;
        self.of_three = Some(probabilities);
        Ok(self)
    }

    /// The number of residues.
    pub fn len(&self) -> usize {
        self.three.len()
    }

    /// Whether there is no residue.
    pub fn is_empty(&self) -> bool {
        self.three.is_empty()
    }

    /// The predicted helix, strand or coil of every residue.
    pub fn three(&self) -> &[State3] {
        &self.three
    }

    /// The predicted one of eight states of every residue, where they are told apart.
    pub fn eight(&self) -> Option<&[State8]> {
        self.eight.as_deref()
    }
}

fn refuse_improper<const K: usize>(probabilities: &[[f32; K]]) -> Result<(), StructureMetricsError> {
    match first_improper(probabilities) {
        None => Ok(()),
        Some(index) => Err(StructureMetricsError::NotProbabilities { index }),
    }
}

/// The probabilities of helix, strand and coil: sums over the states that `rule` takes for them.
fn sums(eight: &[f32; 8], rule: Reduction) -> [f32; 3] {
    let mut three = [0.0; 3];
    for (state, probability) in State8::ALL.into_iter().zip(eight) {
        three[rule.reduce(state) as usize] += probability;
    }
    three
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_of_three_is_that_of_the_sums() -> Result<(), StructureMetricsError> {
        // H B E G I T S C: loop is the likeliest of eight, helix (H + G + I = .5) the likeliest of three.
        let row = [0.25, 0.0, 0.125, 0.125, 0.125, 0.0, 0.0, 0.375];
        let found = StructurePrediction::of_eight(vec![row], Reduction::GhiEb)?;
        assert_eq!(
            (found.three(), found.eight()),
            (&[State3::H][..], Some(&[State8::C][..]))
        );
        assert_eq!(found.of_three, Some(vec![[0.5, 0.125, 0.375]]));
        let strict = StructurePrediction::of_eight(vec![row], Reduction::HE)?;
        assert_eq!(strict.three(), [State3::C]);
        Ok(())
    }

    #[test]
    fn numbers_that_do_not_belong_to_the_states_are_refused() {
        let states = || StructurePrediction::of_states(StructureLabels::Three(vec![State3::H; 2]), Reduction::GhiEb);
        let proper = [0.5, 0.25, 0.25];
        assert!(states().with_three(vec![proper; 2]).is_ok());
        let message = states().with_three(vec![proper]).unwrap_err().to_string();
        assert_eq!(message, "1 residues have probabilities, but 2 have states");
        // The outputs of PSIPRED do not add up to one.
        let message = states()
            .with_three(vec![proper, [0.5, 0.5, 0.3]])
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "the numbers of residue 2 are no probabilities that add up to one"
        );
    }
}
