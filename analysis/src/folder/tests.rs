#[cfg(feature = "interleavings")]
mod interleavings;

use super::*;

const RESUME: Start = Start { interrupted: Interrupted::Resume, replace: false };
const RESTART: Start = Start { interrupted: Interrupted::Discard, replace: false };
const REPLACE: Start = Start { interrupted: Interrupted::Refuse, replace: true };
const RUN: &str = "runs/point=0/00-0000.json";

/// What a result of the experiment `name` holds.
fn of(name: &str) -> Contents {
    Contents { name: name.into(), fingerprint: format!("print-of-{name}"), requests: true, ..Contents::default() }
}

fn manifest(contents: &Contents) -> String {
    let Contents { name, fingerprint, part, requests, .. } = contents;
    serde_json::json!({
        "program": "appealsim 1.2.3", "name": name, "fingerprint": fingerprint, "shard": part,
        "requests_written": requests,
    })
    .to_string()
}

fn begin(target: &Path, contents: &Contents, start: Start) -> Result<ResultsFolder, FolderError> {
    let folder = ResultsFolder::open(target, contents.clone(), start)?;
    folder.write("summary.parquet", |to| to.write_all(contents.name.as_bytes()))?;
    Ok(folder)
}

/// A finished result.
fn make(target: &Path, contents: &Contents, start: Start) -> Result<PathBuf, FolderError> {
    begin(target, contents, start)?.finish(&manifest(contents))
}

/// The experiment whose result is there.
fn read(target: &Path) -> String {
    fs::read_to_string(target.join("summary.parquet")).unwrap()
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn count(folder: &Path) -> usize {
    entries(folder).len()
}

#[test]
fn complete_or_absent() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    drop(begin(&target, &of("this"), Start::default()).unwrap());
    assert_eq!(count(home.path()), 0, "an abandoned result leaves nothing");
    make(&target, &of("this"), Start::default()).unwrap();
    make(&target, &of("this"), RESUME).unwrap();
    assert_eq!(count(home.path()), 1, "a second result of the same replaces the first");
    assert_eq!(read(&target), "this");
}

#[test]
fn a_finished_result_is_replaced_by_another_only_on_request() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    make(&target, &of("this"), Start::default()).unwrap();
    for start in [Start::default(), RESUME, RESTART] {
        let refused = make(&target, &of("that"), start).unwrap_err().to_string();
        for word in ["'this'", "print-of-this", "'that'", "--replace", "--out", "appealsim 1.2.3"] {
            assert!(refused.contains(word), "no {word} in: {refused}");
        }
        assert_eq!((read(&target).as_str(), count(home.path())), ("this", 1), "everything is as it was");
    }
    make(&target, &of("that"), REPLACE).unwrap();
    assert_eq!(read(&target), "that");
}

/// A result of the same experiment is worth replacing only by one that holds at least as much.
#[test]
fn less_of_the_same_is_no_replacement() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    let whole = Contents { traces: vec![3], ..of("this") };
    let part = |part: &str| Contents { part: Some(part.into()), ..whole.clone() };
    let summaries = Contents { requests: false, ..whole.clone() };
    make(&target, &summaries, Start::default()).unwrap();
    make(&target, &whole, Start::default()).unwrap();
    assert!(matches!(make(&target, &summaries, Start::default()), Err(FolderError::WouldReplace { .. })));
    assert!(matches!(make(&target, &part("1/2"), Start::default()), Err(FolderError::WouldReplace { .. })));
    put(&target, "traces/point=0/00-0000.json", "{}");
    let untraced = Contents { traces: Vec::new(), ..whole.clone() };
    assert!(matches!(make(&target, &untraced, Start::default()), Err(FolderError::WouldReplace { .. })));
    make(&target, &whole, Start::default()).unwrap();
    make(&target, &part("1/2"), REPLACE).unwrap();
    assert!(matches!(make(&target, &part("2/2"), Start::default()), Err(FolderError::WouldReplace { .. })));
    make(&target, &part("1/2"), Start::default()).unwrap();
    make(&target, &whole, Start::default()).unwrap();
}

#[test]
fn what_people_put_into_a_result_outlives_it() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    let folder = begin(&target, &of("this"), Start::default()).unwrap();
    folder.write(RUN, |to| to.write_all(b"old")).unwrap();
    folder.finish(&manifest(&of("this"))).unwrap();
    let theirs = ["notes.txt", "plots/a.svg", "runs/point=0/copy.json", "requests/point=0/mean.csv"];
    theirs.iter().for_each(|name| put(&target, name, name));
    for (name, start) in [("this", Start::default()), ("that", REPLACE)] {
        make(&target, &of(name), start).unwrap();
        assert_eq!(read(&target), name);
        assert!(!target.join(RUN).exists(), "a run of the earlier result is left");
        for name in theirs {
            assert_eq!(fs::read_to_string(target.join(name)).unwrap(), name);
        }
        assert_eq!(count(home.path()), 1);
    }
}

#[test]
fn folders_that_are_not_results_are_left_alone_even_with_replace() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    let everything = Start { interrupted: Interrupted::Discard, replace: true };
    let refused = || matches!(make(&target, &of("this"), everything), Err(FolderError::NotAResult(_)));
    fs::write(&target, "a file").unwrap();
    assert!(refused());
    fs::remove_file(&target).unwrap();
    put(&target, "precious.txt", "");
    assert!(refused());
    // Other programs have manifests, too.
    put(&target, "manifest.json", r#"{"name": "an extension of a browser", "version": "1"}"#);
    assert!(refused());
    assert_eq!((count(home.path()), count(&target)), (1, 2), "nothing is removed, and nothing left behind");
    fs::remove_dir_all(&target).unwrap();
    fs::create_dir(&target).unwrap();
    make(&target, &of("this"), Start::default()).unwrap();
}

