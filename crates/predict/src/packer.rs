//! Packs pieces into batches of equal size.

use crate::batch::{Batch, Piece};
use crate::error::Halt;
use crate::progress::Event;

/// Fills batches and sends the full ones on.
///
/// A batch holds as many windows as asked for, whatever contigs or regions they come from, so that a genome
/// of many small contigs is no slower than one of a few large ones. Which windows share a batch depends on
/// the order of the windows alone, not on how the letters were read.
pub(crate) struct Packer<'a> {
    batch_size: usize,
    batch: Batch,
    events: Vec<Event>,
    dispatch: &'a mut dyn FnMut(Batch, Vec<Event>) -> Result<(), Halt>,
}

impl<'a> Packer<'a> {
    pub(crate) fn new(batch_size: usize, dispatch: &'a mut dyn FnMut(Batch, Vec<Event>) -> Result<(), Halt>) -> Self {
        Self {
            batch_size,
            batch: Batch::default(),
            events: Vec::new(),
            dispatch,
        }
    }

    /// The number of windows that fit before the next [`flush`](Self::flush).
    pub(crate) fn room(&self) -> usize {
        self.batch_size - self.batch.len()
    }

    /// Adds the windows of a piece; they fit.
    pub(crate) fn push(&mut self, piece: Piece) {
        self.batch.push(piece);
        debug_assert!(self.batch.len() <= self.batch_size, "the caller asks for room first");
    }

    /// Adds a progress event, to be shown when the batch is written.
    pub(crate) fn note(&mut self, event: Event) {
        match (self.events.last_mut(), event) {
            (_, Event::Advance(0)) => {}
            (Some(Event::Advance(bases)), Event::Advance(more)) => *bases += more,
            (_, event) => self.events.push(event),
        }
    }

    /// Sends the batch on, full or not.
    pub(crate) fn flush(&mut self) -> Result<(), Halt> {
        if self.batch.is_empty() && self.events.is_empty() {
            return Ok(());
        }
        (self.dispatch)(std::mem::take(&mut self.batch), std::mem::take(&mut self.events))
    }
}
