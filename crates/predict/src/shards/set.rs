//! All parts of a scan.

use std::path::Path;

use processive_core::Contig;
use processive_report::Provenance;
use serde_json::Value;

use super::part::{Part, check_complete};
use super::{ShardError, TableKind};
use crate::digest::genome_digest;
use crate::provenance::{base_counts, contig_list};
use crate::{BaseCounts, PredictError, keys};

/// All parts of a scan, in their order.
pub struct ShardSet {
    pub(super) parts: Vec<Part>,
    contigs: Vec<Contig>,
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
        let contigs = parts[0].json(keys::GENOME_CONTIGS).and_then(|list| contigs_of(&list));
        Ok(Self {
            contigs: parts[0].found(keys::GENOME_CONTIGS, contigs)?,
            parts,
        })
    }

    /// What the rows are.
    pub fn kind(&self) -> TableKind {
        self.parts[0].footer.kind
    }

    /// The contigs of the genome.
    pub fn contigs(&self) -> &[Contig] {
        &self.contigs
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

    /// The digest of the genome, unless regions of it were read.
    pub(super) fn genome_digest(&self) -> Result<Option<String>, ShardError> {
        let mut blocks = Vec::new();
        for part in &self.parts {
            match &part.footer.blocks {
                Some(more) => blocks.extend_from_slice(more),
                None => return Ok(None),
            }
        }
        let digest = genome_digest(&self.contigs, &blocks);
        self.parts[0].found(keys::SHARD_BLOCKS, digest).map(Some)
    }

    /// The footer of the whole scan, without what only tables of one kind tell.
    pub(super) fn footer(&self, command: &str, genome_digest: Option<&str>) -> Provenance {
        let mut footer: Provenance = self.parts[0].shared().collect();
        footer
            .set(keys::GENOME_CONTIGS, contig_list(&self.contigs))
            .set(keys::COMMAND, command)
            .set(keys::UNKNOWN_LETTERS, base_counts(self.bases()));
        if let Some(digest) = genome_digest {
            footer.set(keys::GENOME_DIGEST, digest);
        }
        footer
    }
}

fn contigs_of(list: &Value) -> Option<Vec<Contig>> {
    let contig = |pair: &Value| Some(Contig::new(pair.get(0)?.as_str()?, pair.get(1)?.as_u64()?));
    list.as_array()?.iter().map(contig).collect()
}
