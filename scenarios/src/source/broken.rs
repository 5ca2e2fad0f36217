//! Explains why text is not YAML, or not a single document.

use saphyr_parser::{Event, Parser};

use super::locate::{Places, repeated};
use super::plain::Unreadable;
use crate::problem::Problem;

/// The problem with a text, and the range of bytes to show.
pub fn explain(text: &str, error: &Unreadable) -> (Problem, Option<(usize, usize)>) {
    let error = match error {
        Unreadable::Yaml(error) => error,
        Unreadable::NotPlain { place, what } => {
            let key = place.rsplit('.').next().unwrap_or_default();
            // For a duplicate key, the second one is shown.
            let span = what.contains(key).then(|| repeated(text)).flatten();
            let span = span.map(|(_, span)| span).or_else(|| Places::of(text).find(place));
            return (Problem::new(place.clone(), what.clone()), span);
        }
    };
    let mut message = error.to_string();
    if message.contains("repetition limit") {
        let problem =
            Problem::new("", "aliases (*name) repeat one another so often that the file would grow without end");
        return (problem.or("write out what they stand for"), None);
    }
    if message.contains("more than one document")
        && let Some(second) = second_document(text)
    {
        let problem = Problem::new("", "the file holds more than one document, but a scenario is a single one");
        return (problem.or("remove the line '---' between them, or put each into its own file"), Some(second));
    }
    if message.contains("duplicate entry")
        && let Some((key, span)) = repeated(text)
    {
        let problem = Problem::new("", format!("'{key}' is given twice"));
        let advice = "merge several with a single key and a list: <<: [*one, *other]";
        return (if key == "<<" { problem.or(advice) } else { problem }, Some(span));
    }
    let location = error.location();
    if let Some((line, at, blank)) = location.as_ref().and_then(|location| odd_indentation(text, location.line())) {
        let problem = Problem::new("", format!("line {line} is indented with a {blank}"));
        return (problem.or("indent with spaces only: YAML accepts no other character for indentation"), Some(at));
    }
    // The place is shown in the excerpt, so it is cut from the message.
    if let Some(cut) = message.find(" at line ") {
        message.truncate(cut);
    }
    // The parser holds whole numbers of at most 128 bits, and reads those of up to 64.
    if let Some((place, number)) = message.strip_suffix(", expected any YAML value").and_then(too_large) {
        message = format!("{place}{number} is too large; at most {}", u64::MAX);
    }
    let at = location.map(|location| location.index().min(text.len()));
    (Problem::new("", message), at.map(|at| (at, at)))
}

/// The place and the number of a message about a whole number.
fn too_large(message: &str) -> Option<(&str, &str)> {
    let (place, rest) = message.split_once("invalid type: integer `")?;
    Some((place, rest.split('`').next()?))
}

/// Describes a line whose indentation looks like spaces but is not. Tabs make the parser fail; it takes others for
/// text.
pub fn odd_blank(text: &str) -> Option<String> {
    let (line, _, blank) = odd_indentation(text, usize::MAX).filter(|(_, _, blank)| *blank != "tab")?;
    Some(format!("line {line} is indented with a {blank}, which YAML treats as text"))
}

/// The marker that starts the second document.
fn second_document(text: &str) -> Option<(usize, usize)> {
    let starts = Parser::new_from_str(text).map_while(Result::ok);
    let mut starts = starts.filter(|(event, _)| matches!(event, Event::DocumentStart(_)));
    let (_, span) = starts.nth(1)?;
    let at = text.char_indices().nth(span.start.index()).map_or(text.len(), |(at, _)| at);
    let end = text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length);
    Some((at, end))
}

/// The line at which parsing failed, or otherwise the first line before it, if its indentation holds a character that
/// looks like a space but is not: its number, the place, and what the character is.
fn odd_indentation(text: &str, failed_at: usize) -> Option<(usize, (usize, usize), &'static str)> {
    let mut begin = 0;
    let mut found = None;
    for (number, line) in (1..).zip(text.split_inclusive('\n')).take(failed_at) {
        let blank = |c: char| c.is_whitespace() && !matches!(c, '\n' | '\r');
        let content = line.find(|c| !blank(c)).unwrap_or(line.len());
        let odd = line[..content].char_indices().find(|(_, c)| *c != ' ');
        if let Some((at, c)) = odd
            && (found.is_none() || number == failed_at)
        {
            let name = match c {
                '\t' => "tab",
                '\u{a0}' => "no-break space (U+00A0)",
                _ => "whitespace character that is not a space",
            };
            found = Some((number, (begin + at, begin + at + c.len_utf8()), name));
        }
        begin += line.len();
    }
    found
}
