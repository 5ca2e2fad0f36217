//! YAML as plain values: merge keys applied, and every key a text.

use serde_json::Value;

/// Reads YAML.
///
/// # Errors
/// If it is none, or holds what plain values cannot.
pub fn read(text: &str) -> Result<Value, serde_yaml::Error> {
    let mut yaml: serde_yaml::Value = serde_yaml::from_str(text)?;
    yaml.apply_merge()?;
    serde_yaml::from_value(with_text_keys(yaml))
}

/// Keys that are numbers, as those of classes are, become their text.
fn with_text_keys(yaml: serde_yaml::Value) -> serde_yaml::Value {
    match yaml {
        serde_yaml::Value::Mapping(fields) => {
            let text = |key: serde_yaml::Value| match key {
                serde_yaml::Value::Number(number) => serde_yaml::Value::String(number.to_string()),
                key => key,
            };
            let fields = fields.into_iter().map(|(key, value)| (text(key), with_text_keys(value)));
            serde_yaml::Value::Mapping(fields.collect())
        }
        serde_yaml::Value::Sequence(items) => {
            serde_yaml::Value::Sequence(items.into_iter().map(with_text_keys).collect())
        }
        other => other,
    }
}
