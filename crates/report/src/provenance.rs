//! How a file came to be, in its own footer.

use std::collections::BTreeMap;

/// The key by which range libraries (polars-bio) learn that intervals are 0-based and half-open.
pub const ZERO_BASED_KEY: &str = "bio.coordinate_system_zero_based";

/// What every Parquet scan says about its writer; without a version, so that bytes change only with the rows.
pub const CREATED_BY: &str = "processive";

/// Key-value pairs for the footer of a Parquet file, in key order: program version, command line,
/// model digest, contigs, window and stride. No times: the same run gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance(BTreeMap<String, String>);

impl Provenance {
    /// Creates an empty record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`, replacing what was there.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.0.insert(key.into(), value.into());
        self
    }

    /// Keeps the pairs for which `is_kept` holds.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str, &str) -> bool) {
        self.0.retain(|key, value| is_kept(key, value));
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All pairs in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The pairs of a table of intervals: these and the statement that coordinates are 0-based and half-open.
    pub(crate) fn with_coordinates(&self) -> Self {
        let mut pairs = self.clone();
        pairs.set(ZERO_BASED_KEY, "true");
        pairs
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Provenance {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_in_key_order_whatever_the_order_of_setting() {
        let mut provenance = Provenance::new();
        provenance.set("window", "1000").set("command", "x").set("command", "y");
        let pairs: Vec<_> = provenance.iter().collect();
        assert_eq!(pairs, [("command", "y"), ("window", "1000")]);
        assert_eq!(
            provenance,
            Provenance::from_iter([("window", "1000"), ("command", "y")])
        );
        assert_eq!(provenance.get("model"), None);
    }

    #[test]
    fn a_table_of_intervals_says_that_it_is_zero_based() {
        let provenance = Provenance::from_iter([(ZERO_BASED_KEY, "false")]);
        assert_eq!(provenance.with_coordinates().get(ZERO_BASED_KEY), Some("true"));
    }
}
