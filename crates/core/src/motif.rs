//! Position weight matrices.

use thiserror::Error;

/// A DNA motif: the probability of A, C, G and T at every position.
#[derive(Clone, Debug, PartialEq)]
pub struct Motif {
    id: String,
    name: String,
    probabilities: Vec<[f64; 4]>,
}

/// Why a table of numbers is not a motif.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MotifError {
    /// There is no column.
    #[error("motif {id} has no positions")]
    Empty {
        /// The motif.
        id: String,
    },
    /// A column is not a probability distribution.
    #[error("position {position} of motif {id} has probabilities {column:?}, which do not sum to 1")]
    NotADistribution {
        /// The motif.
        id: String,
        /// The 1-based position.
        position: usize,
        /// The probabilities of A, C, G, T.
        column: [f64; 4],
    },
}

/// Rounded columns in published matrices sum to 1 within this.
const SUM_TOLERANCE: f64 = 0.02;

impl Motif {
    /// Creates a motif from one column (A, C, G, T) per position; columns are scaled to sum to exactly 1.
    ///
    /// # Errors
    /// [`MotifError::Empty`] without columns; [`MotifError::NotADistribution`] when a column holds a
    /// negative or non-finite number or its sum is more than 0.02 away from 1.
    pub fn new(id: impl Into<String>, name: impl Into<String>, columns: Vec<[f64; 4]>) -> Result<Self, MotifError> {
        let id = id.into();
        if columns.is_empty() {
            return Err(MotifError::Empty { id });
        }
        let mut probabilities = columns;
        for (index, column) in probabilities.iter_mut().enumerate() {
            let sum: f64 = column.iter().sum();
            let valid = column.iter().all(|&p| p.is_finite() && p >= 0.0);
            if !valid || (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(MotifError::NotADistribution {
                    id,
                    position: index + 1,
                    column: *column,
                });
            }
            *column = column.map(|p| p / sum);
        }
        Ok(Self {
            id,
            name: name.into(),
            probabilities,
        })
    }

    /// The accession, e.g. `MA0139.2`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, e.g. `CTCF`; the accession when the file gives no other.
    pub fn name(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }

    /// The probability of A, C, G, T at every position.
    pub fn probabilities(&self) -> &[[f64; 4]] {
        &self.probabilities
    }

    /// Returns the log-odds matrix `ln((p + ε·q) / ((1 + ε)·q))` against a background `q`, in nats.
    ///
    /// The pseudocount `ε` is a weight relative to the whole column, so zero probabilities stay finite.
    pub fn log_odds(&self, background: [f64; 4], pseudocount: f64) -> Vec<[f64; 4]> {
        let weigh = |p: f64, q: f64| ((p + pseudocount * q) / ((1.0 + pseudocount) * q)).ln();
        self.probabilities
            .iter()
            .map(|column| std::array::from_fn(|base| weigh(column[base], background[base])))
            .collect()
    }

    /// Returns the information content of every position in bits against a uniform background: 0 to 2.
    pub fn information(&self) -> Vec<f64> {
        let entropy = |column: &[f64; 4]| -> f64 { column.iter().filter(|&&p| p > 0.0).map(|&p| -p * p.log2()).sum() };
        self.probabilities.iter().map(|column| 2.0 - entropy(column)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_positions_hold_two_bits_and_uniform_ones_none() -> Result<(), MotifError> {
        let motif = Motif::new("M1", "", vec![[1.0, 0.0, 0.0, 0.0], [0.25; 4], [0.5, 0.5, 0.0, 0.0]])?;
        assert_eq!(motif.information(), [2.0, 0.0, 1.0]);
        assert_eq!(motif.name(), "M1");
        Ok(())
    }

    #[test]
    fn log_odds_of_the_background_are_zero() -> Result<(), MotifError> {
        let background = [0.3, 0.2, 0.2, 0.3];
        let motif = Motif::new("M1", "x", vec![background, [1.0, 0.0, 0.0, 0.0]])?;
        let odds = motif.log_odds(background, 0.01);
        assert!(odds[0].iter().all(|v| v.abs() < 1e-12));
        // (1 + .01 * .3) / (1.01 * .3) and (.01 * .2) / (1.01 * .2)
        assert!((odds[1][0] - (1.003f64 / 0.303).ln()).abs() < 1e-12);
        assert!((odds[1][1] - (0.01f64 / 1.01).ln()).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn columns_that_are_no_distribution_are_refused() {
        for column in [[0.5, 0.5, 0.5, 0.5], [1.2, -0.2, 0.0, 0.0], [f64::NAN, 0.0, 0.0, 1.0]] {
            let error = Motif::new("M1", "", vec![[0.25; 4], column]).unwrap_err();
            assert!(matches!(error, MotifError::NotADistribution { position: 2, .. }));
        }
        assert!(matches!(Motif::new("M1", "", vec![]), Err(MotifError::Empty { .. })));
    }
}
