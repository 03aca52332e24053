//! Layers without burn around them, whose weights are packed once: for what reads much.

mod head;
mod recurrent;

pub(crate) use head::{ByteHead, FloatHead};
pub(crate) use recurrent::{RecurrentStack, StackMemory};
