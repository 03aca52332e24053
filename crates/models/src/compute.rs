//! The numbers that scans multiply.

use std::fmt;

/// The numbers that scans multiply in the packed layers of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compute {
    /// Floats of 32 bits.
    #[default]
    F32,
    /// A byte for every weight and every value that a layer reads, summed up exactly. It is done in the first convolution over
    /// motifs of a `cnn`, and in the recurrent layers of streams; all else stays in floats.
    Int8,
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        })
    }
}
