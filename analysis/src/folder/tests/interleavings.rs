//! Abandonment while another thread still writes, in many interleavings.

use super::*;
use crate::sync::{Arc, explore, thread};

/// Interleavings of each kind.
const EACH: usize = 300;

const NOTHING: [PathBuf; 0] = [];

const DEVICES: &str = "devices/point=0/00-0000.parquet";

/// Everything in a folder and the folders in it.
fn all_in(folder: &Path) -> Vec<PathBuf> {
    let inside = |path: PathBuf| if path.is_dir() { all_in(&path) } else { Vec::new() };
    entries(folder).into_iter().flat_map(|path| [vec![path.clone()], inside(path)].concat()).collect()
}

/// From the moment when it has been abandoned, there is nothing, however far the other thread has got.
#[test]
fn what_is_abandoned_is_gone_at_once_and_for_good() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let folder = begin(&home.path().join("run"), &of("this"), Start::default()).unwrap();
        thread::scope(|scope| {
            let writing = scope.spawn(|| folder.write(DEVICES, |to| to.write_all(b"late")));
            folder.abandon();
            assert_eq!(all_in(home.path()), NOTHING, "left behind");
            _ = writing.join().unwrap();
            assert_eq!(all_in(home.path()), NOTHING, "reappeared");
        });
        assert!(folder.write(DEVICES, |to| to.write_all(b"later still")).is_err());
    });
}

/// A run that is complete when the result is abandoned stays, with what else was written; one that is not leaves
/// nothing. Never is something in between left.
#[test]
fn a_complete_run_stays_or_everything_goes() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let folder = begin(&home.path().join("run"), &of("this"), Start::default()).unwrap();
        let complete = thread::scope(|scope| {
            let writing = scope.spawn(|| {
                folder.write(DEVICES, |to| to.write_all(b"devices"))?;
                folder.write(RUN, |to| to.write_all(b"{}"))
            });
            folder.abandon();
            writing.join().unwrap().is_ok()
        });
        let partial = folder.partial().to_owned();
        drop(folder);
        if complete {
            assert!(partial.join(RUN).exists() && partial.join(DEVICES).exists(), "a complete run is lost");
        } else {
            assert_eq!(all_in(home.path()), NOTHING, "left behind");
        }
    });
}

/// Another result is begun in the same place while the threads of an abandoned one have not ended. They neither write
/// into it nor take it away.
#[test]
fn an_abandoned_result_leaves_its_successor_alone() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        let folder = Arc::new(begin(&target, &of("this"), Start::default()).unwrap());
        let old = folder.clone();
        let writing = thread::spawn(move || _ = old.write(RUN, |to| to.write_all(b"late")));
        folder.abandon();
        if !folder.complete_runs().is_empty() {
            // The run was complete before, and stays.
            return writing.join().unwrap();
        }
        drop(folder);
        let successor = begin(&target, &of("that"), Start::default()).unwrap();
        writing.join().unwrap();
        assert_eq!(successor.complete_runs(), NOTHING, "not its own");
        successor.finish(&manifest(&of("that"))).unwrap();
        assert_eq!(read(&target), "that");
        assert_eq!(
            (count(&target), count(home.path())),
            (2, 1),
            "only its summary and manifest, and nothing beside it"
        );
    });
}
