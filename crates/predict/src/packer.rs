//! Packs pieces into batches.

use crate::batch::{Batch, Piece};
use crate::error::Halt;
use crate::progress::Event;

/// Gathers the windows of a batch, whatever contigs or regions they come from, so that a genome of many small contigs is
/// no slower than one of a few large ones.
pub(crate) struct Packer<'a> {
    batch: Batch,
    events: Vec<Event>,
    dispatch: &'a mut dyn FnMut(Batch, Vec<Event>) -> Result<(), Halt>,
}

impl<'a> Packer<'a> {
    pub(crate) fn new(dispatch: &'a mut dyn FnMut(Batch, Vec<Event>) -> Result<(), Halt>) -> Self {
        Self {
            batch: Batch::default(),
            events: Vec::new(),
            dispatch,
        }
    }

    /// Adds the windows of a piece.
    pub(crate) fn push(&mut self, piece: Piece) {
        self.batch.push(piece);
    }

    /// Adds a progress event, to be shown when the batch is written.
    pub(crate) fn note(&mut self, event: Event) {
        match (self.events.last_mut(), event) {
            (_, Event::Advance(0)) => {}
            (Some(Event::Advance(bases)), Event::Advance(more)) => *bases += more,
            (_, event) => self.events.push(event),
        }
    }

    /// Sends the batch on; events alone wait for the next one.
    pub(crate) fn send(&mut self) -> Result<(), Halt> {
        if self.batch.is_empty() {
            return Ok(());
        }
        (self.dispatch)(std::mem::take(&mut self.batch), std::mem::take(&mut self.events))
    }

    /// Sends on what is left.
    pub(crate) fn finish(&mut self) -> Result<(), Halt> {
        if self.batch.is_empty() && self.events.is_empty() {
            return Ok(());
        }
        (self.dispatch)(std::mem::take(&mut self.batch), std::mem::take(&mut self.events))
    }
}
