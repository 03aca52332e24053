//! Layers as differentiable functions on plain slices, and the backends that can run them.

use std::fmt::Debug;
use std::sync::Arc;

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata};
use burn::tensor::{Bytes, DType, Shape};
use processive_encode::PaddedBatch;
use processive_kernels::code_conv::{self, CodeConvShape, CodeConvTape};
use processive_kernels::conv1d::{self, ConvShape};
use processive_kernels::recurrent::{self, Cell, Direction, Recurrent, RecurrentShape, Tape, Weights};

#[cfg(feature = "tch")]
use crate::ops::torch;

/// A layer: a differentiable function of `N` contiguous `f32` tensors whose output has three dimensions.
pub(crate) trait Kernel<const N: usize>: Send + Sync + Debug + 'static {
    /// What the backward pass needs beside the inputs and the output.
    type Tape: Send + Sync + 'static;

    /// The shape of the output.
    fn output_shape(&self) -> [usize; 3];

    /// Computes the output alone.
    fn infer(&self, inputs: [&[f32]; N]) -> Vec<f32>;

    /// Computes the output and the tape.
    fn forward(&self, inputs: [&[f32]; N]) -> (Vec<f32>, Self::Tape);

    /// Computes the gradient with respect to every wanted input; what stands for the others is not looked at.
    fn backward(&self, inputs: [&[f32]; N], tape: &Self::Tape, d_output: &[f32], wanted: [bool; N]) -> [Vec<f32>; N];

    /// Computes the same output with torch's operations, through which torch can send gradients back.
    #[cfg(feature = "tch")]
    fn torch(&self, inputs: [&tch::Tensor; N]) -> tch::Tensor;
}

/// A backend that can run a [`Kernel`].
pub(crate) trait KernelBackend: Backend {
    /// What the backward pass of a kernel needs beside the inputs.
    type Tape<K: Kernel<N>, const N: usize>: Send + Sync + 'static;

    /// Runs the kernel without a tape.
    fn infer<K: Kernel<N>, const N: usize>(kernel: &K, inputs: [&FloatTensor<Self>; N]) -> FloatTensor<Self>;

    /// Runs the kernel with a tape.
    fn forward<K: Kernel<N>, const N: usize>(
        kernel: &K,
        inputs: [&FloatTensor<Self>; N],
    ) -> (FloatTensor<Self>, Self::Tape<K, N>);

    /// Runs the kernel's backward pass; inputs that are not wanted have no gradient.
    fn backward<K: Kernel<N>, const N: usize>(
        kernel: &K,
        inputs: [&FloatTensor<Self>; N],
        tape: &Self::Tape<K, N>,
        d_output: &FloatTensor<Self>,
        wanted: [bool; N],
    ) -> [Option<FloatTensor<Self>>; N];
}

impl KernelBackend for Flex {
    type Tape<K: Kernel<N>, const N: usize> = K::Tape;

    fn infer<K: Kernel<N>, const N: usize>(kernel: &K, inputs: [&FlexTensor; N]) -> FlexTensor {
        let inputs = inputs.map(FlexTensor::to_contiguous);
        flex_tensor(kernel.infer(inputs.each_ref().map(values)), &kernel.output_shape())
    }

    fn forward<K: Kernel<N>, const N: usize>(kernel: &K, inputs: [&FlexTensor; N]) -> (FlexTensor, K::Tape) {
        let inputs = inputs.map(FlexTensor::to_contiguous);
        let (output, tape) = kernel.forward(inputs.each_ref().map(values));
        (flex_tensor(output, &kernel.output_shape()), tape)
    }

