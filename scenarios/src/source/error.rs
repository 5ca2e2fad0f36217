//! Why a scenario cannot be run, with the lines of its file.

use std::ops::Range;
use std::path::PathBuf;

use super::decode::Undecodable;
use crate::problem::{Problem, shorten};

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The scenario file cannot be read.
    #[error("cannot read {name}: {why}")]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        why: std::io::Error,
        /// A file with a similar name.
        nearest: Option<PathBuf>,
    },
    /// A `--set` or `--sweep` that is wrong.
    #[error("{0}")]
    Setting(String),
    /// Something in the file is wrong.
    #[error("{}", shorten::message(&problem.to_string()))]
    Scenario {
        /// What.
        problem: Box<Problem>,
        /// The lines in question, unless it is no line in particular.
        excerpt: Option<Box<Excerpt>>,
    },
}

/// A file with a place in it, ready to be shown: long lines are cut around the place, and no character can move a
/// terminal's cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file's name.
    pub file: String,
    /// Its lines.
    pub text: String,
    /// The place, in bytes of the text.
    pub span: Range<usize>,
}

impl InputError {
    /// How to correct it, in a phrase.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unreadable { nearest, .. } => {
                nearest.as_ref().map(|near| format!("did you mean {}?", near.display()))
            }
            Self::Setting(_) => None,
            Self::Scenario { problem, .. } => problem.help().map(|help| shorten::message(&help).into_owned()),
        }
    }

    pub(super) fn scenario(name: &str, text: &str, span: Option<(usize, usize)>, problem: Problem) -> Self {
        let excerpt = span.map(|span| {
            let (text, (start, end)) = shorten::excerpt(text, span);
            Box::new(Excerpt { file: name.to_owned(), text, span: start..end })
        });
        Self::Scenario { problem: Box::new(problem), excerpt }
    }

    /// A setting, in the words it was given in, and what is wrong with it, in a phrase.
    pub(super) fn setting(words: &str, what: &str) -> Self {
        Self::Setting(shorten::message(&format!("{words}: {what}")).into_owned())
    }

    /// A file that is not text.
    pub(super) fn undecodable(name: &str, wrong: Undecodable) -> Self {
        let Undecodable { what, help, shown } = wrong;
        let problem = Problem::new("", format!("{name}: {what}")).or(&help);
        match shown {
            None => Self::scenario(name, "", None, problem),
            Some((text, at)) => {
                let wrong = text[at..].chars().next().map_or(0, char::len_utf8);
                Self::scenario(name, &text, Some((at, at + wrong)), problem)
            }
        }
    }
}
