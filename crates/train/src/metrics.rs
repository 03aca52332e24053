//! How good scores are: ranking, classification and probability metrics of a two-class problem.
//!
//! Every function takes one score and one label per example; a higher score means "more likely bound".
//! The single numbers follow scikit-learn's definitions (tests/golden/metrics holds its values), and
//! [`evaluate`] puts all of them side by side with bootstrap intervals.
//! What is predicted residue by residue, secondary structure, has metrics of its own: [`structure`].
//!
//! | name | needs | undefined for |
//! |---|---|---|
//! | `auroc` | a ranking | one class only |
//! | `auprc` | a ranking | no positive example |
//! | `mcc`, `accuracy`, `f1` | a ranking and a threshold | – (0 where a denominator is 0) |
//! | `brier`, `ece` | probabilities | – |

mod classification;
mod evaluation;
mod operating;
mod probability;
mod ranking;
pub mod structure;

pub use classification::{Confusion, accuracy, best_mcc_threshold, f1, mcc};
pub use evaluation::{METRIC_NAMES, MetricsError, ScoreKind, evaluate};
pub use operating::operating_points;
pub use probability::{CALIBRATION_BINS, brier, expected_calibration_error};
pub use ranking::{auprc, auroc};
