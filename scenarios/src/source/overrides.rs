//! `--set PATH=VALUE`: `devices.camera.count=500`, `policies.2.appealnet.accuracy-gain=80%`.

use serde_json::Value;

use super::error::InputError;
use crate::problem::{nearest, shorten};

/// Applies one setting to `value`; returns the path it changed, in the notation of error messages, which begin with
/// `words`.
pub fn apply(value: &mut Value, setting: &str, words: &str) -> Result<String, InputError> {
    let (path, text) = setting.split_once('=').ok_or_else(|| InputError::setting(words, "write PATH=VALUE"))?;
    let new = super::plain::read(text)
        .map_err(|e| InputError::setting(words, &format!("'{text}' is not a YAML value ({e})")))?;
    set(value, path, new, words)
}

/// Whether a top-level key is ignored: keys that begin with `x-` are for anchors.
pub fn is_ignored(key: &str) -> bool {
    key.starts_with("x-")
}

/// Puts `new` at `path`; returns the path in the notation of error messages, which begin with `words`.
pub fn set(value: &mut Value, path: &str, new: Value, words: &str) -> Result<String, InputError> {
    let wrong = |what: &str| InputError::setting(words, what);
    if is_ignored(path) {
        return Err(wrong("keys that begin with 'x-' are ignored; set the place where the value is used"));
    }
    let mut place = String::new();
    let mut at = value;
    let steps: Vec<&str> = path.split('.').collect();
    for (index, step) in steps.iter().enumerate() {
        let is_last = index + 1 == steps.len();
        at = match at {
            Value::Object(fields) => {
                if !place.is_empty() {
                    place.push('.');
                }
                place.push_str(step);
                if is_last {
                    // A key that the file leaves at its default may be set too; a misspelt one is detected when the
                    // scenario is read.
                    fields.entry(*step).or_insert(Value::Null)
                } else {
                    let names: Vec<String> = fields.keys().cloned().collect();
                    let whole = steps[..=index].join(".");
                    fields.get_mut(*step).ok_or_else(|| {
                        let advice = match near(step, &names) {
                            Some(_) => String::new(),
                            None => format!("; to add it, write {whole}='{}'", nested(&steps[index + 1..], &new)),
                        };
                        wrong(&(lost(step, &names) + &advice))
                    })?
                }
            }
            Value::Array(items) => {
                let names: Vec<String> = items.iter().enumerate().map(|(index, item)| name_of(index, item)).collect();
                let named = names.iter().position(|name| name == step);
                let index = named.or_else(|| step.parse().ok()).filter(|index| *index < items.len());
                let index = index.ok_or_else(|| wrong(&lost(step, &names)))?;
                place.push_str(&format!("[{index}]"));
                &mut items[index]
            }
            _ => return Err(wrong(&format!("'{place}' is a single value: there is nothing below it"))),
        };
    }
    *at = new;
    Ok(place)
}

/// How a list's element is referred to: by its `name`, or otherwise by its number.
fn name_of(index: usize, item: &Value) -> String {
    item.get("name").and_then(Value::as_str).map_or_else(|| index.to_string(), str::to_owned)
}

/// `value` below keys, in braces: `{noise: 0.2}`.
fn nested(keys: &[&str], value: &Value) -> String {
    keys.iter().rev().fold(super::shown(value), |inner, key| format!("{{{key}: {inner}}}"))
}

fn near<'a>(step: &str, names: &'a [String]) -> Option<&'a str> {
    nearest(step, names.iter().map(String::as_str))
}

fn lost(step: &str, names: &[String]) -> String {
    let hint = near(step, names).map(|near| format!("; did you mean '{near}'?"));
    if names.is_empty() {
        return format!("there is no '{step}': the list is empty");
    }
    let names = shorten::list(names.iter().map(String::as_str));
    format!("there is no '{step}', only {names}{}", hint.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_go_by_name_or_number() {
        let mut value = json!({"devices": [{"name": "camera", "count": 1}], "policies": [{"random": {}}]});
        let mut set = |setting: &str| apply(&mut value, setting, "--set").unwrap();
        assert_eq!(set("devices.camera.count=500"), "devices[0].count");
        assert_eq!(set("devices.0.link=wifi"), "devices[0].link");
        assert_eq!(set("policies.0.random.appeal-rate=20 %"), "policies[0].random.appeal-rate");
        let expected = json!({"devices": [{"name": "camera", "count": 500, "link": "wifi"}],
            "policies": [{"random": {"appeal-rate": "20 %"}}]});
        assert_eq!(value, expected);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let mut value = json!({"devices": [{"name": "camera"}]});
        let mut told = |setting: &str| apply(&mut value, setting, "--set").unwrap_err().to_string();
        let error = told("devices.camra.count=1");
        assert_eq!(error, "--set: there is no 'camra', only camera; did you mean 'camera'?");
        let error = told("devices.camera.degrade.noise=0.2");
        assert_eq!(
            error,
            "--set: there is no 'degrade', only name; to add it, write devices.camera.degrade='{noise: 0.2}'"
        );
        assert!(told("devices").contains("PATH=VALUE"));
        assert!(told("devices.camera.name.x=1").contains("nothing below"));
        assert!(told("x-shared=1").contains("ignored"));
    }
}
