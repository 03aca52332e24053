//! Residues by observed and predicted state, and what follows from their counts.

use super::super::Confusion;

/// How many residues of every observed state were predicted as every state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateConfusion<const K: usize> {
    counts: [[u64; K]; K],
}

impl<const K: usize> Default for StateConfusion<K> {
    fn default() -> Self {
        Self { counts: [[0; K]; K] }
    }
}

impl<const K: usize> StateConfusion<K> {
    /// Makes a table of counts: `counts[observed][predicted]`.
    pub fn from_counts(counts: [[u64; K]; K]) -> Self {
        Self { counts }
    }

    /// The counts: `[observed][predicted]`.
    pub fn counts(&self) -> &[[u64; K]; K] {
        &self.counts
    }

    /// Counts one residue.
    ///
    /// # Panics
    /// When a state is not below `K`.
    pub fn record(&mut self, observed: usize, predicted: usize) {
        self.counts[observed][predicted] += 1;
    }

    /// Adds another table `times` times.
    pub fn add(&mut self, other: &Self, times: u64) {
        for (row, added) in self.counts.iter_mut().zip(&other.counts) {
            for (count, added) in row.iter_mut().zip(added) {
                *count += added * times;
            }
        }
    }

    /// The number of residues.
    pub fn residues(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// The number of residues whose predicted state is the observed one.
    pub fn right(&self) -> u64 {
        (0..K).map(|state| self.counts[state][state]).sum()
    }

    /// The number of residues that have a state.
    pub fn observed(&self, state: usize) -> u64 {
        self.counts[state].iter().sum()
    }

    /// The number of residues that are predicted to have a state.
    pub fn predicted(&self, state: usize) -> u64 {
        self.counts.iter().map(|row| row[state]).sum()
    }

    /// The share of residues whose predicted state is the observed one: Q3 of three states, Q8 of eight. `None` without
    /// residues.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.right(), self.residues())
    }

    /// The share of a state's residues that are predicted as it: the literature's `Q_H`, `Q_E`, `Q_C`. `None` when the
    /// state is not observed.
    pub fn recall(&self, state: usize) -> Option<f64> {
        share(self.counts[state][state], self.observed(state))
    }

    /// The share of the residues that are predicted as a state which have it. `None` when it is never predicted.
    pub fn precision(&self, state: usize) -> Option<f64> {
        share(self.counts[state][state], self.predicted(state))
    }

    /// A state against all others.
    pub fn one_against_rest(&self, state: usize) -> Confusion {
        let true_positives = self.counts[state][state];
        let false_positives = self.predicted(state) - true_positives;
        let false_negatives = self.observed(state) - true_positives;
        Confusion {
            true_positives,
            false_positives,
            true_negatives: self.residues() - true_positives - false_positives - false_negatives,
            false_negatives,
        }
    }

    /// Matthews' correlation of a state against all others; 0 when a factor is 0. `None` when the state is not
    /// observed.
    pub fn mcc(&self, state: usize) -> Option<f64> {
        (self.observed(state) > 0).then(|| self.one_against_rest(state).mcc())
    }

    /// The mean over states of F1, `2 TP / (2 TP + FP + FN)`: every state counts the same, however rare. States that
    /// are neither observed nor predicted have none; `None` when that are all.
    pub fn macro_f1(&self) -> Option<f64> {
        let occurring = (0..K).filter(|&state| self.observed(state) + self.predicted(state) > 0);
        let values: Vec<f64> = occurring.map(|state| self.one_against_rest(state).f1()).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Gorodkin's correlation of all states, `R_K`: Matthews' when there are two. With `s` residues, `c` of them right,
    /// `t_k` observed and `p_k` predicted in state `k`:
    /// `(c·s − Σ p_k t_k) / √((s² − Σ p_k²)(s² − Σ t_k²))`; 0 when a factor is 0. `None` without residues.
    ///
    /// # Source
    /// Gorodkin 2004.
    pub fn r_k(&self) -> Option<f64> {
        let residues = self.residues() as f64;
        let sum = |term: &dyn Fn(usize) -> f64| -> f64 { (0..K).map(term).sum() };
        let (observed, predicted) = (|k| self.observed(k) as f64, |k| self.predicted(k) as f64);
        let covariance = self.right() as f64 * residues - sum(&|k| observed(k) * predicted(k));
        let spread = |of: &dyn Fn(usize) -> f64| residues * residues - sum(&|k| of(k) * of(k));
        let scale = spread(&observed).sqrt() * spread(&predicted).sqrt();
        (residues > 0.0).then(|| if scale > 0.0 { covariance / scale } else { 0.0 })
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_table_agree_with_hand_computation() {
        // Rows are observed: 6 of state 0 (5 right), 3 of state 1 (1 right), 1 of state 2 (never predicted).
        let table = StateConfusion::from_counts([[5, 1, 0], [2, 1, 0], [1, 0, 0]]);
        assert_eq!((table.residues(), table.right()), (10, 6));
        assert_eq!(table.accuracy(), Some(0.6));
        assert_eq!(
            [0, 1, 2].map(|k| table.recall(k)),
            [Some(5.0 / 6.0), Some(1.0 / 3.0), Some(0.0)]
        );
        assert_eq!([0, 1, 2].map(|k| table.precision(k)), [Some(0.625), Some(0.5), None]);
        // (5·1 − 3·1) / √(8·6·4·2)
        let mcc = table.mcc(0).unwrap();
        assert!((mcc - 2.0 / 384f64.sqrt()).abs() < 1e-15, "{mcc}");
        assert_eq!(table.mcc(2), Some(0.0));
        // 10/14, 2/5, 0
        let f1 = table.macro_f1().unwrap();
        assert!((f1 - (10.0 / 14.0 + 0.4) / 3.0).abs() < 1e-15, "{f1}");
        // (6·10 − (48 + 6)) / √((100 − 68)(100 − 46))
        let r_k = table.r_k().unwrap();
        assert!((r_k - 6.0 / (32f64 * 54.0).sqrt()).abs() < 1e-15, "{r_k}");
    }

    #[test]
    fn what_has_no_residues_has_no_value() {
        let empty = StateConfusion::<3>::default();
        assert_eq!([empty.accuracy(), empty.r_k(), empty.macro_f1()], [None; 3]);
        assert_eq!([empty.recall(0), empty.precision(0), empty.mcc(0)], [None; 3]);
        let one_state = StateConfusion::from_counts([[4, 0], [0, 0]]);
        assert_eq!((one_state.r_k(), one_state.macro_f1()), (Some(0.0), Some(1.0)));
        assert_eq!((one_state.mcc(0), one_state.mcc(1)), (Some(0.0), None));
    }

    #[test]
    fn of_two_states_r_k_is_matthews_correlation() {
        let table = StateConfusion::from_counts([[6, 2], [1, 3]]);
        let (r_k, mcc) = (table.r_k().unwrap(), table.mcc(0).unwrap());
        assert!((r_k - mcc).abs() < 1e-15, "{r_k} {mcc}");
    }

    #[test]
    fn adding_a_table_twice_is_recording_its_residues_twice() {
        let mut recorded = StateConfusion::<2>::default();
        for _ in 0..2 {
            recorded.record(0, 0);
            recorded.record(1, 0);
        }
        let mut added = StateConfusion::default();
        added.add(&StateConfusion::from_counts([[1, 0], [1, 0]]), 2);
        assert_eq!(added, recorded);
    }
}
