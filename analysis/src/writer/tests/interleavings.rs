//! The writer and its runs in many interleavings. Room for a single message makes everybody wait for everybody; an
//! interleaving in which somebody waits for ever fails as a deadlock.

use std::fs;
use std::path::Path;

use super::*;
use crate::sync::explore;

/// Interleavings of each kind.
const EACH: usize = 100;

/// The files of a run, in the order in which it closes them: each in three pieces.
const FILES: [&str; 2] = ["devices/point=0/00-0000.parquet", "runs/point=0/00-0000.json"];

/// Sends a file in three pieces, the last as it is closed. What it holds begins with its name, so that no two hold the
/// same.
fn send(outbox: &Outbox, name: &str) -> io::Result<()> {
    let mut file = outbox.file(name);
    for piece in pieces(name) {
        file.flush()?;
        file.write_all(piece.as_bytes())?;
    }
    file.close()
}

fn pieces(name: &str) -> [String; 3] {
    [name.to_owned(), " in ".to_owned(), "pieces".to_owned()]
}

/// What is in a file that is there.
fn held(folder: &ResultsFolder, name: &str) -> Option<String> {
    fs::read_to_string(folder.partial().join(name)).ok()
}

/// The name of a file of run `number`.
fn of_run(number: usize, file: &str) -> String {
    file.replace("00-", &format!("{number:02}-"))
}

/// Fails if a file is there in part, or is there although one that the run closed before it is not.
fn are_whole_and_in_order(folder: &ResultsFolder, number: usize) {
    let files = FILES.map(|file| of_run(number, file));
    let there = files.each_ref().map(|name| held(folder, name));
    for (name, text) in files.iter().zip(&there) {
        assert!(text.as_ref().is_none_or(|text| *text == pieces(name).concat()), "{name}: {text:?}");
    }
    assert!(there[0].is_some() || there[1].is_none(), "a run's last file is there, but not its first");
}

/// Whether a folder or one in it holds any file.
fn holds_files(folder: &Path) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { holds_files(&path) } else { true }
    })
}

/// Two runs send two files each while another thread looks: at any time, what is there is whole and in order; when the
/// writer is done, all of it is there.
#[test]
fn files_appear_whole_and_in_the_order_in_which_they_were_closed() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (outbox, writer) = with_room(folder.clone(), 1);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let writing = scope.spawn(|| writer.run());
            for number in 0..2 {
                let outbox = outbox.clone();
                scope.spawn(move || FILES.iter().for_each(|file| send(&outbox, &of_run(number, file)).unwrap()));
            }
            drop(outbox);
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    (0..2).for_each(|number| are_whole_and_in_order(&folder, number));
                    thread::yield_now();
                }
            });
            writing.join().unwrap().unwrap();
            done.store(true, Ordering::Relaxed);
        });
        for number in 0..2 {
            for name in FILES.map(|file| of_run(number, file)) {
                assert_eq!(held(&folder, &name), Some(pieces(&name).concat()), "{name}");
            }
        }
    });
}

/// One of three runs asks for a file that cannot be begun. The writer returns that error; the run is refused when it goes
/// on, and nobody waits for ever.
#[test]
fn a_failure_to_begin_a_file_reaches_every_run() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        folder.write("taken", |to| to.write_all(b"")).unwrap();
        let (outbox, writer) = with_room(folder.clone(), 1);
        let failed = everyone_is_refused(outbox, writer, |outbox| send(outbox, "taken/below"));
        assert!(matches!(&failed, FolderError::Io { path, .. } if path.ends_with("taken/below")), "{failed:?}");
    });
}

/// A file that was begun cannot be given its name, since a folder has it: only committing fails.
#[test]
fn a_failure_to_commit_a_file_reaches_every_run() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        fs::create_dir_all(folder.partial().join("taken/by a folder")).unwrap();
        let (outbox, writer) = with_room(folder.clone(), 1);
        let failed = everyone_is_refused(outbox, writer, |outbox| send(outbox, "taken"));
        assert!(matches!(&failed, FolderError::Io { path, .. } if path.ends_with("taken")), "{failed:?}");
    });
}

/// Runs the writer beside a run that does what fails and goes on, and two others; returns why the writer failed.
fn everyone_is_refused(outbox: Outbox, writer: Writer, fail: impl Fn(&Outbox) -> io::Result<()> + Sync) -> FolderError {
    /// More than the channels hold, and what the threads have in hand.
    const MANY: usize = 10;
    thread::scope(|scope| {
        let writing = scope.spawn(|| writer.run());
        for number in 0..2 {
            let outbox = outbox.clone();
            // Whether it sees the failure depends on how far the others have got.
            scope.spawn(move || FILES.iter().for_each(|file| _ = send(&outbox, &of_run(number, file))));
        }
        let (fail, run, stopped) = (&fail, outbox.clone(), outbox.stopped.clone());
        scope.spawn(move || {
            let refused = fail(&run).is_err() || (0..MANY).any(|file| send(&run, &format!("{file}")).is_err());
            assert!(refused, "the run goes on and on");
        });
        drop(outbox);
        let failed = writing.join().unwrap().unwrap_err();
        assert!(stopped.load(Ordering::Relaxed), "a run that begins now is not told");
        failed
    })
}

/// Runs are stopped at any moment: the writer ends without an error, and whatever is there is whole and in order. A
/// file whose end was accepted is there.
#[test]
fn whatever_was_accepted_before_the_stop_is_written() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (outbox, writer) = with_room(folder.clone(), 1);
        let accepted = thread::scope(|scope| {
            let writing = scope.spawn(|| writer.run());
            let run = outbox.clone();
            let sending = scope.spawn(move || FILES.map(|file| send(&run, file).is_ok()));
            outbox.stop();
            assert!(send(&outbox, "late").is_err(), "nothing is accepted after the stop");
            drop(outbox);
            writing.join().unwrap().unwrap();
            sending.join().unwrap()
        });
        are_whole_and_in_order(&folder, 0);
        for (name, accepted) in FILES.iter().zip(accepted) {
            assert_eq!(held(&folder, name).is_some(), accepted, "{name}");
        }
    });
}

/// A result is abandoned while its runs are still sending, as after an interruption: whoever is under way ends, and
/// nothing is left.
#[test]
fn an_abandoned_result_leaves_nothing_and_nobody_waiting() {
    explore(EACH, || {
        let home = tempfile::tempdir().unwrap();
        let folder = folder(&home);
        let (outbox, writer) = with_room(folder.clone(), 1);
        thread::scope(|scope| {
            let writing = scope.spawn(|| _ = writer.run());
            for number in 0..2 {
                let outbox = outbox.clone();
                scope.spawn(move || _ = send(&outbox, &of_run(number, FILES[0])));
            }
            drop(outbox);
            folder.abandon();
            assert!(!holds_files(home.path()), "left behind");
            writing.join().unwrap();
            assert!(!holds_files(home.path()), "reappeared");
        });
        drop(folder);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    });
}
