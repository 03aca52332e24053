//! What is compared, and so what the tables show.

/// What the networks of a comparison predict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComparedTask {
    /// Whether a transcription factor binds to a sequence.
    #[default]
    Binding,
    /// The secondary structure of every residue of a protein.
    Structure,
}

/// How a task is written about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// The name of the metric of differences and figures, and its heading.
    pub(super) main: (&'static str, &'static str),
    /// The metrics that people are shown, with their headings.
    pub(super) shown: &'static [(&'static str, &'static str)],
    /// What the budget of a run counts.
    pub(super) seen: &'static str,
    /// What is resampled for an interval.
    pub(super) resampled: &'static str,
    /// What stands between two networks whose runs differ by seed.
    pub(super) difference: &'static str,
}

impl ComparedTask {
    /// The name in the tables' column `task`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binding => "tfbs",
            Self::Structure => "structure",
        }
    }

    pub(super) fn words(self) -> Words {
        match self {
            Self::Binding => Words {
                main: ("auroc", "AUROC"),
                shown: &[("auroc", "AUROC"), ("auprc", "AUPRC"), ("mcc", "MCC")],
                seen: "examples",
                resampled: "test examples",
                difference: "that of the AUROC of the probabilities averaged over the seeds",
            },
            Self::Structure => Words {
                main: ("q3", "Q3"),
                shown: &[("q3", "Q3"), ("q8", "Q8"), ("sov99", "SOV'99"), ("nll", "NLL")],
                seen: "residues",
                resampled: "test proteins",
                difference: "that of the mean over the seeds of each seed's own Q3",
            },
        }
    }
}
