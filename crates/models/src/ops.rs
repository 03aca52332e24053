//! The kernels of `processive-kernels` as burn operations with hand-written backward passes.
//!
//! A [`Kernel`](kernel::Kernel) is a layer as a differentiable function of `N` tensors on plain slices. This
//! module gives every kernel to burn as one operation: on a plain device it runs the kernel's
//! forward pass, on an autodiff device it also keeps the tape and registers the kernel's own
//! gradient. One definition of a layer so serves training and scanning. With the feature `tch` a kernel also
//! says what it is in torch's operations, and runs so on `LibTorch`.

#![cfg_attr(
    feature = "tch",
    allow(deprecated, reason = "burn 0.22.1 deprecates its LibTorch backend; burn is pinned")
)]

mod autodiff;
mod kernel;
#[cfg(feature = "tch")]
mod torch;

use std::sync::Arc;

#[cfg(feature = "tch")]
use burn::backend::LibTorch;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::ops::autodiff::tracked;
use crate::ops::kernel::KernelBackend;
pub(crate) use crate::ops::kernel::{CodeRecurrentSpec, Conv1dSpec, MotifConvSpec, RecurrentSpec};
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;

/// The layers that a backend must run.
#[backend_extension(Autodiff, Flex, LibTorch: cfg(feature = "tch"))]
pub(crate) trait LayerOps: Backend {
    /// A recurrent layer over features.
    fn recurrent_layer(
        x: FloatTensor<Self>,
        input: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<RecurrentSpec>,
    ) -> FloatTensor<Self>;

    /// A recurrent layer over codes.
    fn code_recurrent_layer(
        input: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<CodeRecurrentSpec>,
    ) -> FloatTensor<Self>;

    /// Convolution over codes with bias, ReLU and max pooling.
    fn motif_conv_layer(
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<MotifConvSpec>,
    ) -> FloatTensor<Self>;

    /// Channels-last convolution.
    fn conv1d_layer(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<Conv1dSpec>,
    ) -> FloatTensor<Self>;
}

/// The layers of a backend without gradients: each runs its kernel.
macro_rules! plain_layers {
    ($backend:ty) => {
        impl LayerOps for $backend {
            fn recurrent_layer(
                x: FloatTensor<Self>,
                input: FloatTensor<Self>,
                recurrent: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                spec: Arc<RecurrentSpec>,
            ) -> FloatTensor<Self> {
                Self::infer(&*spec, [&x, &input, &recurrent, &bias])
            }

            fn code_recurrent_layer(
                input: FloatTensor<Self>,
                recurrent: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                spec: Arc<CodeRecurrentSpec>,
            ) -> FloatTensor<Self> {
                Self::infer(&*spec, [&input, &recurrent, &bias])
            }

            fn motif_conv_layer(
                weights: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                spec: Arc<MotifConvSpec>,
            ) -> FloatTensor<Self> {
                Self::infer(&*spec, [&weights, &bias])
            }

            fn conv1d_layer(
                x: FloatTensor<Self>,
                weights: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                spec: Arc<Conv1dSpec>,
            ) -> FloatTensor<Self> {
                Self::infer(&*spec, [&x, &weights, &bias])
            }
        }
    };
}

plain_layers!(Flex);
#[cfg(feature = "tch")]
plain_layers!(LibTorch);

impl<B: LayerOps + KernelBackend, C: CheckpointStrategy> LayerOps for Autodiff<B, C> {
    fn recurrent_layer(
        x: FloatTensor<Self>,
        input: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<RecurrentSpec>,
    ) -> FloatTensor<Self> {
        tracked::<B, C, _, 4>(spec, [x, input, recurrent, bias])
    }

    fn code_recurrent_layer(
        input: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<CodeRecurrentSpec>,
    ) -> FloatTensor<Self> {
        tracked::<B, C, _, 3>(spec, [input, recurrent, bias])
    }

    fn motif_conv_layer(
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<MotifConvSpec>,
    ) -> FloatTensor<Self> {
        tracked::<B, C, _, 2>(spec, [weights, bias])
    }

    fn conv1d_layer(
        x: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Arc<Conv1dSpec>,
    ) -> FloatTensor<Self> {
        tracked::<B, C, _, 3>(spec, [x, weights, bias])
    }
}

/// Runs a recurrent layer; the weights of its directions lie one after the other.
///
/// # Shapes
/// - `x`: `[batch, steps, d_input]`
/// - `input`: `[directions · d_input, gates · d_hidden]`; `recurrent`: `[directions · d_hidden, gates · d_hidden]`
/// - output: `[batch, steps, directions · d_hidden]`, zero past a sequence's length
pub(crate) fn recurrent(
    x: Tensor<3>,
    input: Tensor<2>,
    recurrent: Tensor<2>,
    bias: Tensor<1>,
    spec: RecurrentSpec,
) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::recurrent_layer(
        x.into_dispatch(),
        input.into_dispatch(),
        recurrent.into_dispatch(),
        bias.into_dispatch(),
        Arc::new(spec),
    ))
}

/// Runs a recurrent layer over codes, as [`recurrent`] over their one-hot columns.
pub(crate) fn code_recurrent(
    input: Tensor<2>,
    recurrent: Tensor<2>,
    bias: Tensor<1>,
    spec: CodeRecurrentSpec,
) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::code_recurrent_layer(
        input.into_dispatch(),
        recurrent.into_dispatch(),
        bias.into_dispatch(),
        Arc::new(spec),
    ))
}

/// Convolves codes with motif filters, adds the bias, rectifies and takes the maximum of every pool.
///
/// # Shapes
/// - `weights`: `[kernel, 4, filters]`; output: `[batch, pooled, filters]`, zero past a sequence's pooled length
pub(crate) fn motif_conv(weights: Tensor<3>, bias: Tensor<1>, spec: MotifConvSpec) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::motif_conv_layer(
        weights.into_dispatch(),
        bias.into_dispatch(),
        Arc::new(spec),
    ))
}

/// Convolves channels-last features; the output has the input's length.
///
/// # Shapes
/// - `x`: `[batch, steps, d_input]`; `weights`: `[kernel, d_input, d_output]`
/// - output: `[batch, steps, d_output]`, zero past a sequence's length
pub(crate) fn conv1d(x: Tensor<3>, weights: Tensor<3>, bias: Tensor<1>, spec: Conv1dSpec) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::conv1d_layer(
        x.into_dispatch(),
        weights.into_dispatch(),
        bias.into_dispatch(),
        Arc::new(spec),
    ))
}
