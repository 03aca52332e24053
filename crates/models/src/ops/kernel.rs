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
use processive_kernels::recurrent::{self, Cell, Direction, RecurrentShape, Tape, Weights};

/// A layer: a differentiable function of `N` contiguous `f32` tensors whose output has three dimensions.
pub(crate) trait Kernel<const N: usize>: Send + Sync + Debug + 'static {
    /// What the backward pass needs beside the inputs and the output.
    type Tape: Clone + Send + Debug + 'static;

    /// The shape of the output.
    fn output_shape(&self) -> [usize; 3];

    /// Computes the output alone.
    fn infer(&self, inputs: [&[f32]; N]) -> Vec<f32>;

    /// Computes the output and the tape.
    fn forward(&self, inputs: [&[f32]; N]) -> (Vec<f32>, Self::Tape);

    /// Computes the gradient with respect to every input.
    fn backward(&self, inputs: [&[f32]; N], output: &[f32], tape: &Self::Tape, d_output: &[f32]) -> [Vec<f32>; N];
}

/// A backend whose tensors can be read as slices by a [`Kernel`].
pub(crate) trait HostKernels: Backend {
    /// Runs the kernel without a tape.
    fn infer<K: Kernel<N>, const N: usize>(kernel: &K, inputs: [&FloatTensor<Self>; N]) -> FloatTensor<Self>;

    /// Runs the kernel with a tape.
    fn forward<K: Kernel<N>, const N: usize>(
        kernel: &K,
        inputs: [&FloatTensor<Self>; N],
    ) -> (FloatTensor<Self>, K::Tape);

    /// Runs the kernel's backward pass.
    fn backward<K: Kernel<N>, const N: usize>(
        kernel: &K,
        inputs: [&FloatTensor<Self>; N],
        output: &FloatTensor<Self>,
        tape: &K::Tape,
        d_output: &FloatTensor<Self>,
    ) -> [FloatTensor<Self>; N];
}

impl HostKernels for Flex {
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
        output: &FlexTensor,
        tape: &K::Tape,
        d_output: &FlexTensor,
    ) -> [FlexTensor; N] {
        let shapes = inputs.map(TensorMetadata::shape);
        let inputs = inputs.map(FlexTensor::to_contiguous);
        let d_output = d_output.to_contiguous();
        let gradients = kernel.backward(inputs.each_ref().map(values), values(output), tape, values(&d_output));
        let mut shapes = shapes.into_iter();
        gradients.map(|gradient| {
            let shape = shapes.next().expect("there is one shape per input");
            FlexTensor::new(Bytes::from_elems(gradient), Layout::contiguous(shape), DType::F32)
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

/// One direction of a recurrent layer over a padded batch; inputs: `x, W, U, b`.
#[derive(Debug)]
pub(crate) struct RecurrentSpec {
    /// The cell.
    pub(crate) cell: Cell,
    /// The direction.
    pub(crate) direction: Direction,
    /// Batch, steps and widths.
    pub(crate) shape: RecurrentShape,
    /// The true length of every sequence, in steps.
    pub(crate) lengths: Arc<[usize]>,
}

impl Kernel<4> for RecurrentSpec {
    type Tape = Tape;

    fn output_shape(&self) -> [usize; 3] {
        [self.shape.batch, self.shape.steps, self.shape.hidden]
    }

    fn infer(&self, [x, input, recurrent, bias]: [&[f32]; 4]) -> Vec<f32> {
        let weights = Weights { input, recurrent, bias };
        recurrent::infer(self.cell, self.direction, self.shape, &self.lengths, x, &weights)
    }

    fn forward(&self, [x, input, recurrent, bias]: [&[f32]; 4]) -> (Vec<f32>, Tape) {
        let weights = Weights { input, recurrent, bias };
        recurrent::forward(self.cell, self.direction, self.shape, &self.lengths, x, &weights)
    }

    fn backward(
        &self,
        [x, input, recurrent, bias]: [&[f32]; 4],
        output: &[f32],
        tape: &Tape,
        d_output: &[f32],
    ) -> [Vec<f32>; 4] {
        let weights = Weights { input, recurrent, bias };
        let (cell, direction) = (self.cell, self.direction);
        let gradients = recurrent::backward(
            cell,
            direction,
            self.shape,
            &self.lengths,
            x,
            &weights,
            output,
            tape,
            d_output,
        );
        [gradients.x, gradients.input, gradients.recurrent, gradients.bias]
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

    fn backward(&self, _: [&[f32]; 2], _: &[f32], tape: &CodeConvTape, d_output: &[f32]) -> [Vec<f32>; 2] {
        let (weights, bias) = code_conv::backward(self.shape, self.batch.codes(), self.batch.lengths(), tape, d_output);
        [weights, bias]
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

    fn backward(&self, [x, weights, _]: [&[f32]; 3], _: &[f32], (): &(), d_output: &[f32]) -> [Vec<f32>; 3] {
        let (x, weights, bias) = conv1d::backward(self.shape, &self.lengths, x, weights, d_output);
        [x, weights, bias]
    }
}
