//! What threads share: channels, locks, files, and the threads themselves.
//!
//! They are the standard library's. In tests of interleavings they are shuttle's, which have the same names and behave
//! alike, but run one thread at a time and let the test choose which goes on. Whatever threads race for comes from here.

#[cfg(not(all(test, feature = "interleavings")))]
pub use std::{
    fs,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic, mpsc},
    thread,
};

#[cfg(all(test, feature = "interleavings"))]
pub use shuttle::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic, mpsc},
    thread,
};

/// The file system, where another thread may come in between any two steps.
#[cfg(all(test, feature = "interleavings"))]
pub mod fs {
    use std::io;
    use std::path::Path;
    use std::time::Duration;

    pub use std::fs::*;

    /// Lets another thread go on.
    fn switch() {
        shuttle::thread::sleep(Duration::ZERO);
    }

    pub fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
        switch();
        std::fs::create_dir(path)
    }

    pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
        switch();
        std::fs::rename(from, to)
    }

    pub fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
        switch();
        std::fs::remove_file(path)
    }

    pub fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
        switch();
        std::fs::remove_dir(path)
    }

    pub fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
        switch();
        std::fs::read_dir(path)
    }
}

/// Runs a test in many interleavings, always the same ones: random ones, and ones in which a thread goes on for as long
/// as it can but for a few places, which are better at making another starve.
#[cfg(all(test, feature = "interleavings"))]
pub fn explore(each: usize, test: impl Fn() + Send + Sync + 'static) {
    use shuttle::scheduler::{PctScheduler, RandomScheduler};

    const SEED: u64 = 1;
    const FEW: usize = 3;
    let test = Arc::new(test);
    let mut config = shuttle::Config::new();
    config.silence_warnings = true;
    config.stack_size = 1 << 18;
    let again = test.clone();
    shuttle::Runner::new(RandomScheduler::new_from_seed(SEED, each), config.clone()).run(move || again());
    shuttle::Runner::new(PctScheduler::new_from_seed(SEED, FEW, each), config).run(move || test());
}
