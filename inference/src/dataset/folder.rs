//! A folder of images: a folder for each class, with PNG or JPEG files in it, at any depth.
//!
//! Only folders with such files in them are classes. Leftovers of operating systems and tools (hidden files and
//! folders, `__MACOSX`, `Thumbs.db` and the like) are ignored; anything else that is not read is counted, so that it
//! can be shown. Classes and files are ordered by the code points of their names, as Python's `sorted` does, and with
//! it torchvision's `ImageFolder` and Keras: a network trained there numbers the classes the same way.
//!
//! Images are numbered so that every stretch of them, and every second one, holds the classes in proportion: the halves
//! of a data set are the even and odd numbers, and trainings hold out the last images.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::Array4;

use super::prepare::Picture;
use super::{DatasetSpec, MOST_CLASSES, Part};
use crate::Error;

/// Extensions of files that are read.
const READ: [&str; 5] = ["png", "jpg", "jpeg", "jpe", "jfif"];

/// Extensions of images in other formats.
const OTHER_IMAGES: [&str; 18] = [
    "avif", "bmp", "dng", "exr", "gif", "heic", "heif", "jp2", "jxl", "pbm", "pgm", "pnm", "ppm", "qoi", "tga", "tif",
    "tiff", "webp",
];

/// Leftovers of operating systems and tools in folders, apart from hidden files.
const LEFT_BEHIND: [&str; 8] = [
    "__MACOSX",
    "@eaDir",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
];

/// Names of the folder of a part, the likeliest first; a validation set serves as the test set where there is no other.
fn names_of(part: Part) -> &'static [&'static str] {
    match part {
        Part::Training => &["train", "training"],
        Part::Test => &["test", "testing", "val", "valid", "validation"],
    }
}

/// The folders a data set was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Names of the folders with images, by label.
    pub classes: Vec<String>,
    /// Names of the folders in which no image is read.
    pub without_images: Vec<String>,
    /// What was not read.
    pub skipped: Skipped,
}

/// Files that were not read, by extension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// How many of each extension, in lower case; files without one are under the empty string.
    pub files: BTreeMap<String, usize>,
    /// PNG and JPEG files that are in no class's folder.
    pub in_no_class: usize,
}

/// Images `[image][row][column][channel]`, labels, and where they come from.
pub struct Labelled {
    /// The images: grey if all of them are, otherwise in three colours.
    pub images: Array4<u8>,
    /// The index of each image's class among the folders.
    pub labels: Vec<u8>,
    /// The folders.
    pub folders: Folders,
}

/// Reads the part of a folder: its `train` or `test` folder if it has such folders, otherwise all of it.
pub fn read(folder: &Path, part: Part, spec: &DatasetSpec) -> Result<Labelled, Error> {
    let folder = part_of(folder, part)?;
    let origin = folder.display().to_string();
    let mut folders = Folders::default();
    let mut files: Vec<Vec<PathBuf>> = Vec::new();
    for path in entries(&folder)? {
        if !path.is_dir() {
            folders.skipped.add(&path);
            continue;
        }
        let mut images = Vec::new();
        images_below(&path, &mut Vec::new(), &mut images, &mut folders.skipped)?;
        if images.is_empty() {
            folders.without_images.push(name_of(&path));
            continue;
        }
        files.push(images);
        folders.classes.push(name_of(&path));
    }
    if files.len() > MOST_CLASSES {
        return Err(Error::data(&origin, format!("{} folders with images; at most {MOST_CLASSES} fit", files.len())));
    }
    if files.is_empty() {
        return Err(Error::data(&origin, folders.nothing_to_read()));
    }
    let (images, labels) = decode(&dealt(&files), spec, &origin)?;
    Ok(Labelled { images, labels, folders })
}

/// The files of all classes with their labels, in the order of their numbers. Pairs of a class stay together, so that
/// each half of the data set gets one, and pairs are spread evenly.
fn dealt(classes: &[Vec<PathBuf>]) -> Vec<(u8, &Path)> {
    let pairs = classes.iter().zip(0u8..).flat_map(|(files, label)| {
        let pairs = files.chunks(2);
        let number = pairs.len();
        // The middle of the pair's share of the whole, in parts of twice the number of pairs.
        pairs.enumerate().map(move |(place, pair)| (2 * place + 1, number, label, pair))
    });
    let mut pairs: Vec<(usize, usize, u8, &[PathBuf])> = pairs.collect();
    // Fractions are compared without rounding; of equal ones, the first label comes first.
    pairs.sort_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
    pairs.into_iter().flat_map(|(_, _, label, pair)| pair.iter().map(move |path| (label, path.as_path()))).collect()
}

