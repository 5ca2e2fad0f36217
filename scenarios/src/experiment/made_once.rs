//! Values that are made when first needed, each once, and shared by whoever asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sync::{Mutex, OnceLock, PoisonError};

/// A value for each key that was asked for.
pub struct MadeOnce<K, V> {
    cells: Mutex<BTreeMap<K, Arc<OnceLock<V>>>>,
}

impl<K, V> Default for MadeOnce<K, V> {
    fn default() -> Self {
        Self { cells: Mutex::new(BTreeMap::new()) }
    }
}

impl<K: Ord, V: Clone> MadeOnce<K, V> {
    /// The value for a key, made if it is not there. Whoever asks for the same value meanwhile waits for it; the others
    /// do not.
    pub fn get_or_make(&self, key: K, make: impl FnOnce() -> V) -> V {
        // A thread that panicked leaves the map as it was.
        let cell = self.cells.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        cell.get_or_init(make).clone()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "interleavings")]
    mod interleavings;

    use super::*;

    #[test]
    fn a_value_is_made_for_each_key_once() {
        let values = MadeOnce::default();
        let made = [(1, "one"), (2, "two"), (1, "again"), (2, "again")];
        assert_eq!(made.map(|(key, value)| values.get_or_make(key, || value)), ["one", "two", "one", "two"]);
    }
}
