//! Kernels on `LibTorch`: each layer in torch's own operations, with torch's own gradients.
//!
//! The layers give what the kernels of `processive-kernels` give, up to the rounding of `f32`: sequences end at
//! their true length, and outputs past it are zero.

use burn::backend::LibTorch;
use burn::backend::libtorch::TchTensor;
use processive_encode::PaddedBatch;
use processive_kernels::recurrent::{Cell, Direction};
use tch::{Device, Kind, Tensor};

use crate::ops::kernel::{Conv1dSpec, Kernel, KernelBackend, MotifConvSpec, RecurrentSpec};

/// A layer's graph in torch: what goes in and what comes out.
///
/// It counts as an owner of the values that burn has, so that burn does not write over them.
pub(crate) struct Graph<const N: usize> {
    leaves: [TchTensor; N],
    output: TchTensor,
}

impl KernelBackend for LibTorch {
    type Tape<K: Kernel<N>, const N: usize> = Graph<N>;

    fn infer<K: Kernel<N>, const N: usize>(kernel: &K, inputs: [&TchTensor; N]) -> TchTensor {
        TchTensor::new(run(kernel, inputs.map(|input| &input.tensor)))
    }

    fn forward<K: Kernel<N>, const N: usize>(kernel: &K, inputs: [&TchTensor; N]) -> (TchTensor, Graph<N>) {
        let leaves = inputs.map(|input| TchTensor {
            tensor: input.tensor.detach().set_requires_grad(true),
            storage: input.storage.clone(),
        });
        let tensor = run(kernel, leaves.each_ref().map(|leaf| &leaf.tensor));
        let plain = TchTensor::new(tensor.detach());
        let storage = plain.storage.clone();
        let output = TchTensor { tensor, storage };
        (plain, Graph { leaves, output })
    }

    fn backward<K: Kernel<N>, const N: usize>(
        _: &K,
        _: [&TchTensor; N],
        graph: &Graph<N>,
        d_output: &TchTensor,
        wanted: [bool; N],
    ) -> [Option<TchTensor>; N] {
        let leaves = graph.leaves.iter().zip(wanted);
        let leaves: Vec<&Tensor> = leaves
            .filter_map(|(leaf, wanted)| wanted.then_some(&leaf.tensor))
            .collect();
        let mut gradients = gradients(&graph.output.tensor, &d_output.tensor, &leaves).into_iter();
        wanted.map(|wanted| wanted.then(|| TchTensor::new(gradients.next().expect("there is one for every leaf"))))
    }
}

/// Returns the gradients of `sum(output ⊙ d_output)`; a leaf that has no part in the output has a gradient of zero.
fn gradients(output: &Tensor, d_output: &Tensor, leaves: &[&Tensor]) -> Vec<Tensor> {
    let zeros = |leaf: &&Tensor| leaf.detach().zeros_like();
    if leaves.is_empty() || !output.requires_grad() {
        return leaves.iter().map(zeros).collect();
    }
    let loss = (output * d_output).sum(Kind::Float);
    let found = Tensor::run_backward(&[loss], leaves, true, false);
    let or_zeros = |(found, leaf): (Tensor, &&Tensor)| if found.defined() { found } else { zeros(leaf) };
    found.into_iter().zip(leaves).map(or_zeros).collect()
}

/// Runs a kernel; torch's operations do not take tensors without values.
fn run<K: Kernel<N>, const N: usize>(kernel: &K, inputs: [&Tensor; N]) -> Tensor {
    let shape = kernel.output_shape().map(size);
    if shape.contains(&0) {
        return Tensor::zeros(shape, (Kind::Float, inputs[0].device()));
    }
    kernel.torch(inputs)
}

fn size(size: usize) -> i64 {
    i64::try_from(size).expect("a tensor fits into memory")
}

fn indices(values: &[usize], device: Device) -> Tensor {
    let values: Vec<i64> = values.iter().map(|&value| size(value)).collect();
    Tensor::from_slice(&values).to(device)
}

/// Writes the codes of a batch as one-hot columns, `[batch, width, letters]`; other codes are all zero.
pub(crate) fn one_hot(batch: &PaddedBatch, letters: usize, device: Device) -> Tensor {
    let shape = [size(batch.len()), size(batch.width()), 1];
    let codes = Tensor::from_slice(batch.codes()).to(device).view(shape);
    let letters = Tensor::arange(size(letters), (Kind::Uint8, device));
    codes.eq_tensor(&letters).to_kind(Kind::Float)
}

/// Sets every step from a sequence's length on to zero; `values`: `[batch, steps, channels]`.
fn zero_past(values: &Tensor, lengths: &[usize]) -> Tensor {
    let device = values.device();
    let steps = Tensor::arange(values.size()[1], (Kind::Int64, device));
    let outside = steps.ge_tensor(&indices(lengths, device).unsqueeze(1)); // [batch, steps]
    values.masked_fill(&outside.unsqueeze(2), 0.0)
}

/// A recurrent layer: the sequences, longest first, in torch's packed form, which leaves out those without steps.
///
/// # Shapes
/// - `x`: `[batch, steps, d_input]`; the weights and the output are those of [`RecurrentSpec`]
pub(crate) fn recurrent(spec: &RecurrentSpec, x: &Tensor, weights: [&Tensor; 3]) -> Tensor {
    let device = x.device();
    let mut order: Vec<usize> = (0..spec.lengths.len()).filter(|&row| spec.lengths[row] > 0).collect();
    order.sort_by_key(|&row| std::cmp::Reverse(spec.lengths[row]));
    let output = Tensor::zeros(Kernel::<4>::output_shape(spec).map(size), (Kind::Float, device));
    if order.is_empty() {
        return output;
    }
    let lengths: Vec<usize> = order.iter().map(|&row| spec.lengths[row]).collect();
    let order = indices(&order, device);
    let (packed, batch_sizes) = x
        .index_select(0, &order)
        .internal_pack_padded_sequence(&indices(&lengths, Device::Cpu), true);
    let states = packed_layer(spec, &packed, &batch_sizes, lengths.len(), weights);
    let (states, _) = Tensor::internal_pad_packed_sequence(&states, &batch_sizes, true, 0.0, size(spec.shape.steps));
    output.index_copy(0, &order, &states)
}

