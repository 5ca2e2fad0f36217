//! What can be wrong with the figures of a model.

use std::fmt::Display;

/// Why a model's figures were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FigureError {
    /// The figure, by its path in the model, `periodic.jitter`; empty if it is the model as a whole.
    pub figure: &'static str,
    /// What is wrong, in a phrase.
    pub what: String,
}

impl FigureError {
    /// One figure is wrong.
    pub(crate) fn of(figure: &'static str, what: impl Display) -> Self {
        Self { figure, what: what.to_string() }
    }

    /// The model as a whole is wrong, or the text that was to be a figure.
    pub(crate) fn new(what: impl Display) -> Self {
        Self::of("", what)
    }
}
