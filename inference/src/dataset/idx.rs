//! The IDX format of MNIST: a magic number, big-endian extents, bytes; gzipped or not.
//!
//! The files of a set go by many names: `t10k-images-idx3-ubyte`, `t10k-images.idx3-ubyte`,
//! `emnist-letters-test-images-idx3-ubyte.gz`. They are recognised only by the words in their names.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use ndarray::Array4;

use super::Part;
use super::folder::{entries, name_of};
use crate::Error;

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Images `[image][row][column][1]` and their labels.
type Labelled = (Array4<u8>, Vec<u8>);

/// The contents of a file of a set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Images,
    Labels,
}

/// Images and labels of a folder, if it holds any in this format.
pub fn read(folder: &Path, part: Part) -> Result<Option<Labelled>, Error> {
    let files: Vec<(Part, Kind, PathBuf)> = files(folder)?;
    let Some((_, _, any)) = files.first() else { return Ok(None) };
    let find = |kind: Kind| -> Result<&Path, Error> {
        let (word, usual) = match (kind, part) {
            (Kind::Images, Part::Training) => ("training images", "train-images-idx3-ubyte"),
            (Kind::Labels, Part::Training) => ("training labels", "train-labels-idx1-ubyte"),
            (Kind::Images, Part::Test) => ("test images", "t10k-images-idx3-ubyte"),
            (Kind::Labels, Part::Test) => ("test labels", "t10k-labels-idx1-ubyte"),
        };
        let refused = |what: String| Err(Error::data(&folder.display().to_string(), what));
        let found: Vec<&Path> =
            files.iter().filter(|file| (file.0, file.1) == (part, kind)).map(|(.., path)| path.as_path()).collect();
        match found[..] {
            [] => refused(format!("holds {}, but no {word} ({usual}, gzipped or not)", name_of(any))),
            [file] => Ok(file),
            // The same file, packed and unpacked.
            [plain, packed] if bare(plain) == bare(packed) => Ok(plain),
            _ => {
                let names: Vec<String> = found.iter().map(|path| name_of(path)).collect();
                refused(format!("holds {word} more than once: {}; leave one set in the folder", names.join(", ")))
            }
        }
    };
    let read = |path: &Path| std::fs::read(path).map_err(|e| Error::io(path, e));
    let (images_file, labels_file) = (find(Kind::Images)?, find(Kind::Labels)?);
    let images = images(&read(images_file)?, &images_file.display().to_string())?;
    let labels = labels(&read(labels_file)?, &labels_file.display().to_string())?;
    Ok(Some((images, labels)))
}

/// The files of a folder that are named like those of a set, ordered by name.
fn files(folder: &Path) -> Result<Vec<(Part, Kind, PathBuf)>, Error> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        let Some((part, kind)) = told_by_name(&name_of(&path)) else { continue };
        // Some archives unpack to a folder of the file's name, with the file in it.
        let inner = path.is_dir().then(|| path.join(path.file_name().unwrap_or_default()));
        match inner {
            None => files.push((part, kind, path)),
            // The file itself may be beside it under another name.
            Some(inner) if inner.is_file() && !files.iter().any(|file| (file.0, file.1) == (part, kind)) => {
                files.push((part, kind, inner));
            }
            Some(_) => {}
        }
    }
    Ok(files)
}

/// The contents of a file, by the words of its name.
fn told_by_name(name: &str) -> Option<(Part, Kind)> {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(['-', '.', '_', ' ']).collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    if !has(&["idx", "idx1", "idx3", "ubyte"]) {
        return None;
    }
    let part = match (has(&["train", "training"]), has(&["t10k", "test", "testing"])) {
        (true, false) => Part::Training,
        (false, true) => Part::Test,
        _ => return None,
    };
    match (has(&["images", "image"]), has(&["labels", "label"])) {
        (true, false) => Some((part, Kind::Images)),
        (false, true) => Some((part, Kind::Labels)),
        _ => None,
    }
}

/// A file name without the extension of a packed file, and regardless of how its words are joined.
fn bare(path: &Path) -> String {
    let name = name_of(path).to_ascii_lowercase().replace(['.', '_'], "-");
    name.strip_suffix("-gz").map(str::to_owned).unwrap_or(name)
}

