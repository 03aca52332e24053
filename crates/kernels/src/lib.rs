//! The arithmetic that must be fast on a CPU, on plain slices.
//!
//! - [`recurrent`]: Elman, GRU and LSTM layers over batches of sequences of different lengths.
//! - [`code_conv`]: motif convolution over base codes with bias, rectifier and max pooling in one pass.
//! - [`conv1d`]: convolution along channels-last sequences.
//! - [`windows`]: read-outs of overlapping windows; [`dense`]: dense layers over many rows. Both without a backward pass.
//! - [`motif_scan`]: hits of integer score matrices along bases, the same on every backend.
//!
//! The layers have a forward and a hand-written backward pass. Every tensor is a row-major `f32` slice. A
//! sequence's result depends on nothing but the sequence: not on its neighbours in the batch, not on
//! the padding, not on the number of threads. Reductions have a fixed order.
//!
//! The best instruction set of the CPU is chosen at run time. The environment variable `PROCESSIVE_KERNELS` names
//! another: `portable` (plain Rust, the definition), `avx2`, `avx512`, or `amx` (AVX-512 for floats, AMX for bytes). The
//! vector sets give the same bits; the portable one rounds differently. Products of bytes are exact on all of them.
//! [`train_in_bfloat16`] has AMX multiply rounded floats in the passes of training: there the last bits of a sequence's result
//! may depend on how many sequences are beside it, and on nothing else.
#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled for the instruction set of its caller"
)]

pub mod code_conv;
pub mod conv1d;
pub mod dense;
pub mod motif_scan;
pub mod recurrent;
pub mod windows;

mod activation;
mod byte_panels;
mod byte_product;
mod bytes;
#[cfg(test)]
mod fuzz;
mod outer;
mod panels;
mod product;
mod simd;
mod zeros;

pub use simd::{has_bfloat16, train_in_bfloat16};

/// Whether products of bytes take less time than those of floats: with AVX2 a little, with VNNI or AMX by far.
pub fn has_fast_bytes() -> bool {
    simd::Backend::current().name() != "portable"
}

/// Names the instruction set in use: `portable`, `avx2`, `avx512` or `amx`.
pub fn instruction_set() -> &'static str {
    simd::Backend::current().name()
}
