//! What the modules of a package use of each other, read from their source.
//!
//! Every path that begins with `crate` or `super` counts, in a `use` or elsewhere; a name that a module passes on from
//! one in it counts as that one's. Tests do not count: a test may look at anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Arrows from module to module, each with the files it was found in.
pub type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// The arrows between modules side by side, for each module that holds some; at the top that is the root, `""`. A name
/// at the top that is in no module is an arrow to `crate`.
pub fn arrows(source: &Path) -> BTreeMap<String, Arrows> {
    let mut files = Vec::new();
    collect(source, &mut Vec::new(), &mut files);
    let passed_on: BTreeMap<&[String], BTreeMap<String, String>> =
        files.iter().map(|file| (file.module.as_slice(), passed_on(&file.text))).collect();
    let mut arrows: BTreeMap<String, Arrows> = BTreeMap::new();
    for file in &files {
        for path in paths(&file.text, &file.module) {
            let level = file.module.iter().zip(&path).take_while(|(own, other)| own == other).count();
            let (Some(from), Some(name)) = (file.module.get(level), path.get(level)) else { continue };
            let above = &file.module[..level];
            let is_module = |name: &str| passed_on.contains_key([above, &[name.to_owned()]].concat().as_slice());
            let to = match passed_on[above].get(name) {
                _ if is_module(name) => name,
                Some(module) if is_module(module) => module,
                // What is above a module belongs to all in it; but the root only joins modules together.
                _ if level > 0 => continue,
                _ => "crate",
            };
            if to != from {
                let files =
                    arrows.entry(above.join("/")).or_default().entry((from.clone(), to.to_owned())).or_default();
                files.insert(file.module.join("/") + ".rs");
            }
        }
    }
    arrows
}

/// A file of source.
struct File {
    /// The path of its module; empty for the root.
    module: Vec<String>,
    /// Its text, without comments and tests.
    text: String,
}

fn collect(folder: &Path, module: &mut Vec<String>, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let at_top = module.is_empty();
        // A program's file is a package of its own that uses the library.
        if name == "tests" || (at_top && name == "main") {
            continue;
        }
        let is_root = at_top && name == "lib";
        if !is_root {
            module.push(name);
        }
        if path.is_dir() {
            collect(&path, module, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(File { module: module.clone(), text: code(&fs::read_to_string(&path).unwrap()) });
        }
        if !is_root {
            module.pop();
        }
    }
}

/// A text without comments and without its tests.
fn code(text: &str) -> String {
    let (mut lines, mut before, mut kept) = (text.lines(), "", String::new());
    while let Some(line) = lines.next() {
        // Those that other tests use are public.
        if before == "#[cfg(test)]" && line.ends_with("mod tests {") {
            lines.by_ref().take_while(|line| *line != "}").for_each(drop);
        } else {
            kept += line.split("//").next().unwrap_or_default();
            kept.push('\n');
        }
        before = line;
    }
    kept
}

/// The paths that begin with `crate` or `super` in a module of that path, from the root on.
fn paths(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let below = &tokens[at..];
        let (above, skipped) = match *token {
            "crate" if below.get(1) == Some(&"::") => (0, 2),
            "super" if at < 2 || tokens[at - 2] != "super" => {
                let ups = below.chunks(2).take_while(|pair| *pair == ["super", "::"]).count();
                (module.len() - ups, 2 * ups)
            }
            _ => continue,
        };
        let absolute = |leaf: Leaf| [&module[..above], &leaf.path].concat();
        found.extend(leaves(&below[skipped..]).into_iter().map(absolute));
    }
    found
}

/// The names that a module takes from those in it, and so passes on, with the first names of where they are.
fn passed_on(text: &str) -> BTreeMap<String, String> {
    let tokens = tokens(text);
    let uses = tokens.iter().enumerate().filter(|(_, token)| **token == "use");
    uses.flat_map(|(at, _)| leaves(&tokens[at + 1..])).map(|leaf| (leaf.name, leaf.path[0].clone())).collect()
}

/// A path that a tree of names stands for, and what it is called.
struct Leaf {
    path: Vec<String>,
    name: String,
}

/// The paths of a tree such as `a::{b, c::{d as e, f}}`; whatever follows it is not looked at.
fn leaves(tokens: &[&str]) -> Vec<Leaf> {
    let mut found = Vec::new();
    tree(tokens, 0, Vec::new(), &mut found);
    found
}

/// Reads one tree from `at` on, all of whose paths begin with `path`; returns where it ends.
fn tree(tokens: &[&str], mut at: usize, mut path: Vec<String>, found: &mut Vec<Leaf>) -> usize {
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while !matches!(tokens.get(at), Some(&"}") | None) {
                    at = tree(tokens, at, path.clone(), found);
                    at += usize::from(tokens.get(at) == Some(&","));
                }
                return at + 1;
            }
            Some(name) => path.push((*name).to_owned()),
            None => return at,
        }
        at += 1;
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if tokens.get(at) == Some(&"as") {
        name = tokens.get(at + 1).copied().unwrap_or_default().to_owned();
        at += 2;
    }
    found.push(Leaf { path, name });
    at
}

/// Names, `::`, and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            _ if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let module = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let read = |text: &str, path: &str| -> String {
        let paths = paths(&code(text), &module(path));
        paths.iter().map(|path| path.join("/")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(read("use crate::a::{b, c};\nlet x = crate::d::e(1);", "m"), "a/b a/c d/e");
    assert_eq!(read("use crate::{a::{x, y}, b, c as z};\n", "m"), "a/x a/y b c");
    assert_eq!(read("use super::a::x;\n", "m"), "a/x");
    assert_eq!(read("use super::a::x;\nuse super::super::b;\n", "m/n"), "m/a/x b");
    assert_eq!(read("// crate::a\nlet x = 1; // crate::b\n", "m"), "");
    for tests in ["mod tests {", "pub mod tests {", "pub(crate) mod tests {"] {
        let text = format!("use crate::a;\n#[cfg(test)]\n{tests}\n    use crate::b;\n}}\nuse crate::c;\n");
        assert_eq!(read(&text, "m"), "a c", "{tests}");
    }
    assert_eq!(read("#[cfg(test)]\nmod checks;\nmod tests {\n    use crate::b;\n}\n", "m"), "b", "no test module");
    let names = passed_on("mod a;\npub use a::{B, c::D as E};\npub use f::G;\n");
    let names: Vec<_> = names.iter().map(|(name, module)| format!("{name} of {module}")).collect();
    assert_eq!(names, ["B of a", "E of a", "G of f"]);
}
