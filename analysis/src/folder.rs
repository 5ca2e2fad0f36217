//! Result folders: complete or absent, and never written by two at a time.
//!
//! A result is written into a hidden folder beside its place, file by file: each under a temporary name, synced, renamed.
//! When all is there the folder takes its place in one step. What an interruption leaves behind is a set of whole files,
//! and the last file of each run, in `runs`, says that the others of that run are there: a later start goes on from them.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The file whose presence marks a folder as a result.
pub const MANIFEST: &str = "manifest.json";

/// The folder with a file a run that is complete.
pub const RUNS: &str = "runs";

/// Ending of what is being written.
const TEMPORARY: &str = ".tmp";

/// A result being written. Dropped before it is finished, it leaves what complete runs there are, or nothing at all.
#[derive(Debug)]
pub struct ResultsFolder {
    target: PathBuf,
    partial: PathBuf,
    lock_path: PathBuf,
    /// Locked while this lives.
    _lock: File,
    finished: AtomicBool,
}

/// What to do about an earlier start that was interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Say that it is there.
    #[default]
    Afresh,
    /// Go on with it.
    Resume,
    /// Throw it away.
    Restart,
}

/// Why results cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// There is something else at the target.
    #[error("{} exists and is no result of appealsim; choose another folder with --out", .0.display())]
    NotAResult(PathBuf),
    /// Somebody else is at it.
    #[error("another appealsim is writing {}; wait for it, or choose another folder with --out", .0.display())]
    Busy(PathBuf),
    /// An earlier start was interrupted, and some of its runs are complete.
    #[error(
        "an interrupted run of {} left {runs} complete runs; go on with --resume, or throw them away with --restart",
        target.display()
    )]
    Interrupted {
        /// The result's place.
        target: PathBuf,
        /// How many runs are complete.
        runs: usize,
    },
    /// What was interrupted was something else.
    #[error(
        "the interrupted run of {} was of another scenario, or by another version of this program; throw it away with \
         --restart",
        .0.display()
    )]
    OfAnother(PathBuf),
    /// The file system says no.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ResultsFolder {
    /// Begins a result that will lie at `target`, replacing an earlier result there. `fingerprint` says what is written:
    /// only a start of the same is gone on with.
    ///
    /// # Errors
    /// If something that is no result lies there, somebody else is at it, or an interrupted start is in the way.
    pub fn open(target: &Path, fingerprint: &str, start: Start) -> Result<Self, FolderError> {
        let occupied = target.exists() && !target.join(MANIFEST).is_file();
        let empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        if occupied && !empty() {
            return Err(FolderError::NotAResult(target.to_owned()));
        }
        let to_error = |source| FolderError::Io { path: target.to_owned(), source };
        if let Some(home) = target.parent() {
            if home.is_file() {
                return Err(to_error(io::ErrorKind::NotADirectory.into()));
            }
            fs::create_dir_all(home).map_err(to_error)?;
        }
        let (partial, lock_path) = (sibling(target, "partial"), sibling(target, "lock"));
        let lock = File::options().read(true).write(true).create(true).truncate(false).open(&lock_path);
        let mut lock = lock.map_err(to_error)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::Busy(target.to_owned())),
            Err(TryLockError::Error(source)) => return Err(to_error(source)),
        }
        let mut before = String::new();
        lock.read_to_string(&mut before).map_err(to_error)?;
        let complete = runs_in(&partial.join(RUNS)).len();
        if complete > 0 && start != Start::Restart {
            if start == Start::Afresh {
                return Err(FolderError::Interrupted { target: target.to_owned(), runs: complete });
            }
            if before != fingerprint {
                return Err(FolderError::OfAnother(target.to_owned()));
            }
            remove_temporary(&partial).map_err(to_error)?;
        } else {
            remove_all(&partial).map_err(to_error)?;
            fs::create_dir(&partial).map_err(to_error)?;
        }
        let note = |lock: &mut File| {
            lock.set_len(0)?;
            lock.rewind()?;
            lock.write_all(fingerprint.as_bytes())?;
            lock.sync_all()
        };
        note(&mut lock).map_err(to_error)?;
        Ok(Self { target: target.to_owned(), partial, lock_path, _lock: lock, finished: AtomicBool::new(false) })
    }

    /// Where the result will lie.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where what is complete lies until then.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Writes one file, named by its path inside the folder. It is there when all of it is on disk.
    ///
    /// # Errors
    /// If `write` fails, or the file system does.
    pub fn write<E: Into<io::Error>>(
        &self,
        name: &str,
        write: impl FnOnce(&mut PartialFile) -> Result<(), E>,
    ) -> Result<(), FolderError> {
        let mut file = self.begin(name)?;
        write(&mut file).map_err(|e| file.error(e.into()))?;
        file.commit()
    }

    /// Begins a file, named by its path inside the folder; it is there once it is committed.
    ///
    /// # Errors
    /// If the file system says no.
    pub fn begin(&self, name: &str) -> Result<PartialFile, FolderError> {
        let path = self.partial.join(name);
        let told = self.target.join(name);
        let open = || -> io::Result<File> {
            // Only folders inside: a result that was abandoned meanwhile stays away.
            let mut inside = self.partial.clone();
            for part in Path::new(name).parent().into_iter().flat_map(Path::components) {
                inside.push(part);
                match fs::create_dir(&inside) {
                    Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                    _ => {}
                }
            }
            File::create(temporary(&path))
        };
        let file = open().map_err(|source| FolderError::Io { path: told.clone(), source })?;
        Ok(PartialFile { file: io::BufWriter::new(file), path, told })
    }

    /// The complete runs so far, by the names of their files in `runs`.
    pub fn complete_runs(&self) -> Vec<PathBuf> {
        runs_in(&self.partial.join(RUNS))
    }

    /// Writes the manifest, last of all files, and puts the folder in its place.
    ///
    /// # Errors
    /// If the file system says no; the target is then as it was before.
    pub fn finish(&self, manifest: &str) -> Result<PathBuf, FolderError> {
        self.write(MANIFEST, |to| to.write_all(manifest.as_bytes()))?;
        let outgoing = sibling(&self.target, "outgoing");
        let swap = || -> io::Result<()> {
            remove_all(&outgoing)?;
            if self.target.exists() {
                fs::rename(&self.target, &outgoing)?;
            }
            fs::rename(&self.partial, &self.target)?;
            remove_all(&outgoing)
        };
        swap().map_err(|source| FolderError::Io { path: self.target.clone(), source })?;
        self.finished.store(true, Ordering::Relaxed);
        // A lock that stays says nothing wrong.
        let _ = fs::remove_file(&self.lock_path);
        Ok(self.target.clone())
    }

    /// Gives up. Complete runs stay, to be gone on with; without any, nothing stays, and what others still try to write
    /// fails.
    pub fn abandon(&self) {
        if !self.finished.load(Ordering::Relaxed) && self.complete_runs().is_empty() {
            // Nobody is left to tell if even the clean-up fails.
            let _ = remove_all(&self.partial);
            let _ = fs::remove_file(&self.lock_path);
        }
    }
}

