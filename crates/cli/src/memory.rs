//! The allocator.
#![allow(unsafe_code, reason = "a call of the allocator, for which there is no binding")]

use std::ffi::{c_int, c_long};

use mimalloc::MiMalloc;

// The threads of a scan allocate their batches at the same time, which the system's allocator serialises.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`.
const PURGE_DELAY: c_int = 15;

unsafe extern "C" {
    fn mi_option_set(option: c_int, value: c_long);
}

/// Keeps freed memory for what is allocated next.
///
/// Every step of a training takes the same large buffers as the last one. Those that went back to the system in between
/// would come back as pages that it clears first.
pub(crate) fn keep_freed() {
    // SAFETY: the function of `mimalloc.h`, which the allocator is linked with; it stores a number, and a negative delay is one
    // that never ends.
    unsafe { mi_option_set(PURGE_DELAY, -1) }
}
