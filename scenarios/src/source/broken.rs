//! What to say of text that is no YAML, or not one document of it.

use saphyr_parser::{Event, Parser};

use super::locate::{Places, repeated};
use super::plain::Unreadable;
use super::problem::Problem;

/// The problem of a text, and the range of bytes it is about.
pub fn explain(text: &str, error: &Unreadable) -> (Problem, Option<(usize, usize)>) {
    let error = match error {
        Unreadable::Yaml(error) => error,
        Unreadable::NotPlain { place, what } => {
            let key = place.rsplit('.').next().unwrap_or_default();
            // Where a key stands twice, the second of them is shown.
            let span = what.contains(key).then(|| repeated(text)).flatten();
            let span = span.map(|(_, span)| span).or_else(|| Places::of(text).find(place));
            return (Problem::new(place.clone(), what.clone()), span);
        }
    };
    let mut message = error.to_string();
    if message.contains("more than one document")
        && let Some(second) = second_document(text)
    {
        let problem = Problem::new("", "the file holds more than one document, and a scenario is one");
        return (problem.or("remove the line '---' between them, or make a file of each"), Some(second));
    }
    if message.contains("duplicate entry")
        && let Some((key, span)) = repeated(text)
    {
        let problem = Problem::new("", format!("'{key}' is given twice"));
        let advice = "merge several with one key and a list: <<: [*one, *other]";
        return (if key == "<<" { problem.or(advice) } else { problem }, Some(span));
    }
    let location = error.location();
    if let Some((line, at, blank)) = location.as_ref().and_then(|location| odd_indentation(text, location.line())) {
        let problem = Problem::new("", format!("line {line} is indented with a {blank}"));
        return (problem.or("indent with spaces only: YAML takes no other blank for indentation"), Some(at));
    }
    // The place is shown, not told.
    if let Some(cut) = message.find(" at line ") {
        message.truncate(cut);
    }
    let at = location.map(|location| location.index().min(text.len()));
    (Problem::new("", message), at.map(|at| (at, at)))
}

/// A line whose indentation looks like spaces and is not, in words. Tabs make the parser fail; other blanks are text to it.
pub fn odd_blank(text: &str) -> Option<String> {
    let (line, _, blank) = odd_indentation(text, usize::MAX).filter(|(_, _, blank)| *blank != "tab")?;
    Some(format!("line {line} is indented with a {blank}, which YAML takes for text"))
}

/// The mark that begins the second document.
fn second_document(text: &str) -> Option<(usize, usize)> {
    let starts = Parser::new_from_str(text).map_while(Result::ok);
    let mut starts = starts.filter(|(event, _)| matches!(event, Event::DocumentStart(_)));
    let (_, span) = starts.nth(1)?;
    let at = text.char_indices().nth(span.start.index()).map_or(text.len(), |(at, _)| at);
    let end = text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length);
    Some((at, end))
}

/// The line at which reading failed, or else the first line before it, whose indentation holds what looks like a space and
/// is none: its number, the place, and what it is.
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
                _ => "blank that is no space",
            };
            found = Some((number, (begin + at, begin + at + c.len_utf8()), name));
        }
        begin += line.len();
    }
    found
}