impl Drop for ResultsFolder {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// A file on its way into a result.
#[derive(Debug)]
pub struct PartialFile {
    file: io::BufWriter<File>,
    path: PathBuf,
    /// What people know it as.
    told: PathBuf,
}

impl PartialFile {
    /// All is written: syncs it and gives it its name.
    ///
    /// # Errors
    /// If the file system says no.
    pub fn commit(self) -> Result<(), FolderError> {
        let Self { file, path, told } = self;
        let commit = || -> io::Result<()> {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(temporary(&path), &path)
        };
        commit().map_err(|source| FolderError::Io { path: told, source })
    }

    /// An error of this file.
    pub fn error(&self, source: io::Error) -> FolderError {
        FolderError::Io { path: self.told.clone(), source }
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The files of complete runs in a `runs` folder, in order of their names.
pub fn runs_in(runs: &Path) -> Vec<PathBuf> {
    entries(runs).iter().flat_map(|point| runs_at(point)).collect()
}

/// The files of complete runs of one point, in its folder in `runs`.
pub fn runs_at(point: &Path) -> Vec<PathBuf> {
    entries(point).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect()
}

/// What lies in a folder, in order of names; nothing if it is not there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(TEMPORARY);
    name.into()
}

/// Takes away what was being written when everything stopped.
fn remove_temporary(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_temporary(&path)?;
        } else if path.to_string_lossy().ends_with(TEMPORARY) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn remove_all(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn sibling(target: &Path, role: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{role}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(target: &Path, start: Start) -> ResultsFolder {
        let folder = ResultsFolder::open(target, "this", start).unwrap();
        folder.write("a/b.txt", |to| to.write_all(b"hello")).unwrap();
        folder
    }

    fn count(folder: &Path) -> usize {
        entries(folder).len()
    }

    #[test]
    fn complete_or_absent() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        drop(begin(&target, Start::Afresh));
        assert_eq!(count(home.path()), 0, "an abandoned result leaves nothing");
        begin(&target, Start::Afresh).finish("{}").unwrap();
        begin(&target, Start::Resume).finish("{}").unwrap();
        assert_eq!(count(home.path()), 1, "a second result replaces the first");
        assert_eq!(fs::read_to_string(target.join("a/b.txt")).unwrap(), "hello");
    }

    #[test]
    fn other_people_s_folders_are_left_alone() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("precious.txt"), "").unwrap();
        let refused = ResultsFolder::open(home.path(), "this", Start::Restart);
        assert!(matches!(refused, Err(FolderError::NotAResult(_))));
        assert_eq!(count(home.path()), 1);
    }

    #[test]
    fn one_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        let first = begin(&target, Start::Afresh);
        assert!(matches!(ResultsFolder::open(&target, "this", Start::Restart), Err(FolderError::Busy(_))));
        drop(first);
        begin(&target, Start::Afresh);
    }

    #[test]
    fn complete_runs_outlive_an_interruption_and_half_written_ones_do_not() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        let folder = begin(&target, Start::Afresh);
        folder.write("runs/point=0/00-0000.json", |to| to.write_all(b"{}")).unwrap();
        let mut half = folder.begin("runs/point=0/00-0001.json").unwrap();
        half.write_all(b"{").unwrap();
        drop((half, folder));
        let again = |fingerprint, start| ResultsFolder::open(&target, fingerprint, start);
        assert!(matches!(again("this", Start::Afresh), Err(FolderError::Interrupted { runs: 1, .. })));
        assert!(matches!(again("that", Start::Resume), Err(FolderError::OfAnother(_))));
        let resumed = again("this", Start::Resume).unwrap();
        assert_eq!(resumed.complete_runs().len(), 1);
        assert_eq!(count(&resumed.partial().join("runs/point=0")), 1, "what was half written is gone");
        drop(resumed);
        assert!(again("that", Start::Restart).unwrap().complete_runs().is_empty());
    }
}
