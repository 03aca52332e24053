//! One part of a scan that has been opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use processive_report::{inspect_parquet, read_scan_blocks};
use serde_json::Value;

use super::footer::{found, json_value, shortened};
use super::{Shard, ShardError, ShardFooter};
use crate::batch::Rows;
use crate::plan::Place;
use crate::top::Output;
use crate::{BaseCounts, PredictError, Progress, keys};

/// Footer entries in which the parts of a scan differ.
const OWN: [&str; 6] = [
    keys::GENOME_CONTIGS,
    keys::SHARD,
    keys::SHARD_BINS,
    keys::SHARD_BLOCKS,
    keys::UNKNOWN_LETTERS,
    keys::SKIPPED_BINS,
];

/// One part of a scan.
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(super) pairs: BTreeMap<String, String>,
    rows: u64,
    pub(super) footer: ShardFooter,
    pub(crate) bases: BaseCounts,
    pub(super) skipped_bins: u64,
}

impl Part {
    /// Reads the footer of a shard.
    pub(crate) fn open(path: &Path) -> Result<Self, PredictError> {
        let summary = inspect_parquet(path)?;
        let pairs = summary.key_values;
        let footer = ShardFooter::read(path, &pairs)?;
        let bases = json_value(&pairs, keys::UNKNOWN_LETTERS).and_then(|counts| base_counts(&counts));
        let skipped_bins = pairs.get(keys::SKIPPED_BINS).and_then(|bins| bins.parse().ok());
        let part = Self {
            path: path.to_path_buf(),
            bases: found(path, &pairs, keys::UNKNOWN_LETTERS, bases)?,
            skipped_bins: found(path, &pairs, keys::SKIPPED_BINS, skipped_bins)?,
            rows: summary.rows,
            footer,
            pairs,
        };
        let bins = &part.footer.place.bins;
        let expected = (bins.end - bins.start).saturating_sub(part.skipped_bins);
        part.check_rows(part.rows, expected)?;
        Ok(part)
    }

    /// Makes sure that this is another part of the same scan.
    pub(super) fn check_kin(&self, other: &Self) -> Result<(), ShardError> {
        let value = |part: &Self, key: &str| {
            let value = part.pairs.get(key);
            value.map_or_else(|| "absent".to_owned(), |value| format!("'{value}'"))
        };
        let shared = other.shared().chain(self.shared());
        let shared = shared.map(|(key, _)| (key, value(other, key), value(self, key)));
        let (own, others) = (&self.footer.place, &other.footer.place);
        let own = [
            ("the list of contigs", others.contigs.clone(), own.contigs.clone()),
            ("the number of shards", other.count(), self.count()),
            ("the plan of bins", others.digest.clone(), own.digest.clone()),
        ];
        for (key, first, second) in shared.chain(own) {
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

    /// Gives the rows to the output.
    pub(super) fn copy(&self, output: &mut Output, progress: &dyn Progress) -> Result<(), PredictError> {
        let mut rows = 0;
        for block in read_scan_blocks(&self.path)? {
            let block = block?;
            let bases = block.starts.iter().zip(&block.ends);
            let bases = bases.map(|(start, end)| end.saturating_sub(*start)).sum();
            rows += block.starts.len() as u64;
            output.write(&Rows {
                contig: block.chrom,
                starts: block.starts,
                ends: block.ends,
                scores: block.scores,
            })?;
            progress.advance(bases);
        }
        Ok(self.check_rows(rows, self.rows)?)
    }

    fn check_rows(&self, found: u64, expected: u64) -> Result<(), ShardError> {
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
