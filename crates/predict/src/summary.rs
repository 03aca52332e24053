//! What a scan has done.

use processive_core::Contig;

use crate::{BaseCounts, Site};

/// What a scan has done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanSummary {
    /// Every contig of the genome, in file order, scanned or not.
    pub contigs: Vec<Contig>,
    /// The number of bins with scores: the rows, unless only sites are written.
    pub bins: u64,
    /// The number of bins without a row because they hold no known base.
    pub skipped_bins: u64,
    /// The bases of all bins, with and without a row.
    pub bases: BaseCounts,
    /// The best sites, best first: bins that no better bin is within one window of.
    pub best: Vec<Site>,
    /// The number of sites that are written; `None` when every bin is.
    pub sites: Option<u64>,
    /// How far the stored scores are off at most, when they are stored as integers.
    pub largest_error: Option<f64>,
    /// The digest of the genome (see [`keys::GENOME_DIGEST`](crate::keys::GENOME_DIGEST)); `None` when only
    /// regions were read.
    pub genome_digest: Option<String>,
}
