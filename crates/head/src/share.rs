//! Work shared out over the cores.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Stack of a worker: a chain of items that build on each other is as deep as it is long.
const STACK_BYTES: usize = 64 << 20;

/// What `work` gives for 0, 1, ... `n` − 1, in that order, however many cores there are.
///
/// # Panics
/// Where `work` does.
pub fn over_cores<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(n);
    let next = AtomicUsize::new(0);
    let mine = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= n {
                return done;
            }
            done.push((i, work(i)));
        }
    };
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let spawned: Vec<_> = (0..workers)
            .filter_map(|_| {
                let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
                // A system that gives no thread leaves the work to the others and to this one.
                thread.spawn_scoped(scope, mine).ok()
            })
            .collect();
        let own = if spawned.is_empty() { mine() } else { Vec::new() };
        // A worker panics only where this thread would have.
        let theirs =
            spawned.into_iter().flat_map(|h| h.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
        own.into_iter().chain(theirs).collect()
    });
    all.sort_unstable_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, t)| t).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once_and_in_its_place() {
        for n in [0, 1, 2, 7, 1000] {
            assert_eq!(over_cores(n, |i| 3 * i), (0..n).map(|i| 3 * i).collect::<Vec<_>>());
        }
    }
}
