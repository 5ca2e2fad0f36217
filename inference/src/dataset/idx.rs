//! The IDX format of MNIST: a magic number, big-endian extents, bytes; gzipped or not.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use ndarray::Array4;

use super::Part;
use crate::Error;

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Images `[image][row][column][1]` and their labels.
type Labelled = (Array4<u8>, Vec<u8>);

/// Images and labels of a folder, if it holds any in this form.
pub fn read(folder: &Path, part: Part) -> Result<Option<Labelled>, Error> {
    let prefix = match part {
        Part::Training => "train",
        Part::Test => "t10k",
    };
    let find = |kind: &str| {
        let plain = folder.join(format!("{prefix}-{kind}-ubyte"));
        if plain.exists() { plain } else { plain.with_extension("gz") }
    };
    let (images_file, labels_file) = (find("images-idx3"), find("labels-idx1"));
    if !images_file.exists() && !labels_file.exists() {
        return Ok(None);
    }
    let read = |path: &Path| std::fs::read(path).map_err(|e| Error::io(path, e));
    let images = images(&read(&images_file)?, &images_file.display().to_string())?;
    let labels = labels(&read(&labels_file)?, &labels_file.display().to_string())?;
    Ok(Some((images, labels)))
}

/// `[image][row][column][1]`.
pub fn images(file: &[u8], origin: &str) -> Result<Array4<u8>, Error> {
    let (extents, bytes) = unpack::<3>(file, origin)?;
    let [count, height, width] = extents;
    Array4::from_shape_vec((count, height, width, 1), bytes).map_err(|e| Error::data(origin, e.to_string()))
}

/// One byte an image.
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
