//! Work without the interpreter's lock, on threads that survive a fork.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The threads, and the process that they belong to.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Does `work` on all cores while other Python threads run.
///
/// The threads are not rayon's global ones: those do not exist in a process that `multiprocessing` has forked, which would wait for them
/// for ever.
pub fn detached<R: Send>(py: Python<'_>, work: impl FnOnce() -> R + Send) -> PyResult<R> {
    py.detach(|| Ok(pool()?.install(work)))
}

fn pool() -> PyResult<Arc<ThreadPool>> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, threads)) = &*pool
        && *owner == process
    {
        return Ok(threads.clone());
    }
    let threads = ThreadPoolBuilder::new()
        .thread_name(|i| format!("demarche-{i}"))
        .build()
        .map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
    let threads = Arc::new(threads);
    // The parent's threads cannot be stopped from here.
    std::mem::forget(pool.replace((process, threads.clone())));
    Ok(threads)
}
