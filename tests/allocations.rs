//! A warm scorer asks for no memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use demarche::StanceClassifier;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_warm_scorer_allocates_nothing() {
    let classifier = StanceClassifier::embedded();
    let mut scorer = classifier.scorer();
    let texts = [
        "We will respond with force if they cross the border, the U.S. envoy won’t say when.",
        "They thanked the mediators and are ready to talk.",
        "Nothing was decided on 3 May.",
    ];
    let mut all = || texts.iter().map(|text| scorer.predict_proba(text)[0]).sum::<f64>();
    let first = all();
    let before = ALLOCATIONS.with(Cell::get);
    let again = all();
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
    assert_eq!(first, again);
}
