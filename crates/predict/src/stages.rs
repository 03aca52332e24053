//! A reader thread, the rayon pool, and a writer that gets things in order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use rayon::{Scope, Yield};

use crate::PredictError;
use crate::clocks::{Clocks, Stage};
use crate::error::Halt;
use crate::progress::Event;

/// How many batches per thread are read ahead of the writer.
pub(crate) const BATCHES_PER_THREAD: usize = 4;

/// The place of a batch in the order of the output; what is made of it follows when it is done.
pub(crate) struct Slot<T> {
    pub(crate) events: Vec<Event>,
    pub(crate) made: Receiver<T>,
}

/// Runs a reader on a thread of its own and a writer on this one to their ends, and returns what both made.
///
/// The reader sends slots, at most `depth` of them ahead of the writer, and has the pool fill them. A stage that fails
/// sets `stop`, which the others look at.
pub(crate) fn run_stages<'scope, S: Send, R: Send, W>(
    depth: usize,
    stop: &'scope AtomicBool,
    read: impl FnOnce(&Sender<S>, &Scope<'scope>) -> Result<R, Halt> + Send,
    write: impl FnOnce(Receiver<S>) -> Result<W, Halt>,
) -> Result<(R, W), PredictError> {
    let (sender, slots) = bounded(depth);
    let (read, written) = rayon::in_place_scope(|pool| {
        std::thread::scope(|threads| {
            let reader = threads.spawn(move || stop_all_on_error(stop, read(&sender, pool)));
            let written = stop_all_on_error(stop, write(slots));
            let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (read, written)
        })
    });
    match (read, written) {
        (Ok(read), Ok(written)) => Ok((read, written)),
        (Err(Halt::Failed(error)), _) | (_, Err(Halt::Failed(error))) => Err(error),
        _ => unreachable!("a stage stops early only when another has failed or a batch has panicked"),
    }
}

/// Takes a place in the order of the output, waiting while too many batches are under way, and has the pool make something
/// of the batch.
pub(crate) fn dispatch<'scope, T: Send + 'scope>(
    events: Vec<Event>,
    slots: &Sender<Slot<T>>,
    pool: &Scope<'scope>,
    stop: &'scope AtomicBool,
    clocks: &'scope Clocks,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<(), Halt> {
    let (sender, made) = bounded(1);
    let sent = clocks.time(Stage::Queueing, || slots.send(Slot { events, made }));
    sent.map_err(|_| Halt::Stopped)?;
    pool.spawn(move |_| {
        if !stop.load(Ordering::Relaxed) {
            // The writer is gone when it has failed; nobody misses what was made then.
            let _ = sender.send(clocks.time(Stage::Computing, work));
        }
    });
    Ok(())
}

fn stop_all_on_error<T>(stop: &AtomicBool, result: Result<T, Halt>) -> Result<T, Halt> {
    if result.is_err() {
        stop.store(true, Ordering::Relaxed);
    }
    result
}

/// Ends a stage early when another has failed.
pub(crate) fn check_stop(stop: &AtomicBool) -> Result<(), Halt> {
    if stop.load(Ordering::Relaxed) {
        return Err(Halt::Stopped);
    }
    Ok(())
}

/// Waits for a batch; a thread of the pool scores others meanwhile, since the batch may be waiting for it.
pub(crate) fn wait_for<T>(batch: &Receiver<T>) -> Result<T, Halt> {
    const NAP: Duration = Duration::from_millis(1);
    loop {
        match batch.try_recv() {
            Ok(rows) => return Ok(rows),
            Err(TryRecvError::Disconnected) => return Err(Halt::Stopped),
            Err(TryRecvError::Empty) => {}
        }
        match rayon::yield_now() {
            Some(Yield::Executed) => {}
            None => return batch.recv().map_err(|_| Halt::Stopped),
            Some(Yield::Idle) => match batch.recv_timeout(NAP) {
                Ok(rows) => return Ok(rows),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Halt::Stopped),
            },
        }
    }
}
