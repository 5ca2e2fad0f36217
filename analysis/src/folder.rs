//! Result folders: complete or absent, and never written by two processes at a time.
//!
//! A result is written into a hidden folder beside its place, file by file: each under a temporary name, synced,
//! renamed. When all files are there, the folder is moved into place in one step. What an interruption leaves behind is
//! a set of whole files, and the last file of each run, in `runs`, means that the others of that run are there: a later
//! start resumes from them.
//!
//! No work is lost silently: a finished result is replaced only by one of the same experiment, unless the user allows
//! replacing it, and only files that the program writes are ever removed (`contents`). What users put into a result
//! folder moves to the result that replaces it.

mod contents;
mod place;

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

pub use contents::{MANIFEST, RUNS, is_ours};
use contents::{move_all, remove_ours};
pub use place::Contents;

use crate::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, fs};

/// Extension of files being written.
const TEMPORARY: &str = ".tmp";

/// What every lock file begins with.
const LOCK: &str = "appealsim ";

/// A result being written. If dropped before it is finished, it leaves any complete runs, or nothing at all.
#[derive(Debug)]
pub struct ResultsFolder {
    /// Where the result will be, as the user wrote it.
    target: PathBuf,
    /// The same with links resolved.
    place: PathBuf,
    contents: Contents,
    start: Start,
    partial: PathBuf,
    lock_path: PathBuf,
    /// Locked while this lives.
    _lock: File,
    open: Arc<Open>,
}

/// Whether a result still takes files. Whatever adds one shares the lock meanwhile; whatever ends the result has it
/// alone, so that no file appears afterwards: another result may be begun in the same place by then.
#[derive(Debug)]
struct Open(RwLock<bool>);

impl Default for Open {
    fn default() -> Self {
        Self(RwLock::new(true))
    }
}

impl Open {
    /// Keeps the result open while a file is added.
    ///
    /// # Errors
    /// If the result has ended.
    fn adding(&self) -> io::Result<RwLockReadGuard<'_, bool>> {
        let open = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if *open { Ok(open) } else { Err(over()) }
    }

    /// Waits until no file is being added; none is until this is dropped.
    ///
    /// # Errors
    /// If the result has ended already.
    fn ending(&self) -> io::Result<RwLockWriteGuard<'_, bool>> {
        let open = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if *open { Ok(open) } else { Err(over()) }
    }
}

#[cold]
fn over() -> io::Error {
    io::Error::other("the result takes no more files")
}

/// What to do about earlier results and starts in the same place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// An earlier start that was interrupted.
    pub interrupted: Interrupted,
    /// Whether a finished result may be replaced, whatever its experiment.
    pub replace: bool,
}

/// What to do about an earlier start that was interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interrupted {
    /// Report it as an error.
    #[default]
    Refuse,
    /// Resume it.
    Resume,
    /// Discard it.
    Discard,
}

/// Why results cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Something that is not a result is at the target.
    #[error("{} is not a result of appealsim and is left as it is; choose another folder with --out", .0.display())]
    NotAResult(PathBuf),
    /// A finished result would be lost.
    #[error(
        "{} holds a finished result that would be lost: {lost}; write to another folder with --out, or replace it with \
         --replace",
        target.display()
    )]
    WouldReplace {
        /// The result's place.
        target: PathBuf,
        /// What would be lost, in words.
        lost: String,
    },
    /// The target is the working directory or contains it.
    #[error("{} is the current directory or contains it; choose a folder below it with --out", .0.display())]
    InUse(PathBuf),
    /// A file system is mounted at the target.
    #[error("{} is a mount point, which cannot be renamed; choose a folder below it with --out", .0.display())]
    MountPoint(PathBuf),
    /// Something of the user's has a name that the program needs.
    #[error(
        "{} is in the way and was not written by appealsim; move it, or choose another folder with --out",
        .0.display()
    )]
    InTheWay(PathBuf),
    /// Another process is writing it.
    #[error("another appealsim is writing {}; wait for it, or choose another folder with --out", .0.display())]
    Busy(PathBuf),
    /// An earlier start was interrupted, and some of its runs are complete.
    #[error(
        "an interrupted run of {} left {runs} complete runs; resume it with --resume, or discard them with --restart",
        target.display()
    )]
    Interrupted {
        /// The result's place.
        target: PathBuf,
        /// How many runs are complete.
        runs: usize,
    },
    /// The earlier, interrupted start was of something else.
    #[error(
        "an interrupted run of {} left {runs} complete runs of another scenario, or with other settings, input or \
         program; choose another folder with --out, or discard them with --restart",
        target.display()
    )]
    OfAnother {
        /// The result's place.
        target: PathBuf,
        /// How many runs are complete.
        runs: usize,
    },
    /// A file system error.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl FolderError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

