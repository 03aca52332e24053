//! The stages of a scan with motifs and the channels between them.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::Receiver;
use processive_report::{HitRows, HitWriter};

use super::batch::{Piece, PieceHits, Scratch};
use super::provenance::provenance;
use super::reader::{Batch, read};
use super::{MotifCount, MotifScanRequest, MotifScanSummary, MotifSet};
use crate::clocks::{Clocks, Stage};
use crate::error::Halt;
use crate::provenance::keys as scan_keys;
use crate::shards::ShardFooter;
use crate::stages::{BATCHES_PER_THREAD, Slot, dispatch, run_stages, wait_for};
use crate::{PredictError, Progress, TableKind};

/// Scans a genome, or regions of it, and writes one row per hit: by contig as in the genome, then start, then motif as
/// in the file, then strand, plus first.
///
/// The rows do not depend on `threads` and `block_size`. A row of a region scan, or of a shard, is a row of the whole scan.
///
/// # Errors
/// The first that occurs in any stage; the writer is then dropped unfinished.
/// - [`PredictError::Read`], [`PredictError::NotDna`]: the genome
/// - [`PredictError::Region`]: a region that does not lie in the genome
/// - [`PredictError::Write`]: the output
pub fn scan_motifs(
    request: &MotifScanRequest<'_>,
    mut writer: Box<dyn HitWriter>,
    progress: &dyn Progress,
) -> Result<MotifScanSummary, PredictError> {
    let clocks = &Clocks::start();
    let stop = &AtomicBool::new(false);
    let searches = &Searches::default();
    let (read, mut summary) = run_stages(
        BATCHES_PER_THREAD * request.threads.get(),
        stop,
        |slots, pool| {
            let mut dispatch = |batch| {
                let Batch { pieces, events, .. } = batch;
                let search = move || searches.search(&pieces, request.motifs);
                dispatch(events, slots, pool, stop, clocks, search)
            };
            clocks.time(Stage::Reading, || read(request, stop, &mut dispatch))
        },
        |slots| write_in_order(slots, request.motifs, &mut *writer, clocks, progress),
    )?;
    summary.contigs = read.contigs;
    summary.genome_digest = read.digest;
    let mut footer = provenance(request, &summary);
    if let (Some(shard), Some(place)) = (request.shard, read.place) {
        let part = ShardFooter {
            kind: TableKind::Hits,
            shard,
            place,
            blocks: read.blocks,
        };
        footer = part.added_to(&footer);
        footer.set(scan_keys::SHARD_HITS, summary.total().to_string());
    }
    clocks.time(Stage::Writing, || writer.finish(&footer))?;
    progress.stages(&clocks.times());
    Ok(summary)
}

/// The memory of searches that are over, for those to come: fresh pages would have to be cleared for every batch.
#[derive(Debug, Default)]
struct Searches(Mutex<Vec<Scratch>>);

impl Searches {
    fn search(&self, pieces: &[Piece], motifs: &MotifSet) -> Vec<PieceHits> {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = idle().pop().unwrap_or_default();
        let hits = pieces.iter().map(|piece| piece.search(motifs, &mut scratch)).collect();
        idle().push(scratch);
        hits
    }
}

/// Writes the hits of all batches in genome order and counts them.
fn write_in_order(
    slots: Receiver<Slot<Vec<PieceHits>>>,
    motifs: &MotifSet,
    writer: &mut dyn HitWriter,
    clocks: &Clocks,
    progress: &dyn Progress,
) -> Result<MotifScanSummary, Halt> {
    let mut summary = MotifScanSummary {
        hits: vec![MotifCount::default(); motifs.motifs.len()],
        ..MotifScanSummary::default()
    };
    for slot in slots {
        for event in slot.events {
            event.show(progress);
        }
        let pieces = wait_for(&slot.made)?;
        clocks.time(Stage::Writing, || {
            for piece in pieces {
                writer.write(&HitRows {
                    chrom: &piece.contig,
                    hits: &piece.hits,
                })?;
                count(&mut summary, &piece);
                progress.advance(piece.bases.total());
            }
            Ok::<_, Halt>(())
        })?;
    }
    Ok(summary)
}

fn count(summary: &mut MotifScanSummary, piece: &PieceHits) {
    summary.bases += piece.bases;
    summary.windows += piece.windows;
    summary.unknown_windows += piece.unknown;
    summary.count(&piece.hits);
}
