//! Position weight matrices.

use thiserror::Error;

/// A DNA motif: the probability of A, C, G and T at every position, and the number of sites that tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Motif {
    id: String,
    name: String,
    probabilities: Vec<[f64; 4]>,
    sites: Vec<f64>,
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
    /// A count is negative or not a number.
    #[error("position {position} of motif {id} has counts {column:?}, which are not all numbers from 0")]
    InvalidCount {
        /// The motif.
        id: String,
        /// The 1-based position.
        position: usize,
        /// The counts of A, C, G, T.
        column: [f64; 4],
    },
}

/// Rounded columns in published matrices sum to 1 within this.
const SUM_TOLERANCE: f64 = 0.02;

/// The number of sites of a motif of which only probabilities are known; the MEME suite assumes the same.
const ASSUMED_SITES: f64 = 20.0;

impl Motif {
    /// Creates a motif from one column (A, C, G, T) per position; columns are scaled to sum to exactly 1. The number
    /// of its sites is taken to be 20, until [`with_sites`](Self::with_sites) says otherwise.
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
            sites: vec![ASSUMED_SITES; probabilities.len()],
            probabilities,
        })
    }

    /// Creates a motif from how often each base (A, C, G, T) occurs at every position. A position without counts says
    /// nothing: it has 0 sites and equal probabilities.
    ///
    /// # Errors
    /// [`MotifError::Empty`] without columns; [`MotifError::InvalidCount`] when a count is negative or not finite.
    pub fn from_counts(
        id: impl Into<String>,
        name: impl Into<String>,
        counts: &[[f64; 4]],
    ) -> Result<Self, MotifError> {
        let id = id.into();
        if counts.is_empty() {
            return Err(MotifError::Empty { id });
        }
        let sites: Vec<f64> = counts.iter().map(|column| column.iter().sum()).collect();
        let valid = |column: &[f64; 4], sum: f64| sum.is_finite() && column.iter().all(|&count| count >= 0.0);
        if let Some(place) = counts.iter().zip(&sites).position(|(column, &sum)| !valid(column, sum)) {
            return Err(MotifError::InvalidCount {
                id,
                position: place + 1,
                column: counts[place],
            });
        }
        let scale = |(column, &sum): (&[f64; 4], &f64)| {
            if sum > 0.0 {
                column.map(|count| count / sum)
            } else {
                [0.25; 4]
            }
        };
        Ok(Self {
            id,
            name: name.into(),
            probabilities: counts.iter().zip(&sites).map(scale).collect(),
            sites,
        })
    }

    /// The same motif, told by `sites` sites at every position.
    #[must_use]
    pub fn with_sites(mut self, sites: f64) -> Self {
        self.sites.fill(sites);
        self
    }

    /// The same motif with another accession.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The motif as it reads on the opposite strand: positions in reverse order, every base by its partner.
    #[must_use]
    pub fn reverse_complement(&self) -> Self {
        let complement = |column: &[f64; 4]| [3, 2, 1, 0].map(|base: usize| column[base]);
        Self {
            id: self.id.clone(),
            name: self.name.clone(),
            probabilities: self.probabilities.iter().rev().map(complement).collect(),
            sites: self.sites.iter().rev().copied().collect(),
        }
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

    /// The number of sites that tell every position; 0 where nothing is known.
    pub fn sites(&self) -> &[f64] {
        &self.sites
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

    #[test]
    fn counts_are_scaled_by_their_column_and_a_column_without_counts_says_nothing() -> Result<(), MotifError> {
        let motif = Motif::from_counts("M1", "x", &[[1.0, 3.0, 0.0, 0.0], [0.0; 4], [0.0, 0.0, 0.0, 5.0]])?;
        assert_eq!(
            motif.probabilities(),
            [[0.25, 0.75, 0.0, 0.0], [0.25; 4], [0.0, 0.0, 0.0, 1.0]]
        );
        assert_eq!(motif.sites(), [4.0, 0.0, 5.0]);
        assert_eq!(motif.with_sites(7.0).sites(), [7.0; 3]);
        for column in [[-1.0, 2.0, 0.0, 0.0], [f64::NAN, 1.0, 0.0, 0.0], [f64::INFINITY; 4]] {
            let error = Motif::from_counts("M1", "", &[[1.0; 4], column]).unwrap_err();
            assert!(matches!(error, MotifError::InvalidCount { position: 2, .. }), "{error}");
        }
        let error = Motif::from_counts("M1", "", &[]).unwrap_err();
        assert!(matches!(error, MotifError::Empty { .. }));
        Ok(())
    }

    #[test]
    fn the_other_strand_reads_the_partners_backwards() -> Result<(), MotifError> {
        let motif = Motif::from_counts("M1", "x", &[[1.0, 3.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]])?;
        let other = motif.reverse_complement();
        assert_eq!(other.probabilities(), [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.75, 0.25]]);
        assert_eq!((other.sites(), other.id()), (&[2.0, 4.0][..], "M1"));
        assert_eq!(other.reverse_complement(), motif);
        Ok(())
    }
}
