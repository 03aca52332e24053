//! The share of a whole scan that a part has.

use std::ops::Range;

use super::Shard;

/// The place of a part in the whole scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// What the part has of the whole, counted in the order of reading: bins, or in a search for motifs the bases on which windows
    /// begin.
    pub(crate) share: Range<u64>,
    /// How many of them the whole scan has.
    pub(crate) of: u64,
    /// What all parts of a scan share: a digest of what is counted, and of how it may be cut.
    pub(crate) digest: String,
    /// A digest of the names and lengths of all contigs.
    pub(crate) contigs: String,
}

impl Place {
    /// The place of a shard in this, the place of a whole scan. Shards are cut between batches of `batch` at a time.
    pub(crate) fn of_shard(&self, shard: Shard, batch: u64) -> Self {
        let batches = shard.share(u64::div_ceil(self.of, batch));
        let border = |number: u64| self.of.min(number * batch);
        Self {
            share: border(batches.start)..border(batches.end),
            ..self.clone()
        }
    }

    /// How much of the whole scan the part has.
    pub(crate) fn len(&self) -> u64 {
        self.share.end - self.share.start
    }
}
