//! Work on all cores where the feature `parallel` is on, and on one where it is off. Results are the same.

use std::ops::Range;

/// Items that are worked on in one go; a constant, so that no result depends on the number of threads.
const CHUNK: usize = 4096;

/// What `work` makes of each chunk of `0..count`, in order.
pub(crate) fn in_chunks<T: Send>(count: usize, work: impl Fn(Range<usize>) -> T + Send + Sync) -> Vec<T> {
    let chunks: Vec<_> = (0..count)
        .step_by(CHUNK)
        .map(|start| start..count.min(start + CHUNK))
        .collect();
    map(chunks, work)
}

/// What `work` makes of each of `items`, in order.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        items.into_par_iter().map(work).collect()
    }
    #[cfg(not(feature = "parallel"))]
    items.into_iter().map(work).collect()
}

/// What `first` and `second` give.
pub(crate) fn join<A: Send, B: Send>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B + Send) -> (A, B) {
    #[cfg(feature = "parallel")]
    return rayon::join(first, second);
    #[cfg(not(feature = "parallel"))]
    (first(), second())
}
