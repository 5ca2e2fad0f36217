//! Lossless compression by deflate (RFC 1951), without a header.
//!
//! Of lossless methods it is the one that a small device is most likely to have: decoders and encoders fit into a few
//! kilobytes, and some chips do it in hardware. It suits activations: zeros that a rectifier leaves, and runs of them,
//! become a fraction of a bit each by its Huffman codes and repeats. Level 6 is zlib's own choice. What it would not make
//! shorter is sent as it is, so that compressing never costs a byte: both sides know how long that is.
//!
//! The encoder is zlib-rs, whatever else is built (`Cargo.toml` says so): another one would make other bytes, and the
//! number of bytes is a result. It takes the same decisions on every processor.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// An encoder and a decoder, which are reused.
pub struct Deflate {
    encoder: Compress,
    decoder: Decompress,
}

/// Where zlib has its balance of size and time.
const LEVEL: u32 = 6;

/// Deflate's worst on small inputs, so that one attempt is enough: some bytes for each block.
const SLACK: usize = 64;

impl Deflate {
    /// Nothing is compressed yet.
    pub fn new() -> Self {
        Self { encoder: Compress::new(Compression::new(LEVEL), false), decoder: Decompress::new(false) }
    }

    /// Appends `bytes` to `out`, compressed if that is shorter.
    pub fn compress(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let before = out.len();
        self.deflate(bytes, out);
        if out.len() - before >= bytes.len() {
            out.truncate(before);
            out.extend_from_slice(bytes);
        }
    }

    fn deflate(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.encoder.reset();
        out.reserve(bytes.len() + bytes.len() / 8 + SLACK);
        loop {
            let read = self.encoder.total_in() as usize;
            let status = self.encoder.compress_vec(&bytes[read..], out, FlushCompress::Finish);
            match status.expect("an encoder that was reset takes any bytes") {
                Status::StreamEnd => return,
                Status::Ok | Status::BufError => out.reserve(SLACK),
            }
        }
    }

    /// Fills `out` with what was compressed.
    ///
    /// # Panics
    /// If that was not so many bytes.
    pub fn expand(&mut self, bytes: &[u8], out: &mut [u8]) {
        if bytes.len() == out.len() {
            return out.copy_from_slice(bytes);
        }
        self.decoder.reset(false);
        let status = self.decoder.decompress(bytes, out, FlushDecompress::Finish);
        assert!(
            matches!(status, Ok(Status::StreamEnd)) && self.decoder.total_out() as usize == out.len(),
            "what was compressed is of another coding or tensor"
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Deflate::new().compress(bytes, &mut out);
        out
    }

    /// RFC 1951 by hand: one block, the last (bit 1), of fixed codes (bits 01, from the right), in which there is
    /// nothing but its end (seven bits 0): that is longer than nothing.
    #[test]
    fn nothing_would_be_two_bytes() {
        let mut out = Vec::new();
        Deflate::new().deflate(&[], &mut out);
        assert_eq!(out, [0b0000_0011, 0]);
        assert!(compressed(&[]).is_empty());
    }

    #[test]
    fn zeros_take_next_to_nothing_and_noise_nothing_more() {
        assert!(compressed(&[0; 10_000]).len() < 100);
        let noise: Vec<u8> = (0..10_000_u32).map(|i| ((i.wrapping_mul(2_654_435_761) >> 13) ^ (i * i)) as u8).collect();
        assert!(compressed(&noise).len() <= noise.len());
    }

    proptest! {
        /// The encoder and the decoder have seen something else before.
        #[test]
        fn what_is_compressed_is_expanded(bytes in prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..300)) {
            let mut deflate = Deflate::new();
            let (mut other, mut out) = (Vec::new(), vec![77]);
            deflate.compress(&[1, 2, 3, 1, 2, 3], &mut other);
            deflate.expand(&other, &mut [0; 6]);
            deflate.compress(&bytes, &mut out);
            let mut back = vec![9; bytes.len()];
            deflate.expand(&out[1..], &mut back);
            prop_assert_eq!(out[0], 77);
            prop_assert!(out.len() <= 1 + bytes.len());
            prop_assert_eq!(back, bytes);
        }
    }
}
