//! YAML as plain values: merge keys are applied, and every key is a string.

use serde_json::{Map, Number, Value};

/// Why text cannot be read as plain values.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not YAML.
    #[error(transparent)]
    Yaml(#[from] serde_yaml::Error),
    /// It is YAML, but has more than plain values.
    #[error("{what}")]
    NotPlain {
        /// Path of the place, as in error messages.
        place: String,
        /// What is wrong with it.
        what: String,
    },
}

/// Reads YAML.
///
/// # Errors
/// If it is not YAML, or holds what plain values cannot.
pub fn read(text: &str) -> Result<Value, Unreadable> {
    plain(serde_yaml::from_str(text)?, "")
}

fn plain(yaml: serde_yaml::Value, place: &str) -> Result<Value, Unreadable> {
    Ok(match yaml {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(flag) => Value::Bool(flag),
        serde_yaml::Value::Number(number) => plain_number(&number),
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => {
            let items = items.into_iter().enumerate();
            Value::Array(
                items.map(|(index, item)| plain(item, &format!("{place}[{index}]"))).collect::<Result<_, _>>()?,
            )
        }
        serde_yaml::Value::Mapping(fields) => Value::Object(plain_fields(fields, place)?),
        serde_yaml::Value::Tagged(tagged) => {
            return Err(not_plain(place, format!("the tag '{}' has no meaning here; leave it out", tagged.tag)));
        }
    })
}

/// A number that JSON cannot represent stays text, so that an error about it shows what was written.
fn plain_number(number: &serde_yaml::Number) -> Value {
    let whole = number.as_u64().map(Number::from).or_else(|| number.as_i64().map(Number::from));
    let number_in_json = whole.or_else(|| number.as_f64().and_then(Number::from_f64));
    number_in_json.map_or_else(|| Value::String(number.to_string()), Value::Number)
}

/// The fields of a mapping, and those merged into it (`<<`). Its own fields take precedence over merged ones, and
/// earlier merged ones over later; what is merged may itself be the result of a merge.
fn plain_fields(yaml: serde_yaml::Mapping, place: &str) -> Result<Map<String, Value>, Unreadable> {
    let (mut fields, mut merged) = (Map::new(), Vec::new());
    for (key, value) in yaml {
        let key = plain_key(key, place)?;
        let below = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        if key == "<<" {
            merged.push(merge(value, &below)?);
        } else if fields.insert(key.clone(), plain(value, &below)?).is_some() {
            return Err(not_plain(&below, format!("'{key}' is given twice")));
        }
    }
    for (key, value) in merged.into_iter().flatten().flatten() {
        fields.entry(key).or_insert(value);
    }
    Ok(fields)
}

/// The value of `<<`: a mapping, or a list of mappings, of which earlier ones take precedence.
fn merge(yaml: serde_yaml::Value, place: &str) -> Result<Vec<Map<String, Value>>, Unreadable> {
    let wrong = || not_plain(place, "takes an alias of keys and values (<<: *name), or a list of them".to_owned());
    let sources = match yaml {
        serde_yaml::Value::Sequence(items) => items,
        other => vec![other],
    };
    let fields = |source| match source {
        serde_yaml::Value::Mapping(fields) => plain_fields(fields, place),
        _ => Err(wrong()),
    };
    sources.into_iter().map(fields).collect()
}

/// Converts a key to a string; keys that are numbers, such as classes, become their text.
fn plain_key(key: serde_yaml::Value, place: &str) -> Result<String, Unreadable> {
    match key {
        serde_yaml::Value::String(text) => Ok(text),
        serde_yaml::Value::Number(number) => Ok(number.to_string()),
        serde_yaml::Value::Bool(flag) => Ok(flag.to_string()),
        serde_yaml::Value::Null => Err(not_plain(place, "a key is empty".to_owned())),
        _ => Err(not_plain(place, "a key must be text, not a list or keys and values".to_owned())),
    }
}

fn not_plain(place: &str, what: String) -> Unreadable {
    Unreadable::NotPlain { place: place.to_owned(), what }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(yaml: &str) -> String {
        read(yaml).unwrap_err().to_string()
    }

    #[test]
    fn merges_go_through_merged_mappings() {
        let yaml = "
            x-a: &a {one: 1, two: 2}
            x-b: &b {<<: *a, two: 22, three: 3}
            x-c: &c {<<: *b, three: 33, deep: {kept: yes}}
            used: {<<: *c, one: 111}
        ";
        let expected = json!({"one": 111, "two": 22, "three": 33, "deep": {"kept": "yes"}});
        assert_eq!(read(yaml).unwrap()["used"], expected);
    }

    /// The precedence of YAML's merge type: own fields, then the list from first to last; whole values, not parts.
    #[test]
    fn earlier_merges_come_first() {
        let yaml = "
            a: &a {x: {a: 1}, y: a, only-a: 1}
            b: &b {x: {b: 1}, y: b, only-b: 1}
            later: {x: own, <<: [*a, *b]}
            nested: {<<: [{<<: *b, y: nested}, *a]}
            listed: [{<<: *a, y: item}]
        ";
        let read = read(yaml).unwrap();
        assert_eq!(read["later"], json!({"x": "own", "y": "a", "only-a": 1, "only-b": 1}));
        assert_eq!(read["nested"], json!({"x": {"b": 1}, "y": "nested", "only-a": 1, "only-b": 1}));
        assert_eq!(read["listed"][0]["y"], json!("item"));
    }

    #[test]
    fn invalid_merges_are_errors() {
        for yaml in ["a: {<<: 3}", "a: {<<: }", "x: &x [1]\na: {<<: *x}", "x: &x {b: 1}\na: {<<: [*x, 4]}"] {
            assert!(told(yaml).contains("<<: *name"), "{yaml}");
        }
    }

    #[test]
    fn keys_are_texts_and_stand_once() {
        assert_eq!(read("{1: a, true: b, x: c}").unwrap(), json!({"1": "a", "true": "b", "x": "c"}));
        assert_eq!(told("{1: a, '1': b}"), "'1' is given twice");
        assert!(told("{[1, 2]: a}").contains("must be text"));
        assert!(told("a: !new {b: 1}").contains("tag '!new'"));
        assert_eq!(read("a: .inf").unwrap(), json!({"a": ".inf"}));
    }
}
