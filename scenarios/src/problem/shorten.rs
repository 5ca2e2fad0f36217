//! Keeps messages short enough for a screen, however long their subject is.

use std::borrow::Cow;

/// Most characters shown of a word.
const WORD: usize = 80;

/// Most characters shown of a message.
const MESSAGE: usize = 1200;

/// Most names shown of a list.
const NAMES: usize = 40;

/// Most characters shown of a line of a file.
const LINE: usize = 160;

/// Characters shown before the place of interest in a line.
const BEFORE: usize = 60;

/// A message without control characters and with its long words cut, and cut itself if it is still too long.
pub fn message(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    if text.len() <= WORD {
        return text;
    }
    let words: String = text.split_inclusive(char::is_whitespace).map(|word| cut(word, WORD)).collect();
    cut(&words, MESSAGE).into_owned().into()
}

/// Control characters as escapes, so that what is quoted from a file cannot move a terminal's cursor or change its
/// colours; line breaks and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return text.into();
    }
    let escaped = |c: char| if is_control(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect::<String>().into()
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// Cuts a text to `most` characters: two thirds from its start, one third from its end.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= most {
        return text.into();
    }
    let begin: String = text.chars().take(most * 2 / 3).collect();
    let end: String = text.chars().skip(count - most / 3).collect();
    format!("{begin}…{end}").into()
}

/// Names separated by commas; only the first of them if there are very many.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown = names[..names.len().min(NAMES)].join(", ");
    match names.len().checked_sub(NAMES) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

/// A file with its long lines cut to the part around `span`, a range of bytes, and where that range is now.
pub fn excerpt(text: &str, span: (usize, usize)) -> (String, (usize, usize)) {
    // As many bytes as before, so that places stay where they are.
    let shown = |c: char| match c {
        '\r' => "\r".to_owned(),
        c if is_control(c) => "?".repeat(c.len_utf8()),
        c => c.to_string(),
    };
    let text = &text.chars().map(shown).collect::<String>();
    let (mut shown, mut place) = (String::with_capacity(text.len().min(1 << 16)), (0, 0));
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (begin, end) = (at, at + line.len());
        at = end;
        let here = (begin..end).contains(&span.0) || (span.0 >= end && end == text.len() && !line.ends_with('\n'));
        let content = line.trim_end_matches(['\n', '\r']);
        let from = if here { (span.0 - begin).min(content.len()) } else { 0 };
        let to = if here { (span.1.max(span.0) - begin).min(content.len()) } else { 0 };
        let (kept, from, to) = window(content, from, to);
        if here {
            place = (shown.len() + from, shown.len() + to);
        }
        shown.push_str(&kept);
        shown.push_str(&line[content.len()..]);
    }
    if span.0 >= text.len() && (text.is_empty() || text.ends_with('\n')) {
        place = (shown.len(), shown.len());
    }
    (shown, place)
}

/// A line cut to the part around a range of its bytes, and that range in the cut line.
fn window(line: &str, from: usize, to: usize) -> (Cow<'_, str>, usize, usize) {
    if line.chars().count() <= LINE {
        return (line.into(), from, to.max(from));
    }
    let boundaries: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
    let character = |byte: usize| boundaries.partition_point(|at| *at < byte);
    let first = character(from).saturating_sub(BEFORE);
    let last = (first + LINE).min(boundaries.len() - 1);
    let (first_byte, last_byte) = (boundaries[first], boundaries[last]);
    let before = if first > 0 { "…" } else { "" };
    let after = if last_byte < line.len() { "…" } else { "" };
    let moved = |byte: usize| before.len() + byte.clamp(first_byte, last_byte) - first_byte;
    (format!("{before}{}{after}", &line[first_byte..last_byte]).into(), moved(from), moved(to.max(from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_and_messages_are_cut() {
        assert_eq!(message("unknown key 'durration'"), "unknown key 'durration'");
        let long = message(&format!("unknown key '{}', expected one of a, b", "x".repeat(100_000))).into_owned();
        assert!(long.starts_with("unknown key 'xxx") && long.ends_with("x', expected one of a, b"));
        assert!(long.chars().count() < 150, "{long}");
        let long = message(&"many words ".repeat(10_000)).into_owned();
        assert!(long.chars().count() <= MESSAGE + 1);
    }

    #[test]
    fn control_characters_are_not_passed_on() {
        assert_eq!(message("a\u{1b}[31mb\u{9b}2J\nc\t\u{7}"), "a\\u{1b}[31mb\\u{9b}2J\nc\t\\u{7}");
        let text = "a: \u{1b}[2J\u{9b}1 x\nb: é\n";
        let at = text.find('x').unwrap();
        let (shown, place) = excerpt(text, (at, at + 1));
        assert_eq!((shown.as_str(), place), ("a: ?[2J??1 x\nb: é\n", (at, at + 1)));
    }

    #[test]
    fn long_lists_are_counted() {
        assert_eq!(list(["a", "b"]), "a, b");
        let names: Vec<String> = (0..1000).map(|number| format!("n{number}")).collect();
        let listed = list(names.iter().map(String::as_str));
        assert!(listed.starts_with("n0, n1, ") && listed.ends_with("n39 and 960 more"), "{listed}");
        assert!(list(names[..NAMES].iter().map(String::as_str)).ends_with("n39"));
    }

    #[test]
    fn long_lines_are_shown_around_their_place() {
        let text = "a: 1\nb: 2\n";
        assert_eq!(excerpt(text, (5, 9)), (text.to_owned(), (5, 9)));
        assert_eq!(excerpt(text, (10, 10)), (text.to_owned(), (10, 10)));
        // Two-byte characters before it, so that bytes and characters differ.
        let line = format!("{}, wrong: 1, {}", "é".repeat(1000), "y".repeat(100_000));
        let text = format!("first: 1\n{line}\nlast: {}\n", "z".repeat(100_000));
        let at = text.find("wrong").unwrap();
        let (shown, (from, to)) = excerpt(&text, (at, at + "wrong: 1".len()));
        assert_eq!(&shown[from..to], "wrong: 1");
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0] == "first: 1" && lines[2].starts_with("last: zzz"));
        assert!(lines[1].starts_with("…é") && lines[1].ends_with("y…"));
        assert!(lines.iter().all(|line| line.chars().count() <= LINE + 2));
        // A place that is itself too long is cut with its line.
        let (shown, (from, to)) = excerpt(&text, (at, at + 50_000));
        assert!(shown[from..to].starts_with("wrong: 1, yyy") && to - from <= LINE);
    }
}
