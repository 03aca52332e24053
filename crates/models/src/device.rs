//! Where tensors live. The only file that names a backend.

use burn::tensor::Device;

/// Returns the processor: burn's `flex` backend with the kernels of this workspace.
pub fn cpu() -> Device {
    Device::flex()
}

/// Returns the processor with gradients turned on.
pub fn cpu_autodiff() -> Device {
    cpu().autodiff()
}

/// Names the instruction set that the processor's kernels use: `portable`, `avx2` or `avx512`.
pub fn instruction_set() -> &'static str {
    processive_kernels::instruction_set()
}
