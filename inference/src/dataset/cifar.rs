//! The binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky, 2009): records of labels and 32×32 pixels, plane after
//! plane.
//!
//! The Python versions of the same sets are pickles, programs that only Python can run. They are recognised, so that
//! the error can say which file to fetch instead.

use std::path::Path;

use ndarray::{Array4, ArrayView4};

use super::Part;
use crate::Error;

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// Images `[image][row][column][channel]`, their labels, and the number of classes.
type Labelled = (Array4<u8>, Vec<u8>, usize);

/// One of the two sets.
struct Version {
    name: &'static str,
    classes: usize,
    /// Bytes before the pixels, of which the last is the label: CIFAR-100 has a coarse one before the fine one.
    labels: usize,
    training: &'static [&'static str],
    test: &'static [&'static str],
    /// Files of the Python version.
    pickles: &'static [&'static str],
    archive: &'static str,
}

const VERSIONS: [Version; 2] = [
    Version {
        name: "CIFAR-10",
        classes: 10,
        labels: 1,
        training: &["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
        test: &["test_batch.bin"],
        pickles: &["data_batch_1", "test_batch", "batches.meta"],
        archive: "cifar-10-binary.tar.gz",
    },
    Version {
        name: "CIFAR-100",
        classes: 100,
        labels: 2,
        training: &["train.bin"],
        test: &["test.bin"],
        pickles: &["train", "test", "meta"],
        archive: "cifar-100-binary.tar.gz",
    },
];

impl Version {
    fn files(&self, part: Part) -> &'static [&'static str] {
        match part {
            Part::Training => self.training,
            Part::Test => self.test,
        }
    }
}

/// The data set in a folder, if there is one in this format.
pub fn read(folder: &Path, part: Part) -> Result<Option<Labelled>, Error> {
    let is_there = |files: &[&str]| files.iter().any(|file| folder.join(file).is_file());
    if let Some(version) = VERSIONS.iter().find(|version| is_there(version.files(part))) {
        return version.read(folder, part).map(Some);
    }
    let origin = folder.display().to_string();
    if let Some(version) = VERSIONS.iter().find(|version| is_there(version.training) || is_there(version.test)) {
        let wanted = version.files(part).join(", ");
        return Err(Error::data(&origin, format!("holds files of {}, but not {wanted}", version.name)));
    }
    let is_pickle = |file: &&str| {
        // Every pickle since 2003 begins with the number of its protocol.
        matches!(std::fs::read(folder.join(file)).ok().as_deref(), Some([0x80, 2..=5, ..]))
    };
    let Some((version, file)) = VERSIONS.iter().find_map(|version| {
        let file = version.pickles.iter().copied().find(is_pickle)?;
        Some((version, file))
    }) else {
        return Ok(None);
    };
    let (name, archive) = (version.name, version.archive);
    let what = format!(
        "holds the Python version of {name} ('{file}' is a pickle), which only Python can read; download the binary version, \
         {archive}, from the same page, unpack it and name its folder"
    );
    Err(Error::data(&origin, what))
}

impl Version {
    fn read(&self, folder: &Path, part: Part) -> Result<Labelled, Error> {
        let (mut labels, mut planes) = (Vec::new(), Vec::new());
        for file in self.files(part) {
            let path = folder.join(file);
            let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
            let length = self.labels + PIXELS;
            let records = bytes.chunks_exact(length);
            if bytes.is_empty() || !records.remainder().is_empty() {
                let what =
                    format!("{} bytes are not a whole number of {}'s records of {length}", bytes.len(), self.name);
                return Err(Error::data(&path.display().to_string(), what));
            }
            for record in records {
                labels.push(record[self.labels - 1]);
                planes.extend_from_slice(&record[self.labels..]);
            }
        }
        let origin = folder.display().to_string();
        let planes = ArrayView4::from_shape((labels.len(), 3, SIDE, SIDE), &planes)
            .map_err(|e| Error::data(&origin, e.to_string()))?;
        let images = planes.permuted_axes([0, 2, 3, 1]).as_standard_layout().into_owned();
        Ok((images, labels, self.classes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels whose values encode their positions.
    fn pixels() -> impl Iterator<Item = u8> {
        (0..PIXELS).map(|i| (i / 1024 * 80 + i % 32) as u8)
    }

    #[test]
    fn planes_become_channels() {
        let home = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = [7].into_iter().chain(pixels()).chain([3]).chain(pixels()).collect();
        std::fs::write(home.path().join("test_batch.bin"), &bytes).unwrap();
        let (images, labels, classes) = read(home.path(), Part::Test).unwrap().unwrap();
        assert_eq!((images.dim(), labels, classes), ((2, 32, 32, 3), vec![7, 3], 10));
        assert_eq!([0, 1, 2].map(|c| images[[1, 4, 9, c]]), [9, 89, 169]);
        let why = read(home.path(), Part::Training).unwrap_err().to_string();
        assert!(why.contains("holds files of CIFAR-10, but not data_batch_1.bin"), "{why}");
        std::fs::write(home.path().join("test_batch.bin"), &bytes[1..]).unwrap();
        assert!(
            read(home.path(), Part::Test).unwrap_err().to_string().contains("not a whole number of CIFAR-10's records")
        );
    }

    #[test]
    fn cifar_100_has_a_coarse_label_before_the_fine_one() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("test.bin"), [4, 72].into_iter().chain(pixels()).collect::<Vec<u8>>()).unwrap();
        let (images, labels, classes) = read(home.path(), Part::Test).unwrap().unwrap();
        assert_eq!((images.dim(), labels, classes), ((1, 32, 32, 3), vec![72], 100));
        assert_eq!(images[[0, 0, 5, 2]], 165);
    }

    #[test]
    fn pickles_are_refused_with_what_to_do() {
        for (files, name) in [(["data_batch_1", "test_batch"], "CIFAR-10"), (["train", "test"], "CIFAR-100")] {
            let home = tempfile::tempdir().unwrap();
            files.iter().for_each(|file| std::fs::write(home.path().join(file), b"\x80\x02}q\x01").unwrap());
            let why = read(home.path(), Part::Test).unwrap_err().to_string();
            assert!(why.contains(&format!("the Python version of {name} (")), "{why}");
            assert!(why.contains("download the binary version, cifar-10"), "{why}");
        }
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("train")).unwrap();
        assert!(read(home.path(), Part::Test).unwrap().is_none());
    }
}
