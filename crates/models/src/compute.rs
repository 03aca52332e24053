//! The numbers that packed layers multiply.

use std::fmt;

use processive_kernels::has_fast_bytes;

/// The numbers that the packed layers of a network multiply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compute {
    /// Floats of 32 bits.
    #[default]
    F32,
    /// A byte for every weight and every value that a layer reads, summed up exactly. It is done in the first convolution over
    /// motifs of a `cnn`, in the recurrent layers of streams, and in those of networks that label residues, with the layer behind
    /// them; all else stays in floats.
    Int8,
}

impl Compute {
    /// The numbers with which recurrent networks label residues in the least time on this processor: bytes where it has
    /// instructions for their products.
    pub fn fast_for_residues() -> Self {
        if has_fast_bytes() { Self::Int8 } else { Self::F32 }
    }
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        })
    }
}
