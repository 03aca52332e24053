//! The stages of a scan with motifs and the channels between them.

use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use processive_core::Strand;
use processive_report::{HitRows, HitWriter};
use rayon::Scope;

use super::batch::PieceHits;
use super::provenance::provenance;
use super::reader::{Batch, GenomeRead, read};
use super::{MotifCount, MotifScanRequest, MotifScanSummary, MotifSet};
use crate::error::Halt;
use crate::progress::Event;
use crate::stages::{run_stages, wait_for};
use crate::{PredictError, Progress};

/// How many batches per thread are read ahead of the writer.
const BATCHES_PER_THREAD: usize = 4;

/// The place of a batch in the order of the output; its hits follow when they are found.
struct Slot {
    events: Vec<Event>,
    hits: Receiver<Vec<PieceHits>>,
}

/// Scans a genome, or regions of it, and writes one row per hit: by contig as in the genome, then start, then motif as
/// in the file, then strand, plus first.
///
/// The rows do not depend on `threads` and `block_size`. A row of a region scan is a row of the whole scan.
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
    let stop = AtomicBool::new(false);
    let stop = &stop;
    let (read, mut summary) = run_stages(
        BATCHES_PER_THREAD * request.threads.get(),
        stop,
        |slots, pool| {
            read(request, stop, &mut |batch| {
                dispatch(batch, slots, pool, request.motifs, stop)
            })
        },
        |slots| write_in_order(slots, request.motifs, &mut *writer, progress),
    )?;
    let GenomeRead { contigs, digest } = read;
    summary.contigs = contigs;
    summary.genome_digest = digest;
    writer.finish(&provenance(request, &summary))?;
    Ok(summary)
}

/// Takes a place in the order of the output, waiting while too many batches are under way, and has the batch searched.
fn dispatch<'scope, 'a: 'scope>(
    batch: Batch,
    slots: &Sender<Slot>,
    pool: &Scope<'scope>,
    motifs: &'a MotifSet,
    stop: &'a AtomicBool,
) -> Result<(), Halt> {
    let Batch { pieces, events, .. } = batch;
    let (sender, hits) = bounded(1);
    slots.send(Slot { events, hits }).map_err(|_| Halt::Stopped)?;
    pool.spawn(move |_| {
        if !stop.load(Ordering::Relaxed) {
            // The writer is gone when it has failed; nobody misses the hits then.
            let _ = sender.send(pieces.iter().map(|piece| piece.search(motifs)).collect());
        }
    });
    Ok(())
}

/// Writes the hits of all batches in genome order and counts them.
fn write_in_order(
    slots: Receiver<Slot>,
    motifs: &MotifSet,
    writer: &mut dyn HitWriter,
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
        for piece in wait_for(&slot.hits)? {
            writer.write(&HitRows {
                chrom: &piece.contig,
                hits: &piece.hits,
            })?;
            count(&mut summary, &piece);
            progress.advance(piece.bases.total());
        }
    }
    Ok(summary)
}

fn count(summary: &mut MotifScanSummary, piece: &PieceHits) {
    summary.bases += piece.bases;
    summary.windows += piece.windows;
    summary.unknown_windows += piece.unknown;
    for hit in &piece.hits {
        let counts = &mut summary.hits[hit.motif as usize];
        match hit.strand {
            Strand::Minus => counts.minus += 1,
            _ => counts.plus += 1,
        }
    }
}