    fn backward<K: Kernel<N>, const N: usize>(
        kernel: &K,
        inputs: [&FlexTensor; N],
        tape: &K::Tape,
        d_output: &FlexTensor,
        wanted: [bool; N],
    ) -> [Option<FlexTensor>; N] {
        let shapes = inputs.map(TensorMetadata::shape);
        let inputs = inputs.map(FlexTensor::to_contiguous);
        let d_output = d_output.to_contiguous();
        let gradients = kernel.backward(inputs.each_ref().map(values), tape, values(&d_output), wanted);
        let mut shapes = shapes.into_iter().zip(wanted);
        gradients.map(|gradient| {
            let (shape, wanted) = shapes.next().expect("there is one shape per input");
            wanted.then(|| FlexTensor::new(Bytes::from_elems(gradient), Layout::contiguous(shape), DType::F32))
        })
    }
}

fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("kernels see contiguous f32 tensors only")
}

fn flex_tensor(values: Vec<f32>, shape: &[usize; 3]) -> FlexTensor {
    FlexTensor::new(
        Bytes::from_elems(values),
        Layout::contiguous(Shape::new(*shape)),
        DType::F32,
    )
}

/// A recurrent layer over a padded batch of features; inputs: `x, W, U, b`, one direction's weights after the other's.
#[derive(Debug)]
pub(crate) struct RecurrentSpec {
    /// The cell.
    pub(crate) cell: Cell,
    /// The directions, in the order of their weights.
    pub(crate) directions: &'static [Direction],
    /// Batch, steps and widths.
    pub(crate) shape: RecurrentShape,
    /// The true length of every sequence, in steps.
    pub(crate) lengths: Arc<[usize]>,
}

impl RecurrentSpec {
    fn layer<'a>(&'a self, x: recurrent::Input<'a>, [input, recurrent, bias]: [&'a [f32]; 3]) -> Recurrent<'a> {
        Recurrent {
            cell: self.cell,
            directions: self.directions,
            shape: self.shape,
            lengths: &self.lengths,
            input: x,
            weights: Weights { input, recurrent, bias },
        }
    }

    fn output_shape(&self) -> [usize; 3] {
        let RecurrentShape {
            batch, steps, hidden, ..
        } = self.shape;
        [batch, steps, self.directions.len() * hidden]
    }
}

impl Kernel<4> for RecurrentSpec {
    type Tape = Tape;

    fn output_shape(&self) -> [usize; 3] {
        self.output_shape()
    }

    fn infer(&self, [x, weights @ ..]: [&[f32]; 4]) -> Vec<f32> {
        self.layer(recurrent::Input::Features(x), weights).infer()
    }

    fn forward(&self, [x, weights @ ..]: [&[f32]; 4]) -> (Vec<f32>, Tape) {
        self.layer(recurrent::Input::Features(x), weights).forward()
    }

    fn backward(
        &self,
        [x, weights @ ..]: [&[f32]; 4],
        tape: &Tape,
        d_output: &[f32],
        [wants_x, ..]: [bool; 4],
    ) -> [Vec<f32>; 4] {
        let layer = self.layer(recurrent::Input::Features(x), weights);
        let gradients = layer.backward(tape, d_output, wants_x);
        [gradients.features, gradients.input, gradients.recurrent, gradients.bias]
    }

    #[cfg(feature = "tch")]
    fn torch(&self, [x, weights @ ..]: [&tch::Tensor; 4]) -> tch::Tensor {
        torch::recurrent(self, x, weights)
    }
}

/// A recurrent layer over the codes of a batch; inputs: `W, U, b`.
#[derive(Debug)]
pub(crate) struct CodeRecurrentSpec {
    /// The layer.
    pub(crate) layer: RecurrentSpec,
    /// The codes.
    pub(crate) batch: Arc<PaddedBatch>,
}

impl CodeRecurrentSpec {
    fn layer<'a>(&'a self, weights: [&'a [f32]; 3]) -> Recurrent<'a> {
        self.layer.layer(recurrent::Input::Codes(self.batch.codes()), weights)
    }
}

impl Kernel<3> for CodeRecurrentSpec {
    type Tape = Tape;

    fn output_shape(&self) -> [usize; 3] {
        self.layer.output_shape()
    }

