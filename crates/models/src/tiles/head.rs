//! From what is read out of windows to logits.

use burn::nn::Linear;
use processive_kernels::dense::Dense;

use crate::layers::Head;
use crate::weights::values_of;

/// The packed layers behind the read-out.
#[derive(Clone, Debug)]
pub(crate) struct TileHead {
    dense: Option<Dense>,
    output: Dense,
}

impl TileHead {
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

fn packed(linear: &Linear) -> Dense {
    let [input, output] = linear.weight.dims();
    let bias = linear
        .bias
        .as_ref()
        .map_or_else(|| vec![0.0; output], |bias| values_of(bias.val()));
    Dense::new(input, &values_of(linear.weight.val()), &bias)
}
