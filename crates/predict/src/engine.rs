//! The stages of a scan and the channels between them.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::Receiver;
use processive_report::ScanWriter;

use crate::batch::{Batch, Rows, Scoring};
use crate::clocks::{Clocks, Stage};
use crate::error::Halt;
use crate::grid::BinGrid;
use crate::packer::Packer;
use crate::provenance::provenance;
use crate::reader::{GenomeRead, read};
use crate::shards::ShardFooter;
use crate::stages::{BATCHES_PER_THREAD, Slot, dispatch, run_stages, wait_for};
use crate::top::{Output, OutputRule};
use crate::{PredictError, Progress, ScanRequest, ScanSummary, TableKind};

/// Scans a genome, or regions of it, and writes one row per bin in genome order; or one per site
/// ([`ScanRequest::top`]).
///
/// The rows do not depend on `threads` and `block_size`. They depend on `batch_size`, and a row of a region scan differs
/// from that of the whole scan, only as far as the scorer gives a window another score in another batch: models, streamed ones
/// too, round sums in another order there.
///
/// # Errors
/// The first that occurs in any stage; the writer is then dropped unfinished.
/// - [`PredictError::Read`], [`PredictError::NotDna`]: the genome
/// - [`PredictError::Region`]: a region that does not lie in the genome
/// - [`PredictError::EmptyModel`]: the model
/// - [`PredictError::Write`]: the output, a score that is not finite included
///
/// # Panics
/// When the scorer panics.
pub fn scan(
    request: &ScanRequest<'_>,
    writer: Box<dyn ScanWriter>,
    progress: &dyn Progress,
) -> Result<ScanSummary, PredictError> {
    let grid = bin_grid(request)?;
    let rule = OutputRule {
        top: request.top,
        best: request.best,
        window: request.scorer.read_out(),
        columns_per_class: request.strand.columns_per_class(),
    };
    let clocks = Clocks::start();
    let mut output = Output::new(writer, &rule);
    let read = run(request, grid, &clocks, |rows| Ok(output.write(rows)?), progress)?;
    let (mut writer, taken) = clocks.time(Stage::Writing, || output.finish())?;
    let summary = ScanSummary {
        genome_digest: read.digest,
        contigs: read.contigs,
        bins: taken.bins,
        skipped_bins: read.skipped_bins,
        bases: read.bases,
        best: taken.best,
        sites: taken.sites,
        largest_error: writer.largest_error(),
    };
    let mut footer = provenance(request, grid, &summary);
    if let (Some(shard), Some(place)) = (request.shard, read.place) {
        let part = ShardFooter {
            kind: TableKind::Scores,
            shard,
            place,
            blocks: read.blocks,
        };
        footer = part.added_to(&footer);
    }
    writer.set_contigs(&summary.contigs);
    clocks.time(Stage::Writing, || writer.finish(&footer))?;
    progress.stages(&clocks.times());
    Ok(summary)
}

/// The bins of a request.
pub(crate) fn bin_grid(request: &ScanRequest<'_>) -> Result<BinGrid, PredictError> {
    let (window, classes) = (request.scorer.window(), request.scorer.classes());
    match NonZeroUsize::new(window) {
        Some(width) if classes > 0 => Ok(BinGrid::new(request.bin, width)),
        _ => Err(PredictError::EmptyModel {
            model: request.model.name.clone(),
            window,
            bin: request.bin.get(),
            classes,
        }),
    }
}

/// Runs the three stages to the end and returns what the reader saw.
fn run(
    request: &ScanRequest<'_>,
    grid: BinGrid,
    clocks: &Clocks,
    write: impl FnMut(&Rows) -> Result<(), PredictError>,
    progress: &dyn Progress,
) -> Result<GenomeRead, PredictError> {
    let stop = AtomicBool::new(false);
    let stop = &stop;
    let scoring = Scoring {
        scorer: request.scorer,
        grid,
        strand: request.strand,
    };
    let (read, ()) = run_stages(
        BATCHES_PER_THREAD * request.threads.get(),
        stop,
        |slots, pool| {
            let mut dispatch =
                |batch: Batch, events| dispatch(events, slots, pool, stop, clocks, move || batch.score(scoring));
            let packer = &mut Packer::new(&mut dispatch);
            clocks.time(Stage::Reading, || read(request, grid, stop, packer))
        },
        |slots| write_in_order(slots, clocks, write, progress),
    )?;
    Ok(read)
}

/// Writes the rows of all batches in genome order.
fn write_in_order(
    slots: Receiver<Slot<Vec<Rows>>>,
    clocks: &Clocks,
    mut write: impl FnMut(&Rows) -> Result<(), PredictError>,
    progress: &dyn Progress,
) -> Result<(), Halt> {
    for slot in slots {
        let batch = wait_for(&slot.made)?;
        clocks.time(Stage::Writing, || batch.iter().try_for_each(&mut write))?;
        for event in slot.events {
            event.show(progress);
        }
    }
    Ok(())
}
