//! Scenario text: read strictly, with a place for everything that can be wrong.

mod locate;
mod overrides;
mod problem;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::schema::Scenario;
use locate::{locate, repeated};
pub use problem::{InputError, Problem, nearest};

/// A scenario file as text, the settings laid over it, and where everything stands.
pub struct Source {
    name: String,
    text: String,
    folder: PathBuf,
    value: Value,
    /// Paths that `--set` gave, with the words it used.
    set: Vec<(String, String)>,
}

impl Source {
    /// Reads a file and lays `PATH=VALUE` settings over it.
    ///
    /// # Errors
    /// If the file cannot be read, is no YAML, or a setting names no place in it.
    pub fn read(path: &Path, settings: &[String]) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|why| InputError::Unreadable {
            name: name.clone(),
            why,
            help: nearest_file(path),
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&name, text, folder, settings)
    }

    /// As [`Source::read`], from text; relative paths in it are relative to `folder`.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn parse(name: &str, text: String, folder: PathBuf, settings: &[String]) -> Result<Self, InputError> {
        let parsed: Result<serde_yaml::Value, _> = serde_yaml::from_str(&text);
        let value = parsed.and_then(|mut yaml| {
            yaml.apply_merge()?;
            serde_yaml::from_value::<Value>(yaml)
        });
        let mut source = Self { name: name.to_owned(), text, folder, value: Value::Null, set: Vec::new() };
        match value {
            Ok(value) => source.value = value,
            Err(e) => {
                let mut message = e.to_string();
                // The place is shown, not told.
                if let Some(cut) = message.find(" at line ") {
                    message.truncate(cut);
                }
                let at = e.location().map(|location| (location.index(), location.index()));
                return Err(source.report_at(repeated(&source.text).or(at), Problem::new("", message)));
            }
        }
        for setting in settings {
            let at = overrides::apply(&mut source.value, setting).map_err(InputError::Setting)?;
            source.set.push((at, setting.clone()));
        }
        Ok(source)
    }

    /// The folder relative paths start from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything the file says, as typed values.
    ///
    /// # Errors
    /// If it says anything unknown, of the wrong kind or in the wrong unit.
    pub fn scenario(&self) -> Result<Scenario, InputError> {
        if self.value.is_null() {
            return Err(
                self.report(Problem::new("", "the file is empty").or("start from a copy of a shipped scenario"))
            );
        }
        serde_path_to_error::deserialize(&self.value).map_err(|e| {
            let path = e.path().to_string();
            self.report(Problem::from_serde(&path, &e.inner().to_string()))
        })
    }

    /// Makes an error of a problem, with the lines it stands on.
    pub fn report(&self, problem: Problem) -> InputError {
        if let Some((_, setting)) = self.set.iter().rev().find(|(path, _)| problem.place.starts_with(path.as_str())) {
            let problem =
                Problem { place: String::new(), what: format!("--set {setting}: {}", problem.what), ..problem };
            return self.report_at(None, problem);
        }
        self.report_at(locate(&self.text, &problem.place), problem)
    }

    fn report_at(&self, span: Option<(usize, usize)>, problem: Problem) -> InputError {
        InputError::scenario(&self.name, &self.text, span, problem)
    }
}

/// A file of nearly that name beside it.
fn nearest_file(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let near = nearest(&wanted, names.iter().map(String::as_str))?;
    Some(format!("did you mean {}?", path.with_file_name(near).display()))
}
