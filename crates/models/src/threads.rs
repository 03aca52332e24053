//! Threads for the members of a model.

use std::thread;

/// Applies a function to all items at once, and returns what it gives in their order.
///
/// Not by rayon, whose threads take up other work while they wait: some that waits for what is made here.
///
/// # Panics
/// When the function does.
pub(crate) fn at_once<T: Sync, R: Send>(items: &[T], apply: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let apply = &apply;
    thread::scope(|scope| {
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(move || apply(item))).collect();
        let results = threads.into_iter().map(|thread| thread.join());
        results.map(|result| result.expect("no thread panics")).collect()
    })
}
