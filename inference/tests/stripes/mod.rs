//! A small task for tests of training: images of stripes, and a network for them.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// 600 images of 8×8 in ten classes: upright or lying stripes of five strengths, with some noise that `seed` decides.
pub fn write_images(folder: &Path, seed: u32) {
    let gz = |name: &str, head: &[u32], bytes: &[u8]| {
        let mut file = GzEncoder::new(fs::File::create(folder.join(name)).unwrap(), Compression::fast());
        file.write_all(&[0, 0, 8, head.len() as u8]).unwrap();
        head.iter().for_each(|extent| file.write_all(&extent.to_be_bytes()).unwrap());
        file.write_all(bytes).unwrap();
        file.finish().unwrap();
    };
    let (mut images, mut labels, mut noise) = (Vec::new(), Vec::new(), seed);
    for index in 0..600u32 {
        let class = index % 10;
        labels.push(class as u8);
        for pixel in 0..64u32 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bright = if class < 5 { pixel % 2 == 0 } else { pixel / 8 % 2 == 0 };
            images.push((noise >> 27) as u8 + if bright { class as u8 % 5 * 45 + 20 } else { 0 });
        }
    }
    gz("train-images-idx3-ubyte.gz", &[600, 8, 8], &images);
    gz("train-labels-idx1-ubyte.gz", &[600], &labels);
}

/// A network that learns them in seconds.
pub const NETWORK: &str = "
name: tiny
input: {channels: 1, height: 8, width: 8}
normalise: {mean: [0.3], deviation: [0.2]}
classes: 10
extractor: [conv: {out: 8}, separable: {out: 16, stride: 2}, global-average-pool]
predictor: {sees: features-and-scores, depths: [0], hidden: 8}
";
