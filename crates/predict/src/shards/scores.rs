//! The table of scores that parts make together.

use processive_report::{ScanSchema, ScanWriter, read_scan_blocks};

use super::part::Part;
use super::{ShardError, ShardSet};
use crate::batch::Rows;
use crate::top::{Output, OutputRule};
use crate::{PredictError, Progress, ScanSummary, StrandRule, TopSites, keys};

/// All parts of a scan with models.
pub struct ScoreShards<'a> {
    set: &'a ShardSet,
    schema: ScanSchema,
    strand: StrandRule,
    window: usize,
    bin: u64,
}

/// What is made of the rows of all parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gather {
    /// Write the best sites instead of every bin.
    pub top: Option<TopSites>,
    /// How many of the best sites the summary names.
    pub best: usize,
    /// The command line, for the footer.
    pub command: String,
}

impl ShardSet {
    /// The parts as those of a table of scores.
    ///
    /// # Errors
    /// [`PredictError::Shards`] when they hold no scores; [`PredictError::Write`] for a part that cannot be read.
    pub fn scores(&self) -> Result<ScoreShards<'_>, PredictError> {
        let part = &self.parts[0];
        let strand = part.text(keys::STRAND).and_then(StrandRule::of_name);
        Ok(ScoreShards {
            set: self,
            strand: part.found(keys::STRAND, strand)?,
            window: part.number(keys::WINDOW)?,
            bin: part.number(keys::STRIDE)?,
            schema: read_scan_blocks(&part.path)?.schema().clone(),
        })
    }
}

impl ScoreShards<'_> {
    /// The score columns.
    pub fn schema(&self) -> &ScanSchema {
        &self.schema
    }

    /// Which strands were read.
    pub fn strand(&self) -> StrandRule {
        self.strand
    }

    /// The width of a bin in bases.
    pub fn bin(&self) -> u64 {
        self.bin
    }

    /// Writes the rows of all parts as one scan would have: with the same command, the same bytes.
    ///
    /// # Errors
    /// - [`PredictError::Shards`] when a part does not hold what its footer says;
    /// - [`PredictError::Write`] for a part that cannot be read and for the output.
    pub fn gather(
        &self,
        gather: &Gather,
        writer: Box<dyn ScanWriter>,
        progress: &dyn Progress,
    ) -> Result<ScanSummary, PredictError> {
        let rule = OutputRule {
            top: gather.top,
            best: gather.best,
            window: self.window,
            columns_per_class: self.strand.columns_per_class(),
        };
        let mut output = Output::new(writer, &rule);
        for part in &self.set.parts {
            copy(part, &mut output, progress)?;
        }
        let (mut writer, taken) = output.finish()?;
        let skipped_bins = self.set.parts.iter().map(Part::skipped_bins);
        let summary = ScanSummary {
            contigs: self.set.contigs().to_vec(),
            bins: taken.bins,
            skipped_bins: skipped_bins.sum::<Result<_, ShardError>>()?,
            bases: self.set.bases(),
            best: taken.best,
            sites: taken.sites,
            largest_error: writer.largest_error(),
            genome_digest: self.set.genome_digest()?,
        };
        let mut footer = self.set.footer(&gather.command, summary.genome_digest.as_deref());
        footer.set(keys::SKIPPED_BINS, summary.skipped_bins.to_string());
        writer.set_contigs(&summary.contigs);
        writer.finish(&footer)?;
        Ok(summary)
    }
}

/// Gives the rows of a part to the output.
fn copy(part: &Part, output: &mut Output, progress: &dyn Progress) -> Result<(), PredictError> {
    let mut rows = 0;
    for block in read_scan_blocks(&part.path)? {
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
    Ok(part.check_rows(rows, part.rows)?)
}
