//! What to scan, and how.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::Path;

use processive_core::{Contig, Region, RegionError};
use processive_models::Model;
use processive_report::ScanSchema;

use crate::grid::BinGrid;
use crate::plan::Plan;
use crate::scorer::tile_scorer;
use crate::{ModelReading, ModelSet, PredictError, Shard, TopSites, WindowScorer};

/// Which strands a window is read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StrandRule {
    /// As the genome is written and as its reverse complement; the score of a bin is the mean of both.
    #[default]
    Both,
    /// As the genome is written only.
    Plus,
}

impl StrandRule {
    /// The score columns of a scan, in the order in which [`scan`](crate::scan) fills them: for both strands
    /// `<class>` (the mean), `<class>_plus`, `<class>_minus` per class, for the plus strand `<class>`.
    pub fn schema<S: AsRef<str>>(self, classes: &[S]) -> ScanSchema {
        match self {
            Self::Both => ScanSchema::both_strands(classes),
            Self::Plus => ScanSchema::one_strand(classes),
        }
    }

    /// The rule of a footer.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Both, Self::Plus]
            .into_iter()
            .find(|rule| rule.to_string() == name)
    }

    /// The number of columns per class.
    pub fn columns_per_class(self) -> usize {
        match self {
            Self::Both => 3,
            Self::Plus => 1,
        }
    }
}

impl fmt::Display for StrandRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Both => "both",
            Self::Plus => "plus",
        })
    }
}

/// What the footer says about the model; of several models, their names and digests with `, ` in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelIdentity {
    /// The model's name.
    pub name: String,
    /// The digest of its file.
    pub digest: String,
}

/// What to scan, and how.
#[derive(Clone)]
pub struct ScanRequest<'a> {
    /// The genome: FASTA, plain or compressed; `-` is stdin (whole scans only).
    pub genome: &'a Path,
    /// Scan only the bins that overlap these, in any order and with any overlaps; `None` scans everything.
    /// The end of a region is cut to its contig's end.
    pub regions: Option<Vec<Region>>,
    /// Scan only this part of it; reads the genome through its index.
    pub shard: Option<Shard>,
    /// The model.
    pub scorer: &'a dyn WindowScorer,
    /// What the footer says about the model.
    pub model: ModelIdentity,
    /// How every model reads its windows, when the scorer is a set of them.
    pub readings: Vec<ModelReading>,
    /// Which strands are read.
    pub strand: StrandRule,
    /// The width of a bin in bases.
    pub bin: NonZeroUsize,
    /// The number of windows that the model is given at a time; `None` leaves it to the scan.
    pub batch_size: Option<NonZeroUsize>,
    /// The size of the rayon pool: four batches per thread are read ahead of the writer.
    pub threads: NonZeroUsize,
    /// The number of letters that are read at a time.
    pub block_size: NonZeroUsize,
    /// How many of the best sites the summary names.
    pub best: usize,
    /// Write the best sites instead of every bin.
    pub top: Option<TopSites>,
    /// The command line, for the footer.
    pub command: String,
}

impl<'a> ScanRequest<'a> {
    /// Windows per batch at least: enough for a matrix product to be efficient, few enough to share a small contig
    /// among threads.
    pub(crate) const BATCH_SIZE: NonZeroUsize = NonZeroUsize::new(128).expect("not zero");
    const BLOCK_SIZE: NonZeroUsize = NonZeroUsize::new(1 << 18).expect("not zero");
    const BEST: usize = 10;

    /// Scans a whole genome with a model's own bin, both strands, one thread.
    ///
    /// # Errors
    /// [`PredictError::NotADnaModel`] when the model does not read DNA; [`PredictError::EmptyModel`] when its
    /// bin, its window or the number of its classes is 0.
    pub fn new(genome: &'a Path, model: &'a Model) -> Result<Self, PredictError> {
        let set = ModelSet::new(&[model], None)?;
        Ok(Self {
            model: set.identity(),
            ..Self::with_scorer(genome, model, set.bin())
        })
    }

    /// Scans a whole genome with several models, both strands, one thread.
    pub fn with_models(genome: &'a Path, models: &'a ModelSet<'a>) -> Self {
        Self {
            model: models.identity(),
            readings: models.readings(),
            ..Self::with_scorer(genome, models, models.bin())
        }
    }

    /// Scans a whole genome with any scorer, both strands, one thread.
    pub fn with_scorer(genome: &'a Path, scorer: &'a dyn WindowScorer, bin: NonZeroUsize) -> Self {
        Self {
            genome,
            regions: None,
            shard: None,
            scorer,
            model: ModelIdentity::default(),
            readings: Vec::new(),
            strand: StrandRule::default(),
            bin,
            batch_size: None,
            threads: NonZeroUsize::MIN,
            block_size: Self::BLOCK_SIZE,
            best: Self::BEST,
            top: None,
            command: String::new(),
        }
    }

    /// The bins to scan.
    pub(crate) fn plan(&self, contigs: &[Contig], grid: BinGrid) -> Result<Plan, RegionError> {
        let regions = self.regions.as_deref();
        Plan::new(contigs, regions, grid, self.windows_at_a_time(), self.shard)
    }

    /// The number of windows that the model is given at a time.
    pub(crate) fn windows_at_a_time(&self) -> usize {
        let default = match tile_scorer(self.scorer, self.bin.get()) {
            Some(tiles) => Self::BATCH_SIZE.get().max(tiles.bases().div_ceil(self.bin.get())),
            None => Self::BATCH_SIZE.get(),
        };
        self.batch_size.map_or(default, NonZeroUsize::get)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_the_columns_of_its_strand_rule() {
        for strand in [StrandRule::Both, StrandRule::Plus] {
            for classes in [&["a"][..], &["a", "b"]] {
                let columns = strand.schema(classes).scores;
                assert_eq!(columns.len(), classes.len() * strand.columns_per_class());
                assert_eq!(
                    columns[strand.columns_per_class() * (classes.len() - 1)],
                    classes[classes.len() - 1]
                );
            }
        }
    }
}
