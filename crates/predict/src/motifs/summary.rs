//! What a scan with motifs has done.

use processive_core::{Contig, Strand};
use processive_report::Hit;

use crate::BaseCounts;

/// What a scan with motifs has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MotifScanSummary {
    /// Every contig of the genome, in file order, scanned or not.
    pub contigs: Vec<Contig>,
    /// The scanned bases; of regions, the bases in them.
    pub bases: BaseCounts,
    /// The number of hits of every motif, in file order.
    pub hits: Vec<MotifCount>,
    /// The windows of all motifs, each counted once for both strands.
    pub windows: u64,
    /// Those among them that hold a letter other than A, C, G, T and so have no score.
    pub unknown_windows: u64,
    /// The digest of the genome (see [`keys::GENOME_DIGEST`](crate::keys::GENOME_DIGEST)); `None` when only
    /// regions were read.
    pub genome_digest: Option<String>,
}

/// The hits of a motif.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MotifCount {
    /// Hits on the strand of the file.
    pub plus: u64,
    /// Hits on the opposite strand.
    pub minus: u64,
}

impl MotifCount {
    /// Hits on both strands.
    pub fn total(self) -> u64 {
        self.plus + self.minus
    }
}

impl MotifScanSummary {
    /// The number of rows.
    pub fn total(&self) -> u64 {
        self.hits.iter().map(|hits| hits.total()).sum()
    }

    /// Counts hits, whose motifs have to be among those that are counted.
    pub(crate) fn count(&mut self, hits: &[Hit]) {
        for hit in hits {
            let counts = &mut self.hits[hit.motif as usize];
            match hit.strand {
                Strand::Minus => counts.minus += 1,
                _ => counts.plus += 1,
            }
        }
    }
}
