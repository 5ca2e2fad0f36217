//! What is wrong with an input, and how it is told.

use std::sync::Arc;

pub use inference::nearest;
use miette::{Diagnostic, NamedSource, SourceSpan};

/// Something wrong at a place in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the place: `devices[0].hardware`.
    pub place: String,
    /// What is wrong, in a phrase.
    pub what: String,
    /// What would be right.
    pub help: Option<String>,
}

/// A scenario that cannot be run, told with the lines it is about.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum InputError {
    /// The scenario file cannot be read.
    #[error("cannot read {name}: {why}")]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        why: std::io::Error,
        /// A file of nearly that name.
        #[help]
        help: Option<String>,
    },
    /// A `--set` that leads nowhere.
    #[error("{0}")]
    Setting(String),
    /// Something in the file is wrong.
    #[error("{what}")]
    Scenario {
        /// What.
        what: String,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        span: Option<SourceSpan>,
        /// What would be right.
        #[help]
        help: Option<String>,
    },
}

impl InputError {
    pub(super) fn scenario(name: &str, text: &str, span: Option<(usize, usize)>, problem: Problem) -> Self {
        let Problem { place, what, help } = problem;
        let what = if place.is_empty() { what } else { format!("{place}: {what}") };
        let span = span.map(|(start, end)| (start, end - start).into());
        Self::Scenario { what, text: Arc::new(NamedSource::new(name, text.to_owned())), span, help }
    }
}

impl Problem {
    /// A problem without advice.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), help: None }
    }

    /// A name that is none of the `allowed` ones.
    pub fn unknown<'a>(place: &str, kind: &str, name: &str, allowed: impl Iterator<Item = &'a str>) -> Self {
        let allowed: Vec<&str> = allowed.collect();
        let listed = format!("there are: {}", allowed.join(", "));
        let help = match nearest(name, allowed.into_iter()) {
            Some(near) => format!("did you mean '{near}'? {listed}"),
            None => listed,
        };
        Self { place: place.to_owned(), what: format!("unknown {kind} '{name}'"), help: Some(help) }
    }

    /// The same with one more thing that would be right.
    pub fn or(mut self, alternative: &str) -> Self {
        let help = self.help.take().map(|help| format!("{help}; "));
        self.help = Some(help.unwrap_or_default() + alternative);
        self
    }

    /// Reads what serde says of a value; the names it lists become advice.
    pub fn from_serde(path: &str, message: &str) -> Self {
        let place = if path == "." { "" } else { path };
        for (start, word) in [("unknown field `", "key"), ("unknown variant `", variant_word(place))] {
            if let Some(rest) = message.strip_prefix(start) {
                // name`, expected one of `a`, `b`
                let mut quoted = rest.split('`').step_by(2);
                let name = quoted.next().unwrap_or_default();
                let allowed = rest.split('`').skip(2).step_by(2);
                return Self::unknown(place, word, name, allowed);
            }
        }
        if let Some((unit, allowed)) =
            message.strip_prefix("unknown unit '").and_then(|rest| rest.split_once("', expected one of "))
        {
            let units: Vec<&str> = allowed.split(", ").collect();
            // Units are few and short: the nearest one is worth naming however far it is.
            let distance = |name: &&&str| strsim::damerau_levenshtein(&unit.to_lowercase(), &name.to_lowercase());
            let near = units.iter().min_by_key(distance).map(|near| format!("did you mean '{near}'? "));
            let help = Some(format!("{}there are: {allowed}", near.unwrap_or_default()));
            return Self { place: place.to_owned(), what: format!("unknown unit '{unit}'"), help };
        }
        match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(name) => Self::new(place, format!("'{name}' is missing")),
            None => Self::new(place, in_plain_words(message)),
        }
    }
}

/// What the names at a place are called.
fn variant_word(place: &str) -> &'static str {
    match place.rsplit('.').next() {
        Some("score") => "score",
        Some("arrivals") => "kind of arrivals",
        Some(last) if last.starts_with("policies[") => "policy",
        _ => "name",
    }
}

/// Rust's words for YAML's things.
fn in_plain_words(message: &str) -> String {
    let words = [
        ("expected u32", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("a sequence", "a list"),
        ("sequence", "a list"),
        ("a map", "keys and values"),
        ("map, ", "keys and values, "),
        ("null", "nothing"),
    ];
    words.iter().fold(message.to_owned(), |text, (rust, plain)| text.replace(rust, plain))
}
