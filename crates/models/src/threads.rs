//! Threads for the members of a model.
//!
//! Not those of rayon, which take up other work while they wait: some that waits for what is made here.

use std::thread::{self, ScopedJoinHandle};

/// Applies a function to all items at once, and returns what it gives, in their order.
///
/// # Panics
/// When the function does.
pub(crate) fn at_once<T: Send, R: Send>(items: impl IntoIterator<Item = T>, apply: impl Fn(T) -> R + Sync) -> Vec<R> {
    let (items, apply) = (items.into_iter(), &apply);
    thread::scope(|scope| {
        let threads: Vec<_> = items.map(|item| scope.spawn(move || apply(item))).collect();
        threads.into_iter().map(finished).collect()
    })
}

/// Does two things at once, and returns what each gives.
///
/// # Panics
/// When one of them does.
pub(crate) fn both<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (finished(one), other)
    })
}

fn finished<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    thread.join().expect("no thread panics")
}
