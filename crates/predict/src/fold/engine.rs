//! The stages of a fold and the channels between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use processive_encode::letter_buckets;
use processive_report::FoldWriter;
use processive_report::fold::most_probable3;
use rayon::Scope;

use super::progress::{FoldNotice, FoldProgress};
use super::provenance::provenance;
use super::reader::{Read, read};
use super::request::FoldRequest;
use super::scorer::ResidueScorer;
use super::summary::FoldSummary;
use super::window::{Labels, Protein, label};
use crate::PredictError;
use crate::error::Halt;
use crate::stages::{run_stages, wait_for};

/// Windows between the reader and the writer, beside the one that each has in hand.
const WINDOWS_AHEAD: usize = 1;

/// A window in the order of the output; the labels of its batches follow when they are known.
struct Slot {
    proteins: Arc<Vec<Protein>>,
    notices: Vec<FoldNotice>,
    batches: Vec<(Vec<usize>, Receiver<Vec<Labels>>)>,
}

/// Labels every residue of the proteins of a file and writes them in its order.
///
/// The output does not depend on threads, `batch_size` and `look_ahead`, as far as the scorer gives a protein the same
/// probabilities in any batch.
///
/// # Errors
/// The first that occurs in any stage; the writer is then dropped unfinished.
/// - [`PredictError::Read`]: the proteins
/// - [`PredictError::UnknownLetter`], [`PredictError::LooksLikeDna`]: the proteins, when they must be clean
/// - [`PredictError::Write`]: the output, a probability that is not finite included
///
/// # Panics
/// When the scorer panics.
pub fn fold(
    request: &FoldRequest<'_>,
    mut writer: Box<dyn FoldWriter>,
    progress: &dyn FoldProgress,
) -> Result<FoldSummary, PredictError> {
    let stop = AtomicBool::new(false);
    let stop = &stop;
    let mut states = [0; 3];
    let (read, ()) = run_stages(
        WINDOWS_AHEAD,
        stop,
        |slots, pool| {
            let mut send = |window| dispatch(window, request, slots, pool, stop);
            read(request, stop, &mut send)
        },
        |slots| write_in_order(slots, writer.as_mut(), &mut states, progress),
    )?;
    let summary = FoldSummary {
        proteins: read.proteins,
        letters: read.letters,
        stops: read.stops,
        repeated_ids: read.repeated_ids,
        longest: read.longest,
        states,
        digest: read.digest,
    };
    writer.finish(&provenance(request, &summary))?;
    Ok(summary)
}

/// Takes a place in the order of the output, waiting while too many windows are under way, and has the window's
/// batches labelled, those of long proteins first: they take longest.
fn dispatch<'scope, 'a: 'scope>(
    window: Read,
    request: &FoldRequest<'a>,
    slots: &Sender<Slot>,
    pool: &Scope<'scope>,
    stop: &'scope AtomicBool,
) -> Result<(), Halt> {
    let Read { proteins, notices } = window;
    let lengths: Vec<usize> = proteins.iter().map(|protein| protein.sequence.len()).collect();
    let proteins = Arc::new(proteins);
    let (batches, work): (Vec<_>, Vec<_>) = letter_buckets(&lengths, request.batch_size.get())
        .into_iter()
        .rev()
        .map(|batch| {
            let (sender, labels) = bounded(1);
            ((batch.clone(), labels), (batch, sender))
        })
        .unzip();
    let slot = Slot {
        proteins: Arc::clone(&proteins),
        notices,
        batches,
    };
    slots.send(slot).map_err(|_| Halt::Stopped)?;
    let scorer: &'a dyn ResidueScorer = request.scorer;
    for (batch, sender) in work {
        let proteins = Arc::clone(&proteins);
        pool.spawn(move |_| {
            if !stop.load(Ordering::Relaxed) {
                let batch: Vec<&Protein> = batch.iter().map(|&index| &proteins[index]).collect();
                // The writer is gone when it has failed; nobody misses the labels then.
                let _ = sender.send(label(&batch, scorer));
            }
        });
    }
    Ok(())
}

/// Writes the proteins of all windows in the order of their file and counts the called states.
fn write_in_order(
    slots: Receiver<Slot>,
    writer: &mut dyn FoldWriter,
    states: &mut [u64; 3],
    progress: &dyn FoldProgress,
) -> Result<(), Halt> {
    for slot in slots {
        for notice in &slot.notices {
            progress.notice(notice);
        }
        let mut labels = vec![Labels::default(); slot.proteins.len()];
        for (batch, receiver) in &slot.batches {
            let mut residues = 0;
            for (&index, of_protein) in batch.iter().zip(wait_for(receiver)?) {
                residues += slot.proteins[index].sequence.len();
                labels[index] = of_protein;
            }
            progress.advance(residues as u64);
        }
        for (protein, labels) in slot.proteins.iter().zip(&labels) {
            let chain = protein.labelled(labels);
            for three in chain.three {
                states[most_probable3(three) as usize] += 1;
            }
            writer.write(&chain)?;
        }
    }
    Ok(())
}
