//! The unit in the name of a column: `time_ms`, `Throughput (Mbit/s)`, `rateKbps`.

use super::Flaw;
use super::unit::{RATES_ALLOWED, Reading, TIMES_ALLOWED, Unit, time};

/// Words that name a time, before a slash and its unit: `t/s`.
const TIME_WORDS: [&str; 8] = ["t", "time", "timestamp", "ts", "stamp", "elapsed", "arrival", "arrivals"];

/// Whether a name looks like that of a column of times, by a word or by a unit.
pub fn sounds_like_time(name: &str) -> bool {
    let words = ["date", "datetime", "epoch", "unix", "when"];
    let mut tokens = tokens(name).into_iter().map(|token| token.to_lowercase());
    matches!(read(name), Ok(Some(Unit::Time(_))))
        || tokens.any(|token| TIME_WORDS.contains(&token.as_str()) || words.contains(&token.as_str()))
}

/// The unit that the name of a column states, if any.
///
/// # Errors
/// If it states one that cannot be understood, or two.
pub fn read(name: &str) -> Result<Option<Unit>, Flaw> {
    let (outside, brackets) = take_brackets(name);
    let mut found: Vec<Unit> = Vec::new();
    let mut note = |text: &str, reading: Reading| -> Result<bool, Flaw> {
        match reading {
            Reading::Unit(unit) => {
                if !found.contains(&unit) {
                    found.push(unit);
                }
                Ok(true)
            }
            Reading::BitsOrBytes => Err(Flaw::new(format!("{text} may be bits or bytes"))),
            Reading::Amount => Err(Flaw::new(format!("{text} is an amount of data, not a rate"))),
            Reading::Other => Err(Flaw::new(format!("{text} is a unit neither of a time nor of a rate of data"))),
            Reading::None => Ok(false),
        }
    };
    for bracket in &brackets {
        let pieces = std::iter::once(bracket.as_str()).chain(bracket.split([',', ';']));
        let mut understood = ["", "utc", "gmt", "local"].contains(&bracket.trim().to_lowercase().as_str());
        for piece in pieces {
            understood |= note(piece.trim(), Unit::read(piece))?;
        }
        if !understood {
            return Err(Flaw::new(format!("the unit '{}' is not known", bracket.trim())));
        }
    }
    let outside = outside.trim();
    let whole = Unit::read(outside);
    // `t / s` is not a unit as a whole, but its parts contain one.
    if whole == Reading::Other || !note(outside, whole)? {
        let tokens = tokens(outside);
        for (index, token) in tokens.iter().enumerate() {
            let last = index + 1 == tokens.len();
            // A letter or `min` within a name may mean anything.
            if last || (token.chars().count() > 1 && !["min", "mins"].contains(&token.to_lowercase().as_str())) {
                let (text, reading) = read_token(token);
                note(text, reading)?;
            }
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [unit] => Ok(Some(*unit)),
        _ => Err(Flaw::new("it states two units")),
    }
}

/// The unit of a column: from its name, from `key` in the scenario, or none.
///
/// # Errors
/// If they contradict each other, or cannot be understood, or the name states a unit of something else.
pub fn unit_of(
    name: Option<&str>,
    stated: Option<&str>,
    key: &'static str,
    is_time: bool,
) -> Result<Option<Unit>, Flaw> {
    let (what, allowed) = if is_time { ("time", TIMES_ALLOWED) } else { ("rate", RATES_ALLOWED) };
    let fits = |unit: &Unit| matches!(unit, Unit::Time(_)) == is_time;
    let stated = match stated.map(|stated| (stated, Unit::read(stated))) {
        None => None,
        Some((_, Reading::Unit(unit))) if fits(&unit) => Some(unit),
        Some((stated, Reading::BitsOrBytes)) => {
            return Err(Flaw::new(format!("`{key}: {stated}` may be bits or bytes; allowed are {allowed}")));
        }
        Some((stated, _)) => {
            return Err(Flaw::new(format!("`{key}: {stated}` is no unit of a {what}; allowed are {allowed}")));
        }
    };
    let Some(name) = name else { return Ok(stated) };
    let told = |why: &str| format!("column '{name}': {why}; allowed for a {what} are {allowed}");
    match (read(name), stated) {
        // The scenario settles what the name leaves unclear.
        (Err(_), Some(unit)) => Ok(Some(unit)),
        (Err(flaw), None) => Err(Flaw::new(told(&flaw.what) + &format!(", in the name or as `{key}` in the scenario"))),
        (Ok(Some(unit)), _) if !fits(&unit) => {
            let other = if is_time { "a rate" } else { "a time" };
            Err(Flaw::new(told(&format!("a {what} stands here, and its name states the unit of {other}"))))
        }
        (Ok(Some(unit)), Some(stated)) if unit != stated => {
            Err(Flaw::new(format!("column '{name}' states another unit than `{key}` in the scenario does")))
        }
        (Ok(named), stated) => Ok(named.or(stated)),
    }
}

/// A name without its brackets, and what they contain.
fn take_brackets(name: &str) -> (String, Vec<String>) {
    let (mut outside, mut brackets, mut depth) = (String::new(), Vec::new(), 0usize);
    for c in name.chars() {
        match c {
            '(' | '[' | '{' => {
                if depth == 0 {
                    brackets.push(String::new());
                    outside.push(' ');
                }
                depth += 1;
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            c => match brackets.last_mut() {
                Some(bracket) if depth > 0 => bracket.push(c),
                _ => outside.push(c),
            },
        }
    }
    // `R/(Mbit/s)`, as physicists write it.
    let outside = if brackets.is_empty() { outside } else { outside.trim_end().trim_end_matches('/').to_owned() };
    (outside, brackets)
}

/// The words of a name; a slash joins two, and so does `per`.
fn tokens(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let spaced = name.replace(" / ", "/");
    for word in spaced.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | '.' | ',' | ':' | ';')) {
        match words.as_slice() {
            _ if word.is_empty() => {}
            // The name of a quantity, not an amount of bits.
            [.., bit] if bit.eq_ignore_ascii_case("bit") && word.eq_ignore_ascii_case("rate") => {
                words.pop();
                words.push("bitrate".to_owned());
            }
            [.., _, per] if per.eq_ignore_ascii_case("per") => {
                words.pop();
                if let Some(before) = words.last_mut() {
                    *before += &format!("/{word}");
                }
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// What a word of a name means, and the part of it that has this meaning.
fn read_token(token: &str) -> (&str, Reading) {
    let whole = Unit::read(token);
    if whole != Reading::None && whole != Reading::Other {
        return (token, whole);
    }
    // `t/s`, `rate/Mbps`, `R/Mbit/s`: a quantity over its unit.
    if let Some((quantity, unit)) = token.split_once('/') {
        let reading = Unit::read(unit);
        let is_time = time(unit).is_some();
        if matches!(reading, Reading::Unit(_)) && (!is_time || TIME_WORDS.contains(&quantity.to_lowercase().as_str())) {
            return (unit, reading);
        }
        return (token, Reading::Other);
    }
    if whole == Reading::Other {
        return (token, whole);
    }
    glued(token)
}

/// A unit at the end of a word: `timeMs`, `rateKbps`, `DLMbps`, `timems`.
fn glued(token: &str) -> (&str, Reading) {
    let lower = token.to_lowercase();
    let ends = token.char_indices().skip(1).map(|(at, _)| at);
    for at in ends {
        let (name, unit) = token.split_at(at);
        let before = name.chars().next_back().unwrap_or(' ');
        let capital = unit.starts_with(char::is_uppercase);
        match Unit::read(unit) {
            Reading::Unit(Unit::Time(_)) => {
                let word = lower.get(..at).is_some_and(|name| TIME_WORDS.contains(&name)) && unit.len() > 1;
                if word || (capital && before.is_lowercase()) {
                    return (unit, Unit::read(unit));
                }
            }
            // `ratekBps`: does the k belong to the unit or to the name?
            Reading::Unit(Unit::Rate(_)) if !capital && before.is_lowercase() => return (token, Reading::Other),
            Reading::Unit(Unit::Rate(_)) => return (unit, Unit::read(unit)),
            _ => {}
        }
    }
    (token, Reading::None)
}

#[cfg(test)]
mod tests;
