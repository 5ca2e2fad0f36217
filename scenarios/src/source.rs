//! Scenario text: parsed strictly, so that every error can point at its place in the file.

mod broken;
mod deal;
mod decode;
mod error;
mod locate;
mod overrides;
mod plain;

use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_yaml::with::singleton_map_recursive;

use crate::policies::{Catalogue, NotRead, Outlines, PolicySpec, StrategyError, Written};
use crate::problem::{Problem, nearest};
use crate::schema::{Scenario, Settings};
use locate::Places;

pub use crate::problem::shorten::printable;
pub use error::{Excerpt, InputError};

/// A scenario file as text, the settings that override it, and where everything is in the text.
#[derive(Clone)]
pub struct Source {
    name: String,
    text: String,
    folder: PathBuf,
    value: Value,
    /// Paths that were set from outside the file, with the option that did it.
    set: Vec<(String, String)>,
    /// The policies it may name.
    catalogue: Catalogue,
}

impl Source {
    /// Reads a file and applies `PATH=VALUE` settings.
    ///
    /// # Errors
    /// If the file cannot be read, is not YAML in UTF-8, or a setting names no place in it.
    pub fn read(path: &Path, settings: &[String]) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|why| InputError::Unreadable {
            name: printable(&name).into_owned(),
            why,
            nearest: nearest_file(path),
        })?;
        let text = decode::decode(&bytes).map_err(|wrong| InputError::undecodable(&name, wrong))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&name, text, folder, settings)
    }

    /// Like [`Source::read`], but from text; paths in it are relative to `folder`.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn parse(name: &str, text: String, folder: PathBuf, settings: &[String]) -> Result<Self, InputError> {
        let (value, catalogue) = (Value::Null, Catalogue::standard());
        let mut source = Self { name: name.to_owned(), text, folder, value, set: Vec::new(), catalogue };
        source.value = source.top()?;
        for setting in settings {
            let words = format!("--set {setting}");
            let at = overrides::apply(&mut source.value, setting, &words)?;
            source.set.push((at, words));
        }
        Ok(source)
    }

    /// A scenario that was built in code, as if it had been read from a file that says the same: it is checked as
    /// strictly, and a problem shows its line. Relative paths in it start from `folder`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn of(scenario: &Scenario, folder: PathBuf) -> Result<Self, InputError> {
        let name = format!("scenario {}", scenario.name);
        let cannot = |e: &dyn std::fmt::Display| InputError::setting(&name, &e.to_string());
        // YAML has a word for what is no number, which is then refused; in JSON it would be as if nothing had been said.
        let value = singleton_map_recursive::serialize(scenario, serde_yaml::value::Serializer);
        let text = value.and_then(|value| serde_yaml::to_string(&value)).map_err(|e| cannot(&e))?;
        Self::parse(&name, text, folder, &[])
    }

    /// The same with other policies to name than those that ship.
    #[must_use]
    pub fn with_policies(self, catalogue: Catalogue) -> Self {
        Self { catalogue, ..self }
    }

    /// The keys and values of the text, without those that only hold anchors.
    fn top(&self) -> Result<Value, InputError> {
        let value = plain::read(&self.text).map_err(|error| {
            let (problem, span) = broken::explain(&self.text, &error);
            self.report_at(span, problem)
        })?;
        let start = "start from a copy of a shipped scenario";
        match value {
            Value::Object(mut fields) => {
                fields.retain(|key, _| !overrides::is_ignored(key));
                Ok(Value::Object(fields))
            }
            Value::Null => Err(self.report(Problem::new("", "the file is empty").or(start))),
            other => {
                let kind = if other.is_array() { "a list" } else { "a single value" };
                let what = format!("a scenario is keys and values (name: ..., duration: ...), not {kind}");
                Err(self.report_at(Places::of(&self.text).find(""), Problem::new("", what).or(start)))
            }
        }
    }

    /// Adds axes to the sweep, each written `PATH=VALUE,VALUE,...`.
    ///
    /// # Errors
    /// If one is not written like this.
    pub fn sweep_also(&mut self, axes: &[String]) -> Result<(), InputError> {
        for axis in axes {
            let words = format!("--sweep {axis}");
            let bad = |what: &str| InputError::setting(&words, what);
            let (path, values) = axis.split_once('=').ok_or_else(|| bad("write PATH=VALUE,VALUE"))?;
            let values = plain::read(&format!("[{values}]"))
                .map_err(|e| bad(&format!("'{values}' is not a list of YAML values ({e})")))?;
            let fields = self.value.as_object_mut().ok_or_else(|| bad("the file is empty"))?;
            let sweep = fields.entry("sweep").or_insert_with(|| Value::Array(Vec::new()));
            let axes = sweep.as_array_mut().ok_or_else(|| bad("the file's sweep is not a list"))?;
            self.set.push((format!("sweep[{}]", axes.len()), words.clone()));
            axes.push(serde_json::json!({ "set": path, "to": values }));
        }
        Ok(())
    }

    /// The scenario at one point of its sweep.
    ///
    /// # Errors
    /// If a setting names no place in it.
    pub fn at_point(&self, settings: &Settings) -> Result<Self, InputError> {
        const FIXED: [&str; 3] = ["name", "replications", "sweep"];
        let mut source = self.clone();
        if let Some(fields) = source.value.as_object_mut() {
            fields.remove("sweep");
        }
        for (path, value) in settings {
            let words = format!("sweep {path}={}", shown(value));
            if let Some(fixed) = FIXED.iter().find(|fixed| path.split('.').next() == Some(fixed)) {
                let what = format!("'{fixed}' cannot be swept: it is the same for all points");
                return Err(InputError::setting(&words, &what));
            }
            let at = overrides::set(&mut source.value, path, value.clone(), &words)?;
            source.set.push((at, words));
        }
        Ok(source)
    }

    /// The folder that relative paths start from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The whole file as typed values.
    ///
    /// # Errors
    /// If anything in it is unknown, of the wrong kind or in the wrong unit.
    pub fn scenario(&self) -> Result<Scenario, InputError> {
        let (value, dealt) = deal::deal(&self.value);
        let read: Result<Scenario, _> = serde_path_to_error::deserialize(&value);
        let read = read
            .map_err(|e| Problem::from_serde(&deal::in_file(&e.path().to_string(), &dealt), &e.inner().to_string()));
        let read = read.and_then(|mut scenario| {
            for (index, policy) in scenario.policies.iter_mut().enumerate() {
                let spec = self.policy(&format!("policies[{index}]"), policy, &Outlines::UNKNOWN);
                *policy = spec.map_err(|p| Problem { place: deal::in_file(&p.place, &dealt), ..p })?.written();
            }
            for (name, link) in &mut scenario.links {
                if let Some(policy) = link.edge.as_mut().and_then(|edge| edge.policy.as_mut()) {
                    *policy = self.policy(&format!("links.{name}.edge.policy"), policy, &Outlines::UNKNOWN)?.written();
                }
            }
            Ok(scenario)
        });
        read.map_err(|problem| {
            let problem = self.adding_to(problem);
            // Such a line is not at the level it seems to be.
            self.report(match broken::odd_blank(&self.text) {
                Some(where_and_what) => problem.or(&where_and_what),
                None => problem,
            })
        })
    }

    /// The policies of a scenario with these networks, read.
    ///
    /// # Errors
    /// If one is unknown or its options are wrong; its place is that in the scenario, whose lists are expanded.
    pub fn policies(&self, scenario: &Scenario, networks: &Outlines) -> Result<Vec<PolicySpec>, Problem> {
        scenario
            .policies
            .iter()
            .enumerate()
            .map(|(index, written)| self.policy(&format!("policies[{index}]"), written, networks))
            .collect()
    }

    /// A policy that stands at a place in the scenario.
    ///
    /// # Errors
    /// If it is unknown or its options are wrong.
    pub fn policy(&self, place: &str, written: &Written, networks: &Outlines) -> Result<PolicySpec, Problem> {
        self.catalogue.read(written, networks).map_err(|why| match why {
            NotRead::Unknown { name, allowed } => Problem::unknown(place, "policy", &name, allowed.into_iter()),
            NotRead::NeedsMore { name, needs } => {
                Problem::new(place, format!("'{name}' needs more than its name")).or(&format!("give it {needs}"))
            }
            NotRead::NeedsNothing(name) => {
                Problem::new(format!("{place}.{name}"), "takes nothing: write the name alone")
            }
            NotRead::Networks { name, why: StrategyError::Network { wanted, names } } => {
                let names = names.iter().map(String::as_str);
                Problem::unknown(&format!("{place}.{name}"), "network", &wanted, names)
            }
            NotRead::Networks { name, why } => Problem::new(format!("{place}.{name}"), why.to_string()),
            NotRead::Options { place: inside, what } => Problem::from_serde(&format!("{place}.{inside}"), &what),
            NotRead::Shape => Problem::new(place, "must be the name of a policy, or one name with what it needs")
                .or("write {name: ...}"),
        })
    }

    /// Where exactly one key is allowed and a setting adds a second one, says how to replace what is there.
    fn adding_to(&self, problem: Problem) -> Problem {
        let added = self.set.iter().rev().find_map(|(path, words)| {
            let key = path.strip_prefix(problem.place.as_str())?.strip_prefix('.')?;
            Some((key, words))
        });
        match added {
            Some((key, words)) if !problem.place.is_empty() && problem.what.starts_with("give exactly one") => {
                let (value, place) = (words.split_once('=').map_or("", |(_, value)| value), &problem.place);
                let place = place.replace('[', ".").replace(']', "");
                let advice =
                    format!("{words} adds a key; to replace what is there, write {place}='{{{key}: {value}}}'");
                problem.or(&advice)
            }
            _ => problem,
        }
    }

    /// A place with a policy's index in the file; in a scenario, lists have been expanded into one policy per entry.
    pub fn policy_in_file(&self, place: &str) -> String {
        deal::in_file(place, &deal::deal(&self.value).1)
    }

    /// Turns a problem into an error that shows its lines.
    pub fn report(&self, problem: Problem) -> InputError {
        if let Some((_, words)) = self.set.iter().rev().find(|(path, _)| problem.place.starts_with(path.as_str())) {
            let problem = Problem { place: String::new(), what: format!("{words}: {}", problem.what), ..problem };
            return self.report_at(None, problem);
        }
        self.report_at(Places::of(&self.text).find(&problem.place), problem)
    }

    fn report_at(&self, span: Option<(usize, usize)>, problem: Problem) -> InputError {
        InputError::scenario(&self.name, &self.text, span, problem)
    }
}

/// A value as users write it.
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A file with a similar name in the same folder.
fn nearest_file(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let near = nearest(&wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near))
}
