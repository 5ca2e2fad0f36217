//! Shows what is wrong with an input, with the lines it is about.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use scenarios::source::InputError;

/// An error as a text for standard error; colours only on a terminal.
pub fn rendered(error: &InputError) -> String {
    let on_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let theme = if on_terminal { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
    match handler.render_report(&mut text, &Shown::new(error)) {
        Ok(()) => text,
        Err(_) => format!("error: {error}\n"),
    }
}

/// An error, with the file it is about if a place in it is known.
#[derive(Debug)]
struct Shown<'a> {
    error: &'a InputError,
    file: Option<NamedSource<String>>,
}

impl<'a> Shown<'a> {
    fn new(error: &'a InputError) -> Self {
        let file = match error {
            InputError::Scenario { excerpt: Some(excerpt), .. } => {
                Some(NamedSource::new(&excerpt.file, excerpt.text.clone()))
            }
            _ => None,
        };
        Self { error, file }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.help().map(|help| -> Box<dyn fmt::Display> { Box::new(help) })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.file.as_ref().map(|file| -> &dyn SourceCode { file })
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let InputError::Scenario { excerpt: Some(excerpt), .. } = self.error else { return None };
        Some(Box::new(std::iter::once(LabeledSpan::at(excerpt.span.clone(), "here"))))
    }
}
