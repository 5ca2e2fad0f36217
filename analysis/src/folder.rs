//! Result folders: complete or absent.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The file whose presence marks a folder as a result.
const MANIFEST: &str = "manifest.json";

/// A result being written. Files go into a hidden folder beside the target, which takes the target's place in one step
/// when all is there; dropped before that, it leaves nothing behind.
#[derive(Debug)]
pub struct ResultsFolder {
    target: PathBuf,
    partial: PathBuf,
    finished: bool,
}

/// Why results cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// There is something else at the target.
    #[error("{} exists and is no result of appealsim; choose another folder with --out", .0.display())]
    NotAResult(PathBuf),
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
    /// Begins a result that will lie at `target`, replacing an earlier result there.
    ///
    /// # Errors
    /// If something that is no result lies there, or the folder cannot be made.
    pub fn create(target: &Path) -> Result<Self, FolderError> {
        let occupied = target.exists() && !target.join(MANIFEST).is_file();
        let empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        if occupied && !empty() {
            return Err(FolderError::NotAResult(target.to_owned()));
        }
        let partial = sibling(target, "partial");
        let made = fs::create_dir_all(&partial);
        made.map_err(|source| FolderError::Io { path: target.to_owned(), source })?;
        Ok(Self { target: target.to_owned(), partial, finished: false })
    }

    /// Where the result will lie.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes one file, named by its path inside the folder, at most one folder deep, and syncs it to disk.
    ///
    /// # Errors
    /// If `write` fails, or the file system does.
    pub fn write<E: Into<io::Error>>(
        &self,
        name: &str,
        write: impl FnOnce(&mut io::BufWriter<File>) -> Result<(), E>,
    ) -> Result<(), FolderError> {
        let path = self.partial.join(name);
        let written = || -> io::Result<()> {
            // Only a folder inside: a result that was abandoned meanwhile stays away.
            match path.parent().map(fs::create_dir) {
                Some(Err(e)) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => {}
            }
            let mut to = io::BufWriter::new(File::create(&path)?);
            write(&mut to).map_err(Into::into)?;
            to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        };
        written().map_err(|source| FolderError::Io { path: self.target.join(name), source })
    }

    /// Gives up: what was written is removed, and what others still try to write fails.
    pub fn abandon(&self) {
        // Nobody is left to tell if even the clean-up fails.
        let _ = fs::remove_dir_all(&self.partial);
    }

    /// Writes the manifest, last of all files, and puts the folder in its place.
    ///
    /// # Errors
    /// If the file system says no; the target is then as it was before.
    pub fn finish(mut self, manifest: &str) -> Result<PathBuf, FolderError> {
        self.write(MANIFEST, |to| io::Write::write_all(to, manifest.as_bytes()))?;
        let outgoing = sibling(&self.target, "outgoing");
        let swap = || -> io::Result<()> {
            if self.target.exists() {
                fs::rename(&self.target, &outgoing)?;
            }
            fs::rename(&self.partial, &self.target)?;
            match fs::remove_dir_all(&outgoing) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(()),
            }
        };
        swap().map_err(|source| FolderError::Io { path: self.target.clone(), source })?;
        self.finished = true;
        Ok(self.target.clone())
    }
}

impl Drop for ResultsFolder {
    fn drop(&mut self) {
        if !self.finished {
            self.abandon();
        }
    }
}

fn sibling(target: &Path, role: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{role}-{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(target: &Path) -> ResultsFolder {
        let folder = ResultsFolder::create(target).unwrap();
        folder.write("a/b.txt", |to| io::Write::write_all(to, b"hello")).unwrap();
        folder
    }

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn complete_or_absent() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("run");
        drop(begin(&target));
        assert_eq!(entries(home.path()), 0, "an abandoned result leaves nothing");
        begin(&target).finish("{}").unwrap();
        begin(&target).finish("{}").unwrap();
        assert_eq!(entries(home.path()), 1, "a second result replaces the first");
        assert_eq!(fs::read_to_string(target.join("a/b.txt")).unwrap(), "hello");
    }

    #[test]
    fn other_people_s_folders_are_left_alone() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("precious.txt"), "").unwrap();
        assert!(matches!(ResultsFolder::create(home.path()), Err(FolderError::NotAResult(_))));
        assert_eq!(entries(home.path()), 1);
    }
}