/// Torch's layer over packed sequences from a zero state.
fn packed_layer(spec: &RecurrentSpec, x: &Tensor, batch_sizes: &Tensor, rows: usize, weights: [&Tensor; 3]) -> Tensor {
    // Torch has no layer that reads from the end alone: its forward half is computed, too, and left out.
    let reverse_alone = spec.directions == [Direction::Reverse];
    let sources: &[usize] = match spec.directions.len() {
        1 if reverse_alone => &[0, 0],
        1 => &[0],
        _ => &[0, 1],
    };
    let parameters: Vec<Tensor> = sources
        .iter()
        .flat_map(|&direction| direction_parameters(spec, direction, weights))
        .collect();
    let directions = sources.len();
    let both = directions == 2;
    // cuDNN keeps what its backward pass needs in training only.
    let train = parameters.iter().any(Tensor::requires_grad);
    let state = [size(directions), size(rows), size(spec.shape.hidden)];
    let zero = Tensor::zeros(state, (Kind::Float, x.device()));
    let states = match spec.cell {
        Cell::Elman => Tensor::rnn_tanh_data(x, batch_sizes, &zero, &parameters, true, 1, 0.0, train, both).0,
        Cell::Gru => Tensor::gru_data(x, batch_sizes, &zero, &parameters, true, 1, 0.0, train, both).0,
        Cell::Lstm => {
            let state = [&zero, &zero].map(Tensor::shallow_clone);
            Tensor::lstm_data(x, batch_sizes, &state, &parameters, true, 1, 0.0, train, both).0
        }
    };
    if reverse_alone {
        states.narrow(1, size(spec.shape.hidden), size(spec.shape.hidden))
    } else {
        states
    }
}

/// `W_ih, W_hh, b_ih, b_hh` of one direction as torch has them: a row per output, and two biases that are added
/// everywhere but inside a GRU's reset gate.
fn direction_parameters(spec: &RecurrentSpec, direction: usize, [input, recurrent, bias]: [&Tensor; 3]) -> [Tensor; 4] {
    let part = |all: &Tensor, rows: usize| all.narrow(0, size(direction * rows), size(rows));
    let turned = |all: &Tensor, rows: usize| part(all, rows).transpose(0, 1).contiguous();
    let hidden = spec.shape.hidden;
    let bias = part(bias, spec.cell.bias_len(hidden));
    let zeros = |gates: usize| Tensor::zeros([size(gates * hidden)], (Kind::Float, bias.device()));
    let (input_bias, recurrent_bias) = if spec.cell == Cell::Gru {
        let inner = bias.narrow(0, size(3 * hidden), size(hidden));
        (
            bias.narrow(0, 0, size(3 * hidden)).contiguous(),
            Tensor::cat(&[zeros(2), inner], 0),
        )
    } else {
        (bias.contiguous(), zeros(spec.cell.gates()))
    };
    let (input, recurrent) = (turned(input, spec.shape.input), turned(recurrent, hidden));
    [input, recurrent, input_bias, recurrent_bias]
}

/// Motif convolution: one-hot columns, convolution, rectifier, maximum.
pub(crate) fn motif_conv(spec: &MotifConvSpec, weights: &Tensor, bias: &Tensor) -> Tensor {
    let shape = &spec.shape;
    let columns = one_hot(&spec.batch, 4, weights.device()); // [batch, width, 4]
    let padding = [shape.pad_left, shape.pad_right].map(size);
    let scores = convolve(&columns, weights, bias, padding, 1); // [batch, positions, filters]
    let positions: Vec<usize> = spec
        .batch
        .lengths()
        .iter()
        .map(|&length| shape.positions(length))
        .collect();
    let rectified = zero_past(&scores.relu(), &positions).transpose(1, 2);
    let pool = [size(shape.pool)];
    let maxima = rectified.max_pool1d(pool, pool, [0], [1], true); // [batch, filters, pooled]
    maxima.transpose(1, 2)
}

/// Channels-last convolution of the length of its input.
pub(crate) fn conv1d(spec: &Conv1dSpec, x: &Tensor, weights: &Tensor, bias: &Tensor) -> Tensor {
    let shape = &spec.shape;
    let inside = zero_past(x, &spec.lengths);
    let reach = (shape.kernel - 1) * shape.dilation;
    let padding = [shape.pad_left, reach.saturating_sub(shape.pad_left)].map(size);
    let convolved = convolve(&inside, weights, bias, padding, shape.dilation).narrow(1, 0, size(shape.steps));
    zero_past(&convolved, &spec.lengths)
}

/// Convolution of sequences with zeros before and after them.
///
/// # Shapes
/// - `x`: `[batch, steps, d_input]`; `weights`: `[kernel, d_input, d_output]`
/// - output: `[batch, steps + padding - (kernel - 1) · dilation, d_output]`
fn convolve(x: &Tensor, weights: &Tensor, bias: &Tensor, padding: [i64; 2], dilation: usize) -> Tensor {
    let padded = x.transpose(1, 2).constant_pad_nd(padding);
    let weights = weights.permute([2, 1, 0]);
    padded
        .conv1d(&weights, Some(bias), [1], [0], [size(dilation)], 1)
        .transpose(1, 2)
}

#[cfg(test)]
mod tests;
