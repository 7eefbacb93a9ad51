//! A classifier as a query's planner wants it: printed, compared and hashed.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use crate::model::StanceClassifier;

/// Equal to what is the same classifier in memory: calls with the same texts are then worked out only once.
pub(super) struct SharedClassifier(pub Arc<StanceClassifier>);

impl Deref for SharedClassifier {
    type Target = StanceClassifier;

    fn deref(&self) -> &StanceClassifier {
        &self.0
    }
}

impl PartialEq for SharedClassifier {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SharedClassifier {}

impl Hash for SharedClassifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// Plans are printed: the labels do, in place of all weights.
impl fmt::Debug for SharedClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StanceClassifier").field(&self.labels()).finish()
    }
}
