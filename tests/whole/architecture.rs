//! Which crate may depend on which.

use std::fs;
use std::path::Path;

/// The arrows of ARCHITECTURE.md: each crate and the crates it may use.
const ARROWS: [(&str, &[&str]); 5] = [
    ("sim-core", &[]),
    ("device-models", &["sim-core"]),
    ("inference", &[]),
    ("analysis", &[]),
    ("scenarios", &["analysis", "inference", "device-models", "sim-core"]),
];

#[test]
fn arrows_are_as_drawn() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (room, allowed) in ARROWS {
        let manifest = fs::read_to_string(home.join(room).join("Cargo.toml")).unwrap();
        let used = manifest.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim());
        for name in used.filter(|name| ARROWS.iter().any(|(room, _)| room == name)) {
            assert!(allowed.contains(&name), "{room} must not know {name}");
        }
    }
}
