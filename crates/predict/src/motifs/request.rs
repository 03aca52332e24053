//! What to scan, and how.

use std::num::NonZeroUsize;
use std::path::Path;

use processive_core::{Contig, Region, RegionError};

use super::MotifSet;
use super::plan::MotifPlan;
use crate::Shard;

/// What to scan, and how.
#[derive(Clone)]
pub struct MotifScanRequest<'a> {
    /// The genome: FASTA, plain or compressed; `-` is stdin (whole scans only).
    pub genome: &'a Path,
    /// Report only hits that overlap these, in any order and with any overlaps; `None` reports all.
    /// The end of a region is cut to its contig's end.
    pub regions: Option<Vec<Region>>,
    /// Report only the hits that begin in this part of it; reads the genome through its index.
    pub shard: Option<Shard>,
    /// The motifs.
    pub motifs: &'a MotifSet,
    /// The size of the rayon pool: four batches per thread are read ahead of the writer.
    pub threads: NonZeroUsize,
    /// The number of letters that are searched at a time, at most; fewer when many hits are to be expected.
    pub block_size: NonZeroUsize,
    /// The command line, for the footer.
    pub command: String,
}

impl<'a> MotifScanRequest<'a> {
    /// Letters and pairs of letters of a block fit the second cache.
    const BLOCK_SIZE: NonZeroUsize = NonZeroUsize::new(1 << 17).expect("not zero");

    /// The hits that a batch may be expected to have: 13 MiB of them.
    const HITS: f64 = (1u32 << 18) as f64;

    /// Scans a whole genome, one thread.
    pub fn new(genome: &'a Path, motifs: &'a MotifSet) -> Self {
        Self {
            genome,
            regions: None,
            shard: None,
            motifs,
            threads: NonZeroUsize::MIN,
            block_size: Self::BLOCK_SIZE,
            command: String::new(),
        }
    }

    /// Where windows begin.
    pub(crate) fn plan(&self, contigs: &[Contig]) -> Result<MotifPlan, RegionError> {
        MotifPlan::new(contigs, self.regions.as_deref(), self.motifs.widest(), self.shard)
    }

    /// The number of letters in a batch.
    #[expect(clippy::cast_sign_loss, reason = "expectations are not negative")]
    pub(super) fn letters(&self) -> usize {
        let bound = Self::HITS / self.motifs.expected_per_base().max(1.0 / Self::HITS);
        self.block_size.get().min((bound as usize).max(1))
    }
}
