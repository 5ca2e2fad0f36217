//! What is wrong with a scenario, as a value: whoever shows it decides how it looks.
//!
//! A problem has a place in the scenario but knows nothing of files: a scenario built in code has problems, too.

pub(crate) mod shorten;

use std::fmt;

use device_models::FigureError;
use device_models::units::respelt;
pub use inference::nearest;

/// Something wrong at a place in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the place: `devices[0].hardware`; empty if it is no place in particular.
    pub place: String,
    /// What is wrong, in a phrase.
    pub what: String,
    /// The allowed name that was probably meant.
    pub nearest: Option<String>,
    /// The names that are allowed there; empty if that is not a matter of names.
    pub allowed: Vec<String>,
    /// Other ways to correct it, in phrases.
    pub advice: Vec<String>,
}

impl Problem {
    /// A problem without advice.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        let (place, what) = (place.into(), what.into());
        Self { place, what, nearest: None, allowed: Vec::new(), advice: Vec::new() }
    }

    /// Figures of the model at a place that were refused.
    pub fn of_figures(place: &str, FigureError { figure, what }: FigureError) -> Self {
        Self::new(if figure.is_empty() { place.to_owned() } else { format!("{place}.{figure}") }, what)
    }

    /// A name that is not one of the `allowed` ones.
    pub fn unknown<'a>(place: &str, kind: &str, name: &str, allowed: impl Iterator<Item = &'a str>) -> Self {
        let allowed: Vec<&str> = allowed.collect();
        let near = nearest(name, allowed.iter().copied());
        Self::new(place, format!("unknown {kind} '{name}'")).among(near, &allowed)
    }

    fn among(self, nearest: Option<&str>, allowed: &[&str]) -> Self {
        let allowed = allowed.iter().copied().map(str::to_owned).collect();
        Self { nearest: nearest.map(str::to_owned), allowed, ..self }
    }

    /// The same with one more suggestion.
    pub fn or(mut self, alternative: &str) -> Self {
        self.advice.push(alternative.to_owned());
        self
    }

    /// How to correct it: the name that was probably meant, those that are allowed, and all advice.
    pub fn help(&self) -> Option<String> {
        let near = self.nearest.as_ref().map_or(String::new(), |near| format!("did you mean '{near}'? "));
        let names = self.allowed.iter().map(String::as_str);
        let listed = (!self.allowed.is_empty()).then(|| format!("{near}allowed: {}", shorten::list(names)));
        let all: Vec<String> = listed.into_iter().chain(self.advice.iter().cloned()).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Converts serde's message about a value; the names it lists become suggestions.
    pub fn from_serde(path: &str, message: &str) -> Self {
        // A key that cannot be read has no name: the place is what holds it.
        let place = if path == "." { "" } else { path.trim_end_matches(".?") };
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
            return Self::new(place, format!("unknown unit '{unit}'")).among(respelt(unit, &units), &units);
        }
        match message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(name) => Self::new(place, format!("'{name}' is missing")),
            None => Self::new(place, in_plain_words(message)),
        }
    }
}

/// The place and what is wrong there.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.what),
            place => write!(f, "{place}: {}", self.what),
        }
    }
}

impl std::error::Error for Problem {}

/// What the names at a place are called.
fn variant_word(place: &str) -> &'static str {
    match place.rsplit('.').next() {
        Some("score") => "score",
        Some("arrivals") => "kind of arrivals",
        Some(last) if last.starts_with("policies[") => "policy",
        _ => "name",
    }
}

/// Serde's names of numbers, and the largest of each.
const NUMBERS: [(&str, u64); 5] = [
    ("u8", u8::MAX as u64),
    ("u16", u16::MAX as u64),
    ("u32", u32::MAX as u64),
    ("u64", u64::MAX),
    ("usize", usize::MAX as u64),
];

/// Replaces serde's words by YAML's.
fn in_plain_words(message: &str) -> String {
    if let Some((number, kind)) =
        message.strip_prefix("invalid value: integer `").and_then(|rest| rest.split_once("`, expected "))
        && let Some((_, most)) = NUMBERS.iter().find(|(name, _)| *name == kind)
    {
        return match number.starts_with('-') {
            true => format!("{number} is below 0"),
            false => format!("{number} is too large; at most {most}"),
        };
    }
    if message.contains("expected key to be a number in quotes") {
        return "a key here must be a whole number, such as the number of a class, counted from 0".to_owned();
    }
    if let Some(start) = message.find("expected struct ") {
        return format!("{}expected keys and values", in_plain_words(&message[..start]));
    }
    let unquoted = ["integer", "floating point", "boolean"];
    if let Some(found) = message.strip_suffix(", expected a string")
        && unquoted.iter().any(|kind| found.starts_with(&format!("invalid type: {kind}")))
    {
        return format!("{found}, expected a text: put it in quotes");
    }
    let words = [
        ("expected u8", "expected a whole number"),
        ("expected u16", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected a nonzero u32", "expected a whole number above 0"),
        ("expected f32", "expected a number"),
        ("expected f64", "expected a number"),
        ("expected a string", "expected a text"),
        ("unit variant, expected newtype variant", "a name alone, expected a value for it"),
        ("unit variant, expected struct variant", "a name alone, expected keys and values for it"),
        ("newtype variant, expected unit variant", "a value, expected the name alone"),
        ("a sequence", "a list"),
        ("sequence", "a list"),
        ("a map", "keys and values"),
        ("map, ", "keys and values, "),
        ("null", "nothing"),
    ];
    words.iter().fold(message.to_owned(), |text, (rust, plain)| text.replace(rust, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_in_the_words_of_the_file() {
        let told = |message: &str| Problem::from_serde("p", message).what;
        assert_eq!(
            told("invalid value: integer `99999999999`, expected u32"),
            "99999999999 is too large; at most 4294967295"
        );
        assert_eq!(told("invalid value: integer `-1`, expected u32"), "-1 is below 0");
        assert_eq!(
            told("invalid type: integer `5`, expected a string"),
            "invalid type: integer `5`, expected a text: put it in quotes"
        );
        assert_eq!(told("invalid type: string \"x\", expected f64"), "invalid type: string \"x\", expected a number");
        assert_eq!(
            told("invalid type: sequence, expected struct Cloud"),
            "invalid type: a list, expected keys and values"
        );
        assert!(
            told("invalid value: expected key to be a number in quotes").contains("number of a class, counted from 0")
        );
    }

    #[test]
    fn units_are_proposed_by_spelling_alone() {
        let told = |message: &str| Problem::from_serde("p", message).help().unwrap();
        assert!(told("unknown unit 'msec', expected one of s, ms, us").starts_with("did you mean 'ms'?"));
        assert_eq!(told("unknown unit 'MW', expected one of W, mW"), "allowed: W, mW");
    }
}