impl ResultsFolder {
    /// Begins a result that will be at `target` and hold `contents`.
    ///
    /// # Errors
    /// If something is there that `start` does not allow to be replaced or discarded, or another process is writing it.
    pub fn open(target: &Path, contents: Contents, start: Start) -> Result<Self, FolderError> {
        let to_error = |source| FolderError::io(target, source);
        let place = place::real_place(target)?;
        // Before anything is created, so that a refused result leaves nothing behind.
        place::check(target, &place, &contents, start.replace)?;
        if let Some(home) = place.parent() {
            if home.is_file() {
                return Err(to_error(io::ErrorKind::NotADirectory.into()));
            }
            fs::create_dir_all(home).map_err(to_error)?;
        }
        let (partial, lock_path) = (sibling(&place, "partial"), sibling(&place, "lock"));
        let (mut lock, before) = locked(target, &lock_path)?;
        restore(&place).map_err(to_error)?;
        place::check(target, &place, &contents, start.replace)?;
        if fs::symlink_metadata(&partial).is_ok_and(|there| !there.is_dir()) {
            return Err(FolderError::InTheWay(partial));
        }
        let note = contents.note();
        let runs = runs_in(&partial.join(RUNS)).len();
        match start.interrupted {
            Interrupted::Refuse | Interrupted::Resume if runs > 0 && before != note => {
                return Err(FolderError::OfAnother { target: target.to_owned(), runs });
            }
            Interrupted::Refuse if runs > 0 => {
                return Err(FolderError::Interrupted { target: target.to_owned(), runs });
            }
            Interrupted::Resume if runs > 0 => remove_temporary(&partial).map_err(to_error)?,
            _ => {
                remove_ours(&partial).map_err(to_error)?;
                match fs::create_dir(&partial) {
                    Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(FolderError::InTheWay(partial)),
                    made => made.map_err(to_error)?,
                }
            }
        }
        let write_note = |lock: &mut File| {
            lock.set_len(0)?;
            lock.rewind()?;
            lock.write_all(note.as_bytes())?;
            lock.sync_all()
        };
        write_note(&mut lock).map_err(to_error)?;
        Ok(Self {
            target: target.to_owned(),
            place,
            contents,
            start,
            partial,
            lock_path,
            _lock: lock,
            open: Arc::default(),
        })
    }

    /// Where the result will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where complete files are until then.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Writes one file, named by its path inside the folder. It appears only once all of it is on disk.
    ///
    /// # Errors
    /// If `write` or the file system fails.
    pub fn write<E: Into<io::Error>>(
        &self,
        name: &str,
        write: impl FnOnce(&mut PartialFile) -> Result<(), E>,
    ) -> Result<(), FolderError> {
        let mut file = self.begin(name)?;
        write(&mut file).map_err(|e| file.error(e.into()))?;
        file.commit()
    }

    /// Begins a file, named by its path inside the folder; it appears once it is committed.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn begin(&self, name: &str) -> Result<PartialFile, FolderError> {
        let path = self.partial.join(name);
        let told = self.target.join(name);
        let create = || -> io::Result<File> {
            let _open = self.open.adding()?;
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
        let file = create().map_err(|source| FolderError::Io { path: told.clone(), source })?;
        Ok(PartialFile { file: io::BufWriter::new(file), path, told, open: self.open.clone() })
    }

