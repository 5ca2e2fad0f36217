//! What threads share: locks, and cells that are filled once.
//!
//! They are the standard library's. In tests of interleavings they are shuttle's, which have the same names and behave
//! alike, but run one thread at a time and let the test choose which goes on.

#[cfg(not(all(test, feature = "interleavings")))]
pub use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

#[cfg(all(test, feature = "interleavings"))]
pub use shuttle::sync::{Mutex, MutexGuard, PoisonError};

/// Shuttle has no `OnceLock`, but it has the `Once` that the standard library makes its `OnceLock` of, and this one is
/// made of it in the same way.
#[cfg(all(test, feature = "interleavings"))]
pub struct OnceLock<T> {
    once: shuttle::sync::Once,
    value: std::sync::OnceLock<T>,
}

#[cfg(all(test, feature = "interleavings"))]
impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self { once: shuttle::sync::Once::new(), value: std::sync::OnceLock::new() }
    }
}

#[cfg(all(test, feature = "interleavings"))]
impl<T> OnceLock<T> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.once.call_once_force(|_| assert!(self.value.set(make()).is_ok(), "filled twice"));
        self.value.get().expect("filled by now")
    }
}

/// Runs a test in many interleavings, always the same ones: random ones, and ones in which a thread goes on for as long
/// as it can but for a few places.
#[cfg(all(test, feature = "interleavings"))]
pub fn explore(test: impl Fn() + Send + Sync + 'static) {
    use shuttle::scheduler::{PctScheduler, RandomScheduler};

    const SEED: u64 = 1;
    const FEW: usize = 3;
    const EACH: usize = 1_000;
    let test = std::sync::Arc::new(test);
    let mut config = shuttle::Config::new();
    config.silence_warnings = true;
    config.stack_size = 1 << 18;
    let again = test.clone();
    shuttle::Runner::new(RandomScheduler::new_from_seed(SEED, EACH), config.clone()).run(move || again());
    shuttle::Runner::new(PctScheduler::new_from_seed(SEED, FEW, EACH), config).run(move || test());
}