/// Decodes every file; all must have the same size.
fn decode(files: &[(u8, &Path)], spec: &DatasetSpec, origin: &str) -> Result<(Array4<u8>, Vec<u8>), Error> {
    let (mut pictures, mut labels) = (Vec::new(), Vec::new());
    let mut first: Option<((u32, u32), &Path)> = None;
    for &(label, path) in files {
        let picture = Picture::read(path)?.prepared(spec);
        let (size, (wanted, other)) = (picture.dimensions(), *first.get_or_insert((picture.dimensions(), path)));
        if size != wanted {
            let what = format!(
                "{}×{} pixels, but '{}' has {}×{}; all images must be of one size; bring them to the size that the networks \
                 take with the option resize: WIDTHxHEIGHT",
                size.0,
                size.1,
                other.display(),
                wanted.0,
                wanted.1
            );
            return Err(Error::data(&path.display().to_string(), what));
        }
        pictures.push(picture);
        labels.push(label);
    }
    let colour = pictures.iter().any(|picture| matches!(picture, Picture::Colour(_)));
    let (width, height) = first.map_or((0, 0), |(size, _)| size);
    let mut pixels = Vec::new();
    pictures.iter().for_each(|picture| picture.pixels(colour, &mut pixels));
    let shape = (labels.len(), height as usize, width as usize, if colour { 3 } else { 1 });
    let images = Array4::from_shape_vec(shape, pixels).map_err(|e| Error::data(origin, e.to_string()))?;
    Ok((images, labels))
}

/// The folder that holds a part. If there is only a folder for the other part, it is not read as if it were a class.
fn part_of(folder: &Path, part: Part) -> Result<PathBuf, Error> {
    let inner: Vec<PathBuf> = entries(folder)?.into_iter().filter(|path| path.is_dir()).collect();
    let find = |part: Part| {
        let mut names = names_of(part).iter();
        names.find_map(|name| inner.iter().find(|path| name_of(path).eq_ignore_ascii_case(name)))
    };
    let (this, other) = match part {
        Part::Training => (find(Part::Training), find(Part::Test)),
        Part::Test => (find(Part::Test), find(Part::Training)),
    };
    match (this, other) {
        (Some(this), _) => Ok(this.clone()),
        (None, Some(other)) => {
            let wanted = names_of(part).join(", ");
            let what =
                format!("holds '{}' but none of: {wanted}; to use those very images, name that folder", name_of(other));
            Err(Error::data(&folder.display().to_string(), what))
        }
        (None, None) => Ok(folder.to_owned()),
    }
}

/// Collects the files that are read below a class's folder, in order. `above` are the parent folders, to find links
/// that lead back.
fn images_below(
    folder: &Path,
    above: &mut Vec<PathBuf>,
    images: &mut Vec<PathBuf>,
    skipped: &mut Skipped,
) -> Result<(), Error> {
    let real = folder.canonicalize().map_err(|e| Error::io(folder, e))?;
    if above.contains(&real) {
        return Err(Error::data(&folder.display().to_string(), "a link that leads back to a folder it lies in"));
    }
    above.push(real);
    for path in entries(folder)? {
        if path.is_dir() {
            images_below(&path, above, images, skipped)?;
        } else if READ.contains(&ending(&path).as_str()) {
            images.push(path);
        } else {
            skipped.add(&path);
        }
    }
    above.pop();
    Ok(())
}

/// The contents of a folder, ordered by name, without what is ignored.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io(folder, e))?;
    let mut paths =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(|e| Error::io(folder, e))?;
    paths.retain(|path| {
        let name = name_of(path);
        !name.starts_with('.') && !LEFT_BEHIND.iter().any(|left| name.eq_ignore_ascii_case(left))
    });
    paths.sort();
    Ok(paths)
}

/// The last part of a path.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// In lower case, without the dot.
fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

