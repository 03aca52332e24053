//! The table of hits that parts make together.

use processive_report::{HitWriter, read_hits};

use super::ShardSet;
use crate::motifs::{MotifCards, MotifCount, keys as motif_keys, window_counts, windows_of_json};
use crate::provenance::keys;
use crate::{MotifScanSummary, PredictError, Progress, StrandRule};

/// All parts of a search for motifs.
pub struct HitShards<'a> {
    set: &'a ShardSet,
    motifs: MotifCards,
}

impl ShardSet {
    /// The parts as those of a table of hits.
    ///
    /// # Errors
    /// [`PredictError::Shards`] when they hold no hits.
    pub fn hits(&self) -> Result<HitShards<'_>, PredictError> {
        let part = &self.parts[0];
        let strand = part.text(keys::STRAND).and_then(StrandRule::of_name);
        let background = part.json(motif_keys::BACKGROUND);
        let background = background.and_then(|object| MotifCards::background_of_json(&object));
        let (background_source, background) = part.found(motif_keys::BACKGROUND, background)?;
        let motifs = part.json(motif_keys::MOTIFS);
        let motifs = motifs.and_then(|list| MotifCards::motifs_of_json(&list));
        let motifs = MotifCards {
            p: part.number(motif_keys::P)?,
            background_source,
            background,
            pseudocount: part.number(motif_keys::PSEUDOCOUNT)?,
            strand: part.found(keys::STRAND, strand)?,
            motifs: part.found(motif_keys::MOTIFS, motifs)?,
        };
        Ok(HitShards { set: self, motifs })
    }
}

impl HitShards<'_> {
    /// The motifs.
    pub fn motifs(&self) -> &MotifCards {
        &self.motifs
    }

    /// Writes the hits of all parts as one search would have: with the same command, the same bytes.
    ///
    /// # Errors
    /// - [`PredictError::Shards`] when a part does not hold what its footer says;
    /// - [`PredictError::Write`] for a part that cannot be read and for the output.
    pub fn gather(
        &self,
        command: &str,
        mut writer: Box<dyn HitWriter>,
        progress: &dyn Progress,
    ) -> Result<MotifScanSummary, PredictError> {
        let mut summary = MotifScanSummary {
            contigs: self.set.contigs().to_vec(),
            bases: self.set.bases(),
            hits: vec![MotifCount::default(); self.motifs.motifs.len()],
            genome_digest: self.set.genome_digest()?,
            ..MotifScanSummary::default()
        };
        let names = self.motifs.names();
        for part in &self.set.parts {
            let mut rows = 0;
            for block in read_hits(&part.path, &names)? {
                let block = block?;
                rows += block.hits.len() as u64;
                writer.write(&block.rows())?;
                summary.count(&block.hits);
            }
            part.check_rows(rows, part.rows)?;
            let windows = part.json(motif_keys::WINDOWS);
            let windows = windows.and_then(|counts| windows_of_json(&counts));
            let (all, unknown) = part.found(motif_keys::WINDOWS, windows)?;
            summary.windows += all;
            summary.unknown_windows += unknown;
            progress.advance(part.bases.total());
        }
        let mut footer = self.set.footer(command, summary.genome_digest.as_deref());
        footer.set(motif_keys::WINDOWS, window_counts(&summary));
        writer.finish(&footer)?;
        Ok(summary)
    }
}
