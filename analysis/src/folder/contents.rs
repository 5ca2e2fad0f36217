//! What the program writes into a result folder. Nothing else in it is ever removed: notes and plots that users put
//! beside a result outlive it.

use std::io;
use std::path::{Path, PathBuf};

use super::TEMPORARY;
use crate::sync::fs;

/// The file whose presence marks a folder as a result.
pub const MANIFEST: &str = "manifest.json";

/// The folder with a file for each complete run.
pub const RUNS: &str = "runs";

/// Files at the top of a result.
const FILES: [&str; 3] = [MANIFEST, "summary.parquet", "report.html"];

/// Folders in a result; each has a folder for every point, with a file for every run.
const FOLDERS: [&str; 4] = ["requests", "devices", RUNS, "traces"];

/// Whether the program writes a file of this name, given by its path inside the result.
pub fn is_ours(path: &Path) -> bool {
    let Some(parts) = path.iter().map(|part| part.to_str()).collect::<Option<Vec<&str>>>() else { return false };
    let whole = |name: &'_ str| name.strip_suffix(TEMPORARY).unwrap_or(name).to_owned();
    match parts[..] {
        [name] => FILES.contains(&&*whole(name)),
        [folder, point, run] => {
            FOLDERS.contains(&folder) && point.strip_prefix("point=").is_some_and(is_number) && is_run(&whole(run))
        }
        _ => false,
    }
}

/// `02-0015.parquet`: policy, replication, and what kind of file.
fn is_run(name: &str) -> bool {
    let parts = name.split_once('.').and_then(|(run, ending)| Some((run.split_once('-')?, ending)));
    parts.is_some_and(|((policy, replication), ending)| {
        is_number(policy) && is_number(replication) && ["parquet", "json"].contains(&ending)
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Something in a place where the program would put a file or folder of another kind.
pub fn in_the_way(folder: &Path) -> Option<PathBuf> {
    let is_dir = |path: &Path| fs::symlink_metadata(path).ok().map(|there| there.is_dir());
    let files = FILES.iter().map(|name| folder.join(name)).find(|path| is_dir(path) == Some(true));
    files.or_else(|| FOLDERS.iter().map(|name| folder.join(name)).find(|path| is_dir(path) == Some(false)))
}

/// Removes from a folder what the program wrote, and the folder itself if nothing else is in it. A folder that is not
/// there is not an error.
pub fn remove_ours(folder: &Path) -> io::Result<()> {
    remove_below(folder, Path::new(""))
}

fn remove_below(folder: &Path, inside: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder.join(inside)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = inside.join(entry.file_name());
        // A link to a folder is the user's own, and does not count as a folder.
        if entry.file_type()?.is_dir() {
            let may_hold_ours = path.iter().next().is_some_and(|first| FOLDERS.iter().any(|folder| first == *folder));
            if may_hold_ours && path.iter().count() < 3 {
                remove_below(folder, &path)?;
            }
        } else if is_ours(&path) {
            fs::remove_file(entry.path())?;
        }
    }
    match fs::remove_dir(folder.join(inside)) {
        Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => removed,
    }
}

/// Moves everything in `from` into `to`, merging folders of the same name, and removes `from`.
pub fn move_all(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let there = to.join(entry.file_name());
        match fs::symlink_metadata(&there) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => fs::rename(entry.path(), &there)?,
            Err(e) => return Err(e),
            Ok(other) if other.is_dir() && entry.file_type()?.is_dir() => move_all(&entry.path(), &there)?,
            Ok(_) => {
                let what = format!("{} exists already; the other one is {}", there.display(), entry.path().display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
            }
        }
    }
    fs::remove_dir(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_s_files_are_recognised() {
        let ours = [
            "manifest.json",
            "summary.parquet",
            "report.html",
            "report.html.tmp",
            "requests/point=0/00-0000.parquet",
            "devices/point=12/100-20000.parquet",
            "runs/point=3/02-0001.json",
            "traces/point=0/00-0000.json.tmp",
        ];
        assert!(ours.iter().all(|name| is_ours(Path::new(name))));
        let others = [
            "notes.txt",
            "summary.csv",
            "pareto.svg",
            "report (1).html",
            "requests/notes.txt",
            "requests/point=0/00-0000.csv",
            "requests/point=0/mean.parquet",
            "requests/point=all/00-0000.parquet",
            "plots/point=0/00-0000.parquet",
            "old/requests/point=0/00-0000.parquet",
            "point=0/00-0000.parquet",
        ];
        assert!(!others.iter().any(|name| is_ours(Path::new(name))));
    }

    /// A user's folder stays, even an empty one, and so do folders around it; what is not there is removed already.
    #[test]
    fn only_the_program_s_own_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let result = home.path().join("result");
        let put = |name: &str| {
            let path = result.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        ["manifest.json", "requests/point=0/00-0000.parquet", "runs/notes.txt"].iter().for_each(|name| put(name));
        fs::create_dir(result.join("mine")).unwrap();
        remove_ours(&result).unwrap();
        let left = |folder: &Path| {
            let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(left(&result), ["mine", "runs"]);
        assert_eq!(left(&result.join("runs")), ["notes.txt"]);
        fs::remove_dir(result.join("mine")).unwrap();
        fs::remove_file(result.join("runs/notes.txt")).unwrap();
        put("requests/point=0/00-0000.parquet");
        remove_ours(&result).unwrap();
        assert!(!result.exists());
        remove_ours(&result).unwrap();
        fs::write(&result, "").unwrap();
        assert!(remove_ours(&result).is_err(), "a file is no folder");
    }

    /// Files keep their places in folders of the same name; where one would take another's place, both stay.
    #[test]
    fn folders_are_merged_and_nothing_is_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let (from, to) = (home.path().join("from"), home.path().join("to"));
        let put = |path: &Path, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put(&from.join("both/mine"), "1");
        put(&from.join("alone"), "2");
        put(&to.join("both/theirs"), "3");
        move_all(&from, &to).unwrap();
        let read = |name: &str| fs::read_to_string(to.join(name)).unwrap();
        assert_eq!(["both/mine", "alone", "both/theirs"].map(read), ["1", "2", "3"]);
        assert!(!from.exists());
        for (mine, theirs) in [("same", "same"), ("folder/file", "folder"), ("file", "file/within")] {
            put(&from.join(mine), "mine");
            put(&to.join(theirs), "theirs");
            let error = move_all(&from, &to).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{mine} and {theirs}: {error}");
            assert_eq!(fs::read_to_string(from.join(mine)).unwrap(), "mine");
            assert_eq!(read(theirs), "theirs");
            fs::remove_dir_all(&from).unwrap();
        }
    }
}
