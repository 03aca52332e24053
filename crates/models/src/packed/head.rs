//! The layers behind the last steps or a read-out, packed.

use std::ops::Range;

use burn::nn::Linear;
use processive_kernels::dense::{ByteDense, Dense};
use processive_kernels::recurrent::ByteStates;

use crate::layers::Head;
use crate::weights::{all_finite, values_of};

/// The packed layers behind the read-out.
#[derive(Clone, Debug)]
pub(crate) struct FloatHead {
    dense: Option<Dense>,
    output: Dense,
}

impl FloatHead {
    pub(crate) fn of_head(head: &Head) -> Self {
        Self {
            dense: head.dense.as_ref().map(|dense| packed(dense).rectified()),
            output: packed(&head.output),
        }
    }

    /// The only layer, when it has one output.
    pub(crate) fn single(&self) -> Option<&Dense> {
        (self.dense.is_none() && self.output.output() == 1).then_some(&self.output)
    }

    /// The logits, `[rows, classes]`, of what is read out.
    pub(crate) fn logits(&self, rows: &[f32], hidden: &mut Vec<f32>, logits: &mut Vec<f32>) {
        match &self.dense {
            Some(dense) => {
                dense.run(rows, hidden);
                self.output.run(hidden, logits);
            }
            None => self.output.run(rows, logits),
        }
    }
}

/// The same layers behind states of a byte: the first multiplies bytes.
#[derive(Clone, Debug)]
pub(crate) struct ByteHead {
    first: ByteDense,
    /// Behind a hidden layer.
    output: Option<Dense>,
}

impl ByteHead {
    /// Nothing when a weight of the first layer is no number, or there are more states than sums of bytes may have.
    pub(crate) fn of_head(head: &Head) -> Option<Self> {
        match &head.dense {
            Some(dense) => Some(Self {
                first: packed_in_bytes(dense)?.rectified(),
                output: Some(packed(&head.output)),
            }),
            None => Some(Self {
                first: packed_in_bytes(&head.output)?,
                output: None,
            }),
        }
    }

    /// The logits, `[rows, classes]`, of some rows of states.
    pub(crate) fn logits(&self, states: &ByteStates, rows: Range<usize>, hidden: &mut Vec<f32>, logits: &mut Vec<f32>) {
        match &self.output {
            Some(output) => {
                self.first.run(states, rows, hidden);
                output.run(hidden, logits);
            }
            None => self.first.run(states, rows, logits),
        }
    }
}

fn packed(linear: &Linear) -> Dense {
    let (weights, bias) = weights(linear);
    Dense::new(weights.len() / bias.len(), &weights, &bias)
}

fn packed_in_bytes(linear: &Linear) -> Option<ByteDense> {
    let (weights, bias) = weights(linear);
    let input = weights.len() / bias.len();
    let finite = all_finite(weights.iter().chain(&bias));
    (finite && input <= ByteDense::MOST_INPUTS).then(|| ByteDense::new(input, &weights, &bias))
}

/// `[input, output]` and `[output]`.
fn weights(linear: &Linear) -> (Vec<f32>, Vec<f32>) {
    let [_, output] = linear.weight.dims();
    let bias = linear.bias.as_ref();
    let bias = bias.map_or_else(|| vec![0.0; output], |bias| values_of(bias.val()));
    (values_of(linear.weight.val()), bias)
}
