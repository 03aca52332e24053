//! One part of a scan that has been opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use processive_report::inspect_parquet;
use serde_json::Value;

use super::footer::{found, json_value, shortened};
use super::{Place, Shard, ShardError, ShardFooter, TableKind};
use crate::motifs::keys as motif_keys;
use crate::{BaseCounts, PredictError, keys};

/// Footer entries in which the parts of a scan differ.
const OWN: [&str; 9] = [
    keys::GENOME_CONTIGS,
    keys::SHARD,
    keys::SHARD_BINS,
    keys::SHARD_BASES,
    keys::SHARD_BLOCKS,
    keys::SHARD_HITS,
    keys::UNKNOWN_LETTERS,
    keys::SKIPPED_BINS,
    motif_keys::WINDOWS,
];

/// One part of a scan.
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(super) pairs: BTreeMap<String, String>,
    pub(super) rows: u64,
    pub(super) footer: ShardFooter,
    pub(crate) bases: BaseCounts,
}

impl Part {
    /// Reads the footer of a shard.
    pub(crate) fn open(path: &Path) -> Result<Self, PredictError> {
        let summary = inspect_parquet(path)?;
        let pairs = summary.key_values;
        let footer = ShardFooter::read(path, &pairs)?;
        let bases = json_value(&pairs, keys::UNKNOWN_LETTERS).and_then(|counts| base_counts(&counts));
        let part = Self {
            path: path.to_path_buf(),
            bases: found(path, &pairs, keys::UNKNOWN_LETTERS, bases)?,
            rows: summary.rows,
            footer,
            pairs,
        };
        let expected = match part.footer.kind {
            TableKind::Scores => part.footer.place.len().saturating_sub(part.skipped_bins()?),
            TableKind::Hits => part.number(keys::SHARD_HITS)?,
        };
        part.check_rows(part.rows, expected)?;
        Ok(part)
    }

    /// The number of bins without a row, in a part of a table of scores.
    pub(super) fn skipped_bins(&self) -> Result<u64, ShardError> {
        self.number(keys::SKIPPED_BINS)
    }

    /// What the footer says to a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.pairs.get(key).map(String::as_str)
    }

    /// What the footer says to a key, as JSON.
    pub(super) fn json(&self, key: &str) -> Option<Value> {
        json_value(&self.pairs, key)
    }

    /// The number that the footer has to say to a key.
    pub(super) fn number<N: FromStr>(&self, key: &'static str) -> Result<N, ShardError> {
        self.found(key, self.text(key).and_then(|text| text.parse().ok()))
    }

    /// What was made of what the footer says to a key.
    pub(super) fn found<T>(&self, key: &'static str, value: Option<T>) -> Result<T, ShardError> {
        found(&self.path, &self.pairs, key, value)
    }

    /// Makes sure that this is another part of the same scan.
    pub(super) fn check_kin(&self, other: &Self) -> Result<(), ShardError> {
        let value = |part: &Self, key: &str| {
            let value = part.text(key);
            value.map_or_else(|| "absent".to_owned(), |value| format!("'{value}'"))
        };
        let kind = |part: &Self| part.footer.kind.name().to_owned();
        let kind = [("the kind of table", kind(other), kind(self))];
        let shared = other.shared().chain(self.shared());
        let shared = shared.map(|(key, _)| (key, value(other, key), value(self, key)));
        let (own, others) = (&self.footer.place, &other.footer.place);
        let own = [
            ("the list of contigs", others.contigs.clone(), own.contigs.clone()),
            ("the number of shards", other.count(), self.count()),
            (self.footer.kind.plan(), others.digest.clone(), own.digest.clone()),
        ];
        for (key, first, second) in kind.into_iter().chain(shared).chain(own) {
            if first != second {
                return Err(ShardError::Foreign {
                    path: self.path.clone(),
                    other: other.path.clone(),
                    key: key.to_owned(),
                    first: shortened(&first),
                    second: shortened(&second),
                });
            }
        }
        Ok(())
    }

    fn count(&self) -> String {
        self.footer.shard.count().to_string()
    }

    /// What all parts of the scan say.
    pub(super) fn shared(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        pairs.filter(|(key, _)| !OWN.contains(key))
    }

    /// Whether it is this part.
    pub(crate) fn is(&self, shard: Shard, place: &Place) -> bool {
        self.footer.shard == shard && self.footer.place == *place
    }

    /// Makes sure that there are as many rows as there should be.
    pub(super) fn check_rows(&self, found: u64, expected: u64) -> Result<(), ShardError> {
        if found == expected {
            return Ok(());
        }
        Err(ShardError::Rows {
            path: self.path.clone(),
            found,
            expected,
        })
    }
}

/// Makes sure that sorted parts are all there, and none twice.
pub(super) fn check_complete(parts: &[Part]) -> Result<(), ShardError> {
    for pair in parts.windows(2) {
        if pair[0].footer.shard == pair[1].footer.shard {
            return Err(ShardError::Twice {
                path: pair[1].path.clone(),
                other: pair[0].path.clone(),
                shard: pair[0].footer.shard.to_string(),
            });
        }
    }
    let count = parts[0].footer.shard.count();
    let there: Vec<u32> = parts.iter().map(|part| part.footer.shard.number()).collect();
    let missing: Vec<String> = (1..=count)
        .filter(|number| there.binary_search(number).is_err())
        .filter_map(|number| Some(Shard::new(number, count)?.to_string()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ShardError::Missing { count, missing })
}

fn base_counts(counts: &Value) -> Option<BaseCounts> {
    let count = |kind: &str| counts.get(kind)?.as_u64();
    Some(BaseCounts {
        known: count("known")?,
        n: count("n")?,
        other: count("other")?,
    })
}
