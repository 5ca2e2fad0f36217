//! Names: the scenario's becomes a folder, the others appear in tables, charts and messages.

use super::Checked;
use crate::problem::Problem;
use crate::schema::Scenario;

/// Most bytes of a name. File systems allow 255, and some are needed for suffixes while a result is written.
const LONGEST: usize = 100;

/// Names that Windows reserves for devices, with any extension.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Checks all names that a scenario gives.
pub fn check_names(scenario: &Scenario) -> Checked<()> {
    check_file_name("name", &scenario.name)?;
    for (index, device) in scenario.devices.iter().enumerate() {
        check_word(&format!("devices[{index}].name"), &device.name)?;
    }
    let maps = [
        ("links", scenario.links.keys().collect::<Vec<_>>()),
        ("events", scenario.events.keys().collect()),
        ("networks", scenario.networks.others.keys().collect()),
    ];
    for (place, names) in maps {
        for name in names {
            check_word(&format!("{place}.{name}"), name)?;
        }
    }
    if let Some(name) = scenario.networks.others.keys().find(|name| name.contains('>')) {
        let what = "'>' stands between networks that run one after the other: choose a name without it";
        return Err(Problem::new(format!("networks.{name}"), what));
    }
    Ok(())
}

/// Checks that a name can be that of a folder on every system.
fn check_file_name(place: &str, name: &str) -> Checked<()> {
    check_word(place, name)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.chars().all(fits) || name.starts_with('.') || name.ends_with('.') {
        let what = "it names the result's folder: use letters, digits, '-', '_' and '.', without '.' at either end";
        return Err(Problem::new(place, what));
    }
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |port: &str| stem.strip_prefix(port).is_some_and(|n| n.len() == 1 && ("1"..="9").contains(&n));
    if RESERVED.contains(&&*stem) || numbered("com") || numbered("lpt") {
        let what = format!("'{name}' cannot be the name of a folder on Windows; choose another name");
        return Err(Problem::new(place, what));
    }
    Ok(())
}

/// Checks that a name fits on a line.
fn check_word(place: &str, name: &str) -> Checked<()> {
    if name.trim().is_empty() {
        return Err(Problem::new(place, "a name must not be empty"));
    }
    if name.len() > LONGEST {
        let what = format!("the name is too long: {} bytes; at most {LONGEST} are allowed", name.len());
        return Err(Problem::new(place, what));
    }
    if name.chars().any(char::is_control) {
        return Err(Problem::new(place, "a name must not contain line breaks, tabs or other control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_s_name_is_one_of_a_folder_everywhere() {
        let hundred = "n".repeat(100);
        for name in ["quickstart", "run-2_b.3", "console", "com10", "com", &hundred] {
            assert_eq!(check_file_name("name", name), Ok(()), "{name}");
        }
        let too_long = "n".repeat(101);
        for name in
            ["", " ", "a/b", "a\\b", "..", ".a", "a.", "a b", "ä", "a\n", "nul", "NUL.old", "com1", "Lpt9.x", &too_long]
        {
            assert!(check_file_name("name", name).is_err(), "{name}");
        }
    }

    #[test]
    fn other_names_are_words_of_any_language() {
        assert_eq!(check_word("name", "caméra nord"), Ok(()));
        assert!(check_word("name", "a\tb").is_err() && check_word("name", &"n".repeat(101)).is_err());
    }
}
