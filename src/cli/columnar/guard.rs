//! Damaged files over which a library panics: an error like any other.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::format::Format;
use crate::error::Result;

thread_local! {
    /// Whether a panic on this thread is expected, and says nothing.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Lets a library read bytes that may contradict one another. What it worked on must not be used again after an error.
pub fn guarded<T>(format: Format, work: impl FnOnce() -> Result<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                usual(panic);
            }
        }));
    });
    IS_GUARDED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(false);
    result.unwrap_or_else(|_| Err(format.unreadable("its parts contradict one another")))
}
