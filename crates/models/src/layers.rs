//! The layers that the networks are made of, one file each.
//!
//! Features are channels-last, `[batch, steps, channels]`, and zero past a sequence's true length, so
//! that padding never changes an answer.

mod conv;
mod dense;
mod dropout;
mod edges;
mod features;
mod motif_conv;
mod readout;
mod recurrent;

pub use conv::{Conv1d, Conv1dConfig};
pub use dense::{Head, HeadConfig};
pub use dropout::{Mode, dropout_channels};
pub use edges::{Edges, WholeSteps};
pub use features::{Features, Input};
pub use motif_conv::{MotifConv, MotifConvConfig, Padding, Pool};
pub use readout::{Readout, ReadoutLayer};
pub use recurrent::{Cell, Reading, Recurrent, RecurrentConfig, RecurrentInit};
