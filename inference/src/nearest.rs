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
