//! The IDX format of MNIST: a magic number, big-endian extents, bytes; here always gzipped.

use std::io::Read;

use flate2::read::GzDecoder;
use ndarray::Array4;

use crate::Error;

/// `[image][row][column][1]`.
pub fn images(gz: &[u8], origin: &str) -> Result<Array4<u8>, Error> {
    let (extents, bytes) = unpack::<3>(gz, origin)?;
    let [count, height, width] = extents;
    Array4::from_shape_vec((count, height, width, 1), bytes).map_err(|e| Error::data(origin, e.to_string()))
}

/// One byte an image.
pub fn labels(gz: &[u8], origin: &str) -> Result<Vec<u8>, Error> {
    Ok(unpack::<1>(gz, origin)?.1)
}

fn unpack<const D: usize>(gz: &[u8], origin: &str) -> Result<([usize; D], Vec<u8>), Error> {
    let mut bytes = Vec::new();
    GzDecoder::new(gz)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::data(origin, format!("not a whole gzip file ({e})")))?;
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
