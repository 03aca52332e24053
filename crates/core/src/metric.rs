//! Measured numbers.

use serde::{Deserialize, Serialize};

/// A number with the bounds of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The value.
    pub value: f64,
    /// The lower bound; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci_low: Option<f64>,
    /// The upper bound; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci_high: Option<f64>,
}

/// What calls at a threshold are worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// What is called: scores of at least this.
    pub threshold: f64,
    /// The share of calls that are right.
    pub precision: f64,
    /// The share of what is there that is called.
    pub recall: f64,
}
