//! Describes the images of a data set, so that users can check that they were read as intended.

use analysis::counted;
use inference::Dataset;
use inference::dataset::Folders;

/// Up to this many classes get a line each; more of them share lines.
const LINES: usize = 20;

/// Columns of a line that classes share.
const COLUMNS: usize = 100;

/// One line if the data set brings its own labels; if classes are folders, also the label of each, how many images it
/// holds, and what was not read.
pub fn told(data: &Dataset) -> String {
    let (height, width, channels) = data.extent();
    let (name, images, classes) = (&data.name, data.len(), data.classes());
    let (images, classes) = (counted(images, "image", "images"), counted(classes, "class", "classes"));
    let mut text = match (data.has_images(), data.has_classes()) {
        (true, _) => format!("{name}: {images} of {height}×{width}×{channels} in {classes}\n"),
        (false, true) => format!("{name}: {} samples in {classes}\n", data.len()),
        (false, false) => format!("{name}: {} samples, answered rightly or wrongly\n", data.len()),
    };
    if let Some(folders) = data.folders() {
        text += &by_folder(folders, &data.images_by_class());
    }
    text
}

fn by_folder(folders: &Folders, counts: &[usize]) -> String {
    let classes = folders.classes.iter().zip(counts).enumerate();
    let mut text = String::new();
    if counts.len() <= LINES {
        let width = folders.classes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        classes.for_each(|(label, (name, count))| {
            let images = if *count == 1 { "image" } else { "images" };
            text += &format!("  {label:3}  {name:width$}  {count:6} {images}\n");
        });
    } else {
        let parts = classes.map(|(label, (name, count))| format!("{label} {name} ({count})"));
        text += &in_lines(parts);
    }
    if !folders.without_images.is_empty() {
        text += "  folders without images, not counted as classes:\n";
        text += &in_lines(folders.without_images.iter().cloned());
    }
    match folders.skipped.to_string() {
        none if none.is_empty() => {}
        skipped => text += &format!("  skipped: {skipped}\n"),
    }
    text
}

/// Parts separated by commas, as many to a line as fit.
fn in_lines(parts: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.chars().count() + 3 <= COLUMNS => *line += &format!(", {part}"),
            Some(line) => {
                line.push(',');
                lines.push(format!("  {part}"));
            }
            None => lines.push(format!("  {part}")),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_classes_share_lines() {
        let classes: Vec<String> = (0..256).map(|number| format!("n{number:08}")).collect();
        let folders = Folders { classes, ..Folders::default() };
        let text = by_folder(&folders, &[50; 256]);
        assert!(text.starts_with("  0 n00000000 (50), 1 n00000001 (50), "), "{text}");
        assert!(text.ends_with("255 n00000255 (50)\n"), "{text}");
        assert!(text.lines().count() < 60 && text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
    }
}