/// `[image][row][column][1]`.
pub fn images(file: &[u8], origin: &str) -> Result<Array4<u8>, Error> {
    let (extents, bytes) = unpack::<3>(file, origin)?;
    let [count, height, width] = extents;
    Array4::from_shape_vec((count, height, width, 1), bytes).map_err(|e| Error::data(origin, e.to_string()))
}

/// One byte per image.
pub fn labels(file: &[u8], origin: &str) -> Result<Vec<u8>, Error> {
    Ok(unpack::<1>(file, origin)?.1)
}

fn unpack<const D: usize>(file: &[u8], origin: &str) -> Result<([usize; D], Vec<u8>), Error> {
    let mut bytes = file.to_vec();
    if file.starts_with(&GZIP) {
        bytes.clear();
        GzDecoder::new(file)
            .read_to_end(&mut bytes)
            .map_err(|e| Error::data(origin, format!("not a whole gzip file ({e})")))?;
    }
    let head = 4 + 4 * D;
    // Two zero bytes, 8 for unsigned bytes, the number of extents.
    if bytes.len() < head || bytes[..4] != [0, 0, 8, D as u8] {
        return Err(Error::data(origin, format!("not an IDX file of bytes with {D} extents")));
    }
    let mut extents = [0; D];
    for (extent, word) in extents.iter_mut().zip(bytes[4..head].as_chunks::<4>().0) {
        *extent = u32::from_be_bytes(*word) as usize;
    }
    let expected = extents.iter().try_fold(1usize, |product, e| product.checked_mul(*e));
    let found = bytes.len() - head;
    if expected != Some(found) {
        let what = format!("its extents {extents:?} do not fit the {found} bytes that follow");
        return Err(Error::data(origin, what));
    }
    bytes.drain(..head);
    Ok((extents, bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(extents: &[u32], bytes: &[u8]) -> Vec<u8> {
        let head = [0, 0, 8, extents.len() as u8];
        head.into_iter().chain(extents.iter().flat_map(|e| e.to_be_bytes())).chain(bytes.iter().copied()).collect()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    /// A folder with two test images under these names.
    fn folder(images: &str, labels: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for (name, bytes) in [(images, file(&[2, 1, 2], &[1, 2, 3, 4])), (labels, file(&[2], &[7, 9]))] {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, if name.ends_with(".gz") { gzipped(&bytes) } else { bytes }).unwrap();
        }
        home
    }

    fn told(folder: &Path, part: Part) -> String {
        read(folder, part).unwrap_err().to_string()
    }

    #[test]
    fn files_go_by_many_names() {
        for (images, labels) in [
            ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
            ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
            ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
            ("t10k-images.idx3-ubyte.gz", "t10k-labels-idx1-ubyte"),
            ("T10K-Images.IDX3-UBYTE", "T10K-Labels.IDX1-UBYTE"),
            ("test-images-idx3-ubyte", "test-labels-idx1-ubyte"),
            ("emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte"),
            ("t10k-images-idx3-ubyte/t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte"),
        ] {
            let home = folder(images, labels);
            let (pixels, found) = read(home.path(), Part::Test).unwrap().unwrap_or_else(|| panic!("{images}"));
            assert_eq!((pixels.into_raw_vec_and_offset().0, found), (vec![1, 2, 3, 4], vec![7, 9]), "{images}");
        }
        let home = folder("notes.txt", "images-idx3-ubyte.md");
        assert!(read(home.path(), Part::Test).unwrap().is_none());
    }

    #[test]
    fn a_part_that_is_not_there_is_named() {
        let home = folder("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
        let why = told(home.path(), Part::Test);
        assert!(why.contains("holds train-images-idx3-ubyte, but no test images (t10k-images-idx3-ubyte"), "{why}");
        let home = folder("t10k-images.idx3-ubyte", "notes.txt");
        let why = told(home.path(), Part::Test);
        assert!(why.contains("holds t10k-images.idx3-ubyte, but no test labels"), "{why}");
    }

    #[test]
    fn a_file_and_its_packed_twin_are_one_and_two_sets_are_not() {
        let home = folder("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
        std::fs::write(home.path().join("t10k-images-idx3-ubyte.gz"), b"not looked at").unwrap();
        assert!(read(home.path(), Part::Test).unwrap().is_some());
        std::fs::write(home.path().join("emnist-test-images-idx3-ubyte"), b"").unwrap();
        let why = told(home.path(), Part::Test);
        assert!(why.contains("more than once: emnist-test-images-idx3-ubyte, t10k-images-idx3-ubyte"), "{why}");
    }
}