    fn infer(&self, weights: [&[f32]; 3]) -> Vec<f32> {
        self.layer(weights).infer()
    }

    fn forward(&self, weights: [&[f32]; 3]) -> (Vec<f32>, Tape) {
        self.layer(weights).forward()
    }

    fn backward(&self, weights: [&[f32]; 3], tape: &Tape, d_output: &[f32], _: [bool; 3]) -> [Vec<f32>; 3] {
        let gradients = self.layer(weights).backward(tape, d_output, false);
        [gradients.input, gradients.recurrent, gradients.bias]
    }

    #[cfg(feature = "tch")]
    fn torch(&self, weights: [&tch::Tensor; 3]) -> tch::Tensor {
        let columns = torch::one_hot(&self.batch, self.layer.shape.input, weights[0].device());
        torch::recurrent(&self.layer, &columns, weights)
    }
}

/// A motif convolution over the codes of a batch; inputs: `W, b`.
#[derive(Debug)]
pub(crate) struct MotifConvSpec {
    /// Kernel, filters, padding and pool.
    pub(crate) shape: CodeConvShape,
    /// The codes and their lengths.
    pub(crate) batch: Arc<PaddedBatch>,
}

impl Kernel<2> for MotifConvSpec {
    type Tape = CodeConvTape;

    fn output_shape(&self) -> [usize; 3] {
        [
            self.shape.batch,
            self.shape.pooled(self.shape.width),
            self.shape.filters,
        ]
    }

    fn infer(&self, [weights, bias]: [&[f32]; 2]) -> Vec<f32> {
        code_conv::infer(self.shape, self.batch.codes(), self.batch.lengths(), weights, bias)
    }

    fn forward(&self, [weights, bias]: [&[f32]; 2]) -> (Vec<f32>, CodeConvTape) {
        code_conv::forward(self.shape, self.batch.codes(), self.batch.lengths(), weights, bias)
    }

    fn backward(&self, _: [&[f32]; 2], tape: &CodeConvTape, d_output: &[f32], _: [bool; 2]) -> [Vec<f32>; 2] {
        let (weights, bias) = code_conv::backward(self.shape, self.batch.codes(), self.batch.lengths(), tape, d_output);
        [weights, bias]
    }

    #[cfg(feature = "tch")]
    fn torch(&self, [weights, bias]: [&tch::Tensor; 2]) -> tch::Tensor {
        torch::motif_conv(self, weights, bias)
    }
}

/// A channels-last convolution over a padded batch; inputs: `x, W, b`.
#[derive(Debug)]
pub(crate) struct Conv1dSpec {
    /// Batch, steps, widths, kernel, dilation and padding.
    pub(crate) shape: ConvShape,
    /// The true length of every sequence, in steps.
    pub(crate) lengths: Arc<[usize]>,
}

impl Kernel<3> for Conv1dSpec {
    type Tape = ();

    fn output_shape(&self) -> [usize; 3] {
        [self.shape.batch, self.shape.steps, self.shape.output]
    }

    fn infer(&self, [x, weights, bias]: [&[f32]; 3]) -> Vec<f32> {
        conv1d::forward(self.shape, &self.lengths, x, weights, bias)
    }

    fn forward(&self, inputs: [&[f32]; 3]) -> (Vec<f32>, ()) {
        (Kernel::infer(self, inputs), ())
    }

    fn backward(
        &self,
        [x, weights, _]: [&[f32]; 3],
        (): &(),
        d_output: &[f32],
        [wants_x, ..]: [bool; 3],
    ) -> [Vec<f32>; 3] {
        let gradients = conv1d::backward(self.shape, &self.lengths, x, weights, d_output, wants_x);
        [gradients.x, gradients.weights, gradients.bias]
    }

    #[cfg(feature = "tch")]
    fn torch(&self, [x, weights, bias]: [&tch::Tensor; 3]) -> tch::Tensor {
        torch::conv1d(self, x, weights, bias)
    }
}
