//! Labelled sequences as codes.

use processive_core::LabelledExample;
use processive_encode::encode_dna;

use crate::error::TrainError;

/// One labelled sequence of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Codes: 0 to 3, 4 for unknown.
    pub codes: Vec<u8>,
    /// Whether it is bound.
    pub label: bool,
}

/// Labelled sequences of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    examples: Vec<Example>,
}

impl Dataset {
    /// Wraps examples.
    pub fn new(examples: Vec<Example>) -> Self {
        Self { examples }
    }

    /// Encodes labelled DNA sequences.
    pub fn from_labelled(examples: &[LabelledExample]) -> Self {
        let encode = |example: &LabelledExample| Example {
            codes: encode_dna(&example.sequence),
            label: example.label,
        };
        Self::new(examples.iter().map(encode).collect())
    }

    /// The examples.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    /// The label of every example.
    pub fn labels(&self) -> Vec<bool> {
        self.examples.iter().map(|example| example.label).collect()
    }

    /// The number of bound examples.
    pub fn positives(&self) -> usize {
        self.examples.iter().filter(|example| example.label).count()
    }

    /// The length that most examples have.
    pub fn usual_length(&self) -> usize {
        let mut lengths: Vec<usize> = self.examples.iter().map(|example| example.codes.len()).collect();
        lengths.sort_unstable();
        let runs = lengths.chunk_by(|a, b| a == b);
        runs.max_by_key(|run| run.len()).map_or(0, |run| run[0])
    }

    /// Checks that a network can learn from, or be judged by, these examples; `what` names them.
    ///
    /// # Errors
    /// [`TrainError::NoExamples`] without examples, [`TrainError::OneClass`] when all have one label.
    pub fn require_both_classes(&self, what: &str) -> Result<(), TrainError> {
        let (n, positives) = (self.len(), self.positives());
        if n == 0 {
            return Err(TrainError::NoExamples { what: what.to_owned() });
        }
        if positives == 0 || positives == n {
            return Err(TrainError::OneClass {
                what: what.to_owned(),
                n,
                label: u8::from(positives > 0),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(rows: &[(&[u8], bool)]) -> Dataset {
        let example = |&(codes, label): &(&[u8], bool)| Example {
            codes: codes.to_vec(),
            label,
        };
        Dataset::new(rows.iter().map(example).collect())
    }

    #[test]
    fn one_class_is_refused_with_its_label() {
        let error = dataset(&[(&[0], true), (&[1], true)])
            .require_both_classes("validation")
            .unwrap_err();
        assert!(
            error.to_string().contains("all 2 validation examples have label 1"),
            "{error}"
        );
        assert!(dataset(&[]).require_both_classes("training").is_err());
        assert!(
            dataset(&[(&[0], true), (&[1], false)])
                .require_both_classes("training")
                .is_ok()
        );
    }

    #[test]
    fn the_usual_length_is_the_most_frequent() {
        assert_eq!(
            dataset(&[(&[0, 1], true), (&[1], false), (&[2, 3], false)]).usual_length(),
            2
        );
        assert_eq!(dataset(&[]).usual_length(), 0);
    }
}
