//! The binary version of CIFAR-10 (Krizhevsky, 2009): records of a label and 32×32 pixels, plane after plane.

use std::path::Path;

use ndarray::{Array4, ArrayView4};

use super::Part;
use crate::Error;

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// Classes of CIFAR-10.
pub const CLASSES: usize = 10;

/// The files of a part.
pub fn files(part: Part) -> &'static [&'static str] {
    match part {
        Part::Training => {
            &["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"]
        }
        Part::Test => &["test_batch.bin"],
    }
}

/// Images `[image][row][column][channel]` and labels of a folder.
pub fn read(folder: &Path, part: Part) -> Result<(Array4<u8>, Vec<u8>), Error> {
    let (mut labels, mut planes) = (Vec::new(), Vec::new());
    for file in files(part) {
        let path = folder.join(file);
        let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
        let records = bytes.chunks_exact(1 + PIXELS);
        if bytes.is_empty() || !records.remainder().is_empty() {
            let what = format!("{} bytes are no whole number of records of {}", bytes.len(), 1 + PIXELS);
            return Err(Error::data(&path.display().to_string(), what));
        }
        for record in records {
            labels.push(record[0]);
            planes.extend_from_slice(&record[1..]);
        }
    }
    let origin = folder.display().to_string();
    let planes = ArrayView4::from_shape((labels.len(), 3, SIDE, SIDE), &planes)
        .map_err(|e| Error::data(&origin, e.to_string()))?;
    Ok((planes.permuted_axes([0, 2, 3, 1]).as_standard_layout().into_owned(), labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_channels() {
        let home = tempfile::tempdir().unwrap();
        let record = |label: u8| std::iter::once(label).chain((0..PIXELS).map(move |i| (i / 1024 * 80 + i % 32) as u8));
        let bytes: Vec<u8> = record(7).chain(record(3)).collect();
        std::fs::write(home.path().join("test_batch.bin"), &bytes).unwrap();
        let (images, labels) = read(home.path(), Part::Test).unwrap();
        assert_eq!((images.dim(), labels), ((2, 32, 32, 3), vec![7, 3]));
        assert_eq!([0, 1, 2].map(|c| images[[1, 4, 9, c]]), [9, 89, 169]);
        std::fs::write(home.path().join("test_batch.bin"), &bytes[1..]).unwrap();
        assert!(read(home.path(), Part::Test).unwrap_err().to_string().contains("no whole number of records"));
    }
}
