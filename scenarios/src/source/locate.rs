//! Where a path like `devices[0].hardware` stands in the text.

use saphyr_parser::{Event, Parser, Span};

/// Byte range of the key and value at `path`, or of the nearest thing around it.
pub fn locate(text: &str, path: &str) -> Option<(usize, usize)> {
    let places = places(text);
    let mut path = path;
    loop {
        if let Some((_, start, end)) = places.iter().find(|(place, _, _)| place == path) {
            return Some((*start, *end));
        }
        path = &path[..path.rfind(['.', '['])?];
    }
}

/// Byte range of the first key that stands in its mapping a second time.
pub fn repeated(text: &str) -> Option<(usize, usize)> {
    let places = places(text);
    let again = |(index, place): &(usize, &(String, usize, usize))| places[..*index].iter().any(|p| p.0 == place.0);
    places.iter().enumerate().find(again).map(|(_, (_, start, end))| (*start, *end))
}

/// What is open around the next event.
enum Open {
    Sequence { path: String, index: usize },
    Mapping { path: String, key: Option<(String, usize)> },
}

/// Every path with the byte range from its key (or dash) to the end of its value's first line.
fn places(text: &str) -> Vec<(String, usize, usize)> {
    let mut places = Vec::new();
    let mut stack: Vec<Open> = Vec::new();
    for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
        if let (Some(Open::Mapping { key: key @ None, .. }), Event::Scalar(name, ..)) = (stack.last_mut(), &event) {
            *key = Some((name.to_string(), offset(text, &span, false)));
            continue;
        }
        match event {
            Event::MappingStart(..) => {
                let path = enter(&mut stack, &mut places, text, &span);
                stack.push(Open::Mapping { path, key: None });
            }
            Event::SequenceStart(..) => {
                let path = enter(&mut stack, &mut places, text, &span);
                stack.push(Open::Sequence { path, index: 0 });
            }
            Event::Scalar(..) | Event::Alias(..) => {
                enter(&mut stack, &mut places, text, &span);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                stack.pop();
            }
            _ => {}
        }
    }
    places
}

/// The path of a value that begins here; its place is noted and its key used up.
fn enter(stack: &mut [Open], places: &mut Vec<(String, usize, usize)>, text: &str, span: &Span) -> String {
    let (start, end) = (offset(text, span, false), offset(text, span, true));
    let (path, from) = match stack.last_mut() {
        None => (String::new(), start),
        Some(Open::Sequence { path, index }) => {
            let at = format!("{path}[{index}]");
            *index += 1;
            (at, start)
        }
        Some(Open::Mapping { path, key }) => {
            let (name, from) = key.take().unwrap_or_default();
            (if path.is_empty() { name } else { format!("{path}.{name}") }, from)
        }
    };
    // A collection is shown by its first line alone.
    let end = if end > start && !text[from..end].contains('\n') { end } else { from + first_line(&text[from..]) };
    places.push((path.clone(), from, end));
    path
}

fn first_line(text: &str) -> usize {
    text.find(['\n', '#']).map_or(text.len(), |end| text[..end].trim_end().len())
}

/// The parser counts characters.
fn offset(text: &str, span: &Span, end: bool) -> usize {
    let index = if end { span.end.index() } else { span.start.index() };
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_lines() {
        let text = "name: é\ndevices:\n  - name: camera\n    count: 3\npolicies:\n  - local-only\n  - {oracle: x}\n";
        let at = |path| locate(text, path).map(|(start, end)| &text[start..end]);
        assert_eq!(at("name"), Some("name: é"));
        assert_eq!(at("devices[0].count"), Some("count: 3"));
        assert_eq!(at("devices[0].unknown"), Some("name: camera"));
        assert_eq!(at("policies[1].oracle"), Some("oracle: x"));
        assert_eq!(at("policies[0]"), Some("local-only"));
        assert_eq!(at("nowhere"), None);
    }

    #[test]
    fn a_key_twice_is_found() {
        let text = "a: 1\nb: {c: 1, c: 2}\n";
        assert_eq!(repeated(text).map(|(start, end)| &text[start..end]), Some("c: 2"));
        assert_eq!(repeated("a: [1, 2]\nb: 3\n"), None);
    }
}
