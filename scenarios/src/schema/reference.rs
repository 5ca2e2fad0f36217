//! The reference of scenario fields as a Markdown page, generated from the JSON Schema, which is generated from the
//! types.

use serde_json::{Map, Value};

/// The page.
pub fn reference() -> String {
    let schema = serde_json::to_value(schemars::schema_for!(super::Scenario)).unwrap_or_default();
    let mut text = String::from(
        "# Scenario files, field by field\n\nGenerated from the types that read them. Every quantity carries its unit; \
         `us` may be written `µs`. Where a field takes a name or figures, `appealsim presets` lists the names. Unknown \
         keys are errors, except those at the top that begin with `x-`: they are ignored, and hold what anchors \
         (`&name`), aliases (`*name`) and merges (`<<: *name`) share. A field in **bold** is required.\n\n",
    );
    text += &section("Scenario", &schema);
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, definition) in &definitions {
        text += &section(name, definition);
    }
    text
}

fn section(name: &str, definition: &Value) -> String {
    let about = definition.get("description").and_then(Value::as_str).unwrap_or_default();
    let body = match (definition.get("properties").and_then(Value::as_object), choices(definition)) {
        (Some(fields), _) => table(fields, definition),
        (None, Some(choices)) => list(choices),
        (None, None) => return String::new(),
    };
    format!("## {name}\n\n{}\n\n{body}\n", one_line(about))
}

fn choices(definition: &Value) -> Option<&Vec<Value>> {
    definition.get("oneOf").or_else(|| definition.get("anyOf")).and_then(Value::as_array)
}

/// The fields of an object.
fn table(fields: &Map<String, Value>, definition: &Value) -> String {
    let required: Vec<&str> =
        definition.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut text = String::from("| field | takes | meaning |\n|---|---|---|\n");
    for (name, field) in fields {
        let shown = if required.contains(&name.as_str()) { format!("**`{name}`**") } else { format!("`{name}`") };
        let default = match field.get("default") {
            None | Some(Value::Null) => String::new(),
            Some(value) => format!(" Default: `{}`.", value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        };
        let about = field.get("description").and_then(Value::as_str).unwrap_or_default();
        text += &format!("| {shown} | {} | {}{default} |\n", takes(field), one_line(about).replace('|', "\\|"));
    }
    text
}

/// The choices of an enum.
fn list(choices: &[Value]) -> String {
    let mut text = String::new();
    for choice in choices {
        let about = choice.get("description").and_then(Value::as_str).map(one_line).unwrap_or_default();
        let colon = if about.is_empty() { "" } else { ": " };
        match choice.get("properties").and_then(Value::as_object) {
            // A choice with figures: one key and its value.
            Some(fields) => {
                for (name, field) in fields {
                    text += &format!("- `{name}: …` ({}){colon}{about}\n", takes(field));
                    if let Some(inner) = field.get("properties").and_then(Value::as_object) {
                        for (name, field) in inner {
                            let about = field.get("description").and_then(Value::as_str).map(one_line);
                            text += &format!("  - `{name}` ({}): {}\n", takes(field), about.unwrap_or_default());
                        }
                    }
                }
            }
            None => text += &format!("- {}{colon}{about}\n", takes(choice)),
        }
    }
    text
}

/// What a field takes, in words.
fn takes(field: &Value) -> String {
    if let Some(constant) = field.get("const").and_then(Value::as_str) {
        return format!("`{constant}`");
    }
    if let Some(names) = field.get("enum").and_then(Value::as_array) {
        let names: Vec<String> = names.iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
        return names.join(", ");
    }
    if let Some(reference) = field.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default().replace("%20", " ");
        return format!("[{name}](#{})", name.to_lowercase().replace(' ', "-"));
    }
    if let Some(choices) = choices(field) {
        let words: Vec<String> =
            choices.iter().filter(|choice| choice.get("type") != Some(&Value::from("null"))).map(takes).collect();
        return words.join(" or ");
    }
    if let Some(title) = field.get("title").and_then(Value::as_str) {
        return units(field).map_or_else(|| title.to_owned(), |units| format!("{title} ({units})"));
    }
    match field.get("type") {
        Some(Value::String(kind)) if kind == "array" => {
            format!("list of {}", field.get("items").map_or("anything".into(), takes))
        }
        Some(Value::String(kind)) if kind == "object" => match field.get("additionalProperties") {
            Some(inner @ Value::Object(_)) => format!("names with {}", takes(inner)),
            _ => "fields".into(),
        },
        Some(Value::String(kind)) => kind.replace("string", "text").replace("integer", "whole number"),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
            kinds.join(" or ").replace("string", "text").replace("integer", "whole number")
        }
        _ => "anything".into(),
    }
}

/// The units a quantity may be written in, taken from its pattern.
fn units(field: &Value) -> Option<String> {
    let pattern = field.get("pattern").and_then(Value::as_str)?;
    let units = pattern.rsplit_once('(')?.1.trim_end_matches(")$");
    // Units with a Greek letter also have a spelling with `u`.
    let units: Vec<&str> = units.split('|').filter(|unit| !unit.is_empty() && unit.is_ascii()).collect();
    Some(units.join(", "))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
