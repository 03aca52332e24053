//! Where tensors live. The only file that names a backend.

use burn::tensor::Device;

use crate::error::ModelError;

/// Returns the processor: burn's `flex` backend with the kernels of this workspace.
pub fn cpu() -> Device {
    Device::flex()
}

/// Returns the processor with gradients turned on.
pub fn cpu_autodiff() -> Device {
    cpu().autodiff()
}

/// Names the instruction set that the processor's kernels use: `portable`, `avx2`, `avx512` or `amx`.
pub fn instruction_set() -> &'static str {
    processive_kernels::instruction_set()
}

/// Whether the processor can multiply numbers rounded to bfloat16 in training.
pub fn has_bfloat16() -> bool {
    processive_kernels::has_bfloat16()
}

/// Says whether training on the processor rounds so; it is a setting of the process, and networks without gradients never round.
pub fn train_in_bfloat16(wanted: bool) {
    processive_kernels::train_in_bfloat16(wanted);
}

/// Returns the NVIDIA GPU of an index, counted from 0, with torch's layers (feature `tch`).
///
/// # Errors
/// [`ModelError::Device`] when this build has no `tch`, or `LibTorch` finds no such GPU.
pub fn cuda(index: usize) -> Result<Device, ModelError> {
    #[cfg(feature = "tch")]
    let device = torch::cuda(index);
    #[cfg(not(feature = "tch"))]
    let device = Err("this build has no CUDA support (cargo feature `tch`)".to_owned());
    device.map_err(|reason| ModelError::Device {
        device: format!("cuda:{index}"),
        reason,
    })
}

/// Returns the NVIDIA GPU of an index with gradients turned on.
///
/// # Errors
/// As [`cuda`].
pub fn cuda_autodiff(index: usize) -> Result<Device, ModelError> {
    cuda(index).map(Device::autodiff)
}

#[cfg(feature = "tch")]
pub use torch::{libtorch, libtorch_autodiff};

#[cfg(feature = "tch")]
#[allow(deprecated, reason = "burn 0.22.1 deprecates its LibTorch backend; burn is pinned")]
mod torch {
    use burn::tensor::Device;

    /// Returns the processor with torch's layers: what a GPU runs, where there is none.
    pub fn libtorch() -> Device {
        Device::libtorch()
    }

    /// Returns the processor with torch's layers, and gradients turned on.
    pub fn libtorch_autodiff() -> Device {
        libtorch().autodiff()
    }

    /// Asks `LibTorch` first: burn's device panics later when there is no GPU.
    pub(super) fn cuda(index: usize) -> Result<Device, String> {
        let devices = if tch::Cuda::is_available() {
            usize::try_from(tch::Cuda::device_count()).unwrap_or(0)
        } else {
            0
        };
        match devices {
            0 => Err("LibTorch finds no CUDA device".to_owned()),
            _ if index < devices => Ok(Device::libtorch_cuda(index)),
            _ => Err(format!("LibTorch finds {devices} CUDA devices, counted from 0")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_that_is_not_there_is_an_error() {
        for device in [cuda(1000), cuda_autodiff(1000)] {
            let message = device.expect_err("no machine has a thousand GPUs").to_string();
            assert!(message.starts_with("device cuda:1000 cannot be used: "), "{message}");
            assert!(message.contains("CUDA"), "{message}");
        }
    }
}