impl Folders {
    fn nothing_to_read(&self) -> String {
        let mut text = String::from("no folder with PNG or JPEG images in it; a folder for each class is wanted");
        if self.skipped.in_no_class > 0 {
            text += &format!("; PNG or JPEG files that lie in none: {}", self.skipped.in_no_class);
        }
        match self.skipped.to_string() {
            skipped if skipped.is_empty() => text,
            skipped => format!("{text} (skipped: {skipped})"),
        }
    }
}

impl Skipped {
    /// Counts a file.
    fn add(&mut self, path: &Path) {
        let ending = ending(path);
        match READ.contains(&ending.as_str()) {
            true => self.in_no_class += 1,
            false => *self.files.entry(ending).or_default() += 1,
        }
    }
}

/// The most frequent first; nothing if there are none.
impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let mut files: Vec<(&String, &usize)> = self.files.iter().collect();
        files.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut parts: Vec<String> = files
            .into_iter()
            .map(|(ending, count)| match ending.as_str() {
                "" => format!("{count} without an ending"),
                image if OTHER_IMAGES.contains(&image) => format!("{count} .{image} (only PNG and JPEG are read)"),
                other => format!("{count} .{other}"),
            })
            .collect();
        if self.in_no_class > 0 {
            parts.push(format!("{} PNG or JPEG in no class's folder", self.in_no_class));
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;

    /// Writes grey images of 4 by 3 pixels, all of one value.
    fn home(files: &[(&str, u8)]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        files.iter().for_each(|(file, grey)| save(home.path(), file, *grey));
        home
    }

    fn save(home: &Path, file: &str, grey: u8) {
        let path = home.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        GrayImage::from_pixel(4, 3, Luma([grey])).save(path).unwrap();
    }

    fn write(home: &Path, file: &str) {
        let path = home.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "no image").unwrap();
    }

    fn read(home: &Path, part: Part) -> Result<Labelled, String> {
        super::read(home, part, &DatasetSpec::plain("")).map_err(|e| e.to_string())
    }

    fn told(home: &Path, part: Part) -> String {
        read(home, part).map(|_| ()).unwrap_err()
    }

    #[test]
    fn classes_are_the_folders_with_images_in_the_order_of_their_names() {
        let home =
            home(&[("dog/b.png", 9), ("cat/a.png", 200), ("dog/a.PNG", 7), ("10/deep/er/x.png", 3), ("2/x.png", 4)]);
        for file in ["cat/notes.txt", "cat/more.TXT", "dog/x.heic", "aardvark/only.webp", "labels.csv", "LICENSE"] {
            write(home.path(), file);
        }
        save(home.path(), "stray.png", 1);
        std::fs::create_dir(home.path().join("bear")).unwrap();
        let all = read(home.path(), Part::Test).unwrap();
        assert_eq!(all.folders.classes, ["10", "2", "cat", "dog"]);
        assert_eq!(all.folders.without_images, ["aardvark", "bear"]);
        assert_eq!(all.labels, [0, 1, 2, 3, 3]);
        assert_eq!(all.images.dim(), (5, 3, 4, 1));
        assert_eq!([0, 1, 2, 3, 4].map(|i| all.images[[i, 2, 3, 0]]), [3, 4, 200, 7, 9]);
        assert_eq!(
            all.folders.skipped.to_string(),
            "2 .txt, 1 without an ending, 1 .csv, 1 .heic (only PNG and JPEG are read), 1 .webp (only PNG and JPEG are read), \
             1 PNG or JPEG in no class's folder"
        );
    }

    #[test]
    fn every_stretch_and_every_half_holds_all_classes() {
        let class = |name: &str, files: usize| (0..files).map(|n| PathBuf::from(format!("{name}/{n:03}"))).collect();
        let classes: [Vec<PathBuf>; 3] = [class("a", 40), class("b", 80), class("c", 39)];
        let dealt = dealt(&classes);
        assert_eq!(dealt.len(), 159);
        let shares = |part: &[(u8, &Path)]| [0, 1, 2].map(|label| part.iter().filter(|(l, _)| *l == label).count());
        for fifth in dealt.chunks_exact(31) {
            let [a, b, c] = shares(fifth);
            assert!((6..=10).contains(&a) && (14..=18).contains(&b) && (6..=10).contains(&c), "{a} {b} {c}");
        }
        let odd: Vec<_> = dealt.iter().skip(1).step_by(2).copied().collect();
        let [a, b, c] = shares(&odd);
        assert!(a == 20 && b == 40 && (19..=20).contains(&c), "{a} {b} {c}");
        let of_a: Vec<_> = dealt.iter().filter(|(label, _)| *label == 0).map(|(_, path)| *path).collect();
        assert!(of_a.is_sorted());
    }

    /// What once shifted every label: each of these sorts before the classes or between them.
    #[test]
    fn what_systems_leave_behind_is_not_there() {
        let home = home(&[("cat/a.png", 1), ("dog/a.png", 2)]);
        save(home.path(), "__MACOSX/cat/a.png", 9);
        save(home.path(), ".thumbnails/a.png", 9);
        save(home.path(), "cat/@eaDir/a.png", 9);
        for file in ["cat/._a.png", "cat/Thumbs.db", "dog/.DS_Store", ".git/config", "__MACOSX/._cat", "desktop.ini"] {
            write(home.path(), file);
        }
        let all = read(home.path(), Part::Test).unwrap();
        assert_eq!(all.folders, Folders { classes: vec!["cat".into(), "dog".into()], ..Folders::default() });
        assert_eq!(all.labels, [0, 1]);
    }

    #[test]
    fn grey_images_among_colours_lose_nothing() {
        let home = home(&[("cat/a.png", 200)]);
        RgbImage::from_pixel(4, 3, Rgb([1, 2, 3])).save(home.path().join("cat/z.png")).unwrap();
        let all = read(home.path(), Part::Test).unwrap();
        assert_eq!(all.images.dim(), (2, 3, 4, 3));
        assert_eq!(
            all.images.slice(ndarray::s![.., 0, 0, ..]).into_iter().copied().collect::<Vec<_>>(),
            [200, 200, 200, 1, 2, 3]
        );
    }

    #[test]
    fn images_of_two_sizes_are_brought_to_one_by_an_option() {
        let home = home(&[("cat/a.png", 200)]);
        GrayImage::from_pixel(5, 3, Luma([1])).save(home.path().join("cat/b.png")).unwrap();
        let why = told(home.path(), Part::Test);
        assert!(why.contains("cat/b.png: 5×3 pixels, but '") && why.contains("option resize: WIDTH"), "{why}");
        assert!(!why.contains("4x3"), "the first image's size need not be the networks': {why}");
        let spec: DatasetSpec = serde_yaml::from_str("{folder: x, resize: 4x3}").unwrap();
        assert_eq!(super::read(home.path(), Part::Test, &spec).unwrap().images.dim(), (2, 3, 4, 1));
    }

    #[test]
    fn parts_are_folders() {
        let home = home(&[("Train/cat/a.png", 1)]);
        assert_eq!(read(home.path(), Part::Training).unwrap().folders.classes, ["cat"]);
        let why = told(home.path(), Part::Test);
        assert!(why.contains("holds 'Train' but none of: test, testing, val"), "{why}");
        save(home.path(), "val/dog/a.png", 2);
        assert_eq!(read(home.path(), Part::Test).unwrap().folders.classes, ["dog"]);
        save(home.path(), "test/owl/a.png", 2);
        assert_eq!(read(home.path(), Part::Test).unwrap().folders.classes, ["owl"]);
    }

    #[test]
    fn nothing_to_read_is_said_with_what_there_is() {
        let home = home(&[("a.png", 1)]);
        write(home.path(), "cat/x.webp");
        let why = told(home.path(), Part::Test);
        assert!(why.contains("a folder for each class is wanted; PNG or JPEG files that lie in none: 1"), "{why}");
        assert!(why.contains("skipped: 1 .webp (only PNG and JPEG are read)"), "{why}");
    }

    #[test]
    fn a_broken_image_is_named() {
        let home = home(&[("cat/a.png", 1)]);
        write(home.path(), "cat/b.jpg");
        assert!(told(home.path(), Part::Test).contains("cat/b.jpg: is not a PNG or JPEG image"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_ends() {
        let home = home(&[("cat/a.png", 1)]);
        std::os::unix::fs::symlink("..", home.path().join("cat/up")).unwrap();
        assert!(told(home.path(), Part::Test).contains("a link that leads back"));
    }
}
