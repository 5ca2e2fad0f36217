//! Where a path like `devices[0].hardware` is in the text.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Parser, Span};

/// Where everything is in a text.
pub struct Places(Vec<Place>);

/// A path, and the range of bytes from its key (or dash) to the end of its value's first line.
struct Place {
    path: String,
    start: usize,
    end: usize,
}

impl Places {
    /// The place of the key and value at `path`, or of the nearest thing around it.
    pub fn find(&self, path: &str) -> Option<(usize, usize)> {
        let mut path = path;
        loop {
            if let Some(place) = self.0.iter().find(|place| place.path == path) {
                return Some((place.start, place.end));
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }
}

/// The first key that occurs a second time in its mapping, and the place of the second occurrence.
pub fn repeated(text: &str) -> Option<(String, (usize, usize))> {
    let mut seen = BTreeSet::new();
    let places = Places::of(text).0;
    let place = places.iter().find(|place| !seen.insert(place.path.as_str()))?;
    let key = place.path.rsplit('.').next().unwrap_or_default();
    Some((key.to_owned(), (place.start, place.end)))
}

/// A collection that is open around the next event.
enum Open {
    Sequence { path: String, index: usize },
    Mapping { path: String, key: Option<(String, usize)> },
}

impl Places {
    /// Parses a text, as far as it is YAML.
    pub fn of(text: &str) -> Self {
        let mut reading = Reading { text, offsets: offsets(text), open: Vec::new(), places: Vec::new() };
        for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
            reading.take(&event, &span);
        }
        Self(reading.places)
    }
}

/// A text being parsed.
struct Reading<'a> {
    text: &'a str,
    offsets: Vec<usize>,
    open: Vec<Open>,
    places: Vec<Place>,
}

impl Reading<'_> {
    fn take(&mut self, event: &Event, span: &Span) {
        let begins = self.offset(span.start.index());
        if let (Some(Open::Mapping { key: key @ None, .. }), Event::Scalar(name, ..)) = (self.open.last_mut(), event) {
            *key = Some((name.to_string(), begins));
            return;
        }
        match event {
            Event::MappingStart(..) => {
                let path = self.enter(span);
                self.open.push(Open::Mapping { path, key: None });
            }
            Event::SequenceStart(..) => {
                let path = self.enter(span);
                self.open.push(Open::Sequence { path, index: 0 });
            }
            Event::Scalar(..) | Event::Alias(..) => {
                self.enter(span);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// The path of a value that begins here; records its place and uses up its key.
    fn enter(&mut self, span: &Span) -> String {
        let (start, end) = (self.offset(span.start.index()), self.offset(span.end.index()));
        let (path, from) = match self.open.last_mut() {
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
        // Only the first line of a collection is shown.
        let is_short = end > start && !self.text[from..end].contains('\n');
        let end = if is_short { end } else { from + first_line(&self.text[from..]) };
        self.places.push(Place { path: path.clone(), start: from, end });
        path
    }

    /// Converts a position in characters, as the parser counts, to bytes.
    fn offset(&self, character: usize) -> usize {
        self.offsets.get(character).copied().unwrap_or(self.text.len())
    }
}

/// The byte at which each character begins.
fn offsets(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).collect()
}

fn first_line(text: &str) -> usize {
    text.find(['\n', '#']).map_or(text.len(), |end| text[..end].trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_lines() {
        let text = "name: é\ndevices:\n  - name: camera\n    count: 3\npolicies:\n  - local-only\n  - {oracle: x}\n";
        let places = Places::of(text);
        let at = |path| places.find(path).map(|(start, end)| &text[start..end]);
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
        assert_eq!(repeated(text).map(|(key, (start, end))| (key, &text[start..end])), Some(("c".into(), "c: 2")));
        assert_eq!(repeated("a: [1, 2]\nb: 3\n"), None);
    }
}
