//! Work on blocks by several threads, with results in order.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use crate::error::Result;

/// Takes blocks from `produce`, hands each to `work` on one of `threads` threads, and gives the results to `consume` in
/// the order of the blocks. Each thread has a state of its own, made by `state`, that must not change results.
///
/// At most a few blocks are under way at a time, and each result is consumed as soon as it and those before it are there: a
/// slow producer is answered at once. Stops at the first error. The threads are not waited for in that case: the producer
/// may sit in a read that never ends.
pub fn ordered<B, S, T>(
    threads: usize,
    state: impl Fn() -> S + Send + Sync + 'static,
    mut produce: impl FnMut() -> Result<Option<B>> + Send + 'static,
    work: impl Fn(&mut S, B) -> T + Send + Sync + 'static,
    mut consume: impl FnMut(T) -> Result<()>,
) -> Result<()>
where
    B: Send + 'static,
    T: Send + 'static,
{
    if threads <= 1 {
        let mut state = state();
        while let Some(block) = produce()? {
            consume(work(&mut state, block))?;
        }
        return Ok(());
    }
    let (order, results) = sync_channel::<Result<Receiver<T>>>(2 * threads);
    // Whoever takes a block has its place in the order: both under one lock, which is held while the producer waits for input.
    let source = Arc::new(Mutex::new(Some((produce, order))));
    let (state, work) = (Arc::new(state), Arc::new(work));
    for _ in 0..threads {
        let (source, state, work) = (source.clone(), state.clone(), work.clone());
        let worker = move || {
            let mut state = state();
            while let Some((block, reply)) = next_job(&source) {
                // Nobody waits for the result if the consumer has stopped.
                let _ = reply.send(work(&mut state, block));
            }
        };
        std::thread::Builder::new()
            .spawn(worker)
            .map_err(|error| super::no_threads(&error))?;
    }
    drop(source);
    for result in results {
        match result?.recv() {
            Ok(result) => consume(result)?,
            Err(_) => panic!("a worker panicked"),
        }
    }
    Ok(())
}

/// A source of blocks, and where their places in the order are kept; `None` once it has ended.
type Source<P, T> = Mutex<Option<(P, SyncSender<Result<Receiver<T>>>)>>;

/// The next block, and where its result is waited for; `None` if there is no more to do.
fn next_job<B, T>(source: &Source<impl FnMut() -> Result<Option<B>>, T>) -> Option<(B, SyncSender<T>)> {
    // The lock is poisoned if the producer panicked: the consumer says so.
    let mut source = source.lock().ok()?;
    let (produce, order) = source.as_mut()?;
    let (reply, result) = sync_channel(1);
    match produce() {
        Ok(Some(block)) if order.send(Ok(result)).is_ok() => return Some((block, reply)),
        Ok(_) => {}
        Err(error) => drop(order.send(Err(error))),
    }
    *source = None;
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn results_come_in_order_on_any_number_of_threads() {
        for threads in [1, 2, 8] {
            let mut numbers = 0..100u64;
            let mut seen = Vec::new();
            let work = |_: &mut (), n: u64| {
                std::thread::sleep(std::time::Duration::from_micros(n * 7919 % 300));
                n * n
            };
            ordered(
                threads,
                || (),
                move || Ok(numbers.next()),
                work,
                |square| {
                    seen.push(square);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(seen, (0..100).map(|n| n * n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        for threads in [1, 3] {
            let mut numbers = 0..;
            let result = ordered(
                threads,
                || (),
                move || Ok(numbers.next()),
                |_: &mut (), n: u64| n,
                |n| match n {
                    5 => Err(ErrorKind::NoRows.into()),
                    _ => Ok(()),
                },
            );
            assert!(result.is_err());
        }
    }
}
