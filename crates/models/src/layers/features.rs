//! What flows between layers.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use processive_encode::{PaddedBatch, one_hot};

/// A padded batch of feature vectors.
#[derive(Clone, Debug)]
pub struct Features {
    /// `[batch, steps, channels]`, zero past a sequence's length.
    pub values: Tensor<3>,
    /// The true length of every sequence, in steps.
    pub lengths: Arc<[usize]>,
}

impl Features {
    /// Whether some sequence is shorter than the batch is wide.
    pub fn is_ragged(&self) -> bool {
        let steps = self.values.dims()[1];
        self.lengths.iter().any(|&length| length < steps)
    }

    /// Returns `[batch, steps, 1]`: 1 within a sequence's length, 0 past it.
    pub fn mask(&self) -> Tensor<3> {
        let [batch, steps, _] = self.values.dims();
        let inside = |&length: &usize| (0..steps).map(move |step| f32::from(u8::from(step < length)));
        let values: Vec<f32> = self.lengths.iter().flat_map(inside).collect();
        Tensor::from_data(TensorData::new(values, [batch, steps, 1]), &self.values.device())
    }
}

#[allow(
    clippy::large_enum_variant,
    reason = "one input is made per batch, and its tensors live on the heap"
)]
/// What a network reads: codes (the fast path), or one-hot columns through which gradients flow.
#[derive(Clone, Debug)]
pub enum Input {
    /// Codes of a padded batch.
    Codes(Arc<PaddedBatch>),
    /// One-hot columns `[batch, length, letters]`, zero for unknown letters and past a sequence's length.
    OneHot(Features),
}

impl Input {
    /// Wraps a batch of codes.
    pub fn codes(batch: PaddedBatch) -> Self {
        Self::Codes(Arc::new(batch))
    }

    /// The true lengths of the sequences.
    pub fn lengths(&self) -> &[usize] {
        match self {
            Self::Codes(batch) => batch.lengths(),
            Self::OneHot(columns) => &columns.lengths,
        }
    }

    /// Writes a batch as one-hot columns on a device.
    pub fn one_hot(batch: &PaddedBatch, device: &Device) -> Features {
        let letters = batch.alphabet().size();
        let mut columns = Vec::with_capacity(batch.codes().len() * letters);
        one_hot(batch.alphabet(), batch.codes(), &mut columns);
        let shape = [batch.len(), batch.width(), letters];
        Features {
            values: Tensor::from_data(TensorData::new(columns, shape), device),
            lengths: batch.lengths().into(),
        }
    }
}
