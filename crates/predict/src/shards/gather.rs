//! The whole scan of its parts.

use std::path::Path;

use processive_core::Contig;
use processive_report::{Provenance, ScanSchema, ScanWriter, read_scan_blocks};
use serde_json::Value;

use super::ShardError;
use super::footer::{found, json_value};
use super::part::{Part, check_complete};
use crate::digest::genome_digest;
use crate::provenance::{base_counts, contig_list};
use crate::top::{Output, OutputRule};
use crate::{BaseCounts, PredictError, Progress, ScanSummary, StrandRule, TopSites, keys};

/// All parts of a scan, in their order.
pub struct ShardSet {
    parts: Vec<Part>,
    schema: ScanSchema,
    contigs: Vec<Contig>,
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
    /// Opens parts in any order and makes sure that they are those of one scan, all of them and none twice.
    ///
    /// # Errors
    /// [`PredictError::Shards`]; [`PredictError::Write`] (which tells of failed reading, too) for a file that is not Parquet.
    pub fn open(paths: &[impl AsRef<Path>]) -> Result<Self, PredictError> {
        let parts = paths.iter().map(|path| Part::open(path.as_ref()));
        let mut parts = parts.collect::<Result<Vec<_>, PredictError>>()?;
        let first = parts.first().ok_or(ShardError::None)?;
        parts[1..].iter().try_for_each(|part| part.check_kin(first))?;
        parts.sort_by_key(|part| part.footer.shard);
        check_complete(&parts)?;

        let Part { path, pairs, .. } = &parts[0];
        let text = |key| pairs.get(key).map(String::as_str);
        let contigs = json_value(pairs, keys::GENOME_CONTIGS).and_then(|list| contigs_of(&list));
        let strand = text(keys::STRAND).and_then(StrandRule::of_name);
        let window = text(keys::WINDOW).and_then(|window| window.parse().ok());
        let bin = text(keys::STRIDE).and_then(|bin| bin.parse().ok());
        Ok(Self {
            schema: read_scan_blocks(path)?.schema().clone(),
            contigs: found(path, pairs, keys::GENOME_CONTIGS, contigs)?,
            strand: found(path, pairs, keys::STRAND, strand)?,
            window: found(path, pairs, keys::WINDOW, window)?,
            bin: found(path, pairs, keys::STRIDE, bin)?,
            parts,
        })
    }

    /// The score columns.
    pub fn schema(&self) -> &ScanSchema {
        &self.schema
    }

    /// The contigs of the genome.
    pub fn contigs(&self) -> &[Contig] {
        &self.contigs
    }

    /// Which strands were read.
    pub fn strand(&self) -> StrandRule {
        self.strand
    }

    /// The width of a bin in bases.
    pub fn bin(&self) -> u64 {
        self.bin
    }

    /// The number of parts.
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// What the footers of all parts say to one of [`keys`]; empty when they do not.
    pub fn told(&self, key: &str) -> &str {
        let found = self.parts[0].shared().find(|(told, _)| *told == key);
        found.map_or("", |(_, value)| value)
    }

    /// The bases of all parts by kind.
    pub fn bases(&self) -> BaseCounts {
        let mut bases = BaseCounts::default();
        self.parts.iter().for_each(|part| bases += part.bases);
        bases
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
        for part in &self.parts {
            part.copy(&mut output, progress)?;
        }
        let (mut writer, taken) = output.finish()?;
        let summary = ScanSummary {
            contigs: self.contigs.clone(),
            bins: taken.bins,
            skipped_bins: self.parts.iter().map(|part| part.skipped_bins).sum(),
            bases: self.bases(),
            best: taken.best,
            sites: taken.sites,
            largest_error: writer.largest_error(),
            genome_digest: self.genome_digest()?,
        };
        writer.set_contigs(&summary.contigs);
        writer.finish(&self.footer(gather, &summary))?;
        Ok(summary)
    }

    /// The digest of the genome, unless regions of it were read.
    fn genome_digest(&self) -> Result<Option<String>, ShardError> {
        let mut blocks = Vec::new();
        for part in &self.parts {
            match &part.footer.blocks {
                Some(more) => blocks.extend_from_slice(more),
                None => return Ok(None),
            }
        }
        let Part { path, pairs, .. } = &self.parts[0];
        let digest = genome_digest(&self.contigs, &blocks);
        found(path, pairs, keys::SHARD_BLOCKS, digest).map(Some)
    }

    /// The footer of the whole scan.
    fn footer(&self, gather: &Gather, summary: &ScanSummary) -> Provenance {
        let mut footer: Provenance = self.parts[0].shared().collect();
        footer
            .set(keys::GENOME_CONTIGS, contig_list(&self.contigs))
            .set(keys::COMMAND, &*gather.command)
            .set(keys::UNKNOWN_LETTERS, base_counts(summary.bases))
            .set(keys::SKIPPED_BINS, summary.skipped_bins.to_string());
        if let Some(digest) = &summary.genome_digest {
            footer.set(keys::GENOME_DIGEST, digest);
        }
        footer
    }
}

fn contigs_of(list: &Value) -> Option<Vec<Contig>> {
    let contig = |pair: &Value| Some(Contig::new(pair.get(0)?.as_str()?, pair.get(1)?.as_u64()?));
    list.as_array()?.iter().map(contig).collect()
}