    /// The complete runs so far, by the names of their files in `runs`.
    pub fn complete_runs(&self) -> Vec<PathBuf> {
        runs_in(&self.partial.join(RUNS))
    }

    /// Writes the manifest, last of all files, and puts the folder in its place.
    ///
    /// # Errors
    /// If the file system fails, or something that may not be replaced has appeared there meanwhile; the target is then
    /// as it was before, and complete runs stay, to be resumed.
    pub fn finish(&self, manifest: &str) -> Result<PathBuf, FolderError> {
        self.write(MANIFEST, |to| to.write_all(manifest.as_bytes()))?;
        place::check(&self.target, &self.place, &self.contents, self.start.replace)?;
        let to_error = |source| FolderError::io(&self.target, source);
        let mut open = self.open.ending().map_err(to_error)?;
        self.swap().map_err(to_error)?;
        *open = false;
        // A leftover lock file does no harm.
        let _ = fs::remove_file(&self.lock_path);
        Ok(self.target.clone())
    }

    fn swap(&self) -> io::Result<()> {
        let Self { place, partial, .. } = self;
        let outgoing = sibling(place, "outgoing");
        if fs::symlink_metadata(place).is_err() {
            return fs::rename(partial, place);
        }
        fs::rename(place, &outgoing)?;
        if let Err(e) = fs::rename(partial, place) {
            // Put the old result back; if even that fails, the next start does it.
            let _ = fs::rename(&outgoing, place);
            return Err(e);
        }
        restore(place)
    }

    /// Abandons the result. Complete runs stay, to be resumed; if there are none, everything is removed, and further
    /// writes fail.
    pub fn abandon(&self) {
        if let Ok(mut open) = self.open.ending()
            && self.complete_runs().is_empty()
        {
            *open = false;
            // If even the clean-up fails, there is nothing more to do.
            let _ = remove_ours(&self.partial);
            let _ = fs::remove_file(&self.lock_path);
        }
    }
}

impl Drop for ResultsFolder {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// Takes the lock of a result; returns the lock file's previous content.
fn locked(target: &Path, path: &Path) -> Result<(File, String), FolderError> {
    let to_error = |source| FolderError::io(target, source);
    let lock = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let mut lock = lock.map_err(to_error)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(FolderError::Busy(target.to_owned())),
        Err(TryLockError::Error(source)) => return Err(to_error(source)),
    }
    let mut before = Vec::new();
    lock.read_to_end(&mut before).map_err(to_error)?;
    let before = String::from_utf8_lossy(&before).into_owned();
    if !before.is_empty() && !before.starts_with(LOCK) {
        return Err(FolderError::InTheWay(path.to_owned()));
    }
    Ok((lock, before))
}

/// Completes an interrupted replacement of a result: if the new result is not in place, the old one is put back; if it
/// is, what users added to the old one moves to it, and the rest of the old one is removed.
fn restore(place: &Path) -> io::Result<()> {
    let outgoing = sibling(place, "outgoing");
    if !fs::symlink_metadata(&outgoing).is_ok_and(|there| there.is_dir()) {
        return Ok(());
    }
    if fs::symlink_metadata(place).is_err() {
        return fs::rename(&outgoing, place);
    }
    remove_ours(&outgoing)?;
    if outgoing.exists() { move_all(&outgoing, place) } else { Ok(()) }
}

/// A file being written into a result.
#[derive(Debug)]
pub struct PartialFile {
    file: io::BufWriter<File>,
    path: PathBuf,
    /// Its path as users know it.
    told: PathBuf,
    open: Arc<Open>,
}

impl PartialFile {
    /// Syncs the complete file and gives it its name.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn commit(self) -> Result<(), FolderError> {
        let Self { file, path, told, open } = self;
        let commit = || -> io::Result<()> {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            let _open = open.adding()?;
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

/// The contents of a folder, in order of names; empty if it does not exist.
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

/// Removes files whose writing was interrupted.
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

/// `.NAME.role` beside a folder.
fn sibling(place: &Path, role: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(place.file_name().unwrap_or_default());
    name.push(format!(".{role}"));
    place.with_file_name(name)
}

#[cfg(test)]
mod tests;
