//! A hint to the processor.

/// Asks for `items[index]` to be brought close, and does not wait for it. Many such requests run side by side, where as many
/// reads with work between them would each wait a hundred nanoseconds.
///
/// A hint only: nothing is read, and an index outside of `items` does nothing.
#[inline(always)]
pub(crate) fn prefetch<T>(items: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = items.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the address is that of an item that `items` borrows, and a prefetch neither reads nor faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, index);
}