/// Something with a name that the program uses, but that the program cannot have written.
#[test]
fn names_the_program_needs_are_not_taken_by_force() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    let begin = || begin(&target, &of("this"), Start { interrupted: Interrupted::Discard, replace: true });
    let in_the_way = |name: &str| {
        let refused = begin();
        assert!(matches!(&refused, Err(FolderError::InTheWay(path)) if path.ends_with(name)), "{name}: {refused:?}");
    };
    put(home.path(), ".run.partial/diary.txt", "");
    in_the_way(".run.partial");
    assert!(home.path().join(".run.partial/diary.txt").exists());
    fs::remove_dir_all(home.path().join(".run.partial")).unwrap();
    put(home.path(), ".run.partial", "a file");
    in_the_way(".run.partial");
    fs::remove_file(home.path().join(".run.partial")).unwrap();
    put(home.path(), ".run.lock", "the lock of the garden shed");
    in_the_way(".run.lock");
    fs::remove_file(home.path().join(".run.lock")).unwrap();
    begin().unwrap().finish(&manifest(&of("this"))).unwrap();
    put(&target, "traces", "a file where a folder may have to go");
    in_the_way("run/traces");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let home = tempfile::tempdir().unwrap();
    let (link, real) = (home.path().join("link"), home.path().join("disk/real"));
    fs::create_dir_all(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    make(&link, &of("this"), Start::default()).unwrap();
    make(&link, &of("this"), Start::default()).unwrap();
    assert_eq!(read(&real), "this");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(matches!(make(&link, &of("that"), Start::default()), Err(FolderError::WouldReplace { .. })));
    fs::remove_dir_all(&real).unwrap();
    assert!(matches!(make(&link, &of("this"), Start::default()), Err(FolderError::Io { .. })), "it leads nowhere");
}

/// Interrupted between the two renames, or after them: the next start repairs either.
#[test]
fn an_exchange_that_was_cut_short_is_mended() {
    let home = tempfile::tempdir().unwrap();
    let (target, outgoing) = (home.path().join("run"), home.path().join(".run.outgoing"));
    make(&target, &of("old"), Start::default()).unwrap();
    put(&target, "notes.txt", "mine");
    fs::rename(&target, &outgoing).unwrap();
    let refused = make(&target, &of("new"), Start::default());
    assert!(matches!(refused, Err(FolderError::WouldReplace { .. })), "it is back in its place: {refused:?}");
    fs::rename(&target, &outgoing).unwrap();
    make(&home.path().join("other"), &of("new"), Start::default()).unwrap();
    fs::rename(home.path().join("other"), &target).unwrap();
    drop(begin(&target, &of("new"), Start::default()).unwrap());
    assert_eq!(read(&target), "new");
    assert_eq!(fs::read_to_string(target.join("notes.txt")).unwrap(), "mine");
    assert_eq!(count(home.path()), 1);
}

/// What appeared there while the runs were under way is not lost either.
#[test]
fn a_place_that_was_taken_meanwhile_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    let folder = begin(&target, &of("this"), Start::default()).unwrap();
    folder.write(RUN, |to| to.write_all(b"{}")).unwrap();
    put(&target, "precious.txt", "");
    assert!(matches!(folder.finish(&manifest(&of("this"))), Err(FolderError::NotAResult(_))));
    drop(folder);
    assert_eq!(count(&target), 1);
    fs::remove_dir_all(&target).unwrap();
    let resumed = begin(&target, &of("this"), RESUME).unwrap();
    assert_eq!(resumed.complete_runs().len(), 1, "and what is complete is resumed");
}

#[test]
fn one_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    let first = begin(&target, &of("this"), Start::default()).unwrap();
    assert!(matches!(begin(&target, &of("this"), RESTART), Err(FolderError::Busy(_))));
    drop(first);
    begin(&target, &of("this"), Start::default()).unwrap();
}

#[test]
fn complete_runs_outlive_an_interruption_and_half_written_ones_do_not() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("run");
    let folder = begin(&target, &of("this"), Start::default()).unwrap();
    folder.write(RUN, |to| to.write_all(b"{}")).unwrap();
    let mut half = folder.begin("runs/point=0/00-0001.json").unwrap();
    half.write_all(b"{").unwrap();
    drop((half, folder));
    let again = |name: &str, start| ResultsFolder::open(&target, of(name), start);
    assert!(matches!(again("this", Start::default()), Err(FolderError::Interrupted { runs: 1, .. })));
    assert!(matches!(again("that", Start::default()), Err(FolderError::OfAnother { runs: 1, .. })));
    assert!(matches!(again("that", RESUME), Err(FolderError::OfAnother { .. })));
    let resumed = again("this", RESUME).unwrap();
    assert_eq!(resumed.complete_runs().len(), 1);
    assert_eq!(count(&resumed.partial().join("runs/point=0")), 1, "what was half written is gone");
    drop(resumed);
    assert!(again("that", RESTART).unwrap().complete_runs().is_empty());
}
