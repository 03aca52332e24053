//! Kernels on an autodiff device: the forward pass leaves a tape, the backward pass reads it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use crate::ops::kernel::{Kernel, KernelBackend};

/// The gradient of a kernel, as burn's graph stores it.
struct KernelBackward<K, const N: usize>(PhantomData<fn() -> K>);

impl<K, const N: usize> fmt::Debug for KernelBackward<K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KernelBackward")
    }
}

/// What a kernel's backward pass reads.
struct Saved<B: KernelBackend, K: Kernel<N>, const N: usize> {
    kernel: Arc<K>,
    inputs: [FloatTensor<B>; N],
    tape: Arc<B::Tape<K, N>>,
}

impl<B: KernelBackend, K: Kernel<N>, const N: usize> Clone for Saved<B, K, N> {
    fn clone(&self) -> Self {
        Self {
            kernel: Arc::clone(&self.kernel),
            inputs: self.inputs.clone(),
            tape: Arc::clone(&self.tape),
        }
    }
}

impl<B: KernelBackend, K: Kernel<N>, const N: usize> fmt::Debug for Saved<B, K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saved")
            .field("kernel", &self.kernel)
            .finish_non_exhaustive()
    }
}

impl<B, K, const N: usize> Backward<B, N> for KernelBackward<K, N>
where
    B: KernelBackend,
    K: Kernel<N>,
{
    type State = Saved<B, K, N>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let d_output = gradients.consume::<B>(&ops.node);
        let saved = ops.state;
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let d_inputs = B::backward(&*saved.kernel, saved.inputs.each_ref(), &*saved.tape, &d_output, wanted);
        for (parent, gradient) in ops.parents.into_iter().zip(d_inputs) {
            if let (Some(node), Some(gradient)) = (parent, gradient) {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

/// Runs a kernel on an autodiff device; keeps a tape only when a gradient will be asked for.
pub(crate) fn tracked<B, C, K, const N: usize>(
    kernel: Arc<K>,
    inputs: [FloatTensor<Autodiff<B, C>>; N],
) -> FloatTensor<Autodiff<B, C>>
where
    B: KernelBackend,
    C: CheckpointStrategy,
    K: Kernel<N>,
{
    let mut nodes = Vec::with_capacity(N);
    let inputs = inputs.map(|tensor| {
        let (primitive, node) = tensor.into_parts();
        nodes.push(node);
        primitive
    });
    let Ok(nodes) = nodes.try_into() else {
        unreachable!("there is one node per input")
    };
    match KernelBackward::<K, N>(PhantomData)
        .prepare::<C>(nodes)
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(preparation) => {
            let (output, tape) = B::forward(&*kernel, inputs.each_ref());
            let saved = Saved {
                kernel,
                inputs,
                tape: Arc::new(tape),
            };
            preparation.finish(saved, output)
        }
        OpsKind::UnTracked(preparation) => preparation.finish(B::infer(&*kernel, inputs.each_ref())),
    }
}
