//! Checks what is in the place of a new result, and whether it may be replaced.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::FolderError;
use super::contents::{MANIFEST, in_the_way};

/// What a result holds: identifies its experiment, and decides whether it may replace an existing result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The scenario's name.
    pub name: String,
    /// Identifies everything the result depends on.
    pub fingerprint: String,
    /// Which part of the experiment it is, such as `1/4`; none if it is the whole.
    pub part: Option<String>,
    /// Whether it holds every request, or only summaries.
    pub requests: bool,
    /// Numbers of the devices whose timelines it holds.
    pub traces: Vec<u32>,
}

impl Contents {
    /// The line by which an interrupted start of the same result is recognised.
    pub fn note(&self) -> String {
        let traces: Vec<String> = self.traces.iter().map(u32::to_string).collect();
        let part = self.part.as_deref().unwrap_or("whole");
        let rows = if self.requests { "requests" } else { "summaries" };
        format!("appealsim {} {part} {rows} traces:{}\n", self.fingerprint, traces.join(","))
    }
}

/// The real place of a result for `target`: with symbolic links followed, and with a proper name in place of `.` and
/// the like.
pub fn real_place(target: &Path) -> Result<PathBuf, FolderError> {
    let is_link = fs::symlink_metadata(target).is_ok_and(|there| there.is_symlink());
    if is_link || target.file_name().is_none() {
        return fs::canonicalize(target).map_err(|source| FolderError::io(target, source));
    }
    Ok(target.to_owned())
}

/// Checks that a result may go to `place`, which the user knows as `target`. An earlier result there may be replaced by
/// one of the same experiment that holds at least as much, and by any other if `replace` is set; anything that is not a
/// result may not.
pub fn check(target: &Path, place: &Path, new: &Contents, replace: bool) -> Result<(), FolderError> {
    let there = match fs::symlink_metadata(place) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        // A part of the path is a file: creating the folders will report it.
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => return Ok(()),
        there => there.map_err(|source| FolderError::io(target, source))?,
    };
    let not_a_result = || FolderError::NotAResult(target.to_owned());
    if !there.is_dir() {
        return Err(not_a_result());
    }
    let is_empty = fs::read_dir(place).map_err(|source| FolderError::io(target, source))?.next().is_none();
    let result = Found::read(place);
    if !is_empty && result.is_none() {
        return Err(not_a_result());
    }
    if is_in_use(place) {
        return Err(FolderError::InUse(target.to_owned()));
    }
    if is_mount_point(place, &there) {
        return Err(FolderError::MountPoint(target.to_owned()));
    }
    if let Some(path) = in_the_way(place) {
        return Err(FolderError::InTheWay(path));
    }
    let Some(lost) = result.and_then(|result| result.lost_to(new, place)).filter(|_| !replace) else { return Ok(()) };
    Err(FolderError::WouldReplace { target: target.to_owned(), lost })
}

/// An existing result.
struct Found {
    program: String,
    name: String,
    fingerprint: String,
    part: Option<String>,
    requests: bool,
}

impl Found {
    /// Reads a result's manifest, whichever version of this program wrote it.
    fn read(folder: &Path) -> Option<Self> {
        let manifest: serde_json::Value = serde_json::from_slice(&fs::read(folder.join(MANIFEST)).ok()?).ok()?;
        let text = |key: &str| manifest.get(key)?.as_str().map(str::to_owned);
        Some(Self {
            program: text("program").filter(|program| program.starts_with("appealsim "))?,
            name: text("name")?,
            fingerprint: text("fingerprint")?,
            part: text("shard"),
            requests: manifest.get("requests_written").and_then(serde_json::Value::as_bool).unwrap_or(true),
        })
    }

    /// What would be lost if `new` replaced it, in words; none if `new` holds at least as much.
    fn lost_to(&self, new: &Contents, place: &Path) -> Option<String> {
        let part = |part: &Option<String>| part.as_ref().map_or("the whole".to_owned(), |part| format!("part {part}"));
        if self.fingerprint != new.fingerprint {
            let Self { program, name, fingerprint, .. } = self;
            return Some(if *name == new.name {
                let now = &new.fingerprint;
                format!(
                    "'{name}' from another file, settings, input or program ({program}, fingerprint \
                     {fingerprint}; now {now})"
                )
            } else {
                format!("another experiment, '{name}' ({program}, fingerprint {fingerprint}), not '{}'", new.name)
            });
        }
        if new.part.is_some() && self.part != new.part {
            return Some(format!("{} of this experiment, not {}", part(&self.part), part(&new.part)));
        }
        if self.requests && !new.requests {
            return Some("every request of this experiment, not just summaries".to_owned());
        }
        if place.join("traces").is_dir() && new.traces.is_empty() {
            return Some("timelines of this experiment, which a run without --trace does not write".to_owned());
        }
        None
    }
}

/// Whether this process was started in that folder or below it: renaming it would leave the user's shell in a folder
/// that no longer exists.
fn is_in_use(place: &Path) -> bool {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let place = fs::canonicalize(place);
    matches!((here, place), (Ok(here), Ok(place)) if here.starts_with(&place))
}

/// Whether another file system is mounted there: a mount point cannot be renamed.
#[cfg(unix)]
fn is_mount_point(place: &Path, there: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let home = place.parent().map(|home| if home.as_os_str().is_empty() { Path::new(".") } else { home });
    home.and_then(|home| fs::metadata(home).ok()).is_some_and(|home| home.dev() != there.dev())
}

#[cfg(not(unix))]
fn is_mount_point(_: &Path, _: &fs::Metadata) -> bool {
    false
}
