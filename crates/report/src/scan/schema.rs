//! The score columns of a scan.

use std::collections::BTreeSet;

use crate::ReportError;
use crate::columns::{self, MINUS_SUFFIX, PLUS_SUFFIX};

/// The names of a scan's score columns, which follow `chrom`, `start` and `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanSchema {
    /// One name per score.
    pub scores: Vec<String>,
}

impl ScanSchema {
    /// One score per class: `<class>`.
    pub fn one_strand<S: AsRef<str>>(classes: &[S]) -> Self {
        Self {
            scores: classes.iter().map(|class| class.as_ref().to_owned()).collect(),
        }
    }

    /// Three scores per class: `<class>` (the mean of both strands), `<class>_plus`, `<class>_minus`.
    pub fn both_strands<S: AsRef<str>>(classes: &[S]) -> Self {
        let names = |class: &S| ["", PLUS_SUFFIX, MINUS_SUFFIX].map(|suffix| format!("{}{suffix}", class.as_ref()));
        Self {
            scores: classes.iter().flat_map(names).collect(),
        }
    }

    /// Checks that the names are usable and different.
    pub(crate) fn validate(&self) -> Result<(), ReportError> {
        let mut seen: BTreeSet<&str> = columns::SCAN_PLACE.iter().map(|column| column.name).collect();
        if self.scores.is_empty() {
            return Err(refuse("", "a scan needs at least one score"));
        }
        for name in &self.scores {
            if name.is_empty() {
                return Err(refuse(name, "it is empty"));
            }
            if name.contains(['\t', '\n', '\r']) {
                return Err(refuse(name, "it holds a tab or a line end"));
            }
            if !seen.insert(name) {
                return Err(refuse(name, "another column has the same name"));
            }
        }
        Ok(())
    }
}

fn refuse(name: &str, reason: &'static str) -> ReportError {
    ReportError::ColumnName {
        name: name.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_strands_give_the_mean_and_each_strand_per_class() {
        let schema = ScanSchema::both_strands(&["reb1", "ctcf"]);
        let names = ["reb1", "reb1_plus", "reb1_minus", "ctcf", "ctcf_plus", "ctcf_minus"];
        assert_eq!(schema.scores, names);
        assert!(schema.validate().is_ok());
        assert_eq!(ScanSchema::one_strand(&["reb1"]).scores, ["reb1"]);
    }

    #[test]
    fn names_that_clash_or_break_a_text_table_are_refused() {
        for names in [&["start"][..], &["a", "a"], &[""], &["a\tb"], &["a\nb"], &[]] {
            let error = ScanSchema::one_strand(names).validate().unwrap_err();
            assert!(matches!(error, ReportError::ColumnName { .. }), "{names:?}: {error}");
        }
    }
}
