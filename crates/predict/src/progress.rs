//! How far a scan has come.

use crate::StageTimes;

/// Receives the progress of a scan, on the thread that called it, in genome order.
pub trait Progress {
    /// A contig begins, or another region of it; the length of the contig is known only when the genome is
    /// read through an index.
    fn contig(&self, name: &str, length: Option<u64>);

    /// Some more bases are scanned: their rows are written, or they have none.
    fn advance(&self, bases: u64);

    /// A scan, or a part of one, has ended, and its stages were at work for so long.
    fn stages(&self, _times: &StageTimes) {}
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn contig(&self, _name: &str, _length: Option<u64>) {}

    fn advance(&self, _bases: u64) {}
}

/// One call of [`Progress`], on its way from the reader to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// [`Progress::contig`].
    Contig(std::sync::Arc<str>, Option<u64>),
    /// [`Progress::advance`].
    Advance(u64),
}

impl Event {
    /// Makes the call.
    pub(crate) fn show(&self, progress: &dyn Progress) {
        match self {
            Self::Contig(name, length) => progress.contig(name, *length),
            Self::Advance(bases) => progress.advance(*bases),
        }
    }
}
