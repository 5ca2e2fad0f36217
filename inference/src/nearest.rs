//! The nearest name, for errors.

/// The longest name, in characters, that is checked for misspellings; comparing longer ones is slow.
const LONGEST_NAME: usize = 1000;

/// The closest of `names` to `wanted`, if it is close enough to be what was meant. Numbers are no misspelling of each
/// other, and a single character is none of anything.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = wanted.chars().count();
    if !(2..=LONGEST_NAME).contains(&length) {
        return None;
    }
    let allowed = 1 + length / 3;
    // Names of very different length are far apart, which is cheaper to check.
    let similar = names.filter(|name| name.chars().count().abs_diff(length) <= allowed && !is_number(name));
    let scored = similar.map(|name| (strsim::damerau_levenshtein(wanted, name), name));
    scored.min_by_key(|(distance, _)| *distance).filter(|(distance, _)| *distance <= allowed).map(|(_, name)| name)
}

/// The YAML library's message, with the nearest key where one is unknown.
pub fn in_words(message: &str) -> String {
    // The position may come before it: `extractor[0]: unknown field `x`, expected one of `a`, `b` at line 1 column 2`.
    if let Some(at) = message.find("missing field `") {
        let (place, rest) = message.split_at(at);
        let mut quoted = rest.splitn(3, '`').skip(1);
        let (name, rest) = (quoted.next().unwrap_or_default(), quoted.next().unwrap_or_default());
        return format!("{place}'{name}' is missing{rest}");
    }
    for start in ["unknown field `", "unknown variant `"] {
        let Some((_, rest)) = message.split_once(start) else { continue };
        let mut quoted = rest.split('`').step_by(2);
        let name = quoted.next().unwrap_or_default();
        if let Some(near) = nearest(name, rest.split('`').skip(2).step_by(2)) {
            return format!("{message}; did you mean '{near}'?");
        }
    }
    message.to_owned()
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["duration", "devices", "seed"];
        assert_eq!(nearest("durration", names.into_iter()), Some("duration"));
        assert_eq!(nearest("sede", names.into_iter()), Some("seed"));
        assert_eq!(nearest("colour", names.into_iter()), None);
        assert_eq!(nearest("q", ["0", "1", "t4"].into_iter()), None);
        assert_eq!(nearest("ab", ["0", "12"].into_iter()), None);
        let long = "x".repeat(1_000_000);
        assert_eq!(nearest(&long, [long.as_str()].into_iter()), None, "not compared");
    }
}
